"""The lives of what a visit brings about."""

from fairlink.visits.states.meetings import MARKS, OCCUPYING, OPEN, TRANSITIONS, MeetingAction, MeetingState
from fairlink.visits.states.reminders import ReminderKind
from fairlink.visits.states.sides import Side
from fairlink.visits.states.visits import VISIT_TRANSITIONS, VisitAction, VisitState

__all__ = [
    "MARKS",
    "OCCUPYING",
    "OPEN",
    "TRANSITIONS",
    "VISIT_TRANSITIONS",
    "MeetingAction",
    "MeetingState",
    "ReminderKind",
    "Side",
    "VisitAction",
    "VisitState",
]
