"""The lives of a prompt and of an order, and the words of an answer."""

from enum import StrEnum

from fairlink.visits.states import Side as Side


class Interest(StrEnum):
    """How warm a contact was at the fair."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Outcome(StrEnum):
    """What came of a lead so far, in one side's words."""

    NO_REPLY = "no_reply"
    TALKING = "talking"
    SAMPLE = "sample"
    QUOTE = "quote"
    ORDER = "order"
    REPEAT_ORDER = "repeat_order"
    LOST = "lost"


#: Outcomes that tell of a real order.
ORDERED = frozenset({Outcome.ORDER, Outcome.REPEAT_ORDER})


class PromptKind(StrEnum):
    """A wave's question, or the question whether the other side's order is right."""

    WAVE = "wave"
    CONFIRMATION = "confirmation"


class PromptState(StrEnum):
    PLANNED = "planned"
    SENT = "sent"
    ANSWERED = "answered"
    EXPIRED = "expired"
    SUPPRESSED = "suppressed"


class PromptAction(StrEnum):
    SEND = "send"
    ANSWER = "answer"
    EXPIRE = "expire"
    SUPPRESS = "suppress"


_P, _PA = PromptState, PromptAction

PROMPT_TRANSITIONS: dict[tuple[PromptState, PromptAction], PromptState] = {
    (_P.PLANNED, _PA.SEND): _P.SENT,
    (_P.PLANNED, _PA.SUPPRESS): _P.SUPPRESSED,
    (_P.PLANNED, _PA.EXPIRE): _P.EXPIRED,
    (_P.SENT, _PA.ANSWER): _P.ANSWERED,
    (_P.SENT, _PA.EXPIRE): _P.EXPIRED,
    (_P.SENT, _PA.SUPPRESS): _P.SUPPRESSED,
}


class OrderState(StrEnum):
    """An order as both sides see it together."""

    REPORTED = "reported"
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"


class OrderAction(StrEnum):
    CONFIRM = "confirm"
    DISPUTE = "dispute"


ORDER_TRANSITIONS: dict[tuple[OrderState, OrderAction], OrderState] = {
    (OrderState.REPORTED, OrderAction.CONFIRM): OrderState.CONFIRMED,
    (OrderState.REPORTED, OrderAction.DISPUTE): OrderState.DISPUTED,
    (OrderState.DISPUTED, OrderAction.CONFIRM): OrderState.CONFIRMED,
}
