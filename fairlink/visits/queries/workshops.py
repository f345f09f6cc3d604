"""Reads of workshops, of their sessions and visits, and of a buyer's whole diary."""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from fairlink.accounts.models import User
from fairlink.applications.models import Application, Exhibitor
from fairlink.fairs.models import Fair, TimeSlot
from fairlink.fairs.states import FairState
from fairlink.visits.models import Meeting, Visit, Workshop, WorkshopReminder, WorkshopTravel, WorkshopVisit
from fairlink.visits.queries.visits import VISIT_PARTS
from fairlink.visits.rules.diary import side_of
from fairlink.visits.rules.reminders import LEAD_TIMES, window
from fairlink.visits.rules.tours import Stop, Ways, fits
from fairlink.visits.states import OCCUPYING, OPEN, MeetingState, ReminderKind, Side

_EXHIBITOR = joinedload(Workshop.exhibitor).options(
    joinedload(Exhibitor.fair),
    joinedload(Exhibitor.application).options(
        joinedload(Application.group),
        joinedload(Application.lead_firm),
        joinedload(Application.contact),
        selectinload(Application.members),
    ),
)
_VISIT_PARTS = (
    joinedload(WorkshopVisit.visit).options(*VISIT_PARTS),
    joinedload(WorkshopVisit.workshop).options(_EXHIBITOR),
)


def workshop(session: Session, workshop_id: int) -> Workshop | None:
    """One workshop with its exhibitor and fair."""
    return session.scalars(sa.select(Workshop).where(Workshop.id == workshop_id).options(_EXHIBITOR)).one_or_none()


def workshops_of_exhibitor(session: Session, exhibitor_id: int) -> Sequence[Workshop]:
    """The workshops of an exhibitor by name, the closed ones too."""
    query = sa.select(Workshop).where(Workshop.exhibitor_id == exhibitor_id).options(_EXHIBITOR)
    return session.scalars(query.order_by(Workshop.name, Workshop.id)).all()


def workshops_of_fair(session: Session, fair_id: int) -> Sequence[Workshop]:
    """The workshops that visitors of a fair can book, by name."""
    query = (
        sa.select(Workshop)
        .join(Workshop.exhibitor)
        .where(Exhibitor.fair_id == fair_id, Exhibitor.withdrawn_at.is_(None), Workshop.closed_at.is_(None))
        .options(_EXHIBITOR)
        .order_by(Workshop.name, Workshop.id)
    )
    return session.scalars(query).all()


def locked_workshops(session: Session, ids: Collection[int]) -> Sequence[Workshop]:
    """The workshops as they are now, locked in the order of their ids until the transaction ends."""
    query = sa.select(Workshop).where(Workshop.id.in_(ids)).options(_EXHIBITOR).order_by(Workshop.id)
    return session.scalars(query.with_for_update(of=Workshop).execution_options(populate_existing=True)).all()


def ways(session: Session, fair_id: int) -> Ways:
    """The ways between a fair and its workshops."""
    of_fair = sa.select(Workshop.id).join(Workshop.exhibitor).where(Exhibitor.fair_id == fair_id)
    known = sa.select(Workshop.id, Workshop.travel_minutes).where(Workshop.id.in_(of_fair))
    between = sa.select(WorkshopTravel).where(WorkshopTravel.one_id.in_(of_fair))
    return Ways(
        {row.id: row.travel_minutes for row in session.execute(known)},
        {(each.one_id, each.other_id): each.minutes for each in session.scalars(between)},
    )


def travel_between(session: Session, one_id: int, other_id: int) -> WorkshopTravel | None:
    """What was said of the way between two workshops."""
    return session.get(WorkshopTravel, (min(one_id, other_id), max(one_id, other_id)))


def booked_in(
    session: Session, workshop_ids: Collection[int], *, without: WorkshopVisit | None = None
) -> dict[int, list[Stop]]:
    """Who is booked in each of the workshops, but for the visit `without`, which shall move."""
    query = sa.select(WorkshopVisit).where(
        WorkshopVisit.workshop_id.in_(workshop_ids), WorkshopVisit.state.in_(OCCUPYING), _is_not(without)
    )
    found: dict[int, list[Stop]] = {workshop_id: [] for workshop_id in workshop_ids}
    for each in session.scalars(query):
        found[each.workshop_id].append(Stop(each.workshop_id, each.starts_at, each.ends_at, each.people))
    return found


