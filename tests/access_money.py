"""One claim, payment, bank file and recovery case, for the access matrix."""

from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import object_session

from fairlink.applications.models import (
    Award,
    Claim,
    ClaimEvidence,
    ClaimLine,
    Disbursement,
    DisbursementBatch,
    RecoveryCase,
)
from fairlink.applications.states.money import (
    ClaimKind,
    ClaimState,
    DisbursementState,
    FileKind,
    Purpose,
    RecoveryState,
)
from fairlink.files.service import store
from fairlink.kernel.uploads import inspect
from fairlink.subsidies.models import AidExport, FirmLink
from fairlink.subsidies.rules.terms import Evidence, RecoveryCause
from fairlink.subsidies.states.aid import LinkState
from tests import factories
from tests.files import samples

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def claims_and_payouts(people: dict[str, Any], award: Award) -> dict[str, Any]:
    """What the lead claimed with a proof, what was paid to it, and what is asked back from it."""
    session = object_session(award)
    assert session is not None
    application = award.application
    claim = factories.add(
        Claim(
            award_id=award.id,
            agency_id=application.agency_id,
            kind=ClaimKind.FINAL,
            state=ClaimState.SUBMITTED,
            created_at=LONG_AGO,
            submitted_at=LONG_AGO,
        )
    )
    line = factories.add(ClaimLine(claim_id=claim.id, cost_line_id=application.lines[0].id, actual_minor=900_000))
    lead = people["lead owner"]
    stored = store(session, inspect("a.pdf", samples.pdf()), owner_id=lead.organisation_id, by_id=lead.id, now=LONG_AGO)
    proof = factories.add(ClaimEvidence(claim_line_id=line.id, kind=Evidence.INVOICE, file_id=stored.id))
    session.execute(sa.update(Award).where(Award.id == award.id).values(disbursed_minor=100_000))
    session.refresh(award)
    return {
        "claim_id": claim.id,
        "line_id": line.id,
        "evidence_id": proof.id,
        "case_id": _case(people, award).id,
        "link_id": _link(people).id,
        "export_id": _export(people).id,
        **_payment(people, award),
    }


def _payment(people: dict[str, Any], award: Award) -> dict[str, Any]:
    agency_id, finance = award.application.agency_id, people["finance"]
    batch = factories.add(
        DisbursementBatch(
            agency_id=agency_id,
            kind=FileKind.CSV,
            message_id="FL1",
            amount_minor=100_000,
            currency=award.currency,
            content=b"reference\r\n",
            made_at=LONG_AGO,
            made_by_id=finance.id,
        )
    )
    made = factories.add(
        Disbursement(
            agency_id=agency_id,
            call_id=award.application.call_id,
            award_id=award.id,
            purpose=Purpose.CLAIM,
            reference="claim:1",
            payee_name="Organiser",
            amount_minor=100_000,
            currency=award.currency,
            state=DisbursementState.SENT,
            number="1234567",
            ordered_at=LONG_AGO,
            batch_id=batch.id,
        )
    )
    return {"agency_id": agency_id, "batch_id": batch.id, "disbursement_id": made.id}


def _link(people: dict[str, Any]) -> FirmLink:
    return factories.add(
        FirmLink(
            firm_id=people["lead owner"].organisation_id,
            name="Holding S.A.",
            country="PE",
            company_number="20100055237",
            state=LinkState.DECLARED,
            declared_at=LONG_AGO,
            declared_by_id=people["lead owner"].id,
        )
    )


def _export(people: dict[str, Any]) -> AidExport:
    finance = people["finance"]
    return factories.add(
        AidExport(agency_id=finance.organisation_id, made_at=LONG_AGO, made_by_id=finance.id, content=b"entry")
    )


def _case(people: dict[str, Any], award: Award) -> RecoveryCase:
    return factories.add(
        RecoveryCase(
            award_id=award.id,
            agency_id=award.application.agency_id,
            firm_id=people["lead owner"].organisation_id,
            cause=RecoveryCause.NO_SHOW,
            state=RecoveryState.OPENED,
            amount_minor=100_000,
            currency=award.currency,
            reason="The stand was empty.",
            opened_at=LONG_AGO,
            opened_by_id=people["officer"].id,
            answer_on=date(2099, 1, 1),
        )
    )
