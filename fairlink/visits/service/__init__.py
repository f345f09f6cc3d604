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
from fairlink.visits.service.workshops import (
    book_tour,
    book_workshop,
    cancel_workshop_visit,
    cancel_workshop_visits_without_ground,
    close_workshop,
    confirm_workshop_visit,
    decline_workshop_visit,
    edit_workshop,
    offer_workshop,
    open_sessions,
    set_ways,
)

__all__ = [
    "accept_request",
    "ask",
    "book",
    "book_tour",
    "book_workshop",
    "call_off_without_ground",
    "cancel",
    "cancel_visit",
    "cancel_workshop_visit",
    "cancel_workshop_visits_without_ground",
    "capture",
    "close_workshop",
    "confirm",
    "confirm_workshop_visit",
    "decline",
    "decline_request",
    "decline_workshop_visit",
    "discard",
    "edit_workshop",
    "end_requests",
    "finish_run",
    "fix",
    "make_badge",
    "mark",
    "note_progress",
    "offer_workshop",
    "open_sessions",
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
    "set_ways",
    "shift",
    "start_run",
    "stop_run",
    "tell",
    "veto",
    "withdraw_badge",
    "withdraw_request",
]
