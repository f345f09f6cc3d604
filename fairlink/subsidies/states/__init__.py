"""The life of a call, and the kinds of entry in its envelope."""

from enum import StrEnum


class CallState(StrEnum):
    """Whether a call was published; that its window is open is told by its instants."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class CallAction(StrEnum):
    PUBLISH = "publish"
    WITHDRAW = "withdraw"


TRANSITIONS: dict[tuple[CallState, CallAction], CallState] = {
    (CallState.DRAFT, CallAction.PUBLISH): CallState.PUBLISHED,
    (CallState.DRAFT, CallAction.WITHDRAW): CallState.WITHDRAWN,
    (CallState.PUBLISHED, CallAction.WITHDRAW): CallState.WITHDRAWN,
}


class EntryKind(StrEnum):
    """What an envelope entry does: promise money, let go of a promise, pay, or take back."""

    COMMITTED = "committed"
    RELEASED = "released"
    DISBURSED = "disbursed"
    RECOVERED = "recovered"
