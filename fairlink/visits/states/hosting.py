"""The life of a hosted buyer's stay, and what becomes of its deposit."""

from enum import StrEnum


class HostedState(StrEnum):
    """From the application over the promise to the payment."""

    APPLIED = "applied"
    CHOSEN = "chosen"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    CLAIMED = "claimed"
    CHECKED = "checked"
    APPROVED = "approved"
    FORFEITED = "forfeited"


class HostedAction(StrEnum):
    CHOOSE = "choose"
    GRANT = "grant"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    SUBSTITUTE = "substitute"
    CLAIM = "claim"
    CHECK = "check"
    APPROVE = "approve"
    FORFEIT = "forfeit"


class Deposit(StrEnum):
    """What is to become of the deposit of a stay."""

    NONE = "none"
    DUE = "due"
    RETURN = "return"
    KEEP = "keep"


class Forfeit(StrEnum):
    """Why a promise is lost."""

    NO_SHOW = "no_show"
    TOO_FEW = "too_few"
    CANCELLED = "cancelled"
    #: The meetings were held, but nobody claimed.
    NOT_CLAIMED = "not_claimed"


_S, _A = HostedState, HostedAction

HOSTED_TRANSITIONS: dict[tuple[HostedState, HostedAction], HostedState] = {
    (_S.APPLIED, _A.CHOOSE): _S.CHOSEN,
    (_S.APPLIED, _A.REFUSE): _S.REFUSED,
    (_S.CHOSEN, _A.REFUSE): _S.REFUSED,
    (_S.CHOSEN, _A.GRANT): _S.GRANTED,
    (_S.APPLIED, _A.WITHDRAW): _S.WITHDRAWN,
    (_S.CHOSEN, _A.WITHDRAW): _S.WITHDRAWN,
    (_S.GRANTED, _A.WITHDRAW): _S.WITHDRAWN,
    # A colleague travels instead; nothing else changes.
    (_S.APPLIED, _A.SUBSTITUTE): _S.APPLIED,
    (_S.CHOSEN, _A.SUBSTITUTE): _S.CHOSEN,
    (_S.GRANTED, _A.SUBSTITUTE): _S.GRANTED,
    (_S.GRANTED, _A.CLAIM): _S.CLAIMED,
    (_S.GRANTED, _A.FORFEIT): _S.FORFEITED,
    (_S.CLAIMED, _A.CHECK): _S.CHECKED,
    (_S.CLAIMED, _A.FORFEIT): _S.FORFEITED,
    (_S.CHECKED, _A.APPROVE): _S.APPROVED,
    (_S.CHECKED, _A.FORFEIT): _S.FORFEITED,
}

#: States before anything is claimed.
AHEAD = frozenset({_S.APPLIED, _S.CHOSEN, _S.GRANTED})

#: States in which money is promised to the buyer.
PROMISED = frozenset({_S.GRANTED, _S.CLAIMED, _S.CHECKED})

#: What becomes of a deposit by the state of its stay; a buyer who withdraws before the fair has it back.
DEPOSITS: dict[HostedState, Deposit] = {
    _S.APPLIED: Deposit.NONE,
    _S.CHOSEN: Deposit.NONE,
    _S.REFUSED: Deposit.NONE,
    _S.GRANTED: Deposit.DUE,
    _S.CLAIMED: Deposit.DUE,
    _S.CHECKED: Deposit.DUE,
    _S.WITHDRAWN: Deposit.RETURN,
    _S.APPROVED: Deposit.RETURN,
    _S.FORFEITED: Deposit.KEEP,
}
