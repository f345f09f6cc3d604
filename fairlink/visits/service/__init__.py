"""The verbs that write: visits and meetings."""

from fairlink.visits.service.calendars import remind, renew_feed, revoke_feed
from fairlink.visits.service.meetings import (
    call_off_without_ground,
    cancel,
    confirm,
    decline,
    mark,
    request_meeting,
    reschedule,
)
from fairlink.visits.service.visits import book, cancel_visit

__all__ = [
    "book",
    "call_off_without_ground",
    "cancel",
    "cancel_visit",
    "confirm",
    "decline",
    "mark",
    "remind",
    "renew_feed",
    "request_meeting",
    "reschedule",
    "revoke_feed",
]
