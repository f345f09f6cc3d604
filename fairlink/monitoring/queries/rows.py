"""The rows behind each figure, one list for each kind of object, to be paged by its id."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from fairlink.accounts.models import Organisation
from fairlink.applications.models import Application, Award, AwardMember, Exhibitor, ProducerGroup
from fairlink.fairs.models import Fair
from fairlink.followup.models import Answer, ExpectedOrder, Lead, Order, OrderShare, Prompt
from fairlink.followup.states import OrderState, PromptKind, PromptState, Side
from fairlink.monitoring.models import ApplicationResult
from fairlink.monitoring.queries.facts import (
    CONFIRMED,
    FIRM_PART,
    HOSTED_LEAD,
    HOSTED_MEETING,
    STANDING,
    last_forecast,
)
from fairlink.monitoring.queries.figures import within
from fairlink.monitoring.rules.results import Selection
from fairlink.subsidies.models import Scheme
from fairlink.visits.models import Meeting, Visit
from fairlink.visits.states import OCCUPYING, MeetingState

_Buyer, _Firm = aliased(Organisation), aliased(Organisation)
#: Names are told apart from ids, so that they can be left out.
_APPLICANT = sa.func.coalesce(ProducerGroup.name, _Firm.name).label("applicant")
_FAIR = (Fair.name + " " + Fair.edition).label("fair")
#: The two who meet, and where.
_BETWEEN: Mapping[str, Any] = {
    "applicant": _APPLICANT,
    "applicant_id": Application.id,
    "buyer": _Buyer.name,
    "buyer_id": _Buyer.id,
    "fair": _FAIR,
}
#: Until when a lead is watched, and when it first became an order: what its place in the curve is made of.
_HEARD_AT = (
    sa.select(sa.func.max(Answer.at))
    .join(Prompt, Prompt.id == Answer.prompt_id)
    .where(Prompt.lead_id == Lead.id)
    .scalar_subquery()
)
_FIRST_ON = sa.select(sa.func.min(Order.ordered_on)).where(Order.lead_id == Lead.id, STANDING).scalar_subquery()
#: Rows of an export that are in memory at a time.
_PART = 1000


class What(StrEnum):
    """A figure whose rows can be looked at."""

    APPLICATIONS = "applications"
    AWARDS = "awards"
    EXHIBITORS = "exhibitors"
    MEETINGS_BOOKED = "meetings_booked"
    MEETINGS_HELD = "meetings_held"
    LEADS = "leads"
    LEADS_ANSWERED = "leads_answered"
    LEADS_SILENT = "leads_silent"
    LEADS_OF_BOTH = "leads_of_both"
    LEADS_OF_FIRM = "leads_of_firm"
    LEADS_OF_BUYER = "leads_of_buyer"
    LEADS_ORDERED = "leads_ordered"
    LEADS_REPEATED = "leads_repeated"
    PROMPTS_SENT = "prompts_sent"
    PROMPTS_ANSWERED = "prompts_answered"
    ORDERS_REPORTED = "orders_reported"
    ORDERS_VALUED = "orders_valued"
    ORDERS_CONFIRMED = "orders_confirmed"
    ORDERS_DISPUTED = "orders_disputed"
    ORDERS_UNPRICED = "orders_unpriced"
    FORECASTS = "forecasts"
    FIRM_PARTS = "firm_parts"
    HOSTED_MEETINGS_HELD = "hosted_meetings_held"
    HOSTED_LEADS = "hosted_leads"
    HOSTED_ORDERS_CONFIRMED = "hosted_orders_confirmed"
    OTHER_MEETINGS_HELD = "other_meetings_held"
    OTHER_LEADS = "other_leads"
    OTHER_ORDERS_CONFIRMED = "other_orders_confirmed"


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one figure: a select, the columns they are paged by, and the names of what is selected."""

    query: sa.Select[Any]
    keys: tuple[Any, ...]
    columns: tuple[str, ...]


