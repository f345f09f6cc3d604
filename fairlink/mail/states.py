"""The closed sets of words that mail uses, and what a message may go through."""

from enum import StrEnum


class MailState(StrEnum):
    """Where a message is on its way."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"


class MailAction(StrEnum):
    """What can happen to a message."""

    CLAIM = "claim"
    SUPPRESS = "suppress"
    ACCEPT = "accept"
    POSTPONE = "postpone"
    GIVE_UP = "give_up"
    RELEASE = "release"


class SuppressionReason(StrEnum):
    """Why an address gets no more mail of a list."""

    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    #: The receiver called it spam.
    COMPLAINED = "complained"


TRANSITIONS: dict[tuple[MailState, MailAction], MailState] = {
    (MailState.QUEUED, MailAction.CLAIM): MailState.CLAIMED,
    (MailState.QUEUED, MailAction.SUPPRESS): MailState.SUPPRESSED,
    (MailState.CLAIMED, MailAction.ACCEPT): MailState.SENT,
    (MailState.CLAIMED, MailAction.POSTPONE): MailState.QUEUED,
    (MailState.CLAIMED, MailAction.GIVE_UP): MailState.FAILED,
    # The worker that held the claim is gone.
    (MailState.CLAIMED, MailAction.RELEASE): MailState.QUEUED,
}

#: Nothing more will happen to these.
FINAL = frozenset({MailState.SENT, MailState.FAILED, MailState.SUPPRESSED})
