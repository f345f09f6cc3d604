"""Mornings and afternoons of a fair."""

from collections.abc import Collection
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from fairlink.visits.states import Half

#: When the afternoon begins, on the fair's clocks.
NOON = time(13)

HalfDay = tuple[date, Half]


def half_of(instant: datetime, zone: str) -> HalfDay:
    """The day and half in the IANA `zone` at `instant`: 12:59 is morning, 13:00 afternoon."""
    local = instant.astimezone(ZoneInfo(zone))
    return local.date(), Half.AM if local.time() < NOON else Half.PM


def halves_of(instants: Collection[datetime], zone: str) -> list[HalfDay]:
    """Every half day in which one of the instants lies, in order."""
    # 'am' sorts before 'pm'.
    return sorted({half_of(instant, zone) for instant in instants})
