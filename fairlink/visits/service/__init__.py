"""The verbs that write: visits, requests and meetings."""

from fairlink.visits.service.absences import set_absences
from fairlink.visits.service.calendars import remind, renew_feed, revoke_feed
from fairlink.visits.service.contacts import capture, make_badge, withdraw_badge
from fairlink.visits.service.drafts import fix, place, publish, remove, shift, tell
from fairlink.visits.service.meetings import (
    call_off_without_ground,
    cancel,
    confirm,
    decline,
    mark,
    request_meeting,
    reschedule,
)
from fairlink.visits.service.planning import discard, finish_run, note_progress, order_run, start_run, stop_run
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
    "discard",
    "end_requests",
    "finish_run",
    "fix",
    "make_badge",
    "mark",
    "note_progress",
    "order_run",
    "place",
    "publish",
    "remind",
    "remove",
    "renew_feed",
    "request_meeting",
    "reschedule",
    "revoke_feed",
    "set_absences",
    "set_rules",
    "shift",
    "start_run",
    "stop_run",
    "tell",
    "veto",
    "withdraw_badge",
    "withdraw_request",
]
