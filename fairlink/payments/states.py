"""The lives of a payment and a refund, and the kinds of charges and ledger entries."""

from enum import StrEnum


class ChargeKind(StrEnum):
    """What a firm owes money for."""

    OWN_CONTRIBUTION = "own_contribution"
    STAND = "stand"
    DEPOSIT = "deposit"


class ChargeState(StrEnum):
    """What has become of a charge; told by its amounts and dates, not stored."""

    OPEN = "open"
    OVERDUE = "overdue"
    PAID = "paid"
    CANCELLED = "cancelled"


class EntryKind(StrEnum):
    """What a ledger entry says about its charge."""

    CHARGED = "charged"
    CANCELLED = "cancelled"
    RECEIVED = "received"
    REFUNDED = "refunded"
    #: A refund that the bank of the payer sent back: the money is with the agency again.
    REFUND_RETURNED = "refund_returned"


class Method(StrEnum):
    CARD = "card"
    TRANSFER = "transfer"


class PaymentState(StrEnum):
    """From the row to the money. `PENDING`: the payer is through, the bank is not (a debit takes days)."""

    CREATED = "created"
    OPEN = "open"
    PENDING = "pending"
    EXPIRED = "expired"
    FAILED = "failed"
    PAID = "paid"


class PaymentAction(StrEnum):
    OPEN = "open"
    WAIT = "wait"
    EXPIRE = "expire"
    FAIL = "fail"
    PAY = "pay"


_P, _A = PaymentState, PaymentAction

#: Reports about one payment come in any order and more than once: a state only gives way to one of a higher rank.
RANKS = {_P.CREATED: 0, _P.OPEN: 1, _P.PENDING: 2, _P.EXPIRED: 3, _P.FAILED: 3, _P.PAID: 4}

_LEADS_TO = {_A.OPEN: _P.OPEN, _A.WAIT: _P.PENDING, _A.EXPIRE: _P.EXPIRED, _A.FAIL: _P.FAILED, _A.PAY: _P.PAID}

TRANSITIONS: dict[tuple[PaymentState, PaymentAction], PaymentState] = {
    (state, action): target
    for state in PaymentState
    for action, target in _LEADS_TO.items()
    if RANKS[target] > RANKS[state]
}

#: Money may still come by itself.
UNSETTLED = frozenset({_P.CREATED, _P.OPEN, _P.PENDING})


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