def rows(what: What, chosen: Selection) -> Rows:
    """The rows behind a figure for a selection, as they stand now.

    `applicant` and `buyer` are names; the ids that pseudonyms are made of stand beside them.
    """
    make, condition = _LISTS[what]
    made = make(chosen)
    return made if condition is None else Rows(made.query.where(condition), made.keys, made.columns)


def _applications(chosen: Selection) -> Rows:
    columns: dict[str, Any] = {
        "id": Application.id,
        "applicant": _APPLICANT,
        "applicant_id": Application.id,
        "fair": _FAIR,
        "sent_at": Application.submitted_at,
        "state": Application.state,
        "support_minor": sa.case((Award.released_at.is_(None), Award.amount_minor)),
        "confirmed_minor": ApplicationResult.confirmed_minor,
        "currency": ApplicationResult.currency,
    }
    query = _from(sa.select(*_labelled(columns)).select_from(Application), chosen)
    query = query.outerjoin(Award, Award.application_id == Application.id)
    query = query.outerjoin(Exhibitor, Exhibitor.application_id == Application.id)
    return Rows(query, (Application.id,), tuple(columns))


def _meetings(chosen: Selection) -> Rows:
    columns: dict[str, Any] = {
        "id": Meeting.id,
        **_BETWEEN,
        "state": Meeting.state,
    }
    query = sa.select(*_labelled(columns)).select_from(Meeting).join(Exhibitor, Exhibitor.id == Meeting.exhibitor_id)
    query = query.join(Visit, Visit.id == Meeting.visit_id).join(_Buyer, _Buyer.id == Visit.buyer_id)
    return Rows(_from(_of_exhibitor(query), chosen), (Meeting.id,), tuple(columns))


def _leads(chosen: Selection) -> Rows:
    columns: dict[str, Any] = {
        "id": Lead.id,
        **_BETWEEN,
        "made_at": Lead.created_at,
        "interest": Lead.interest,
        "heard_at": _HEARD_AT,
        "first_on": _FIRST_ON,
    }
    return _along_leads(sa.select(*_labelled(columns)).select_from(Lead), (Lead.id,), tuple(columns), chosen)


def _questions(chosen: Selection) -> Rows:
    columns: dict[str, Any] = {
        "id": Prompt.id,
        **_BETWEEN,
        "side": Prompt.side,
        "sent_at": Prompt.sent_at,
        "state": Prompt.state,
    }
    query = sa.select(*_labelled(columns)).select_from(Prompt).join(Lead, Lead.id == Prompt.lead_id)
    return _along_leads(query.where(Prompt.kind == PromptKind.WAVE), (Prompt.id,), tuple(columns), chosen)


def _orders(chosen: Selection) -> Rows:
    columns: dict[str, Any] = {
        "id": Order.id,
        **_BETWEEN,
        "ordered_on": Order.ordered_on,
        **_value(Order),
        "side": Order.reported_side,
        "state": Order.state,
    }
    query = sa.select(*_labelled(columns)).select_from(Order).join(Lead, Lead.id == Order.lead_id)
    return _along_leads(query, (Order.id,), tuple(columns), chosen)


def _forecasts(chosen: Selection) -> Rows:
    columns: dict[str, Any] = {
        "id": ExpectedOrder.id,
        **_BETWEEN,
        "side": ExpectedOrder.side,
        "stated_at": ExpectedOrder.stated_at,
        **_value(ExpectedOrder),
    }
    query = sa.select(*_labelled(columns)).select_from(ExpectedOrder).join(Lead, Lead.id == ExpectedOrder.lead_id)
    other = aliased(ExpectedOrder)
    counted = sa.select(other.id).where(other.lead_id == Lead.id).order_by(*last_forecast(other)).limit(1)
    query = query.where(ExpectedOrder.id == counted.scalar_subquery())
    return _along_leads(query, (ExpectedOrder.id,), tuple(columns), chosen)


