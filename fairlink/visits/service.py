"""The verbs of visits and meetings: book, request, answer, move, cancel, mark."""

from datetime import datetime

from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.applications.models import Exhibitor
from fairlink.audit.service import record
from fairlink.fairs.models import Fair, TimeSlot
from fairlink.fairs.states import FairState
from fairlink.kernel.errors import Conflict, Forbidden, Invalid
from fairlink.kernel.states import next_state
from fairlink.visits import emails, queries
from fairlink.visits.models import Meeting, Visit
from fairlink.visits.rules.diary import refusal, side_of
from fairlink.visits.states import (
    TRANSITIONS,
    VISIT_TRANSITIONS,
    MeetingAction,
    MeetingState,
    Side,
    VisitAction,
    VisitState,
)


def book(session: Session, fair: Fair, *, note: str, by: User, now: datetime) -> Visit:
    """Book a visit of `by` to a fair that is not over.

    Raises Conflict for a fair that is over or cancelled, and when flushed or committed if they visit it already.
    """
    _check_fair(fair, now)
    visit = Visit(
        fair_id=fair.id,
        buyer_id=by.organisation_id,
        visitor_id=by.id,
        state=VisitState.BOOKED,
        note=note,
        created_at=now,
    )
    session.add(visit)
    record(session, "visit:book", visit, by=by, now=now)
    return visit


def cancel_visit(session: Session, visit: Visit, *, by: User, now: datetime) -> None:
    """Cancel a visit and its meetings still to come, with notice to each exhibitor."""
    visit = queries.locked_visit(session, visit.id)
    _move_visit(session, visit, VisitAction.CANCEL, by=by, now=now)
    visit.cancelled_at = now
    for meeting in queries.open_meetings_of_visit(session, visit, now=now):
        _call_off(session, meeting, MeetingAction.CANCEL, "", by=by, now=now)
        emails.meeting_cancelled(session, meeting, now=now)


def request_meeting(
    session: Session, visit: Visit, exhibitor: Exhibitor, *, slot_id: int, note: str, by: User, now: datetime
) -> Meeting:
    """Ask an exhibitor for a meeting in one of the fair's time slots, which both diaries then keep.

    Raises Conflict (slot_taken, own_slot_taken) if either side has something else then, Invalid for a slot that is not
    to be had at all. Of any number of requests for one slot at once the unique indexes let one through.
    """
    visit = queries.kept_visit(session, visit.id)
    if visit.state != VisitState.BOOKED or visit.fair_id != exhibitor.fair_id:
        raise Conflict("visit_not_booked")
    _check_fair(exhibitor.fair, now)
    _check_present(exhibitor)
    slot = _free_slot(session, slot_id, exhibitor, visit, now=now)
    meeting = Meeting(
        visit=visit,
        exhibitor=exhibitor,
        slot=slot,
        state=MeetingState.REQUESTED,
        proposed_side=Side.BUYER,
        note=note,
        sequence=0,
        requested_at=now,
    )
    session.add(meeting)
    record(session, "meeting:request", meeting, by=by, now=now, slot_id=slot.id)
    emails.meeting_requested(session, meeting, now=now)
    return meeting


def confirm(session: Session, meeting: Meeting, *, sequence: int, by: User, now: datetime) -> None:
    """Accept the proposed time; `sequence` is that of the meeting as `by` saw it."""
    meeting = queries.locked_meeting(session, meeting.id)
    _check_asked(meeting, sequence, by)
    _check_fair(meeting.fair, now)
    _check_present(meeting.exhibitor)
    _move(session, meeting, MeetingAction.CONFIRM, by=by, now=now)
    meeting.answered_at = now
    emails.meeting_confirmed(session, meeting, now=now)


def decline(session: Session, meeting: Meeting, *, sequence: int, reason: str, by: User, now: datetime) -> None:
    """Refuse the proposed time; `reason` is told to the other side, `sequence` as in `confirm`."""
    meeting = queries.locked_meeting(session, meeting.id)
    _check_asked(meeting, sequence, by)
    _call_off(session, meeting, MeetingAction.DECLINE, reason, by=by, now=now)
    meeting.answered_at = now
    emails.meeting_declined(session, meeting, now=now)


