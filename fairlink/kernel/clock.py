"""The one place that reads the time; everything else is given `now`."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_OFFSET = re.compile(r"^([+-])(\d+)([dhm])$")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}
_offset = timedelta(0)


def parse_offset(text: str) -> timedelta:
    """Read a clock offset such as ``+90d``, ``-3h`` or ``+15m``; empty means none.

    Raises ValueError for anything else.
    """
    if not text:
        return timedelta(0)
    match = _OFFSET.match(text)
    if match is None:
        raise ValueError(f"not a clock offset: {text!r} (examples: +90d, -3h, +15m)")
    sign, amount, unit = match.groups()
    span = timedelta(**{_UNITS[unit]: int(amount)})
    return span if sign == "+" else -span


def set_offset(offset: timedelta) -> None:
    """Move this process's clock by `offset` (development only; `config.Settings` refuses it in production)."""
    global _offset
    _offset = offset


def utcnow() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC) + _offset


def local_instant(on: date, at: time, zone: str) -> datetime:
    """The UTC instant at which clocks in the IANA `zone` show `at` on the day `on`.

    A wall time skipped by a daylight-saving change is taken at the offset before the change (it then lies as long
    after the gap as it claimed to lie in it); one that occurs twice is taken the first time.
    """
    return datetime.combine(on, at, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def local_date(instant: datetime, zone: str) -> date:
    """The calendar day in the IANA `zone` at `instant`."""
    return instant.astimezone(ZoneInfo(zone)).date()


def end_of_day(on: date, zone: str) -> datetime:
    """The UTC instant at which the day `on` ends in the IANA `zone` (exclusive)."""
    return local_instant(on + timedelta(days=1), time(0), zone)
