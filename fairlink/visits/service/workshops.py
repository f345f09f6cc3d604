"""The verbs of workshops: offer, say how far it is, close; book sessions and tours, answer, move, cancel, mark."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.applications.models import Exhibitor
from fairlink.audit.service import record
from fairlink.kernel.clock import local_date
from fairlink.kernel.errors import Conflict, Forbidden, Invalid
from fairlink.kernel.states import next_state
from fairlink.visits import emails, queries
from fairlink.visits.models import Visit, Workshop, WorkshopTravel, WorkshopVisit
from fairlink.visits.rules import tours
from fairlink.visits.rules.diary import refusal
from fairlink.visits.rules.tours import Stop, WorkshopDetails
from fairlink.visits.service.lifecycle import check_fair, check_present
from fairlink.visits.states import HOST_MARKS, TRANSITIONS, MeetingAction, MeetingState, VisitState


def offer_workshop(
    session: Session, exhibitor: Exhibitor, details: WorkshopDetails, *, by: User, now: datetime
) -> Workshop:
    """Let buyers of the fair visit a workshop of the exhibitor."""
    check_present(exhibitor)
    made = Workshop(exhibitor=exhibitor, created_at=now)
    _apply(made, details)
    session.add(made)
    record(session, "workshop:offer", made, by=by, now=now)
    return made


def edit_workshop(session: Session, workshop: Workshop, details: WorkshopDetails, *, by: User, now: datetime) -> None:
    """Change what is said of a workshop; visits that are booked keep their time."""
    _apply(workshop, details)
    record(session, "workshop:edit", workshop, by=by, now=now)


def close_workshop(session: Session, workshop: Workshop, *, by: User, now: datetime) -> None:
    """Take no new visits; those that are booked stay."""
    workshop.closed_at = workshop.closed_at or now
    record(session, "workshop:close", workshop, by=by, now=now)


def set_ways(
    session: Session, workshop: Workshop, minutes: Mapping[int, int | None], *, by: User, now: datetime
) -> None:
    """Say how long the ways to other workshops take; None forgets what was said, so that they lead by the fair."""
    for other_id, length in minutes.items():
        known = queries.travel_between(session, workshop.id, other_id)
        if length is None:
            if known is not None:
                session.delete(known)
        elif known is None:
            one, other = sorted((workshop.id, other_id))
            session.add(WorkshopTravel(one_id=one, other_id=other, minutes=length))
        else:
            known.minutes = length
    record(session, "workshop:set_ways", workshop, by=by, now=now)


def sessions_of(workshop: Workshop, *, now: datetime) -> list[Stop]:
    """The sessions of a workshop still to come, in order."""
    return [
        Stop(workshop.id, starts_at, ends_at) for starts_at, ends_at in workshop.schedule.slots() if starts_at > now
    ]


def open_sessions(
    session: Session,
    workshop: Workshop,
    visit: Visit,
    *,
    people: int,
    now: datetime,
    moving: WorkshopVisit | None = None,
) -> list[Stop]:
    """The sessions in which so many people of a visit can come, by the hosts' room and by the buyer's diary.

    `moving` is a booking that makes way for its own new time. Where one side does not want to meet there are none.
    """
    if not _willing(session, visit, workshop):
        return []
    booked = queries.booked_in(session, [workshop.id], without=moving)[workshop.id]
    diary = queries.diary_stops(session, visit.id, without=moving)
    ways = queries.ways(session, visit.fair_id)
    return [
        each
        for each in sessions_of(workshop, now=now)
        if tours.room(each, booked, workshop.capacity) >= people and tours.fits(each, diary, ways)
    ]


def book_workshop(
    session: Session, visit: Visit, workshop: Workshop, *, slot_id: int, people: int, note: str, by: User, now: datetime
) -> WorkshopVisit:
    """Book one session of a workshop, named by its start, for so many people.

    Raises Conflict when the hosts have no room left then or the buyer's day has none, Invalid for no session at all.
    """
    visit, (workshop,) = _locked(session, visit, [workshop.id], now)
    wanted = _free_session(session, visit, workshop, slot_id, people, now=now)
    return _add(session, visit, workshop, wanted, people, note, by=by, now=now)


def book_tour(
    session: Session,
    visit: Visit,
    workshop_ids: Sequence[int],
    *,
    on: date,
    people: int,
    note: str,
    by: User,
    now: datetime,
) -> list[WorkshopVisit]:
    """Book one session of each workshop on a day, all or none, in the order that ends the earliest.

    Raises Invalid when there is no such tour, with the hosts' room, the ways and the buyer's diary.
    """
    visit, workshops = _locked(session, visit, workshop_ids, now)
    if not workshops:
        raise Invalid("tour_empty", field="workshops")
    by_id = {workshop.id: workshop for workshop in workshops}
    booked = queries.booked_in(session, list(by_id))
    choices = {
        workshop.id: [
            each
            for each in sessions_of(workshop, now=now)
            if local_date(each.starts_at, visit.fair.zone) == on
            and tours.room(each, booked[workshop.id], workshop.capacity) >= people
        ]
        for workshop in workshops
    }
    if not all(_willing(session, visit, workshop) for workshop in workshops):
        raise Invalid("tour_impossible", field="workshops")
    found = tours.tour(choices, queries.diary_stops(session, visit.id), queries.ways(session, visit.fair_id))
    if found is None:
        raise Invalid("tour_impossible", field="workshops")
    return [_add(session, visit, by_id[stop.place or 0], stop, people, note, by=by, now=now) for stop in found]


def confirm_workshop_visit(session: Session, booking: WorkshopVisit, *, sequence: int, by: User, now: datetime) -> None:
    """The hosts will be there; `sequence` is that of the visit as `by` saw it."""
    booking = queries.locked_workshop_visit(session, booking.id)
    if sequence != booking.sequence:
        # The buyer has moved it meanwhile: nobody shall confirm a time they never saw.
        raise Conflict("meeting_changed")
    check_fair(booking.fair, now)
    _move(session, booking, MeetingAction.CONFIRM, by=by, now=now)
    booking.answered_at = now
    emails.workshop_visit_changed(session, booking, now=now)


def move_workshop_visit(session: Session, booking: WorkshopVisit, *, slot_id: int, by: User, now: datetime) -> None:
    """The buyer takes another session, to be confirmed by the hosts; the old time is free again at once.

    Raises Conflict and Invalid as `book_workshop` does.
    """
    visit, (workshop,) = _locked(session, booking.visit, [booking.workshop_id], now)
    booking = queries.locked_workshop_visit(session, booking.id)
    wanted = _free_session(session, visit, workshop, slot_id, booking.people, now=now, moving=booking)
    _move(session, booking, MeetingAction.MOVE, by=by, now=now)
    booking.starts_at, booking.ends_at = wanted.starts_at, wanted.ends_at
    booking.sequence += 1
    booking.answered_at = None
    session.flush()
    emails.workshop_visit_changed(session, booking, now=now)


def mark_workshop_visit(
    session: Session, booking: WorkshopVisit, action: MeetingAction, *, by: User, now: datetime
) -> None:
    """The hosts say once the time has begun whether the buyer came."""
    booking = queries.locked_workshop_visit(session, booking.id)
    if action not in HOST_MARKS:
        raise Forbidden("not_allowed")
    _move(session, booking, action, by=by, now=now)


def decline_workshop_visit(session: Session, booking: WorkshopVisit, *, reason: str, by: User, now: datetime) -> None:
    """The hosts cannot receive the buyer then; `reason` is told to them."""
    _call_off(session, booking, MeetingAction.DECLINE, reason, by=by, now=now)
    booking.answered_at = now


def cancel_workshop_visit(session: Session, booking: WorkshopVisit, *, reason: str, by: User, now: datetime) -> None:
    """Either side calls the visit off; `reason` is told to the other."""
    _call_off(session, booking, MeetingAction.CANCEL, reason, by=by, now=now)


def cancel_workshop_visits_of(session: Session, visit: Visit, *, by: User, now: datetime) -> None:
    """Cancel all visits to workshops of a buyer's visit that are still to come."""
    for booking in queries.open_workshop_visits(session, visit.id, now=now):
        _call_off(session, booking, MeetingAction.CANCEL, "", by=by, now=now)