def cancel(session: Session, meeting: Meeting, *, reason: str, by: User, now: datetime) -> None:
    """Call a meeting off; `reason` is told to the other side."""
    meeting = queries.locked_meeting(session, meeting.id)
    _call_off(session, meeting, MeetingAction.CANCEL, reason, by=by, now=now)
    emails.meeting_cancelled(session, meeting, now=now)


def reschedule(session: Session, meeting: Meeting, *, slot_id: int, by: User, now: datetime) -> None:
    """Propose another time, to be confirmed by the other side; the old one is free again at once.

    Raises Conflict and Invalid as `request_meeting` does.
    """
    # First the lock, then the look at the new slot: of several moves in a ring one then finds its slot kept and gives
    # up, instead of all waiting for one another in the indexes.
    meeting = queries.locked_meeting(session, meeting.id)
    _check_fair(meeting.fair, now)
    _check_present(meeting.exhibitor)
    slot = _free_slot(session, slot_id, meeting.exhibitor, meeting.visit, now=now)
    _move(session, meeting, MeetingAction.MOVE, by=by, now=now, from_slot_id=meeting.slot_id, slot_id=slot.id)
    meeting.slot = slot
    meeting.proposed_side = side_of(by.organisation_kind)
    meeting.sequence += 1
    meeting.answered_at = None
    session.flush()
    emails.meeting_moved(session, meeting, now=now)


def mark(session: Session, meeting: Meeting, action: MeetingAction, *, by: User, now: datetime) -> None:
    """Say whether a meeting was held, or who did not come, once its time has begun."""
    meeting = queries.locked_meeting(session, meeting.id)
    _move(session, meeting, action, by=by, now=now)
    meeting.marked_at = now
    meeting.marked_by_id = by.id


def call_off_without_ground(session: Session, *, now: datetime, limit: int = 200) -> int:
    """Cancel meetings still to come whose fair was cancelled or whose exhibitor has withdrawn; returns how many."""
    meetings = queries.meetings_without_ground(session, now=now, limit=limit)
    for meeting in meetings:
        _call_off(session, meeting, MeetingAction.CANCEL, "", by=None, now=now)
        emails.meeting_cancelled(session, meeting, now=now)
    return len(meetings)


def _check_fair(fair: Fair, now: datetime) -> None:
    if fair.state != FairState.PUBLISHED:
        raise Conflict("visit_fair_cancelled")
    if fair.schedule.is_over(now):
        raise Conflict("visit_fair_over")


def _check_present(exhibitor: Exhibitor) -> None:
    if exhibitor.withdrawn_at is not None:
        raise Conflict("exhibitor_withdrawn")


def _check_asked(meeting: Meeting, sequence: int, by: User) -> None:
    if side_of(by.organisation_kind) is not meeting.asked_side:
        raise Forbidden("not_allowed")
    if sequence != meeting.sequence:
        # The other side has moved it meanwhile: nobody shall confirm a time they never saw.
        raise Conflict("meeting_changed")


def _free_slot(session: Session, slot_id: int, exhibitor: Exhibitor, visit: Visit, *, now: datetime) -> TimeSlot:
    """The slot, if it is to come and as far as can be seen free; the indexes have the last word."""
    slot = queries.slot_of_fair(session, slot_id, exhibitor.fair_id)
    if slot is None or slot.starts_at <= now:
        raise Invalid("no_such_slot", field="slot_id")
    for kept in queries.in_slot(session, slot.id, exhibitor.id, visit.id):
        raise Conflict("slot_taken" if kept.exhibitor_id == exhibitor.id else "own_slot_taken")
    return slot


def _call_off(
    session: Session, meeting: Meeting, action: MeetingAction, reason: str, *, by: User | None, now: datetime
) -> None:
    _move(session, meeting, action, by=by, now=now)
    meeting.reason = reason
    meeting.sequence += 1


def _move(
    session: Session, meeting: Meeting, action: MeetingAction, *, by: User | None, now: datetime, **data: int
) -> None:
    state = next_state(TRANSITIONS, meeting.state, action)
    if code := refusal(action, meeting.slot.starts_at, now):
        raise Conflict(code)
    meeting.state = state
    record(session, f"meeting:{action}", meeting, by=by, now=now, **data)


def _move_visit(session: Session, visit: Visit, action: VisitAction, *, by: User, now: datetime) -> None:
    visit.state = next_state(VISIT_TRANSITIONS, visit.state, action)
    record(session, f"visit:{action}", visit, by=by, now=now)
