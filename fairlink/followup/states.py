"""The lives of a prompt and of an order, and the words of an answer."""

from enum import StrEnum

from fairlink.visits.states import Interest as Interest
from fairlink.visits.states import Side as Side


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


#: Questions that can be answered in the account; by a mailed link those of them that were sent.
OPEN_IN_ACCOUNT = frozenset({PromptState.SENT, PromptState.SUPPRESSED})


class PromptAction(StrEnum):
    SEND = "send"
    ANSWER = "answer"
    EXPIRE = "expire"
    SUPPRESS = "suppress"
    #: Asked for by the receiver of a link whose time is over: the question is sent again.
    RENEW = "renew"


_P, _PA = PromptState, PromptAction

PROMPT_TRANSITIONS: dict[tuple[PromptState, PromptAction], PromptState] = {
    (_P.PLANNED, _PA.SEND): _P.SENT,
    (_P.PLANNED, _PA.SUPPRESS): _P.SUPPRESSED,
    (_P.PLANNED, _PA.EXPIRE): _P.EXPIRED,
    (_P.SENT, _PA.ANSWER): _P.ANSWERED,
    (_P.SENT, _PA.EXPIRE): _P.EXPIRED,
    (_P.SENT, _PA.SUPPRESS): _P.SUPPRESSED,
    # In the account or on the telephone: who gets no mails can still answer.
    (_P.SUPPRESSED, _PA.ANSWER): _P.ANSWERED,
    (_P.EXPIRED, _PA.RENEW): _P.PLANNED,
}


class OrderState(StrEnum):
    """An order as both sides see it together."""

    REPORTED = "reported"
    #: The other side gave its own figure, which waits for the reporter's word.
    CORRECTED = "corrected"
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"
    #: An officer has decided a dispute, with a reason.
    SETTLED = "settled"


class OrderAction(StrEnum):
    CONFIRM = "confirm"
    CORRECT = "correct"
    DISPUTE = "dispute"
    SETTLE = "settle"


_O, _OA = OrderState, OrderAction

ORDER_TRANSITIONS: dict[tuple[OrderState, OrderAction], OrderState] = {
    (_O.REPORTED, _OA.CONFIRM): _O.CONFIRMED,
    (_O.REPORTED, _OA.CORRECT): _O.CORRECTED,
    (_O.REPORTED, _OA.DISPUTE): _O.DISPUTED,
    # The reporter accepts the other side's figure, or stands by its own.
    (_O.CORRECTED, _OA.CONFIRM): _O.CONFIRMED,
    (_O.CORRECTED, _OA.DISPUTE): _O.DISPUTED,
    (_O.DISPUTED, _OA.SETTLE): _O.SETTLED,
}

#: Orders whose value is more than one side's word.
COUNTED = frozenset({OrderState.CONFIRMED, OrderState.SETTLED})


class StatementKind(StrEnum):
    """What somebody said about an order."""

    REPORT = "report"
    #: The reporter corrects its own report before the other side has said anything.
    REVISE = "revise"
    CONFIRM = "confirm"
    CORRECT = "correct"
    DISPUTE = "dispute"
    SETTLE = "settle"


class Channel(StrEnum):
    """By which way something was said."""

    LINK = "link"
    ACCOUNT = "account"
    #: To an officer, who typed it.
    TELEPHONE = "telephone"


class EndReason(StrEnum):
    """Why a lead is followed no further."""

    LOST = "lost"
    #: A confirmed order that its reporter called the last one.
    LAST_ORDER = "last_order"


class RateSource(StrEnum):
    """Where an exchange rate is from."""

    ECB = "ecb"
    TYPED = "typed"
    #: The amount was in the agency's currency already.
    SAME_CURRENCY = "same_currency"


class Unit(StrEnum):
    """In what a quantity is counted."""

    PIECE = "piece"
    PAIR = "pair"
    KILOGRAM = "kilogram"
    TONNE = "tonne"
    LITRE = "litre"
    METRE = "metre"
    SQUARE_METRE = "square_metre"
    BOX = "box"
    CONTAINER = "container"
