"""Reads of recovery cases, and how much of a firm's support can be taken back."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from fairlink.applications.models import Application, Award, RecoveryCase
from fairlink.applications.queries.payouts import paid_by_firm
from fairlink.applications.states.money import RecoveryState
from fairlink.fairs.models import Fair
from fairlink.subsidies.models import Call, SchemeVersion

_APPLICATION = joinedload(RecoveryCase.award).joinedload(Award.application)
_CASE = (
    joinedload(RecoveryCase.firm),
    _APPLICATION.joinedload(Application.call).joinedload(Call.fair).joinedload(Fair.agency),
    _APPLICATION.joinedload(Application.call).joinedload(Call.scheme_version).joinedload(SchemeVersion.scheme),
    _APPLICATION.joinedload(Application.group),
    _APPLICATION.joinedload(Application.lead_firm),
)


def recovery(session: Session, case_id: int) -> RecoveryCase | None:
    """One case with its entries, firm, award and fair."""
    query = sa.select(RecoveryCase).where(RecoveryCase.id == case_id)
    return session.scalars(query.options(*_CASE, selectinload(RecoveryCase.entries))).one_or_none()


def recoveries_of_agency(agency_id: int, state: RecoveryState | None) -> sa.Select[RecoveryCase]:
    """An agency's cases, in one state if given, to be shown page by page."""
    query = sa.select(RecoveryCase).where(RecoveryCase.agency_id == agency_id).options(*_CASE)
    return query if state is None else query.where(RecoveryCase.state == state)


def recovery_counts(session: Session, agency_id: int) -> dict[RecoveryState, int]:
    """How many cases of an agency are in each state; states without any are left out."""
    query = sa.select(RecoveryCase.state, sa.func.count().label("cases")).where(RecoveryCase.agency_id == agency_id)
    return {row.state: row.cases for row in session.execute(query.group_by(RecoveryCase.state))}


def recoveries_of_firm(session: Session, award_id: int, firm_id: int | None) -> Sequence[RecoveryCase]:
    """The cases against one firm about an award, oldest first."""
    query = sa.select(RecoveryCase).where(RecoveryCase.award_id == award_id, RecoveryCase.firm_id == firm_id)
    return session.scalars(query.order_by(RecoveryCase.id)).all()


def recoverable(session: Session, award: Award, firm_id: int) -> int:
    """What was paid on an award for a firm, to whomever, and is neither taken back nor asked back, in minor units."""
    paid = paid_by_firm(session, award).get(firm_id, 0)
    asked = sa.case(
        (RecoveryCase.state.in_((RecoveryState.OPENED, RecoveryState.DUE)), RecoveryCase.amount_minor),
        else_=RecoveryCase.paid_back_minor,
    )
    back = sa.select(sa.func.coalesce(sa.func.sum(asked), 0)).where(
        RecoveryCase.award_id == award.id, RecoveryCase.firm_id == firm_id
    )
    return paid - int(session.scalar(back) or 0)
