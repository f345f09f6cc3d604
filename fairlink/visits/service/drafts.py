"""The verbs of a draft: change it by hand, and publish it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.audit.service import record
from fairlink.kernel.errors import Conflict, Invalid
from fairlink.kernel.queue import defer
from fairlink.visits import emails, queries
from fairlink.visits.models import AgendaEntry, AgendaRun, Meeting, MeetingRequest
from fairlink.visits.rules.planning import lowest_free
from fairlink.visits.service.lifecycle import call_off, check_fair, move
from fairlink.visits.service.planning import move_run
from fairlink.visits.states import AgendaAction, AgendaState, MeetingAction, MeetingState, Side

#: The job that writes to the participants of published meetings.
TELL = "visits.tell_agenda"
#: Meetings that one such job writes about.
TOLD_AT_ONCE = 50


def place(
    session: Session, run: AgendaRun, request: MeetingRequest, *, slot_id: int, by: User, now: datetime
) -> AgendaEntry:
    """Give a request a time in the draft by hand, where it then stays.

    Raises Conflict with the code of what stands in the way, Invalid for a slot that is not to be had.
    """
    run = _locked_draft(session, run)
    _check_free(session, run, request, slot_id, now)
    entry = AgendaEntry(
        run=run,
        request=request,
        visit=request.visit,
        exhibitor=request.exhibitor,
        slot_id=slot_id,
        table_no=_table(session, run, slot_id, None),
        is_fixed=True,
    )
    session.add(entry)
    record(session, "agenda:place", run, by=by, now=now, request_id=request.id, slot_id=slot_id)
    return entry


def shift(session: Session, entry: AgendaEntry, *, slot_id: int, by: User, now: datetime) -> None:
    """Give a meeting of a draft another time by hand, where it then stays; refused as in `place`."""
    run = _locked_draft(session, entry.run)
    _check_free(session, run, entry.request, slot_id, now)
    entry.table_no = _table(session, run, slot_id, entry)
    entry.slot_id, entry.is_fixed = slot_id, True
    record(session, "agenda:shift", run, by=by, now=now, request_id=entry.request_id, slot_id=slot_id)


def remove(session: Session, entry: AgendaEntry, *, by: User, now: datetime) -> None:
    """Take a meeting out of a draft by hand; its request stays accepted."""
    run = _locked_draft(session, entry.run)
    session.delete(entry)
    record(session, "agenda:remove", run, by=by, now=now, request_id=entry.request_id)


def fix(session: Session, entry: AgendaEntry, *, fixed: bool, by: User, now: datetime) -> None:
    """Say whether the next run may move a meeting of a draft."""
    run = _locked_draft(session, entry.run)
    entry.is_fixed = fixed
    record(session, "agenda:fix", run, by=by, now=now, request_id=entry.request_id, fixed=fixed)


def publish(session: Session, run: AgendaRun, *, by: User, now: datetime) -> int:
    """Make the meetings of a draft those of the fair, and have everybody told whom it concerns; returns how many stand.

    Meetings that stand already keep their identity: a changed time goes into the same calendar entry. What the draft no
    longer has is called off. What has lost its ground meanwhile (a side that left, or thought better of it) is left
    out. The diaries' own indexes have the last word: whoever was booked otherwise meanwhile makes it a Conflict, and so
    does a time that has begun since the draft was made.
    """
    run = _locked_draft(session, run)
    check_fair(run.fair, now)
    drafted = queries.all_entries(session, run)
    # In the order of all others: visits, requests, meetings. Nobody leaves, refuses or withdraws meanwhile.
    queries.keep_visits(session, {each.visit_id for each in drafted})
    willing = queries.willing_requests(session, run, now=now, lock=True)
    standing = queries.planned_meetings(session, run.fair_id, now=now)
    entries = {each.request_id: each for each in drafted if each.request_id in willing}
    if any(each.slot.starts_at <= now for each in entries.values()):
        raise Conflict("agenda_late")
    _check_tours(session, run, list(entries.values()))
    for request_id, meeting in standing.items():
        if request_id not in entries:
            call_off(session, meeting, MeetingAction.CANCEL, "", by=by, now=now)
            emails.meeting_cancelled(session, meeting, now=now)
    moved = _change_places(session, standing, entries, by=by, now=now)
    made = [
        _make(session, willing[request_id], entry, by=by, now=now)
        for request_id, entry in entries.items()
        if request_id not in standing
    ]
    move_run(session, run, AgendaAction.PUBLISH, by=by, now=now)
    run.published_at = now
    _tell(session, "moved", [meeting.id for meeting in moved])
    _tell(session, "confirmed", [meeting.id for meeting in made])
    return len(entries)


def tell(session: Session, kind: str, meeting_ids: Sequence[int], *, now: datetime) -> None:
    """Write to both sides of published meetings; a mail that was written already is not written twice."""
    post = {"moved": emails.meeting_moved, "confirmed": emails.meeting_confirmed}[kind]
    for meeting_id in meeting_ids:
        meeting = queries.meeting(session, meeting_id)
        if meeting is not None and meeting.state is MeetingState.CONFIRMED:
            post(session, meeting, now=now)


def _check_tours(session: Session, run: AgendaRun, entries: Sequence[AgendaEntry]) -> None:
    """Nobody is planned at the fair while on the way to a workshop that was booked after the draft was made."""
    on_tour = queries.slots_on_tour(session, run.fair_id, {each.visit_id for each in entries})
    for each in entries:
        if each.slot_id in on_tour.get(each.visit_id, ()):
            buyer = queries.kept_visit(session, each.visit_id).buyer.name
            raise Conflict("agenda_on_tour", buyer=buyer)


def _change_places(
    session: Session,
    standing: dict[int, Meeting],
    entries: dict[int, AgendaEntry],
    *,
    by: User,
    now: datetime,
) -> list[Meeting]:
    """Move standing meetings to their places in the draft: all up first, then all down, so that they can swap."""
    moved = [
        (meeting, entries[request_id])
        for request_id, meeting in standing.items()
        if request_id in entries
        and (meeting.slot_id, meeting.table_no) != (entries[request_id].slot_id, entries[request_id].table_no)
    ]
    for meeting, _ in moved:
        move(session, meeting, MeetingAction.LIFT, by=by, now=now)
    session.flush()
    for meeting, entry in moved:
        before, meeting.slot_id, meeting.table_no = meeting.slot_id, entry.slot_id, entry.table_no
        meeting.sequence += 1
        move(session, meeting, MeetingAction.SEAT, by=by, now=now, from_slot_id=before, slot_id=entry.slot_id)
    session.flush()
    return [meeting for meeting, _ in moved]


def _make(session: Session, request: MeetingRequest, entry: AgendaEntry, *, by: User, now: datetime) -> Meeting:
    meeting = Meeting(
        visit_id=entry.visit_id,
        exhibitor_id=entry.exhibitor_id,
        slot_id=entry.slot_id,
        table_no=entry.table_no,
        state=MeetingState.CONFIRMED,
        proposed_side=Side.BUYER,
        note=request.note,
        sequence=0,
        requested_at=request.sent_at,
        answered_at=now,
    )
    session.add(meeting)
    record(session, "meeting:publish", meeting, by=by, now=now, slot_id=entry.slot_id)
    request.meeting_id = meeting.id
    return meeting


def _tell(session: Session, kind: str, meeting_ids: Sequence[int]) -> None:
    for start in range(0, len(meeting_ids), TOLD_AT_ONCE):
        defer(session, TELL, kind=kind, meeting_ids=list(meeting_ids[start : start + TOLD_AT_ONCE]))


def _locked_draft(session: Session, run: AgendaRun) -> AgendaRun:
    run = queries.locked_run(session, run.id)
    if run.state is not AgendaState.DRAFT:
        raise Conflict("agenda_changed")
    return run


def _check_free(session: Session, run: AgendaRun, request: MeetingRequest, slot_id: int, now: datetime) -> None:
    if request.id not in queries.willing_requests(session, run, now=now):
        raise Conflict("not_to_be_placed")
    known = {slot.id: code for slot, code in queries.obstacles(session, run, request, now=now)}
    if slot_id not in known:
        raise Invalid("no_such_slot", field="slot_id")
    if code := known[slot_id]:
        raise Conflict(code)


def _table(session: Session, run: AgendaRun, slot_id: int, entry: AgendaEntry | None) -> int | None:
    """The lowest table free in the slot; None where there are no tables."""
    tables = queries.rules_of(session, run.fair_id).tables
    if tables is None:
        return None
    others = (each for each in queries.all_entries(session, run) if each is not entry)
    used = {each.table_no for each in others if each.slot_id == slot_id}
    free = lowest_free(used, tables)
    if free is None:
        raise Conflict("no_table")
    return free