def _is_not(booking: WorkshopVisit | None) -> sa.ColumnElement[bool]:
    return sa.true() if booking is None else WorkshopVisit.id != booking.id


def tour_stops(session: Session, visit_id: int, *, without: WorkshopVisit | None = None) -> list[Stop]:
    """The workshop visits that keep time in a buyer's diary, but for `without`."""
    query = sa.select(WorkshopVisit).where(
        WorkshopVisit.visit_id == visit_id, WorkshopVisit.state.in_(OCCUPYING), _is_not(without)
    )
    return [Stop(each.workshop_id, each.starts_at, each.ends_at, each.people) for each in session.scalars(query)]


def slots_on_tour(session: Session, fair_id: int, visit_ids: Collection[int]) -> dict[int, set[int]]:
    """For each visit with visits to workshops the time slots of its fair that those take, the ways included."""
    query = sa.select(WorkshopVisit).where(WorkshopVisit.visit_id.in_(visit_ids), WorkshopVisit.state.in_(OCCUPYING))
    stops: dict[int, list[Stop]] = {}
    for each in session.scalars(query):
        stops.setdefault(each.visit_id, []).append(Stop(each.workshop_id, each.starts_at, each.ends_at))
    if not stops:
        return {}
    slots = session.scalars(sa.select(TimeSlot).where(TimeSlot.fair_id == fair_id)).all()
    known = ways(session, fair_id)
    return {
        visit_id: {slot.id for slot in slots if not fits(Stop(None, slot.starts_at, slot.ends_at), diary, known)}
        for visit_id, diary in stops.items()
    }


def tour_diary(session: Session, visit: Visit) -> tuple[list[Stop], Ways]:
    """What a meeting of this visit must leave time for: its visits to workshops, and the ways there."""
    stops = tour_stops(session, visit.id)
    return stops, ways(session, visit.fair_id) if stops else Ways({})


def diary_stops(session: Session, visit_id: int, *, without: WorkshopVisit | None = None) -> list[Stop]:
    """All that keeps time in a buyer's diary: meetings at the fair, and visits to workshops but for `without`."""
    slots = (
        sa.select(TimeSlot.starts_at, TimeSlot.ends_at)
        .join(Meeting, Meeting.slot_id == TimeSlot.id)
        .where(Meeting.visit_id == visit_id, Meeting.state.in_(OCCUPYING))
    )
    return [Stop(None, starts_at, ends_at) for starts_at, ends_at in session.execute(slots)] + tour_stops(
        session, visit_id, without=without
    )


def workshop_visit(session: Session, workshop_visit_id: int) -> WorkshopVisit | None:
    """One visit to a workshop with its parts."""
    query = sa.select(WorkshopVisit).where(WorkshopVisit.id == workshop_visit_id).options(*_VISIT_PARTS)
    return session.scalars(query).one_or_none()


def locked_workshop_visit(session: Session, workshop_visit_id: int) -> WorkshopVisit:
    """The same as it is now, locked until the transaction ends."""
    query = sa.select(WorkshopVisit).where(WorkshopVisit.id == workshop_visit_id).options(*_VISIT_PARTS)
    query = query.with_for_update(of=WorkshopVisit).execution_options(populate_existing=True)
    return session.scalars(query).one()


def workshop_visits_of_visit(session: Session, visit_id: int) -> Sequence[WorkshopVisit]:
    """The visits to workshops of one buyer's visit by time: what is off is left out."""
    return _by_time(session, WorkshopVisit.visit_id == visit_id)


def workshop_visits_of_exhibitor(session: Session, exhibitor_id: int) -> Sequence[WorkshopVisit]:
    """The visits that come to an exhibitor's workshops by time: what is off is left out."""
    of_exhibitor = sa.select(Workshop.id).where(Workshop.exhibitor_id == exhibitor_id)
    return _by_time(session, WorkshopVisit.workshop_id.in_(of_exhibitor))


def workshop_visits_of_person(
    session: Session, person: User, *, since: datetime, until: datetime | None = None
) -> Sequence[WorkshopVisit]:
    """The visits in which a buyer goes to workshops or people of a firm are hosts, that begin within a time."""
    begin = [WorkshopVisit.starts_at >= since]
    if until is not None:
        begin.append(WorkshopVisit.starts_at < until)
    if side_of(person.organisation_kind) is Side.BUYER:
        own = sa.select(Visit.id).where(Visit.visitor_id == person.id, Visit.buyer_id == person.organisation_id)
        return _by_time(session, WorkshopVisit.visit_id.in_(own), *begin)
    return _by_time(session, WorkshopVisit.workshop_id.in_(_hosted_by(person)), *begin)


