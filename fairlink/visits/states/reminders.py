"""Which reminders a meeting has."""

from enum import StrEnum


class ReminderKind(StrEnum):
    """How long before a meeting it is sent."""

    DAY = "day"
    HOUR = "hour"
