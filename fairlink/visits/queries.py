"""Reads of visits, meetings and free time."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from fairlink.accounts import queries as accounts
from fairlink.accounts.models import User
from fairlink.applications.models import Application, ApplicationMember, Exhibitor
from fairlink.fairs.models import Fair, TimeSlot
from fairlink.fairs.states import FairState
from fairlink.visits.models import Meeting, Visit
from fairlink.visits.states import OCCUPYING, OPEN, MeetingState, Side, VisitState

_VISIT_PARTS = (joinedload(Visit.fair), joinedload(Visit.buyer), joinedload(Visit.visitor))

_MEETING_PARTS = (
    joinedload(Meeting.visit).options(*_VISIT_PARTS),
    joinedload(Meeting.slot),
    joinedload(Meeting.exhibitor).options(
        joinedload(Exhibitor.stand),
        joinedload(Exhibitor.fair),
        joinedload(Exhibitor.application).options(
            joinedload(Application.group),
            joinedload(Application.lead_firm),
            joinedload(Application.contact),
            selectinload(Application.members).joinedload(ApplicationMember.firm),
        ),
    ),
)


def visit(session: Session, visit_id: int) -> Visit | None:
    """One visit with its fair and its buyer."""
    return session.scalars(sa.select(Visit).where(Visit.id == visit_id).options(*_VISIT_PARTS)).one_or_none()


def visits_of(buyer_id: int) -> sa.Select[Visit]:
    """The visits of a buyer, to be paged newest first."""
    return sa.select(Visit).where(Visit.buyer_id == buyer_id).options(*_VISIT_PARTS)


def booked_visit(session: Session, fair_id: int, person: User) -> Visit | None:
    """The visit in which `person` books meetings at a fair: their own, else one of a colleague."""
    query = (
        sa.select(Visit)
        .where(Visit.fair_id == fair_id, Visit.buyer_id == person.organisation_id, Visit.state == VisitState.BOOKED)
        .options(*_VISIT_PARTS)
        .order_by((Visit.visitor_id == person.id).desc(), Visit.id)
        .limit(1)
    )
    return session.scalars(query).one_or_none()


def locked_visit(session: Session, visit_id: int) -> Visit:
    """The visit as it is now, locked until the transaction ends."""
    query = sa.select(Visit).where(Visit.id == visit_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def kept_visit(session: Session, visit_id: int) -> Visit:
    """The visit as it is now; it cannot be cancelled until the transaction ends, but other meetings can be booked."""
    query = sa.select(Visit).where(Visit.id == visit_id).options(*_VISIT_PARTS)
    query = query.with_for_update(of=Visit, read=True, key_share=True).execution_options(populate_existing=True)
    return session.scalars(query).one()


def meeting(session: Session, meeting_id: int) -> Meeting | None:
    """One meeting with its visit, slot and exhibitor."""
    query = sa.select(Meeting).where(Meeting.id == meeting_id).options(*_MEETING_PARTS)
    return session.scalars(query).one_or_none()


def locked_meeting(session: Session, meeting_id: int) -> Meeting:
    """The meeting as it is now, with its parts, locked until the transaction ends."""
    query = sa.select(Meeting).where(Meeting.id == meeting_id).options(*_MEETING_PARTS).with_for_update(of=Meeting)
    return session.scalars(query.execution_options(populate_existing=True)).one()


def meetings_of_visit(session: Session, visit: Visit) -> Sequence[Meeting]:
    """The agenda of a visit by time: what is off is left out."""
    return _agenda(session, Meeting.visit_id == visit.id)


def meetings_of_exhibitor(session: Session, exhibitor: Exhibitor) -> Sequence[Meeting]:
    """The diary of an exhibitor by time: what is off is left out."""
    return _agenda(session, Meeting.exhibitor_id == exhibitor.id)


def _agenda(session: Session, whose: sa.ColumnElement[bool]) -> Sequence[Meeting]:
    query = (
        sa.select(Meeting)
        .join(Meeting.slot)
        .where(whose, Meeting.state.in_(OCCUPYING))
        .options(*_MEETING_PARTS)
        .order_by(TimeSlot.starts_at, Meeting.id)
    )
    return session.scalars(query).all()


def held_meetings(session: Session, fair_id: int) -> Sequence[Meeting]:
    """The meetings of a fair that took place, by time."""
    query = (
        sa.select(Meeting)
        .join(Meeting.slot)
        .where(TimeSlot.fair_id == fair_id, Meeting.state == MeetingState.HELD)
        .options(*_MEETING_PARTS)
        .order_by(TimeSlot.starts_at, Meeting.id)
    )
    return session.scalars(query).all()


def slot_of_fair(session: Session, slot_id: int, fair_id: int) -> TimeSlot | None:
    """A time slot, if it is one of the fair's."""
    query = sa.select(TimeSlot).where(TimeSlot.id == slot_id, TimeSlot.fair_id == fair_id)
    return session.scalars(query).one_or_none()


