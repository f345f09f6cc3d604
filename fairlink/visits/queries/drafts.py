"""Reads of agenda runs, their drafts, and of what stands in the way of a change by hand."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from fairlink.applications.models import Application, Exhibitor
from fairlink.fairs.models import TimeSlot
from fairlink.kernel.clock import end_of_day, local_date, local_instant
from fairlink.visits.models import AgendaEntry, AgendaRun, Meeting, MeetingRequest, Preference, Visit
from fairlink.visits.queries.absences import absences_of
from fairlink.visits.queries.planning import plannable
from fairlink.visits.queries.requests import rules_of
from fairlink.visits.queries.workshops import slots_on_tour
from fairlink.visits.rules.halves import half_of
from fairlink.visits.states import OCCUPYING, UNDER_WAY, AgendaState, Level

_NAMES = (
    joinedload(Visit.buyer),
    joinedload(Visit.fair),
)
_EXHIBITOR = (
    joinedload(Exhibitor.stand),
    joinedload(Exhibitor.fair),
    joinedload(Exhibitor.application).options(joinedload(Application.group), joinedload(Application.lead_firm)),
)
_ENTRY = (
    joinedload(AgendaEntry.run).joinedload(AgendaRun.fair),
    joinedload(AgendaEntry.slot),
    joinedload(AgendaEntry.request),
    joinedload(AgendaEntry.visit).options(*_NAMES),
    joinedload(AgendaEntry.exhibitor).options(*_EXHIBITOR),
)


def agenda_run(session: Session, run_id: int) -> AgendaRun | None:
    """One run with its fair."""
    query = sa.select(AgendaRun).where(AgendaRun.id == run_id).options(joinedload(AgendaRun.fair))
    return session.scalars(query).one_or_none()


def locked_run(session: Session, run_id: int) -> AgendaRun:
    """The run as it is now, locked until the transaction ends."""
    query = sa.select(AgendaRun).where(AgendaRun.id == run_id).options(joinedload(AgendaRun.fair))
    return session.scalars(query.with_for_update(of=AgendaRun).execution_options(populate_existing=True)).one()


def runs_under_way(session: Session) -> Sequence[int]:
    """The ids of all runs that wait for a worker or are in its hands."""
    return session.scalars(sa.select(AgendaRun.id).where(AgendaRun.state.in_(UNDER_WAY))).all()


def present_runs(session: Session, fair_id: int) -> dict[AgendaState, AgendaRun]:
    """The run under way, the draft and the latest published agenda of a fair, by state, as far as there are any."""
    wanted = {*UNDER_WAY, AgendaState.DRAFT, AgendaState.PUBLISHED}
    query = (
        sa.select(AgendaRun)
        .where(AgendaRun.fair_id == fair_id, AgendaRun.state.in_(wanted))
        .options(joinedload(AgendaRun.fair))
        .order_by(AgendaRun.id)
    )
    return {run.state: run for run in session.scalars(query)}


def draft_of(session: Session, fair_id: int) -> AgendaRun | None:
    """The draft of a fair, locked."""
    query = sa.select(AgendaRun).where(AgendaRun.fair_id == fair_id, AgendaRun.state == AgendaState.DRAFT)
    return session.scalars(query.with_for_update(of=AgendaRun)).one_or_none()


def entry(session: Session, entry_id: int) -> AgendaEntry | None:
    """One meeting of a draft, with its names."""
    query = sa.select(AgendaEntry).where(AgendaEntry.id == entry_id).options(*_ENTRY)
    return session.scalars(query).one_or_none()


def all_entries(session: Session, run: AgendaRun) -> Sequence[AgendaEntry]:
    """Every meeting of a draft with its time, without names."""
    query = sa.select(AgendaEntry).where(AgendaEntry.run_id == run.id).order_by(AgendaEntry.id)
    query = query.options(joinedload(AgendaEntry.slot))
    return session.scalars(query).all()


def entry_count(session: Session, run: AgendaRun) -> int:
    """How many meetings a draft has."""
    return session.scalar(sa.select(sa.func.count()).where(AgendaEntry.run_id == run.id)) or 0


def called_off_count(session: Session, run: AgendaRun, *, now: datetime) -> int:
    """How many meetings still to come publishing a draft would call off, since it does not have them."""
    placed = sa.select(AgendaEntry.request_id).where(AgendaEntry.run_id == run.id)
    query = (
        sa.select(sa.func.count())
        .select_from(MeetingRequest)
        .join(Meeting, Meeting.id == MeetingRequest.meeting_id)
        .join(TimeSlot, TimeSlot.id == Meeting.slot_id)
        .where(
            TimeSlot.fair_id == run.fair_id,
            TimeSlot.starts_at > now,
            Meeting.state.in_(OCCUPYING),
            MeetingRequest.id.not_in(placed),
        )
    )
    return session.scalar(query) or 0


def entries_on(run: AgendaRun, day: date | None) -> tuple[sa.Select[AgendaEntry], list[sa.SQLColumnExpression[object]]]:
    """The meetings of a draft on one day of the fair (None: all) with names, and the keys to page them by."""
    query = (
        sa.select(AgendaEntry)
        .join(TimeSlot, TimeSlot.id == AgendaEntry.slot_id)
        .where(AgendaEntry.run_id == run.id)
        .options(*_ENTRY)
    )
    if day is not None:
        zone = run.fair.zone
        begin, end = local_instant(day, datetime.min.time(), zone), end_of_day(day, zone)
        query = query.where(TimeSlot.starts_at >= begin, TimeSlot.starts_at < end)
    return query, [TimeSlot.__table__.c.starts_at, AgendaEntry.__table__.c.id]


def days_of(session: Session, run: AgendaRun) -> list[tuple[date, int]]:
    """The days on which a draft has meetings, with their number."""
    counts: dict[date, int] = {}
    query = sa.select(TimeSlot.starts_at).join(AgendaEntry, AgendaEntry.slot_id == TimeSlot.id)
    for starts_at in session.scalars(query.where(AgendaEntry.run_id == run.id)):
        on = local_date(starts_at, run.fair.zone)
        counts[on] = counts.get(on, 0) + 1
    return sorted(counts.items())


def must_meet_pairs(session: Session, visit_ids: Collection[int]) -> set[tuple[int, int]]:
    """The (visit id, exhibitor id) of which one side must meet the other."""
    query = sa.select(Preference.visit_id, Preference.exhibitor_id).where(
        Preference.visit_id.in_(visit_ids), Preference.level == Level.MUST_MEET
    )
    return {(row.visit_id, row.exhibitor_id) for row in session.execute(query)}


def unplaced(run: AgendaRun, *, now: datetime) -> sa.Select[MeetingRequest]:
    """The accepted requests that a draft has no time for, to be paged by id, without those whose time has been."""
    placed = sa.select(AgendaEntry.request_id).where(AgendaEntry.run_id == run.id)
    return (
        _still_to_come(run, now)
        .where(MeetingRequest.id.not_in(placed))
        .options(
            joinedload(MeetingRequest.visit).options(*_NAMES),
            joinedload(MeetingRequest.exhibitor).options(*_EXHIBITOR),
        )
    )


def request_key() -> sa.SQLColumnExpression[int]:
    """The key by which `unplaced` is paged."""
    return MeetingRequest.__table__.c.id


def unplaced_count(session: Session, run: AgendaRun, *, now: datetime) -> int:
    """How many accepted requests a draft has no time for."""
    return session.scalar(sa.select(sa.func.count()).select_from(unplaced(run, now=now).subquery())) or 0


def obstacles(
    session: Session, run: AgendaRun, request: MeetingRequest, *, now: datetime
) -> list[tuple[TimeSlot, str | None]]:
    """The fair's slots still to come, each with what keeps the request from being held there: a code, or None.

    The codes are keys of `web.errors.SENTENCES`. Its own place in the draft is in nobody's way.
    """
    slots = session.scalars(
        sa.select(TimeSlot)
        .where(TimeSlot.fair_id == run.fair_id, TimeSlot.starts_at > now)
        .order_by(TimeSlot.starts_at)
    ).all()
    entries = [each for each in all_entries(session, run) if each.request_id != request.id]
    planned = {each.request_id for each in entries}
    taken = {
        "exhibitor_planned": {each.slot_id for each in entries if each.exhibitor_id == request.exhibitor_id},
        "visit_planned": {each.slot_id for each in entries if each.visit_id == request.visit_id},
        **_standing(session, request, planned),
    }
    zone = run.fair.zone
    away = {
        "exhibitor_away": absences_of(session, request.exhibitor),
        "visit_away": absences_of(session, request.visit),
    }
    tables = rules_of(session, run.fair_id).tables
    used: dict[int, int] = {}
    for each in entries:
        used[each.slot_id] = used.get(each.slot_id, 0) + 1

    def why(slot: TimeSlot) -> str | None:
        for code, slot_ids in taken.items():
            if slot.id in slot_ids:
                return code
        for code, halves in away.items():
            if half_of(slot.starts_at, zone) in halves:
                return code
        if request.half and half_of(slot.starts_at, zone)[1] is not request.half:
            return "other_half"
        return "no_table" if tables is not None and used.get(slot.id, 0) >= tables else None

    return [(slot, why(slot)) for slot in slots]


def _standing(session: Session, request: MeetingRequest, planned: Collection[int]) -> dict[str, set[int]]:
    """Slots of meetings that stand and that the draft does not plan anew."""
    query = (
        sa.select(Meeting.slot_id, Meeting.exhibitor_id, Meeting.visit_id, MeetingRequest.id.label("request_id"))
        .outerjoin(MeetingRequest, MeetingRequest.meeting_id == Meeting.id)
        .where(
            Meeting.state.in_(OCCUPYING),
            sa.or_(Meeting.exhibitor_id == request.exhibitor_id, Meeting.visit_id == request.visit_id),
        )
    )
    found: dict[str, set[int]] = {"exhibitor_busy": set(), "visit_busy": set()}
    for row in session.execute(query):
        if row.request_id is not None:
            # Published by an agenda: the draft has it, or publishing the draft ends it.
            continue
        if row.exhibitor_id == request.exhibitor_id:
            found["exhibitor_busy"].add(row.slot_id)
        if row.visit_id == request.visit_id:
            found["visit_busy"].add(row.slot_id)
    found["visit_busy"] |= slots_on_tour(session, request.fair.id, [request.visit_id]).get(request.visit_id, set())
    return found


def planned_meetings(session: Session, fair_id: int, *, now: datetime) -> dict[int, Meeting]:
    """The meetings still to come that earlier agendas of a fair have published, by request id, locked by id."""
    query = (
        sa.select(MeetingRequest.id, Meeting)
        .join(Meeting, Meeting.id == MeetingRequest.meeting_id)
        .join(TimeSlot, TimeSlot.id == Meeting.slot_id)
        .where(TimeSlot.fair_id == fair_id, TimeSlot.starts_at > now, Meeting.state.in_(OCCUPYING))
        .options(joinedload(Meeting.slot))
        .order_by(Meeting.id)
        .with_for_update(of=Meeting)
        .execution_options(populate_existing=True)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def willing_requests(
    session: Session, run: AgendaRun, *, now: datetime, lock: bool = False
) -> dict[int, MeetingRequest]:
    """By id the accepted requests of the run's fair whose sides are there and willing, and whose time has not been."""
    query = _still_to_come(run, now).order_by(MeetingRequest.id)
    if lock:
        query = query.with_for_update(of=MeetingRequest).execution_options(populate_existing=True)
    return {request.id: request for request in session.scalars(query)}


def _still_to_come(run: AgendaRun, now: datetime) -> sa.Select[MeetingRequest]:
    begun = sa.select(Meeting.id).join(TimeSlot, TimeSlot.id == Meeting.slot_id).where(TimeSlot.starts_at <= now)
    return plannable(run.fair_id).where(
        sa.or_(MeetingRequest.meeting_id.is_(None), MeetingRequest.meeting_id.not_in(begun))
    )