def _hosted_by(person: User) -> sa.Select[int]:
    from_firm = sa.select(Application.id).where(Application.members.any(firm_id=person.organisation_id))
    return sa.select(Workshop.id).join(Workshop.exhibitor).where(Exhibitor.application_id.in_(from_firm))


def _by_time(session: Session, *conditions: sa.ColumnElement[bool]) -> Sequence[WorkshopVisit]:
    query = (
        sa.select(WorkshopVisit)
        .where(WorkshopVisit.state.in_(OCCUPYING), *conditions)
        .options(*_VISIT_PARTS)
        .order_by(WorkshopVisit.starts_at, WorkshopVisit.id)
    )
    return session.scalars(query).all()


def has_workshop_visit(session: Session, visit_id: int, exhibitor_id: int) -> bool:
    """Whether a buyer's visit has a time kept at a workshop of the exhibitor."""
    query = (
        sa.select(WorkshopVisit.id)
        .join(Workshop, Workshop.id == WorkshopVisit.workshop_id)
        .where(
            WorkshopVisit.visit_id == visit_id,
            Workshop.exhibitor_id == exhibitor_id,
            WorkshopVisit.state.in_(OCCUPYING),
        )
    )
    return session.scalars(query.limit(1)).first() is not None


def open_workshop_visits(session: Session, visit_id: int, *, now: datetime) -> Sequence[WorkshopVisit]:
    """The visits to workshops of one buyer's visit that are still to come, locked."""
    return _open(session, now, WorkshopVisit.visit_id == visit_id)


def workshop_visits_without_ground(session: Session, *, now: datetime, limit: int) -> Sequence[WorkshopVisit]:
    """Visits to workshops still to come whose fair was cancelled or whose exhibitor has withdrawn, locked."""
    gone = (
        sa.select(Workshop.id)
        .join(Workshop.exhibitor)
        .join(Fair, Fair.id == Exhibitor.fair_id)
        .where(sa.or_(Fair.state == FairState.CANCELLED, Exhibitor.withdrawn_at.is_not(None)))
    )
    return _open(session, now, WorkshopVisit.workshop_id.in_(gone))[:limit]


def workshop_visits_to_remind_of(
    session: Session, kind: ReminderKind, *, now: datetime, limit: int
) -> Sequence[WorkshopVisit]:
    """Confirmed visits of which a reminder is due and was not posted, locked, the next ones first.

    As with meetings, nobody is reminded of what was agreed on within the lead time.
    """
    due = window(kind, now)
    agreed_at = sa.func.coalesce(WorkshopVisit.answered_at, WorkshopVisit.requested_at)
    posted = sa.exists().where(
        WorkshopReminder.workshop_visit_id == WorkshopVisit.id,
        WorkshopReminder.sequence == WorkshopVisit.sequence,
        WorkshopReminder.kind == kind,
    )
    query = (
        sa.select(WorkshopVisit)
        .where(
            WorkshopVisit.state == MeetingState.CONFIRMED,
            WorkshopVisit.starts_at > due.after,
            WorkshopVisit.starts_at <= due.until,
            agreed_at <= WorkshopVisit.starts_at - sa.literal(LEAD_TIMES[kind], sa.Interval()),
            ~posted,
        )
        .options(*_VISIT_PARTS)
        .order_by(WorkshopVisit.starts_at, WorkshopVisit.id)
        .limit(limit)
        .with_for_update(of=WorkshopVisit, skip_locked=True)
    )
    return session.scalars(query).all()


def _open(session: Session, now: datetime, condition: sa.ColumnElement[bool]) -> Sequence[WorkshopVisit]:
    query = (
        sa.select(WorkshopVisit)
        .where(condition, WorkshopVisit.state.in_(OPEN), WorkshopVisit.starts_at > now)
        .options(*_VISIT_PARTS)
        .order_by(WorkshopVisit.id)
        .with_for_update(of=WorkshopVisit, skip_locked=True)
    )
    return session.scalars(query).all()
