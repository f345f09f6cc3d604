"""Counts and sums along the chain."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from fairlink.applications.models import Application, Award, Exhibitor
from fairlink.applications.states import ApplicationState
from fairlink.fairs.models import Fair
from fairlink.followup.models import ExpectedOrder, Lead, Order, Prompt
from fairlink.followup.states import COUNTED, OrderState, PromptKind, PromptState
from fairlink.monitoring.rules.results import Applicants, Results
from fairlink.subsidies.models import Call
from fairlink.visits.models import Meeting
from fairlink.visits.states import OCCUPYING, MeetingState

#: The kind of applicants, to group by.
_KIND = sa.case((Application.group_id.is_not(None), Applicants.GROUPS.value), else_=Applicants.FIRMS.value)


def fair_results(session: Session, fair_id: int) -> dict[Applicants, Results]:
    """What came of the support at one fair, for groups and for single firms: seven statements, whatever the size."""
    results = {kind: Results() for kind in Applicants}
    for query in (_applications(fair_id), _meetings(fair_id), _leads(fair_id), _prompts(fair_id)):
        for row in session.execute(query):
            _fill(results[Applicants(row.kind)], row)
    for row in session.execute(_support(fair_id)):
        results[Applicants(row.kind)].support[row.currency] = int(row.minor)
    for row in session.execute(_orders(fair_id)):
        _fill_orders(results[Applicants(row.kind)], row)
    for row in session.execute(_expected(fair_id)):
        results[Applicants(row.kind)].expected[row.currency] = int(row.minor)
    return results


def _fill(result: Results, row: sa.Row[Any]) -> None:
    for name, value in row._mapping.items():
        if name != "kind":
            setattr(result, name, value)


def _fill_orders(result: Results, row: sa.Row[Any]) -> None:
    result.orders_reported += row.reported_count
    result.orders_confirmed += row.confirmed_count
    if row.reported_minor:
        result.reported[row.currency] = int(row.reported_minor)
    if row.confirmed_minor:
        result.confirmed[row.currency] = int(row.confirmed_minor)


def _applications(fair_id: int) -> sa.Select[Any]:
    sent = Application.submitted_at.is_not(None)
    return (
        sa.select(
            _KIND.label("kind"),
            sa.func.count(Application.id).filter(sent).label("applications"),
            sa.func.count(Award.id).label("awards"),
            sa.func.count(Exhibitor.id).label("exhibitors"),
        )
        .join(Call, Call.id == Application.call_id)
        .outerjoin(Award, Award.application_id == Application.id)
        .outerjoin(Exhibitor, sa.and_(Exhibitor.application_id == Application.id, Exhibitor.withdrawn_at.is_(None)))
        .where(Call.fair_id == fair_id, Application.state != ApplicationState.DRAFT)
        .group_by(_KIND)
    )


def _support(fair_id: int) -> sa.Select[Any]:
    return (
        sa.select(_KIND.label("kind"), Award.currency, sa.func.sum(Award.amount_minor).label("minor"))
        .join(Application, Application.id == Award.application_id)
        .join(Call, Call.id == Application.call_id)
        .where(Call.fair_id == fair_id, Award.released_at.is_(None))
        .group_by(_KIND, Award.currency)
    )


def _meetings(fair_id: int) -> sa.Select[Any]:
    return (
        sa.select(
            _KIND.label("kind"),
            sa.func.count().filter(Meeting.state.in_(OCCUPYING)).label("meetings_booked"),
            sa.func.count().filter(Meeting.state == MeetingState.HELD).label("meetings_held"),
        )
        .select_from(Meeting)
        .join(Exhibitor, Exhibitor.id == Meeting.exhibitor_id)
        .join(Application, Application.id == Exhibitor.application_id)
        .where(Exhibitor.fair_id == fair_id)
        .group_by(_KIND)
    )


def _of_leads(*columns: Any) -> sa.Select[Any]:
    return (
        sa.select(_KIND.label("kind"), *columns)
        .select_from(Lead)
        .join(Exhibitor, Exhibitor.id == Lead.exhibitor_id)
        .join(Application, Application.id == Exhibitor.application_id)
    )


def _leads(fair_id: int) -> sa.Select[Any]:
    return _of_leads(sa.func.count(Lead.id).label("leads")).where(Lead.fair_id == fair_id).group_by(_KIND)


def _expected(fair_id: int) -> sa.Select[Any]:
    return (
        _of_leads(ExpectedOrder.currency, sa.func.sum(ExpectedOrder.value_minor).label("minor"))
        .join(ExpectedOrder, ExpectedOrder.lead_id == Lead.id)
        .where(Lead.fair_id == fair_id, ExpectedOrder.id.in_(_last_forecasts()))
        .group_by(_KIND, ExpectedOrder.currency)
    )


def _last_forecasts() -> sa.Select[Any]:
    """One forecast of each lead: its firm's last one, or the buyer's where the firm said nothing."""
    return (
        sa.select(ExpectedOrder.id)
        .ext(distinct_on(ExpectedOrder.lead_id))
        .order_by(ExpectedOrder.lead_id, ExpectedOrder.side.desc(), ExpectedOrder.id.desc())
    )


def _prompts(fair_id: int) -> sa.Select[Any]:
    answered = Prompt.state == PromptState.ANSWERED
    return (
        _of_leads(
            sa.func.count(Prompt.id).filter(Prompt.sent_at.is_not(None)).label("prompts_sent"),
            sa.func.count(Prompt.id).filter(answered).label("prompts_answered"),
        )
        .join(Prompt, Prompt.lead_id == Lead.id)
        .where(Lead.fair_id == fair_id, Prompt.kind == PromptKind.WAVE)
        .group_by(_KIND)
    )


def _orders(fair_id: int) -> sa.Select[Any]:
    confirmed = sa.and_(Order.state.in_(COUNTED), Order.value_minor > 0)
    standing = Order.state != OrderState.DISPUTED
    return (
        _of_leads(
            Order.currency,
            sa.func.count(Order.id).label("reported_count"),
            sa.func.count(Order.id).filter(confirmed).label("confirmed_count"),
            sa.func.sum(Order.value_minor).filter(standing).label("reported_minor"),
            sa.func.sum(Order.value_minor).filter(confirmed).label("confirmed_minor"),
        )
        .join(Order, Order.lead_id == Lead.id)
        .where(Lead.fair_id == fair_id)
        .group_by(_KIND, Order.currency)
    )


#: What an agency's fairs are paged by, latest first.
FAIR_KEYS: tuple[Any, ...] = (Fair.starts_on, Fair.id)


def fairs_of(agency_id: int) -> sa.Select[Any]:
    """An agency's fairs for which somebody has applied, to be paged by FAIR_KEYS: the others have no results."""
    applied = sa.select(Call.fair_id).join(Application).where(Application.submitted_at.is_not(None))
    return sa.select(Fair).where(Fair.agency_id == agency_id, Fair.id.in_(applied))