def _firm_parts(chosen: Selection) -> Rows:
    firm = aliased(Organisation)
    columns: dict[str, Any] = {
        "id": Order.id,
        "firm": firm.name,
        "firm_id": firm.id,
        **_BETWEEN,
        "ordered_on": Order.ordered_on,
        "part_minor": FIRM_PART,
        "part_currency": Order.agency_currency,
    }
    query = sa.select(*_labelled(columns)).select_from(OrderShare).join(Order, Order.id == OrderShare.order_id)
    query = query.join(Lead, Lead.id == Order.lead_id).join(firm, firm.id == OrderShare.firm_id)
    query = query.where(CONFIRMED, Order.agency_minor.is_not(None), OrderShare.value_minor > 0)
    return _along_leads(query, (OrderShare.order_id, OrderShare.firm_id), tuple(columns), chosen)


def _value(of: type[Order | ExpectedOrder]) -> dict[str, Any]:
    """An amount as it was told, and in the agency's currency with the rate."""
    return {
        "value_minor": of.value_minor,
        "currency": of.currency,
        "rate": of.rate,
        "rate_on": of.rate_on,
        "agency_minor": of.agency_minor,
        "agency_currency": of.agency_currency,
    }


def _labelled(columns: Mapping[str, Any]) -> list[Any]:
    return [column.label(name) for name, column in columns.items()]


def _along_leads(query: sa.Select[Any], keys: tuple[Any, ...], columns: tuple[str, ...], chosen: Selection) -> Rows:
    query = query.join(Exhibitor, Exhibitor.id == Lead.exhibitor_id).join(_Buyer, _Buyer.id == Lead.buyer_id)
    if chosen.fair is not None:
        # Follows from the join; said again, it lets the index on it be used.
        query = query.where(Lead.fair_id == chosen.fair)
    return Rows(_from(_of_exhibitor(query), chosen), keys, columns)


def _of_exhibitor(query: sa.Select[Any]) -> sa.Select[Any]:
    return query.join(Application, Application.id == Exhibitor.application_id)


def _from(query: sa.Select[Any], chosen: Selection) -> sa.Select[Any]:
    """The applications of the selection: those that the figures counted."""
    return (
        query.join(ApplicationResult, ApplicationResult.application_id == Application.id)
        .join(Fair, Fair.id == ApplicationResult.fair_id)
        .join(_Firm, _Firm.id == Application.lead_firm_id)
        .outerjoin(ProducerGroup, ProducerGroup.id == Application.group_id)
        .where(*within(ApplicationResult, chosen))
    )


def _answered(*of: Any) -> sa.Exists:
    return sa.exists().where(Prompt.lead_id == Lead.id, Answer.prompt_id == Prompt.id, *of)


_ANSWERED, _BY_FIRM, _BY_BUYER = _answered(), _answered(Prompt.side == Side.FIRM), _answered(Prompt.side == Side.BUYER)
_STANDING_ORDERS = (
    sa.select(sa.func.count()).select_from(Order).where(Order.lead_id == Lead.id, STANDING).scalar_subquery()
)

