"""The verbs of meetings: request, answer, move, cancel, mark."""

from datetime import datetime

from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.applications.models import Exhibitor
from fairlink.audit.service import record
from fairlink.kernel.errors import Conflict, Forbidden
from fairlink.visits import emails, queries
from fairlink.visits.models import Meeting, Visit
from fairlink.visits.rules.diary import may_mark, side_of
from fairlink.visits.rules.requests import expiry
from fairlink.visits.service.lifecycle import call_off, check_fair, check_present, free_slot, move
from fairlink.visits.service.requests import check_room, check_their_room
from fairlink.visits.states import MeetingAction, MeetingState, Side, VisitState


def request_meeting(
    session: Session, visit: Visit, exhibitor: Exhibitor, *, slot_id: int, note: str, by: User, now: datetime
) -> Meeting:
    """Ask an exhibitor for a meeting in one of the fair's time slots, which both diaries keep until it is answered.

    Unanswered it ends after the fair's hours, when the time comes at the latest; where the fair needs no consent the
    meeting stands at once. Raises Conflict (slot_taken, own_slot_taken) if either side has something else then or has
    its maximum, Invalid for a slot that is not to be had at all. Of any number of requests for one slot at once the
    unique indexes let one through.
    """
    visit = queries.kept_visit(session, visit.id)
    if visit.state != VisitState.BOOKED or visit.fair_id != exhibitor.fair_id:
        raise Conflict("visit_not_booked")
    check_fair(exhibitor.fair, now)
    check_present(exhibitor)
    rules = queries.rules_of(session, exhibitor.fair_id)
    if rules.by_organiser:
        raise Conflict("agenda_by_organiser")
    if rules.has_maximum:
        queries.lock_pair(session, visit.id, exhibitor.id)
        check_room(session, rules, Side.BUYER, visit, exhibitor)
        check_their_room(session, rules, Side.FIRM, visit, exhibitor)
    slot = free_slot(session, slot_id, exhibitor, visit, now=now)
    meeting = Meeting(
        visit=visit,
        exhibitor=exhibitor,
        slot=slot,
        state=MeetingState.REQUESTED,
        proposed_side=Side.BUYER,
        note=note,
        sequence=0,
        requested_at=now,
        expires_at=expiry(now, rules.request_hours, slot.starts_at),
    )
    session.add(meeting)
    record(session, "meeting:request", meeting, by=by, now=now, slot_id=slot.id)
    if rules.is_automatic:
        move(session, meeting, MeetingAction.CONFIRM, by=None, now=now)
        meeting.answered_at, meeting.expires_at = now, None
        emails.meeting_confirmed(session, meeting, now=now)
    else:
        emails.meeting_requested(session, meeting, now=now)
    return meeting


def confirm(session: Session, meeting: Meeting, *, sequence: int, by: User, now: datetime) -> None:
    """Accept the proposed time; `sequence` is that of the meeting as `by` saw it."""
    meeting = queries.locked_meeting(session, meeting.id)
    _check_asked(meeting, sequence, by)
    check_fair(meeting.fair, now)
    check_present(meeting.exhibitor)
    if meeting.expires_at is not None and meeting.expires_at <= now < meeting.slot.starts_at:
        raise Conflict("request_expired")
    move(session, meeting, MeetingAction.CONFIRM, by=by, now=now)
    meeting.answered_at, meeting.expires_at = now, None
    emails.meeting_confirmed(session, meeting, now=now)


def decline(session: Session, meeting: Meeting, *, sequence: int, reason: str, by: User, now: datetime) -> None:
    """Refuse the proposed time; `reason` is told to the other side, `sequence` as in `confirm`."""
    meeting = queries.locked_meeting(session, meeting.id)
    _check_asked(meeting, sequence, by)
    call_off(session, meeting, MeetingAction.DECLINE, reason, by=by, now=now)
    meeting.answered_at = now
    emails.meeting_declined(session, meeting, now=now)


def cancel(session: Session, meeting: Meeting, *, reason: str, by: User, now: datetime) -> None:
    """Call a meeting off; `reason` is told to the other side."""
    meeting = queries.locked_meeting(session, meeting.id)
    call_off(session, meeting, MeetingAction.CANCEL, reason, by=by, now=now)
    emails.meeting_cancelled(session, meeting, now=now)


def reschedule(session: Session, meeting: Meeting, *, slot_id: int, by: User, now: datetime) -> None:
    """Propose another time, to be confirmed by the other side; the old one is free again at once.

    Raises Conflict and Invalid as `request_meeting` does.
    """
    # First the lock, then the look at the new slot: of several moves in a ring one then finds its slot kept and gives
    # up, instead of all waiting for one another in the indexes.
    # Before both the visit's, which keeps workshops out of its diary meanwhile.
    queries.kept_visit(session, meeting.visit_id)
    meeting = queries.locked_meeting(session, meeting.id)
    check_fair(meeting.fair, now)
    check_present(meeting.exhibitor)
    rules = queries.rules_of(session, meeting.fair.id)
    if rules.by_organiser:
        raise Conflict("agenda_by_organiser")
    slot = free_slot(session, slot_id, meeting.exhibitor, meeting.visit, now=now)
    move(session, meeting, MeetingAction.MOVE, by=by, now=now, from_slot_id=meeting.slot_id, slot_id=slot.id)
    meeting.slot = slot
    meeting.proposed_side = side_of(by.organisation_kind)
    meeting.sequence += 1
    meeting.answered_at, meeting.expires_at = None, expiry(now, rules.request_hours, slot.starts_at)
    session.flush()
    emails.meeting_moved(session, meeting, now=now)


def mark(
    session: Session, meeting: Meeting, action: MeetingAction, *, substitute: str = "", by: User, now: datetime
) -> None:
    """Say what became of a meeting once its time has begun: held, by a `substitute` or not, or who did not come.

    Raises Forbidden for the side that was said not to have come: only the other one can put that right.
    """
    meeting = queries.locked_meeting(session, meeting.id)
    if not may_mark(meeting.state, side_of(by.organisation_kind)):
        raise Forbidden("not_allowed")
    move(session, meeting, action, by=by, now=now)
    meeting.marked_at = now
    meeting.marked_by_id = by.id
    meeting.substitute = substitute if action is MeetingAction.HOLD else ""


def end_unanswered(session: Session, *, now: datetime, limit: int = 200) -> int:
    """Free the times of meetings that nobody has answered in time, with a mail to both sides; returns how many."""
    meetings = queries.unanswered_meetings(session, now=now, limit=limit)
    for meeting in meetings:
        call_off(session, meeting, MeetingAction.CANCEL, "", by=None, now=now, expired=True)
        emails.meeting_cancelled(session, meeting, now=now)
    return len(meetings)


def call_off_without_ground(session: Session, *, now: datetime, limit: int = 200) -> int:
    """Cancel meetings still to come whose fair was cancelled or whose exhibitor has withdrawn; returns how many."""
    meetings = queries.meetings_without_ground(session, now=now, limit=limit)
    for meeting in meetings:
        call_off(session, meeting, MeetingAction.CANCEL, "", by=None, now=now)
        emails.meeting_cancelled(session, meeting, now=now)
    return len(meetings)


def _check_asked(meeting: Meeting, sequence: int, by: User) -> None:
    if side_of(by.organisation_kind) is not meeting.asked_side:
        raise Forbidden("not_allowed")
    if sequence != meeting.sequence:
        # The other side has moved it meanwhile: nobody shall confirm a time they never saw.
        raise Conflict("meeting_changed")
