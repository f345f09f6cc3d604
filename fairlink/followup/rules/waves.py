"""When prompts are due, and how long they stay open."""

from datetime import date, datetime, time, timedelta

from dateutil.relativedelta import relativedelta

from fairlink.kernel.clock import local_instant

#: The waves of a fair, counted from its last day (DOMAIN.md, 'Follow-up').
DEFAULT_WAVES: tuple[relativedelta, ...] = (
    relativedelta(days=14),
    relativedelta(months=3),
    relativedelta(months=6),
    relativedelta(months=12),
    relativedelta(months=24),
    relativedelta(months=36),
)

#: Prompts go out in the morning of the fair's zone, when people look at their mail.
SENDING_TIME = time(9)

#: A prompt that was not answered is repeated once after this long,
REMIND_AFTER = timedelta(days=10)
#: and its links stop working after this long.
OPEN_FOR = timedelta(days=60)

#: Messages of the follow-up to one person within 24 hours.
MESSAGES_A_DAY = 3


def wave_instants(ends_on: date, zone: str) -> list[datetime]:
    """The UTC instants of a fair's waves: 9:00 in the IANA `zone`, 14 days and 3, 6, 12, 24, 36 months after `ends_on`.

    A month without the day takes its last: a fair that ends on 30 November has its first wave on 14 December and its
    second on 28 February.
    """
    return [local_instant(ends_on + span, SENDING_TIME, zone) for span in DEFAULT_WAVES]


def expires_at(sent_at: datetime) -> datetime:
    """When the links of a prompt sent at `sent_at` stop working."""
    return sent_at + OPEN_FOR