def cancel_workshop_visits_without_ground(session: Session, *, now: datetime, limit: int = 200) -> int:
    """Cancel visits still to come whose fair was cancelled or whose exhibitor has withdrawn; returns how many."""
    found = queries.workshop_visits_without_ground(session, now=now, limit=limit)
    for booking in found:
        _call_off(session, booking, MeetingAction.CANCEL, "", by=None, now=now)
    return len(found)


def _willing(session: Session, visit: Visit, workshop: Workshop) -> bool:
    """Whether neither side has said that it does not want to meet the other; nothing else gives that away."""
    return not queries.vetoes(session, visit.id, workshop.exhibitor_id)


def _apply(workshop: Workshop, details: WorkshopDetails) -> None:
    workshop.name, workshop.address, workshop.description = details.name, details.address, details.description
    workshop.first_on, workshop.last_on = details.first_on, details.last_on
    workshop.opens, workshop.closes = details.opens, details.closes
    workshop.visit_minutes, workshop.capacity = details.visit_minutes, details.capacity
    workshop.languages, workshop.travel_minutes = list(details.languages), details.travel_minutes


def _locked(
    session: Session, visit: Visit, workshop_ids: Sequence[int], now: datetime
) -> tuple[Visit, Sequence[Workshop]]:
    """The buyer's visit, then the workshops, locked: in this order always, so that nobody waits in a ring.

    The visit's lock keeps its diary still (meetings wait for it too), those of the workshops their room.
    """
    visit = queries.locked_visit(session, visit.id)
    if visit.state != VisitState.BOOKED:
        raise Conflict("visit_not_booked")
    workshops = queries.locked_workshops(session, workshop_ids)
    for workshop in workshops:
        if workshop.exhibitor.fair_id != visit.fair_id or workshop.closed_at is not None:
            raise Conflict("workshop_closed")
        check_fair(workshop.fair, now)
        check_present(workshop.exhibitor)
    return visit, workshops


