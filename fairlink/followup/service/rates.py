"""Taking in exchange rates, and working amounts out in the currency of the agency."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.followup import queries, rules
from fairlink.followup.models import Conversion, EuroRate, Lead
from fairlink.followup.states import RateSource
from fairlink.kernel.clock import local_date
from fairlink.kernel.money import Money

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
    """Record rates, for one agency or (None) for all; a day that is known already is corrected. Their number."""
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
            )
        )
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
    """Convert orders and forecasts that had no rate and have one now; their number."""
    done = 0
    for order in queries.orders_without_rate(session, limit):
        put_in_agency_currency(session, order, order.value, order.lead, on=order.ordered_on)
        done += order.rate is not None
    for forecast in queries.forecasts_without_rate(session, limit):
        on = local_date(forecast.stated_at, forecast.lead.fair.zone)
        put_in_agency_currency(session, forecast, forecast.value, forecast.lead, on=on)
        done += forecast.rate is not None
    session.flush()
    return done