_LISTS: Mapping[What, tuple[Callable[[Selection], Rows], Any]] = {
    What.APPLICATIONS: (_applications, None),
    What.AWARDS: (_applications, Award.id.is_not(None)),
    What.EXHIBITORS: (_applications, sa.and_(Exhibitor.id.is_not(None), Exhibitor.withdrawn_at.is_(None))),
    What.MEETINGS_BOOKED: (_meetings, Meeting.state.in_(OCCUPYING)),
    What.MEETINGS_HELD: (_meetings, Meeting.state == MeetingState.HELD),
    What.LEADS: (_leads, None),
    What.LEADS_ANSWERED: (_leads, _ANSWERED),
    What.LEADS_SILENT: (_leads, ~_ANSWERED),
    What.LEADS_OF_BOTH: (_leads, sa.and_(_BY_FIRM, _BY_BUYER)),
    What.LEADS_OF_FIRM: (_leads, sa.and_(_BY_FIRM, ~_BY_BUYER)),
    What.LEADS_OF_BUYER: (_leads, sa.and_(~_BY_FIRM, _BY_BUYER)),
    What.LEADS_ORDERED: (_leads, _STANDING_ORDERS >= 1),
    What.LEADS_REPEATED: (_leads, _STANDING_ORDERS >= 2),
    What.PROMPTS_SENT: (_questions, Prompt.sent_at.is_not(None)),
    What.PROMPTS_ANSWERED: (_questions, Prompt.state == PromptState.ANSWERED),
    What.ORDERS_REPORTED: (_orders, None),
    What.ORDERS_VALUED: (_orders, sa.and_(STANDING, Order.agency_minor.is_not(None))),
    What.ORDERS_CONFIRMED: (_orders, CONFIRMED),
    What.ORDERS_DISPUTED: (_orders, Order.state == OrderState.DISPUTED),
    What.ORDERS_UNPRICED: (_orders, sa.and_(STANDING, Order.agency_minor.is_(None))),
    What.FORECASTS: (_forecasts, None),
    What.FIRM_PARTS: (_firm_parts, None),
    What.HOSTED_MEETINGS_HELD: (_meetings, sa.and_(Meeting.state == MeetingState.HELD, HOSTED_MEETING)),
    What.HOSTED_LEADS: (_leads, HOSTED_LEAD),
    What.HOSTED_ORDERS_CONFIRMED: (_orders, sa.and_(CONFIRMED, HOSTED_LEAD)),
    What.OTHER_MEETINGS_HELD: (_meetings, sa.and_(Meeting.state == MeetingState.HELD, ~HOSTED_MEETING)),
    What.OTHER_LEADS: (_leads, ~HOSTED_LEAD),
    What.OTHER_ORDERS_CONFIRMED: (_orders, sa.and_(CONFIRMED, ~HOSTED_LEAD)),
}


def grants(chosen: Selection) -> Rows:
    """Each firm's part of the awards of a selection that were not given back."""
    agency = aliased(Organisation)
    columns: dict[str, Any] = {
        "id": AwardMember.id,
        "award_id": Award.id,
        "firm_id": _Firm.id,
        "firm": _Firm.name,
        "company_number": _Firm.company_number,
        "country": _Firm.country,
        "region": _Firm.region,
        "support_minor": AwardMember.support_minor,
        "currency": Award.currency,
        "granted_at": Award.granted_at,
        "fair": _FAIR,
        "zone": Fair.zone,
        "starts_on": Fair.starts_on,
        "ends_on": Fair.ends_on,
        "scheme_id": Scheme.id,
        "scheme": Scheme.name,
        "agency_id": agency.id,
        "agency": agency.name,
    }
    query = (
        sa.select(*_labelled(columns))
        .join(Award, Award.id == AwardMember.award_id)
        .join(ApplicationResult, ApplicationResult.application_id == Award.application_id)
        .join(Fair, Fair.id == ApplicationResult.fair_id)
        .join(Scheme, Scheme.id == ApplicationResult.scheme_id)
        .join(agency, agency.id == ApplicationResult.agency_id)
        .join(_Firm, _Firm.id == AwardMember.firm_id)
        .where(Award.released_at.is_(None), AwardMember.support_minor > 0, *within(ApplicationResult, chosen))
    )
    return Rows(query, (AwardMember.id,), tuple(columns))


def stream(session: Session, found: Rows) -> Iterator[dict[str, Any]]:
    """All rows of a list, oldest first, read from the database a part at a time."""
    result = session.execute(found.query.order_by(*found.keys).execution_options(yield_per=_PART))
    for row in result:
        yield dict(zip(found.columns, row, strict=True))


def is_longer(session: Session, found: Rows, most: int) -> bool:
    """Whether a list has more than `most` rows."""
    beyond = found.query.with_only_columns(*found.keys).limit(1).offset(most)
    return session.execute(beyond).first() is not None
