"""When prompts are due, how long they stay open, and whether two reports tell of the same order. Pure decisions."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from dateutil.relativedelta import relativedelta

from fairlink.followup.states import ORDERED, Outcome
from fairlink.kernel.clock import local_instant
from fairlink.kernel.money import Money

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

#: Two reports about one lead, dated no further apart than this, with the same value tell of the same order.
SAME_ORDER_WITHIN = timedelta(days=31)


def wave_instants(ends_on: date, zone: str) -> list[datetime]:
    """The UTC instants of a fair's waves: 9:00 in the IANA `zone`, 14 days and 3, 6, 12, 24, 36 months after `ends_on`.

    A month without the day takes its last: a fair that ends on 30 November has its first wave on 14 December and its
    second on 28 February.
    """
    return [local_instant(ends_on + span, SENDING_TIME, zone) for span in DEFAULT_WAVES]


def expires_at(sent_at: datetime) -> datetime:
    """When the links of a prompt sent at `sent_at` stop working."""
    return sent_at + OPEN_FOR


@dataclass(frozen=True, slots=True)
class ReportedOrder:
    """A real order as one side tells of it."""

    value: Money
    ordered_on: date
    hs_code: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What one side says to one prompt, as parsed from the form."""

    outcome: Outcome
    order: ReportedOrder | None = None
    #: A forecast; kept apart from orders.
    expected: Money | None = None
    #: How much of the order would have come without support, in basis points; asked of firms only.
    without_support_bp: int | None = None
    lost_reason: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        if (self.outcome in ORDERED) != (self.order is not None):
            raise ValueError("an order goes with the outcomes order and repeat_order, and with no other")


def same_order(value: Money, ordered_on: date, other_value: Money, other_on: date) -> bool:
    """Whether two sides' reports about one lead tell of the same order: same value, dates at most 31 days apart."""
    return value == other_value and abs(ordered_on - other_on) <= SAME_ORDER_WITHIN
