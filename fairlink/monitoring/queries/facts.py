"""What the summary tables are filled with: selects over the other packages' tables, for one fair at a time."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from fairlink.accounts.models import Organisation, OrganisationSector
from fairlink.applications.models import Application, Award, Exhibitor
from fairlink.fairs.models import Fair
from fairlink.followup.models import Answer, ExpectedOrder, Lead, Order, OrderShare, Prompt
from fairlink.followup.states import COUNTED, OrderState, PromptKind, PromptState, Side
from fairlink.monitoring.models import ApplicationResult, FirmResult, LeadResult
from fairlink.monitoring.rules.results import Dimension
from fairlink.subsidies.models import Call, Scheme, SchemeVersion
from fairlink.visits.models import HostedStay, Meeting, Visit
from fairlink.visits.states import OCCUPYING, HostedState, MeetingState

#: Mean length of a month in days.
_MONTH: sa.ColumnElement[Any] = sa.literal_column("30.4375")
_LONGEST: sa.ColumnElement[Any] = sa.literal_column("600")

#: An order that counts in a value: not disputed, and not found by an officer to be none.
STANDING = sa.and_(Order.state != OrderState.DISPUTED, Order.value_minor > 0)
#: An order that both sides stand by, or that an officer has settled.
CONFIRMED = sa.and_(Order.state.in_(COUNTED), Order.value_minor > 0)

#: A stay whose support was promised, whatever became of it afterwards, unless the buyer gave it back.
HOSTED = sa.and_(HostedStay.granted_at.is_not(None), HostedStay.state != HostedState.WITHDRAWN)
#: A meeting with a hosted buyer, and a lead with a buyer who was hosted at its fair.
HOSTED_MEETING = sa.exists().where(HostedStay.visit_id == Meeting.visit_id, HOSTED).correlate(Meeting)
HOSTED_LEAD = (
    sa.exists()
    .where(HostedStay.visit_id == Visit.id, Visit.fair_id == Lead.fair_id, Visit.buyer_id == Lead.buyer_id, HOSTED)
    .correlate(Lead)
)

#: What one firm has of an order, in the currency of the call.
FIRM_PART = sa.cast(
    sa.func.round(Order.agency_minor * sa.cast(OrderShare.value_minor, sa.Numeric) / Order.value_minor), sa.BigInteger
)

_SECTOR = (
    sa.select(sa.func.min(OrganisationSector.sector_code))
    .where(OrganisationSector.organisation_id == Application.lead_firm_id)
    .scalar_subquery()
)


def last_forecast(of: Any) -> tuple[Any, ...]:
    """The order of a lead's forecasts in which the first counts: its firm's last, or the buyer's if it has none."""
    return of.side.desc(), of.id.desc()


def application_facts(fair_id: int) -> sa.Select[Any]:
    """The rows of ApplicationResult for one fair, by the names of its columns."""
    meetings, leads, prompts = _meetings(fair_id), _leads_together(fair_id), _prompts(fair_id)
    orders, expected = _orders(fair_id), _expected(fair_id)
    counted = [
        column
        for part in (meetings, leads, prompts, orders, expected)
        for column in part.c
        if column.name != "exhibitor_id"
    ]
    there = sa.and_(Exhibitor.id.is_not(None), Exhibitor.withdrawn_at.is_(None))
    query = _sent(
        fair_id,
        Application.lead_firm_id,
        sa.literal(1).label("applications"),
        sa.case((Award.id.is_not(None), 1), else_=0).label("awards"),
        sa.case((there, 1), else_=0).label("exhibitors"),
        sa.case((Award.released_at.is_(None), sa.func.coalesce(Award.amount_minor, 0)), else_=0).label("support_minor"),
        *(sa.func.coalesce(column, 0).label(column.name) for column in counted),
    )
    query = query.outerjoin(Award, Award.application_id == Application.id)
    query = query.outerjoin(Exhibitor, Exhibitor.application_id == Application.id)
    for part in (meetings, leads, prompts, orders, expected):
        query = query.outerjoin(part, part.c.exhibitor_id == Exhibitor.id)
    return query


def lead_facts(fair_id: int) -> sa.Select[Any]:
    """The rows of LeadResult for one fair, by the names of its columns."""
    lead = _leads(fair_id)
    kinds = [lead.c.interest, lead.c.firm_answered, lead.c.buyer_answered, lead.c.ordered, lead.c.months]
    return (
        _sent(fair_id, *kinds, sa.func.count().label("leads"))
        .join(Exhibitor, Exhibitor.application_id == Application.id)
        .join(lead, lead.c.exhibitor_id == Exhibitor.id)
        .group_by(Application.id, Fair.id, Call.id, SchemeVersion.id, Organisation.id, *kinds)
    )