def free_slots(session: Session, exhibitor: Exhibitor, visit: Visit, *, now: datetime) -> Sequence[TimeSlot]:
    """The time slots of the fair still to come that are free for both sides, in order."""
    taken = sa.select(Meeting.slot_id).where(
        sa.or_(Meeting.exhibitor_id == exhibitor.id, Meeting.visit_id == visit.id), Meeting.state.in_(OCCUPYING)
    )
    query = (
        sa.select(TimeSlot)
        .where(TimeSlot.fair_id == exhibitor.fair_id, TimeSlot.starts_at > now, TimeSlot.id.not_in(taken))
        .order_by(TimeSlot.starts_at)
    )
    return session.scalars(query).all()


def in_slot(session: Session, slot_id: int, exhibitor_id: int, visit_id: int) -> Sequence[Meeting]:
    """The meetings that keep a slot in the exhibitor's or the visit's diary: none, one or two."""
    query = sa.select(Meeting).where(
        Meeting.slot_id == slot_id,
        sa.or_(Meeting.exhibitor_id == exhibitor_id, Meeting.visit_id == visit_id),
        Meeting.state.in_(OCCUPYING),
    )
    return session.scalars(query).all()


@dataclass(frozen=True, slots=True)
class Counts:
    """How many meetings of a diary wait for an answer of either side, are fixed, and took place."""

    requested: int = 0
    confirmed: int = 0
    held: int = 0


def counts_of_visits(session: Session, visit_ids: Collection[int]) -> dict[int, Counts]:
    """The counts of each of the visits."""
    return _counts(session, Meeting.visit_id, visit_ids)


def counts_of_exhibitors(session: Session, exhibitor_ids: Collection[int]) -> dict[int, Counts]:
    """The counts of each of the exhibitors."""
    return _counts(session, Meeting.exhibitor_id, exhibitor_ids)


def _counts(session: Session, owner: sa.orm.InstrumentedAttribute[int], ids: Collection[int]) -> dict[int, Counts]:
    def count(state: MeetingState) -> sa.ColumnElement[int]:
        return sa.func.count().filter(Meeting.state == state)

    shown = (MeetingState.REQUESTED, MeetingState.CONFIRMED, MeetingState.HELD)
    query = sa.select(owner, *map(count, shown)).where(owner.in_(ids)).group_by(owner)
    found = {owner_id: Counts(*numbers) for owner_id, *numbers in session.execute(query)}
    return {owner_id: found.get(owner_id, Counts()) for owner_id in ids}


def open_meetings_of_visit(session: Session, visit: Visit, *, now: datetime) -> Sequence[Meeting]:
    """The meetings of a visit that are still to come, locked."""
    query = (
        sa.select(Meeting)
        .join(Meeting.slot)
        .where(Meeting.visit_id == visit.id, Meeting.state.in_(OPEN), TimeSlot.starts_at > now)
        .options(*_MEETING_PARTS)
        .order_by(Meeting.id)
        .with_for_update(of=Meeting)
    )
    return session.scalars(query).all()


def meetings_without_ground(session: Session, *, now: datetime, limit: int) -> Sequence[Meeting]:
    """Meetings still to come whose fair was cancelled or whose exhibitor has withdrawn, locked."""
    query = (
        sa.select(Meeting)
        .join(Meeting.slot)
        .join(Meeting.exhibitor)
        .join(Exhibitor.fair)
        .where(
            Meeting.state.in_(OPEN),
            TimeSlot.starts_at > now,
            sa.or_(Fair.state == FairState.CANCELLED, Exhibitor.withdrawn_at.is_not(None)),
        )
        .options(*_MEETING_PARTS)
        .order_by(Meeting.id)
        .limit(limit)
        .with_for_update(of=Meeting, skip_locked=True)
    )
    return session.scalars(query).all()


def receiver(session: Session, meeting: Meeting, side: Side) -> User | None:
    """Who is written to on one side of a meeting; None when the organisation has nobody left."""
    if side is Side.BUYER:
        return person_of(session, meeting.visit.buyer_id, meeting.visit.visitor)
    return person_of_exhibitor(session, meeting.exhibitor)


def person_of_exhibitor(session: Session, exhibitor: Exhibitor) -> User | None:
    """Who is written to for an exhibitor: the contact of its application, else of the firm that leads it."""
    return person_of(session, exhibitor.application.lead_firm_id, exhibitor.application.contact)


def person_of(session: Session, organisation_id: int, person: User | None) -> User | None:
    """`person` while still with the organisation, else whoever it names as its contact; None when nobody is left."""
    if person is not None and person.is_active and person.organisation_id == organisation_id:
        return person
    return accounts.contact(session, organisation_id)
