"""The life of a visit."""

from enum import StrEnum


class VisitState(StrEnum):
    BOOKED = "booked"
    CANCELLED = "cancelled"


class VisitAction(StrEnum):
    CANCEL = "cancel"


VISIT_TRANSITIONS: dict[tuple[VisitState, VisitAction], VisitState] = {
    (VisitState.BOOKED, VisitAction.CANCEL): VisitState.CANCELLED,
}
