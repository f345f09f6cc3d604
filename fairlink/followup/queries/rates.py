"""Reads of exchange rates, and of what is not worked out in its agency's currency yet."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from fairlink.applications.models import Application, Exhibitor
from fairlink.fairs.models import Fair
from fairlink.followup import rules
from fairlink.followup.models import EuroRate, ExpectedOrder, Lead, Order
from fairlink.followup.queries.leads import LEAD_PARTS
from fairlink.followup.states import RateSource
from fairlink.subsidies.models import Call

#: The day whose rate counts for a forecast: the one on which it was made, at the fair.
_FORECAST_DAY = sa.cast(sa.func.timezone(Fair.zone, ExpectedOrder.stated_at), sa.Date)

#: What lists of rates are paged by, latest first.
RATE_KEYS: tuple[Any, ...] = (EuroRate.rated_on, EuroRate.id)


def rate(session: Session, currency: str, on: date, agency_id: int) -> rules.Rate | None:
    """The rate of a currency to the euro on a day or the last day before it; an agency's own before the common one.

    None where the last one is older than `rules.RATE_HOLDS`.
    """
    query = (
        sa.select(EuroRate)
        .where(EuroRate.currency == currency, _holds_on(sa.literal(on, sa.Date)), _holds_for(agency_id))
        .order_by(EuroRate.rated_on.desc(), EuroRate.agency_id.nulls_last())
        .limit(1)
    )
    found = session.scalar(query)
    return None if found is None else rules.Rate(found.per_euro, found.rated_on, RateSource(found.source))


def _holds_on(day: Any) -> sa.ColumnElement[bool]:
    return sa.and_(EuroRate.rated_on <= day, EuroRate.rated_on >= day - rules.RATE_HOLDS.days)


def _holds_for(agency_id: Any) -> sa.ColumnElement[bool]:
    return sa.or_(EuroRate.agency_id.is_(None), EuroRate.agency_id == agency_id)


def orders_to_convert(session: Session, limit: int) -> Sequence[Order]:
    """Orders that are not worked out in the agency's currency though their rate is known, locked, the oldest first."""
    query = _convertible(sa.select(Order).join(Lead, Lead.id == Order.lead_id), Order.currency, Order.ordered_on)
    query = (
        query.where(Order.rate.is_(None))
        .options(joinedload(Order.lead).options(*LEAD_PARTS))
        .order_by(Order.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Order)
    )
    return session.scalars(query).unique().all()


def forecasts_to_convert(session: Session, limit: int) -> Sequence[ExpectedOrder]:
    """Forecasts that are not worked out in the agency's currency though their rate is known, as `orders_to_convert`."""
    of_lead = sa.select(ExpectedOrder).join(Lead, Lead.id == ExpectedOrder.lead_id)
    query = (
        _convertible(of_lead, ExpectedOrder.currency, _FORECAST_DAY)
        .where(ExpectedOrder.rate.is_(None))
        .options(joinedload(ExpectedOrder.lead).options(*LEAD_PARTS))
        .order_by(ExpectedOrder.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=ExpectedOrder)
    )
    return session.scalars(query).unique().all()


def _convertible(query: sa.Select[Any], currency: InstrumentedAttribute[str], day: Any) -> sa.Select[Any]:
    """Of amounts joined with their lead, those whose rates are there: what waits for one holds up no other."""

    def known(of: InstrumentedAttribute[str]) -> sa.ColumnElement[bool]:
        quoted = sa.exists().where(EuroRate.currency == of, _holds_on(day), _holds_for(Fair.agency_id))
        return sa.or_(of == rules.EURO, quoted)

    return (
        query.join(Fair, Fair.id == Lead.fair_id)
        .join(Exhibitor, Exhibitor.id == Lead.exhibitor_id)
        .join(Application, Application.id == Exhibitor.application_id)
        .join(Call, Call.id == Application.call_id)
        .where(sa.or_(currency == Call.currency, sa.and_(known(currency), known(Call.currency))))
    )


def outdated_orders(recorded_at: Any) -> sa.Select[Any]:
    """The ids of orders for which rates recorded at an instant are nearer to their day, or other than those used."""
    return _outdated(sa.select(Order.id).join(Lead, Lead.id == Order.lead_id), Order, Order.ordered_on, recorded_at)


def outdated_forecasts(recorded_at: Any) -> sa.Select[Any]:
    """The ids of forecasts for which the same holds as for `outdated_orders`."""
    of_lead = sa.select(ExpectedOrder.id).join(Lead, Lead.id == ExpectedOrder.lead_id)
    return _outdated(of_lead, ExpectedOrder, _FORECAST_DAY, recorded_at)


def _outdated(
    query: sa.Select[Any], of: type[Order] | type[ExpectedOrder], day: Any, recorded_at: Any
) -> sa.Select[Any]:
    better = sa.exists().where(
        EuroRate.recorded_at == recorded_at,
        EuroRate.currency.in_((of.currency, of.agency_currency)),
        EuroRate.rated_on.between(of.rate_on, day),
        _holds_for(Fair.agency_id),
    )
    return query.join(Fair, Fair.id == Lead.fair_id).where(of.rate_source != RateSource.SAME_CURRENCY, better)


def waiting_for_rates(session: Session, agency_id: int) -> Sequence[tuple[str, int, date]]:
    """Currency, number and earliest day of an agency's orders that are not worked out in its own currency yet."""
    query = (
        sa.select(Order.currency, sa.func.count(), sa.func.min(Order.ordered_on))
        .join(Lead, Lead.id == Order.lead_id)
        .join(Fair, Fair.id == Lead.fair_id)
        .where(Fair.agency_id == agency_id, Order.rate.is_(None))
        .group_by(Order.currency)
        .order_by(Order.currency)
    )
    return [(currency, number, first) for currency, number, first in session.execute(query)]


def rates_of(agency_id: int) -> sa.Select[Any]:
    """The rates that hold for an agency, its own and the common ones, to be paged by RATE_KEYS."""
    return sa.select(EuroRate).where(_holds_for(agency_id))