def firm_facts(fair_id: int) -> sa.Select[Any]:
    """The rows of FirmResult for one fair, by the names of its columns."""
    minor = sa.cast(sa.func.sum(FIRM_PART), sa.BigInteger).label("confirmed_minor")
    return (
        _sent(fair_id, OrderShare.firm_id, minor)
        .join(Exhibitor, Exhibitor.application_id == Application.id)
        .join(Lead, Lead.exhibitor_id == Exhibitor.id)
        .join(Order, Order.lead_id == Lead.id)
        .join(OrderShare, OrderShare.order_id == Order.id)
        .where(CONFIRMED, Order.agency_minor.is_not(None), OrderShare.value_minor > 0)
        .group_by(Application.id, Fair.id, Call.id, SchemeVersion.id, Organisation.id, OrderShare.firm_id)
    )


def scopes(fair_id: int) -> sa.Select[Any]:
    """What an agency can narrow its results by because of this fair: agency, dimension, key, label, fair of a call."""
    of, none, nothing = ApplicationResult, sa.literal(""), sa.cast(sa.null(), sa.BigInteger)

    def part(dimension: Dimension, key: Any, label: Any = none, fair: Any = nothing) -> sa.Select[Any]:
        return (
            sa.select(of.agency_id, sa.literal(dimension.value), sa.cast(key, sa.Text), sa.cast(label, sa.Text), fair)
            .join(Fair, Fair.id == of.fair_id)
            .join(Scheme, Scheme.id == of.scheme_id)
            .where(of.fair_id == fair_id)
            .distinct()
        )

    title = Fair.name + " " + Fair.edition
    return sa.union_all(  # type: ignore[return-value]  # a compound select serves as one
        part(Dimension.ALL, sa.literal("")),
        part(Dimension.YEAR, of.year),
        part(Dimension.FAIR, of.fair_id, title),
        part(Dimension.CALL, of.call_id, Scheme.name, of.fair_id),
        part(Dimension.SCHEME, of.scheme_id, Scheme.name),
        part(Dimension.SECTOR, of.sector).where(of.sector != ""),
        part(Dimension.REGION, of.region).where(of.region != ""),
    )


def _dimensions() -> list[Any]:
    return [
        Fair.agency_id,
        Fair.id.label("fair_id"),
        Call.id.label("call_id"),
        SchemeVersion.scheme_id,
        sa.cast(sa.extract("year", Fair.starts_on), sa.SmallInteger).label("year"),
        sa.func.coalesce(_SECTOR, "").label("sector"),
        Organisation.region,
        Application.group_id.is_not(None).label("grouped"),
        Call.currency,
    ]


def _sent(fair_id: int, *columns: Any) -> sa.Select[Any]:
    """Sent applications of a fair, with their dimensions."""
    return (
        sa.select(Application.id.label("application_id"), *_dimensions(), *columns)
        .join(Call, Call.id == Application.call_id)
        .join(Fair, Fair.id == Call.fair_id)
        .join(SchemeVersion, SchemeVersion.id == Call.scheme_version_id)
        .join(Organisation, Organisation.id == Application.lead_firm_id)
        .where(Fair.id == fair_id, Application.submitted_at.is_not(None))
    )


def _meetings(fair_id: int) -> sa.Subquery:
    return (
        sa.select(
            Meeting.exhibitor_id,
            sa.func.count().filter(Meeting.state.in_(OCCUPYING)).label("meetings_booked"),
            sa.func.count().filter(Meeting.state == MeetingState.HELD).label("meetings_held"),
            sa.func.count().filter(Meeting.state == MeetingState.HELD, HOSTED_MEETING).label("hosted_meetings_held"),
        )
        .join(Exhibitor, Exhibitor.id == Meeting.exhibitor_id)
        .where(Exhibitor.fair_id == fair_id)
        .group_by(Meeting.exhibitor_id)
        .subquery("of_meetings")
    )


