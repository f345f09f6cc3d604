"""The one place where a meeting changes its state, and what must hold before one is made or changed."""

from datetime import datetime

from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.applications.models import Exhibitor
from fairlink.audit.service import record
from fairlink.fairs.models import Fair
from fairlink.fairs.states import FairState
from fairlink.kernel.errors import Conflict
from fairlink.kernel.states import next_state
from fairlink.visits.models import Meeting
from fairlink.visits.rules.diary import refusal
from fairlink.visits.states import TRANSITIONS, MeetingAction


def _move(
    session: Session, meeting: Meeting, action: MeetingAction, *, by: User | None, now: datetime, **data: int
) -> None:
    state = next_state(TRANSITIONS, meeting.state, action)
    if code := refusal(action, meeting.slot.starts_at, now):
        raise Conflict(code)
    meeting.state = state
    record(session, f"meeting:{action}", meeting, by=by, now=now, **data)


#: For the other modules of this package; a state may only be set in a function named `_move`.
move = _move


def call_off(
    session: Session, meeting: Meeting, action: MeetingAction, reason: str, *, by: User | None, now: datetime
) -> None:
    """End a meeting with the reason that the other side reads, and take it out of the calendars."""
    _move(session, meeting, action, by=by, now=now)
    meeting.reason = reason
    meeting.sequence += 1


def check_fair(fair: Fair, now: datetime) -> None:
    """Refuse what needs a fair that is published and not over."""
    if fair.state != FairState.PUBLISHED:
        raise Conflict("visit_fair_cancelled")
    if fair.schedule.is_over(now):
        raise Conflict("visit_fair_over")


def check_present(exhibitor: Exhibitor) -> None:
    """Refuse what needs an exhibitor that has not withdrawn."""
    if exhibitor.withdrawn_at is not None:
        raise Conflict("exhibitor_withdrawn")
