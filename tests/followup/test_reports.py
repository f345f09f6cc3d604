"""What an award keeps back is paid once the exhibitor has reported."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from fairlink.applications.models import Claim, ClaimPart, Disbursement
from fairlink.applications.states.money import ClaimKind, ClaimState, Purpose
from fairlink.followup import jobs
from fairlink.followup.states import PromptState, Side
from fairlink.policy import Role
from fairlink.subsidies.rules.terms import Payee
from fairlink.visits.states import MeetingState
from tests import factories


@pytest.mark.parametrize(
    ("state", "paid"),
    [
        (PromptState.SENT, []),
        (PromptState.EXPIRED, []),
        (PromptState.ANSWERED, [20_000]),
        (PromptState.SUPPRESSED, [20_000]),
    ],
)
def test_retention_is_paid_when_the_reports_are_in(session: Session, state: PromptState, paid: list[int]) -> None:
    exhibitor = factories.exhibitor()
    application, agency = exhibitor.application, exhibitor.fair.agency
    session.refresh(application)
    award = application.award
    assert award is not None
    claim = factories.add(
        Claim(
            award_id=award.id,
            agency_id=agency.id,
            kind=ClaimKind.FINAL,
            state=ClaimState.APPROVED,
            created_at=factories.MADE_AT,
            submitted_at=factories.MADE_AT,
            checked_by_id=factories.officer(agency).id,
            approved_at=factories.MADE_AT,
            approved_by_id=factories.user(agency, Role.FINANCE).id,
        )
    )
    amounts = {"support_minor": 200_000, "advance_minor": 0, "retained_minor": 20_000, "payable_minor": 180_000}
    firm_id = application.lead_firm_id
    factories.add(ClaimPart(claim_id=claim.id, firm_id=firm_id, payee=Payee.FIRM, due_back_minor=0, **amounts))
    lead = factories.lead(factories.meeting(factories.visit(exhibitor.fair), exhibitor, state=MeetingState.HELD))
    wave = factories.wave(exhibitor.fair, planned_at=factories.MADE_AT)
    sent = {} if state == PromptState.SUPPRESSED else {"sent_at": wave.due_at}
    factories.prompt(lead, Side.FIRM, wave=wave, state=state, **sent)
    for _ in range(2):
        jobs.release_retained(session, now=exhibitor.fair.ends_at + timedelta(days=60))
    found = [each.amount_minor for each in session.query(Disbursement).filter_by(purpose=Purpose.RETENTION)]
    assert found == paid