def _leads(fair_id: int) -> sa.Subquery:
    """One row for each lead of the fair: who answered, whether and when it was ordered."""
    answers = (
        sa.select(
            Prompt.lead_id,
            sa.func.bool_or(Prompt.side == Side.FIRM).label("firm"),
            sa.func.bool_or(Prompt.side == Side.BUYER).label("buyer"),
            sa.func.max(Answer.at).label("heard_at"),
        )
        .join(Answer, Answer.prompt_id == Prompt.id)
        .join(Lead, Lead.id == Prompt.lead_id)
        .where(Lead.fair_id == fair_id)
        .group_by(Prompt.lead_id)
        .subquery("of_answers")
    )
    orders = (
        sa.select(Order.lead_id, sa.func.count().label("orders"), sa.func.min(Order.ordered_on).label("first_on"))
        .join(Lead, Lead.id == Order.lead_id)
        .where(Lead.fair_id == fair_id, STANDING)
        .group_by(Order.lead_id)
        .subquery("of_orders")
    )
    heard_on = sa.cast(sa.func.timezone(Fair.zone, answers.c.heard_at), sa.Date)
    ordered = sa.func.ceil((orders.c.first_on - Fair.starts_on) / _MONTH)
    watched = sa.func.floor((heard_on - Fair.starts_on) / _MONTH)
    months = sa.case((orders.c.lead_id.is_not(None), sa.func.greatest(ordered, 1)), else_=sa.func.greatest(watched, 0))
    return (
        sa.select(
            Lead.exhibitor_id,
            Lead.interest,
            sa.func.coalesce(answers.c.firm, sa.false()).label("firm_answered"),
            sa.func.coalesce(answers.c.buyer, sa.false()).label("buyer_answered"),
            orders.c.lead_id.is_not(None).label("ordered"),
            sa.func.coalesce(orders.c.orders, 0).label("orders"),
            HOSTED_LEAD.label("hosted"),
            sa.cast(sa.func.least(months, _LONGEST), sa.SmallInteger).label("months"),
        )
        .join(Fair, Fair.id == Lead.fair_id)
        .outerjoin(answers, answers.c.lead_id == Lead.id)
        .outerjoin(orders, orders.c.lead_id == Lead.id)
        .where(Lead.fair_id == fair_id)
        .subquery("of_leads")
    )


def _leads_together(fair_id: int) -> sa.Subquery:
    lead = _leads(fair_id)
    return (
        sa.select(
            lead.c.exhibitor_id,
            sa.func.count().label("leads"),
            sa.func.count().filter(sa.or_(lead.c.firm_answered, lead.c.buyer_answered)).label("leads_answered"),
            sa.func.count().filter(lead.c.ordered).label("leads_ordered"),
            sa.func.count().filter(lead.c.orders >= 2).label("leads_repeated"),
            sa.func.count().filter(lead.c.hosted).label("hosted_leads"),
        )
        .group_by(lead.c.exhibitor_id)
        .subquery("of_exhibitors_leads")
    )


def _prompts(fair_id: int) -> sa.Subquery:
    return (
        sa.select(
            Lead.exhibitor_id,
            sa.func.count().filter(Prompt.sent_at.is_not(None)).label("prompts_sent"),
            sa.func.count().filter(Prompt.state == PromptState.ANSWERED).label("prompts_answered"),
        )
        .join(Prompt, Prompt.lead_id == Lead.id)
        .where(Lead.fair_id == fair_id, Prompt.kind == PromptKind.WAVE)
        .group_by(Lead.exhibitor_id)
        .subquery("of_prompts")
    )


def _orders(fair_id: int) -> sa.Subquery:
    return (
        sa.select(
            Lead.exhibitor_id,
            sa.func.count().label("orders_reported"),
            sa.func.count().filter(CONFIRMED).label("orders_confirmed"),
            sa.func.count().filter(Order.state == OrderState.DISPUTED).label("orders_disputed"),
            sa.func.count().filter(STANDING, Order.agency_minor.is_(None)).label("orders_unpriced"),
            sa.cast(sa.func.sum(Order.agency_minor).filter(STANDING), sa.BigInteger).label("reported_minor"),
            sa.cast(sa.func.sum(Order.agency_minor).filter(CONFIRMED), sa.BigInteger).label("confirmed_minor"),
            sa.func.count().filter(CONFIRMED, HOSTED_LEAD).label("hosted_orders_confirmed"),
            sa.cast(sa.func.sum(Order.agency_minor).filter(CONFIRMED, HOSTED_LEAD), sa.BigInteger).label(
                "hosted_confirmed_minor"
            ),
        )
        .join(Order, Order.lead_id == Lead.id)
        .where(Lead.fair_id == fair_id)
        .group_by(Lead.exhibitor_id)
        .subquery("of_trade")
    )


def _expected(fair_id: int) -> sa.Subquery:
    """One forecast of each lead: its firm's last one, or the buyer's where the firm said nothing."""
    last = (
        sa.select(Lead.exhibitor_id, ExpectedOrder.agency_minor)
        .ext(distinct_on(Lead.id))
        .join(ExpectedOrder, ExpectedOrder.lead_id == Lead.id)
        .where(Lead.fair_id == fair_id)
        .order_by(Lead.id, *last_forecast(ExpectedOrder))
        .subquery("of_forecasts")
    )
    return (
        sa.select(last.c.exhibitor_id, sa.cast(sa.func.sum(last.c.agency_minor), sa.BigInteger).label("expected_minor"))
        .group_by(last.c.exhibitor_id)
        .subquery("of_expectations")
    )


#: The tables and what fills them.
TABLES: tuple[tuple[Any, Callable[[int], sa.Select[Any]]], ...] = (
    (ApplicationResult, application_facts),
    (LeadResult, lead_facts),
    (FirmResult, firm_facts),
)
