"""Reads of claims: one with everything, lists for both sides, and what a claim comes to."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from fairlink.applications.models import (
    Application,
    ApplicationMember,
    Award,
    AwardMember,
    Claim,
    ClaimEvidence,
    ClaimLine,
    ClaimPart,
    CostLine,
)
from fairlink.applications.queries.facts import facts
from fairlink.applications.rules.payouts import Key
from fairlink.applications.states import ApplicationState
from fairlink.applications.states.money import ClaimKind, ClaimState
from fairlink.fairs.models import Fair
from fairlink.subsidies.models import Call, SchemeVersion
from fairlink.subsidies.rules import Quote, quote


def _with_award() -> tuple[ORMOption, ...]:
    whole = joinedload(Claim.award).joinedload(Award.application)
    return (
        whole.joinedload(Application.call).joinedload(Call.fair).joinedload(Fair.agency),
        whole.joinedload(Application.call).joinedload(Call.scheme_version).joinedload(SchemeVersion.scheme),
        whole.joinedload(Application.group),
        whole.joinedload(Application.lead_firm),
        whole.selectinload(Application.members).joinedload(ApplicationMember.firm),
    )


_LINES = selectinload(Claim.lines).options(
    joinedload(ClaimLine.cost_line).joinedload(CostLine.firm),
    selectinload(ClaimLine.evidence).joinedload(ClaimEvidence.file),
)
_PARTS = selectinload(Claim.parts).joinedload(ClaimPart.firm)


def claim(session: Session, claim_id: int) -> Claim | None:
    """One claim with its award, lines, evidence and parts."""
    query = sa.select(Claim).where(Claim.id == claim_id).options(*_with_award(), _LINES, _PARTS)
    return session.scalars(query).unique().one_or_none()


def claim_line(session: Session, line_id: int) -> ClaimLine | None:
    """One line of a claim, with its evidence."""
    query = sa.select(ClaimLine).where(ClaimLine.id == line_id)
    return session.scalars(query.options(selectinload(ClaimLine.evidence))).one_or_none()


def claim_evidence(session: Session, evidence_id: int) -> ClaimEvidence | None:
    """One file that proves a cost."""
    query = sa.select(ClaimEvidence).where(ClaimEvidence.id == evidence_id)
    return session.scalars(query.options(joinedload(ClaimEvidence.file))).one_or_none()


def claims_of_award(session: Session, award_id: int) -> Sequence[Claim]:
    """Every claim on an award, oldest first."""
    query = sa.select(Claim).where(Claim.award_id == award_id).options(_PARTS)
    return session.scalars(query.order_by(Claim.id)).all()


def live_claim(session: Session, award: Award, kind: ClaimKind) -> Claim | None:
    """The claim of this kind that is neither refused nor lapsed."""
    ended = (ClaimState.REFUSED, ClaimState.LAPSED)
    query = sa.select(Claim).where(Claim.award_id == award.id, Claim.kind == kind, Claim.state.not_in(ended))
    return session.scalars(query).one_or_none()


def claims_of_agency(agency_id: int, state: ClaimState | None) -> sa.Select[Claim]:
    """The claims that were sent to an agency, in one state if given, to be shown page by page."""
    query = sa.select(Claim).where(Claim.agency_id == agency_id, Claim.submitted_at.is_not(None))
    query = query.options(*_with_award(), selectinload(Claim.lines), selectinload(Claim.parts))
    return query if state is None else query.where(Claim.state == state)


def claim_counts(session: Session, agency_id: int) -> dict[ClaimState, int]:
    """How many claims sent to an agency are in each state; states without any are left out."""
    query = sa.select(Claim.state, sa.func.count().label("claims"))
    query = query.where(Claim.agency_id == agency_id, Claim.submitted_at.is_not(None)).group_by(Claim.state)
    return {row.state: row.claims for row in session.execute(query)}


def paid_ahead(session: Session, award: Award) -> dict[Key, int]:
    """What was approved ahead for each firm and payee of an award, in minor units."""
    ahead = live_claim(session, award, ClaimKind.ADVANCE)
    if ahead is None or ahead.state != ClaimState.APPROVED:
        return {}
    return {(part.firm_id, part.payee): part.payable_minor for part in ahead.parts}


def actual_quote(session: Session, claim: Claim, accepted: Mapping[int, int]) -> Quote:
    """The award's quote worked out again with the `accepted` amount of each cost line (by its id), as on its day."""
    application, award = claim.application, claim.award
    known = application.call.scheme_version.document
    asked = facts(session, application, known, now=award.granted_at, granting=True)
    lines = tuple(replace(line, cost_minor=accepted.get(int(line.id), 0)) for line in asked.lines)
    return quote(known, replace(asked, lines=lines))


def awards_to_close(session: Session, ended_before: date) -> Sequence[Award]:
    """Accepted awards of fairs that ended before a day and that can still be claimed, by envelope and application."""
    query = (
        sa.select(Award)
        .join(Award.application)
        .join(Application.call)
        .join(Call.fair)
        .where(
            Award.closed_at.is_(None),
            Application.state == ApplicationState.ACCEPTED,
            Fair.ends_on < ended_before,
        )
        .options(
            joinedload(Award.application).options(
                joinedload(Application.call).joinedload(Call.fair),
                joinedload(Application.call).joinedload(Call.scheme_version),
                selectinload(Application.members),
            ),
            selectinload(Award.members).joinedload(AwardMember.firm),
        )
        .order_by(Application.call_id, Application.id)
    )
    return session.scalars(query).all()


def retained_claims(session: Session, now: datetime) -> Sequence[Claim]:
    """Approved final claims of which something is still kept back, oldest first."""
    kept = sa.select(ClaimPart.claim_id).where(ClaimPart.retained_minor > 0)
    query = sa.select(Claim).where(
        Claim.state == ClaimState.APPROVED,
        Claim.retention_paid_at.is_(None),
        Claim.approved_at <= now,
        Claim.id.in_(kept),
    )
    return session.scalars(query.options(*_with_award(), _PARTS).order_by(Claim.id)).unique().all()
