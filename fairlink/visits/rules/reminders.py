"""When a meeting is reminded of; all pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from fairlink.visits.states import ReminderKind

#: How long before its beginning a meeting is reminded of.
LEAD_TIMES: Mapping[ReminderKind, timedelta] = {
    ReminderKind.DAY: timedelta(days=1),
    ReminderKind.HOUR: timedelta(hours=1),
}


class Window(NamedTuple):
    """Beginnings of meetings, as instants: after the one, up to and with the other."""

    after: datetime
    until: datetime


def window(kind: ReminderKind, now: datetime) -> Window:
    """Which beginnings a reminder is due for at `now`.

    It is due since its lead time before the meeting, until the next kind is due or the meeting begins: after a pause
    nobody gets two at once, or one of a meeting that is over.
    """
    after = LEAD_TIMES[ReminderKind.HOUR] if kind is ReminderKind.DAY else timedelta(0)
    return Window(now + after, now + LEAD_TIMES[kind])
