"""The lives of what a visit brings about."""

from fairlink.visits.states.contacts import Interest
from fairlink.visits.states.meetings import MARKS, OCCUPYING, OPEN, TRANSITIONS, MeetingAction, MeetingState
from fairlink.visits.states.reminders import ReminderKind
from fairlink.visits.states.requests import (
    LIVE,
    REQUEST_TRANSITIONS,
    Consent,
    Half,
    Level,
    RequestAction,
    RequestState,
    Scheduling,
    Shown,
)
from fairlink.visits.states.sides import Side
from fairlink.visits.states.visits import VISIT_TRANSITIONS, VisitAction, VisitState

__all__ = [
    "LIVE",
    "MARKS",
    "OCCUPYING",
    "OPEN",
    "REQUEST_TRANSITIONS",
    "TRANSITIONS",
    "VISIT_TRANSITIONS",
    "Consent",
    "Half",
    "Interest",
    "Level",
    "MeetingAction",
    "MeetingState",
    "ReminderKind",
    "RequestAction",
    "RequestState",
    "Scheduling",
    "Shown",
    "Side",
    "VisitAction",
    "VisitState",
]
