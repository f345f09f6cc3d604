"""Taking in exchange rates, and working amounts out in the currency of the agency."""

from collections.abc import Iterable
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.followup import queries, rules
from fairlink.followup.models import Conversion, EuroRate, ExpectedOrder, Lead, Order
from fairlink.followup.states import RateSource
from fairlink.kernel.clock import local_date
from fairlink.kernel.money import Money
from fairlink.kernel.queue import defer

#: Rows of one INSERT.
_CHUNK = 2000


def take_rates(
    session: Session,
    quoted: Iterable[rules.QuotedRate],
    *,
    source: RateSource,
    agency_id: int | None,
    by: User | None,
    now: datetime,
) -> int:
    """Record rates, for one agency or (None) for all; a day that is known already is corrected. Their number.

    What was worked out by a rate that is not the right one any more is worked out anew.
    """
    # The last one of a repeated day counts, as it would one after the other.
    rows = {
        (each.currency, each.rated_on): {
            "agency_id": agency_id,
            "currency": each.currency,
            "rated_on": each.rated_on,
            "per_euro": each.per_euro,
            "source": source,
            "recorded_by_id": by.id if by else None,
            "recorded_at": now,
        }
        for each in quoted
    }
    values = list(rows.values())
    for first in range(0, len(values), _CHUNK):
        statement = insert(EuroRate).values(values[first : first + _CHUNK])
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["currency", "rated_on", "agency_id"],
                set_={
                    name: statement.excluded[name] for name in ("per_euro", "source", "recorded_by_id", "recorded_at")
                },
                where=EuroRate.per_euro != statement.excluded.per_euro,
            )
        )
    nothing = dict.fromkeys(("agency_minor", "agency_currency", "rate", "rate_on", "rate_source"))
    session.execute(sa.update(Order).where(Order.id.in_(queries.outdated_orders(now))).values(nothing))
    outdated = queries.outdated_forecasts(now)
    session.execute(sa.update(ExpectedOrder).where(ExpectedOrder.id.in_(outdated)).values(nothing))
    defer(session, "followup.convert", lock="followup.convert", queueing_lock="followup.convert")
    return len(values)


def put_in_agency_currency(session: Session, row: Conversion, value: Money, lead: Lead, *, on: date) -> None:
    """Work `value` of the day `on` out in the agency's currency, by the rates on or before that day.

    Where a rate is missing the row stays without, and `convert_missing` tries again later.
    """
    own = queries.rate(session, value.currency, on, lead.agency_id)
    target = queries.rate(session, lead.currency, on, lead.agency_id)
    converted = rules.convert(value, lead.currency, on, own, target)
    if converted is None:
        row.agency_minor = row.agency_currency = row.rate = row.rate_on = row.rate_source = None
        return
    row.agency_minor, row.agency_currency = converted.amount.minor, converted.amount.currency
    row.rate, row.rate_on, row.rate_source = converted.rate, converted.rate_on, converted.source


def convert_missing(session: Session, limit: int = 500) -> int:
    """Convert the next orders and forecasts, `limit` of each, that had no rate and have one now; their number."""
    orders, forecasts = queries.orders_to_convert(session, limit), queries.forecasts_to_convert(session, limit)
    for order in orders:
        put_in_agency_currency(session, order, order.value, order.lead, on=order.ordered_on)
    for forecast in forecasts:
        on = local_date(forecast.stated_at, forecast.lead.fair.zone)
        put_in_agency_currency(session, forecast, forecast.value, forecast.lead, on=on)
    session.flush()
    return len(orders) + len(forecasts)