def _free_session(
    session: Session,
    visit: Visit,
    workshop: Workshop,
    slot_id: int,
    people: int,
    *,
    now: datetime,
    moving: WorkshopVisit | None = None,
) -> Stop:
    """The session, if the hosts have room and the buyer's diary has time for it; `moving` makes way for itself."""
    wanted = next((each for each in sessions_of(workshop, now=now) if each.id == slot_id), None)
    if wanted is None:
        raise Invalid("no_such_slot", field="slot_id")
    booked = queries.booked_in(session, [workshop.id], without=moving)[workshop.id]
    if tours.room(wanted, booked, workshop.capacity) < people or not _willing(session, visit, workshop):
        raise Conflict("workshop_full")
    diary = queries.diary_stops(session, visit.id, without=moving)
    if not tours.fits(wanted, diary, queries.ways(session, visit.fair_id)):
        raise Conflict("workshop_too_far")
    return wanted


def _add(
    session: Session, visit: Visit, workshop: Workshop, at: Stop, people: int, note: str, *, by: User, now: datetime
) -> WorkshopVisit:
    booking = WorkshopVisit(
        visit=visit,
        workshop=workshop,
        starts_at=at.starts_at,
        ends_at=at.ends_at,
        people=people,
        state=MeetingState.REQUESTED,
        note=note,
        sequence=0,
        requested_at=now,
    )
    session.add(booking)
    record(session, "workshop_visit:request", booking, by=by, now=now)
    emails.workshop_visit_requested(session, booking, now=now)
    return booking


def _call_off(
    session: Session, booking: WorkshopVisit, action: MeetingAction, reason: str, *, by: User | None, now: datetime
) -> None:
    booking = queries.locked_workshop_visit(session, booking.id)
    _move(session, booking, action, by=by, now=now)
    booking.reason = reason
    booking.sequence += 1
    emails.workshop_visit_changed(session, booking, now=now)


def _move(session: Session, booking: WorkshopVisit, action: MeetingAction, *, by: User | None, now: datetime) -> None:
    state = next_state(TRANSITIONS, booking.state, action)
    if code := refusal(action, booking.starts_at, now):
        raise Conflict(code)
    booking.state = state
    record(session, f"workshop_visit:{action}", booking, by=by, now=now)
