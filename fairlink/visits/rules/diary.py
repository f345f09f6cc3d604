"""Whether something can still be done with a meeting, and how a diary falls into days; all pure."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import TypeVar

from fairlink.kernel.clock import local_date
from fairlink.kernel.states import allowed_actions
from fairlink.visits.states import HOST_MARKS, MARKS, ORGANISING, TRANSITIONS, MeetingAction, MeetingState, Side

T = TypeVar("T")

#: Only the side that did not propose the time has a say in it.
ANSWERS = frozenset({MeetingAction.CONFIRM, MeetingAction.DECLINE})

#: Who was said not to have come cannot say otherwise: that takes the word of the side that waited.
_MISSING = {MeetingState.BUYER_NO_SHOW: Side.BUYER, MeetingState.EXHIBITOR_NO_SHOW: Side.FIRM}


def side_of(organisation_kind: str | None) -> Side:
    """On which side of a meeting people of an organisation of this kind stand."""
    return Side.BUYER if organisation_kind == Side.BUYER else Side.FIRM


def refusal(action: MeetingAction, starts_at: datetime, now: datetime) -> str | None:
    """Why the clock does not allow `action` on a meeting that begins at `starts_at`: a code, or None if it does.

    Marks are made once the meeting's time has begun, everything else before: at 10:00 sharp a meeting of 10:00 can be
    marked and no longer be moved.
    """
    begun = starts_at <= now
    if action in MARKS:
        return None if begun else "meeting_not_begun"
    return "meeting_begun" if begun else None


def may_mark(state: MeetingState, by: Side) -> bool:
    """Whether the side `by` may say what became of a meeting, or put right what was said."""
    return _MISSING.get(state) is not by


def possible_actions(
    state: MeetingState, *, starts_at: datetime, now: datetime, by: Side, asked: Side
) -> frozenset[MeetingAction]:
    """What the side `by` can do with a meeting whose time the side `asked` answers for."""
    return frozenset(
        action
        for action in allowed_actions(TRANSITIONS, state)
        if action not in ORGANISING
        and refusal(action, starts_at, now) is None
        and (by is asked or action not in ANSWERS)
        and (action not in MARKS or may_mark(state, by))
    )


def possible_on_workshop_visit(
    state: MeetingState, *, starts_at: datetime, now: datetime, by: Side
) -> frozenset[MeetingAction]:
    """What the side `by` can do with a visit to a workshop: the buyer moves it, the hosts answer and mark it."""
    possible = possible_actions(state, starts_at=starts_at, now=now, by=by, asked=Side.FIRM)
    if by is Side.BUYER:
        return possible - MARKS
    return possible - (MARKS - HOST_MARKS) - {MeetingAction.MOVE}


def by_day(things: Iterable[T], starts_at: Callable[[T], datetime], zone: str) -> dict[date, list[T]]:
    """`things` by the calendar day of their beginning in the IANA `zone`, days and things in order of time."""
    days: dict[date, list[T]] = {}
    for thing in sorted(things, key=starts_at):
        days.setdefault(local_date(starts_at(thing), zone), []).append(thing)
    return days
