"""What one side says to a prompt, and whether two reports tell of the same order."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from fairlink.followup.states import ORDERED, Outcome, Unit
from fairlink.kernel.money import Money

#: Two reports about one lead, dated no further apart than this, with the same value tell of the same order.
SAME_ORDER_WITHIN = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class ReportedOrder:
    """A real order as one side tells of it."""

    value: Money
    ordered_on: date
    hs_code: str | None = None
    #: How much, at most three decimals, and of what; both or neither.
    quantity: Decimal | None = None
    unit: Unit | None = None
    #: Nothing more is expected of the contact.
    is_last: bool = False


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
