"""The lives of what a visit brings about."""

from fairlink.visits.states.agenda import AGENDA_TRANSITIONS, UNDER_WAY, AgendaAction, AgendaMode, AgendaState, Outcome
from fairlink.visits.states.contacts import Interest
from fairlink.visits.states.hosting import (
    AHEAD,
    DEPOSITS,
    HOSTED_TRANSITIONS,
    PROMISED,
    Deposit,
    Forfeit,
    HostedAction,
    HostedState,
)
from fairlink.visits.states.meetings import (
    HOST_MARKS,
    MARKS,
    OCCUPYING,
    OPEN,
    ORGANISING,
    TRANSITIONS,
    MeetingAction,
    MeetingState,
)
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
    "AGENDA_TRANSITIONS",
    "AHEAD",
    "DEPOSITS",
    "HOSTED_TRANSITIONS",
    "HOST_MARKS",
    "LIVE",
    "MARKS",
    "OCCUPYING",
    "OPEN",
    "ORGANISING",
    "PROMISED",
    "REQUEST_TRANSITIONS",
    "TRANSITIONS",
    "UNDER_WAY",
    "VISIT_TRANSITIONS",
    "AgendaAction",
    "AgendaMode",
    "AgendaState",
    "Consent",
    "Deposit",
    "Forfeit",
    "Half",
    "HostedAction",
    "HostedState",
    "Interest",
    "Level",
    "MeetingAction",
    "MeetingState",
    "Outcome",
    "ReminderKind",
    "RequestAction",
    "RequestState",
    "Scheduling",
    "Shown",
    "Side",
    "VisitAction",
    "VisitState",
]
