"""The lives of a payment and a refund, and the kinds of charges and ledger entries."""

from enum import StrEnum


class ChargeKind(StrEnum):
    """What a firm owes money for."""

    OWN_CONTRIBUTION = "own_contribution"
    STAND = "stand"
    EXTRA = "extra"
    DEPOSIT = "deposit"


def N_(text: str) -> str:  # noqa: N802 the name by which texts are collected for translation
    return text


#: What each kind is called, to be translated where it is shown.
KIND_NAMES = {
    ChargeKind.OWN_CONTRIBUTION: N_("Own contribution"),
    ChargeKind.STAND: N_("Stand"),
    ChargeKind.EXTRA: N_("Extra"),
    ChargeKind.DEPOSIT: N_("Deposit"),
}


class PriceUnit(StrEnum):
    """How often a price of a fair is owed."""

    FIRM = "firm"
    #: Of the group's stand; its firms bear it by their shares.
    SQUARE_METRE = "square_metre"


class ChargeState(StrEnum):
    """What has become of a charge; told by its amounts and dates, not stored."""

    OPEN = "open"
    OVERDUE = "overdue"
    PAID = "paid"
    CANCELLED = "cancelled"


class ChargeFilter(StrEnum):
    """What staff look for among charges: one of the states, or that money went back, all of it or a part."""

    OPEN = "open"
    OVERDUE = "overdue"
    PAID = "paid"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


class EntryKind(StrEnum):
    """What a ledger entry says about its charge."""

    CHARGED = "charged"
    CANCELLED = "cancelled"
    #: Less is owed than was charged.
    REDUCED = "reduced"
    RECEIVED = "received"
    REFUNDED = "refunded"
    #: A refund that the bank of the payer sent back: the money is with the agency again.
    REFUND_RETURNED = "refund_returned"
    #: The payer's bank took the money back after a dispute that was lost.
    CHARGED_BACK = "charged_back"


#: Which entries raise what a firm owes; the others lower it.
RAISES = frozenset({EntryKind.CHARGED, EntryKind.REFUNDED, EntryKind.CHARGED_BACK})

ENTRY_NAMES = {
    EntryKind.CHARGED: N_("Charged"),
    EntryKind.CANCELLED: N_("Cancelled"),
    EntryKind.REDUCED: N_("Reduced"),
    EntryKind.RECEIVED: N_("Received"),
    EntryKind.REFUNDED: N_("Given back"),
    EntryKind.REFUND_RETURNED: N_("Refund came back"),
    EntryKind.CHARGED_BACK: N_("Taken back by the payer's bank"),
}


class EntryState(StrEnum):
    """What became of money on a bank statement."""

    OPEN = "open"
    BOOKED = "booked"
    #: Not for us.
    SET_ASIDE = "set_aside"


class EntryAction(StrEnum):
    BOOK = "book"
    SET_ASIDE = "set_aside"


ENTRY_TRANSITIONS: dict[tuple[EntryState, EntryAction], EntryState] = {
    (EntryState.OPEN, EntryAction.BOOK): EntryState.BOOKED,
    (EntryState.OPEN, EntryAction.SET_ASIDE): EntryState.SET_ASIDE,
    (EntryState.SET_ASIDE, EntryAction.BOOK): EntryState.BOOKED,
}


class FileFormat(StrEnum):
    """How the agency's bank is told to send money: pain.001 within SEPA, a table elsewhere."""

    PAIN = "pain"
    CSV = "csv"


class InvoiceKind(StrEnum):
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class CardAccountKind(StrEnum):
    """How the platform acts on an agency's account at Stripe."""

    #: Stripe Connect: by the platform's keys.
    CONNECTED = "connected"
    OWN_KEYS = "own_keys"


class Method(StrEnum):
    CARD = "card"
    TRANSFER = "transfer"


class PaymentState(StrEnum):
    """From the row to the money. `PENDING`: the payer is through, the bank is not (a debit takes days). `HELD`: the
    card's bank has put the amount by, until it is captured or released."""

    CREATED = "created"
    OPEN = "open"
    PENDING = "pending"
    EXPIRED = "expired"
    FAILED = "failed"
    HELD = "held"
    RELEASED = "released"
    PAID = "paid"


class PaymentAction(StrEnum):
    OPEN = "open"
    WAIT = "wait"
    EXPIRE = "expire"
    FAIL = "fail"
    HOLD = "hold"
    RELEASE = "release"
    PAY = "pay"


_P, _A = PaymentState, PaymentAction

#: Reports about one payment come in any order and more than once: a state only gives way to one of a higher rank.
RANKS = {
    _P.CREATED: 0,
    _P.OPEN: 1,
    _P.PENDING: 2,
    _P.EXPIRED: 3,
    _P.FAILED: 3,
    _P.HELD: 3,
    _P.RELEASED: 4,
    _P.PAID: 5,
}

_LEADS_TO = {
    _A.OPEN: _P.OPEN,
    _A.WAIT: _P.PENDING,
    _A.EXPIRE: _P.EXPIRED,
    _A.FAIL: _P.FAILED,
    _A.HOLD: _P.HELD,
    _A.RELEASE: _P.RELEASED,
    _A.PAY: _P.PAID,
}

TRANSITIONS: dict[tuple[PaymentState, PaymentAction], PaymentState] = {
    (state, action): target
    for state in PaymentState
    for action, target in _LEADS_TO.items()
    if RANKS[target] > RANKS[state]
}

#: Money may still come by itself.
UNSETTLED = frozenset({_P.CREATED, _P.OPEN, _P.PENDING, _P.HELD})


class DisputeState(StrEnum):
    """A payer's objection with their bank (a chargeback)."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class DisputeAction(StrEnum):
    WIN = "win"
    LOSE = "lose"


DISPUTE_TRANSITIONS: dict[tuple[DisputeState, DisputeAction], DisputeState] = {
    (DisputeState.OPEN, DisputeAction.WIN): DisputeState.WON,
    (DisputeState.OPEN, DisputeAction.LOSE): DisputeState.LOST,
}


class RefundState(StrEnum):
    """From the decision to the money back."""

    REQUESTED = "requested"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class RefundAction(StrEnum):
    WAIT = "wait"
    SUCCEED = "succeed"
    FAIL = "fail"


_R, _D = RefundState, RefundAction

#: A refund may fail even after it succeeded: the payer's bank can send it back.
REFUND_TRANSITIONS: dict[tuple[RefundState, RefundAction], RefundState] = {
    (_R.REQUESTED, _D.WAIT): _R.PENDING,
    (_R.REQUESTED, _D.SUCCEED): _R.SUCCEEDED,
    (_R.REQUESTED, _D.FAIL): _R.FAILED,
    (_R.PENDING, _D.SUCCEED): _R.SUCCEEDED,
    (_R.PENDING, _D.FAIL): _R.FAILED,
    (_R.SUCCEEDED, _D.FAIL): _R.FAILED,
}
