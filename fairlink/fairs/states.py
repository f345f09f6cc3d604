"""The life of a fair."""

from enum import StrEnum


class FairState(StrEnum):
    """Whether the public sees a fair; that it is over is told by its dates, not by a state."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


class FairAction(StrEnum):
    PUBLISH = "publish"
    CANCEL = "cancel"


TRANSITIONS: dict[tuple[FairState, FairAction], FairState] = {
    (FairState.DRAFT, FairAction.PUBLISH): FairState.PUBLISHED,
    (FairState.DRAFT, FairAction.CANCEL): FairState.CANCELLED,
    (FairState.PUBLISHED, FairAction.CANCEL): FairState.CANCELLED,
}
