"""The one place where a meeting or a request changes its state, and what must hold before one is made or changed."""

from datetime import datetime

from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.applications.models import Exhibitor
from fairlink.audit.service import record
from fairlink.fairs.models import Fair, TimeSlot
from fairlink.fairs.states import FairState
from fairlink.kernel.errors import Conflict, Invalid
from fairlink.kernel.states import next_state
from fairlink.visits import queries
from fairlink.visits.models import Meeting, MeetingRequest, Visit
from fairlink.visits.rules import requests, tours
from fairlink.visits.rules.diary import refusal
from fairlink.visits.rules.halves import half_of
from fairlink.visits.states import REQUEST_TRANSITIONS, TRANSITIONS, MeetingAction, RequestAction


def _move(
    session: Session, meeting: Meeting, action: MeetingAction, *, by: User | None, now: datetime, **data: int
) -> None:
    state = next_state(TRANSITIONS, meeting.state, action)
    if code := refusal(action, meeting.slot.starts_at, now):
        raise Conflict(code)
    meeting.state = state
    record(session, f"meeting:{action}", meeting, by=by, now=now, **data)


def _move_request(
    session: Session, request: MeetingRequest, action: RequestAction, *, by: User | None, now: datetime
) -> None:
    state = next_state(REQUEST_TRANSITIONS, request.state, action)
    if code := requests.refusal(action, request.expires_at, now):
        raise Conflict(code)
    request.state = state
    record(session, f"request:{action}", request, by=by, now=now)


#: For the other modules of this package; a state may only be set in a function named `_move`.
move, move_request = _move, _move_request


def call_off(
    session: Session,
    meeting: Meeting,
    action: MeetingAction,
    reason: str,
    *,
    by: User | None,
    now: datetime,
    expired: bool = False,
) -> None:
    """End a meeting with the reason that the other side reads, and take it out of the calendars.

    `expired` says that it ends because nobody answered.
    """
    _move(session, meeting, action, by=by, now=now)
    meeting.reason = reason
    if not expired:
        meeting.expires_at = None
    meeting.sequence += 1
    # What was agreed to is over too: it counts for no maximum, and no agenda plans it anew.
    if request := queries.request_of_meeting(session, meeting.id):
        _move_request(session, request, RequestAction.WITHDRAW, by=by, now=now)


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


def free_slot(session: Session, slot_id: int, exhibitor: Exhibitor, visit: Visit, *, now: datetime) -> TimeSlot:
    """The slot, if it is to come and as far as can be seen free; the indexes have the last word."""
    slot = queries.slot_of_fair(session, slot_id, exhibitor.fair_id)
    if slot is None or slot.starts_at <= now:
        raise Invalid("no_such_slot", field="slot_id")
    if half_of(slot.starts_at, exhibitor.fair.zone) in queries.absences_of(session, exhibitor, visit):
        raise Invalid("no_such_slot", field="slot_id")
    if queries.vetoes(session, visit.id, exhibitor.id):
        # Nothing gives away that one side does not want to meet the other.
        raise Conflict("slot_taken")
    for kept in queries.in_slot(session, slot.id, exhibitor.id, visit.id):
        raise Conflict("slot_taken" if kept.exhibitor_id == exhibitor.id else "own_slot_taken")
    if not tours.fits(tours.Stop(None, slot.starts_at, slot.ends_at), *queries.tour_diary(session, visit)):
        raise Conflict("workshop_in_the_way")
    return slot
