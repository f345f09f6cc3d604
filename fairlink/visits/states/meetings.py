"""The life of a meeting."""

from enum import StrEnum


class MeetingState(StrEnum):
    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    HELD = "held"
    BUYER_NO_SHOW = "buyer_no_show"
    EXHIBITOR_NO_SHOW = "exhibitor_no_show"
    #: Out of its slot while an agenda is being published, so that meetings can change places; no transaction ends so.
    LIFTED = "lifted"


class MeetingAction(StrEnum):
    CONFIRM = "confirm"
    DECLINE = "decline"
    MOVE = "move"
    CANCEL = "cancel"
    HOLD = "hold"
    MISS_BUYER = "miss_buyer"
    MISS_EXHIBITOR = "miss_exhibitor"
    CALL_OFF = "call_off"
    LIFT = "lift"
    SEAT = "seat"


_S, _A = MeetingState, MeetingAction

TRANSITIONS: dict[tuple[MeetingState, MeetingAction], MeetingState] = {
    (_S.REQUESTED, _A.CONFIRM): _S.CONFIRMED,
    (_S.REQUESTED, _A.DECLINE): _S.DECLINED,
    (_S.REQUESTED, _A.MOVE): _S.REQUESTED,
    (_S.REQUESTED, _A.CANCEL): _S.CANCELLED,
    # They met although nobody had found the time to confirm.
    (_S.REQUESTED, _A.HOLD): _S.HELD,
    # A confirmed meeting that one side moves is put to the other side again.
    (_S.CONFIRMED, _A.MOVE): _S.REQUESTED,
    (_S.CONFIRMED, _A.CANCEL): _S.CANCELLED,
    (_S.CONFIRMED, _A.HOLD): _S.HELD,
    (_S.CONFIRMED, _A.MISS_BUYER): _S.BUYER_NO_SHOW,
    (_S.CONFIRMED, _A.MISS_EXHIBITOR): _S.EXHIBITOR_NO_SHOW,
    # They agreed on the spot that it would not be.
    (_S.CONFIRMED, _A.CALL_OFF): _S.CANCELLED,
    # The organiser gives it another time.
    (_S.REQUESTED, _A.LIFT): _S.LIFTED,
    (_S.CONFIRMED, _A.LIFT): _S.LIFTED,
    (_S.LIFTED, _A.SEAT): _S.CONFIRMED,
    # A mark made in haste can be put right.
    (_S.BUYER_NO_SHOW, _A.HOLD): _S.HELD,
    (_S.EXHIBITOR_NO_SHOW, _A.HOLD): _S.HELD,
}

#: States of a meeting that is still to come.
OPEN = frozenset({_S.REQUESTED, _S.CONFIRMED})

#: What either side may say of a meeting once its time has begun.
MARKS = frozenset({_A.HOLD, _A.MISS_BUYER, _A.MISS_EXHIBITOR, _A.CALL_OFF})

#: What hosts say of a visit to their workshop.
HOST_MARKS = frozenset({_A.HOLD, _A.MISS_BUYER})

#: What only the organiser does.
ORGANISING = frozenset({_A.LIFT, _A.SEAT})

#: States in which a meeting keeps its slot in both diaries.
OCCUPYING = frozenset({_S.REQUESTED, _S.CONFIRMED, _S.HELD, _S.BUYER_NO_SHOW, _S.EXHIBITOR_NO_SHOW})
