"""The verbs that write: visits, requests and meetings."""

from fairlink.visits.service.absences import set_absences
from fairlink.visits.service.calendars import remind, renew_feed, revoke_feed
from fairlink.visits.service.contacts import capture, make_badge, withdraw_badge
from fairlink.visits.service.meetings import (
    call_off_without_ground,
    cancel,
    confirm,
    decline,
    mark,
    request_meeting,
    reschedule,
)
from fairlink.visits.service.requests import (
    accept_request,
    ask,
    decline_request,
    end_requests,
    set_rules,
    veto,
    withdraw_request,
)
from fairlink.visits.service.visits import book, cancel_visit

__all__ = [
    "accept_request",
    "ask",
    "book",
    "call_off_without_ground",
    "cancel",
    "cancel_visit",
    "capture",
    "confirm",
    "decline",
    "decline_request",
    "end_requests",
    "make_badge",
    "mark",
    "remind",
    "renew_feed",
    "request_meeting",
    "reschedule",
    "revoke_feed",
    "set_absences",
    "set_rules",
    "veto",
    "withdraw_badge",
    "withdraw_request",
]
