"""The lives of a claim, a disbursement and a recovery case."""

from enum import StrEnum


class ClaimKind(StrEnum):
    """A claim for a part ahead of the fair, or for the rest with proof of what was spent."""

    ADVANCE = "advance"
    FINAL = "final"


class ClaimState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    CHECKED = "checked"
    APPROVED = "approved"
    REFUSED = "refused"
    LAPSED = "lapsed"


class ClaimAction(StrEnum):
    SUBMIT = "submit"
    RETURN = "return"
    CHECK = "check"
    APPROVE = "approve"
    REFUSE = "refuse"
    LAPSE = "lapse"


_C, _CA = ClaimState, ClaimAction

CLAIM_TRANSITIONS: dict[tuple[ClaimState, ClaimAction], ClaimState] = {
    (_C.DRAFT, _CA.SUBMIT): _C.SUBMITTED,
    (_C.DRAFT, _CA.LAPSE): _C.LAPSED,
    (_C.SUBMITTED, _CA.RETURN): _C.DRAFT,
    (_C.SUBMITTED, _CA.CHECK): _C.CHECKED,
    (_C.SUBMITTED, _CA.REFUSE): _C.REFUSED,
    # Until finance has approved, the check may be done again, by the same person or another.
    (_C.CHECKED, _CA.CHECK): _C.CHECKED,
    (_C.CHECKED, _CA.RETURN): _C.DRAFT,
    (_C.CHECKED, _CA.APPROVE): _C.APPROVED,
    (_C.CHECKED, _CA.REFUSE): _C.REFUSED,
}

#: The agency has to do something about a claim in these states.
WITH_AGENCY = frozenset({_C.SUBMITTED, _C.CHECKED})


class Purpose(StrEnum):
    """What money is paid out for."""

    ADVANCE = "advance"
    CLAIM = "claim"
    RETENTION = "retention"
    HOSTED_BUYER = "hosted_buyer"


class DisbursementState(StrEnum):
    """Waiting for a bank file, in one, or settled by what the bank said."""

    WAITING = "waiting"
    SENT = "sent"
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"


class DisbursementAction(StrEnum):
    SEND = "send"
    PAY = "pay"
    FAIL = "fail"
    CANCEL = "cancel"


_D, _DA = DisbursementState, DisbursementAction

DISBURSEMENT_TRANSITIONS: dict[tuple[DisbursementState, DisbursementAction], DisbursementState] = {
    (_D.WAITING, _DA.SEND): _D.SENT,
    (_D.WAITING, _DA.CANCEL): _D.CANCELLED,
    (_D.SENT, _DA.PAY): _D.PAID,
    # A bank may send money back days after it took the order.
    (_D.SENT, _DA.FAIL): _D.FAILED,
    (_D.PAID, _DA.FAIL): _D.FAILED,
}


class FileKind(StrEnum):
    """The format of a bank file: ISO 20022 for SEPA, a table for everything else."""

    PAIN_001 = "pain_001"
    CSV = "csv"


class RecoveryState(StrEnum):
    """Opened with time to answer, decided and due, closed when it was paid back, or dropped."""

    OPENED = "opened"
    DUE = "due"
    CLOSED = "closed"
    DROPPED = "dropped"


class RecoveryAction(StrEnum):
    DECIDE = "decide"
    DROP = "drop"
    CLOSE = "close"


_R, _RA = RecoveryState, RecoveryAction

RECOVERY_TRANSITIONS: dict[tuple[RecoveryState, RecoveryAction], RecoveryState] = {
    (_R.OPENED, _RA.DECIDE): _R.DUE,
    (_R.OPENED, _RA.DROP): _R.DROPPED,
    (_R.DUE, _RA.DROP): _R.DROPPED,
    (_R.DUE, _RA.CLOSE): _R.CLOSED,
}


class RecoveryEntryKind(StrEnum):
    """What an entry of a recovery case does: ask for money, note what came back, or let go of the rest."""

    DEMANDED = "demanded"
    PAID_BACK = "paid_back"
    WAIVED = "waived"
