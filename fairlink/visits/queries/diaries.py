"""Reads of free time and of what fills a diary."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.applications.models import Exhibitor
from fairlink.fairs.models import TimeSlot
from fairlink.visits.models import Meeting, Visit
from fairlink.visits.queries.absences import absences_of
from fairlink.visits.queries.requests import vetoes
from fairlink.visits.queries.workshops import tour_diary
from fairlink.visits.rules.halves import half_of
from fairlink.visits.rules.tours import Stop, fits
from fairlink.visits.states import OCCUPYING, MeetingState


def slot_of_fair(session: Session, slot_id: int, fair_id: int) -> TimeSlot | None:
    """A time slot, if it is one of the fair's."""
    query = sa.select(TimeSlot).where(TimeSlot.id == slot_id, TimeSlot.fair_id == fair_id)
    return session.scalars(query).one_or_none()


def free_slots(session: Session, exhibitor: Exhibitor, visit: Visit, *, now: datetime) -> Sequence[TimeSlot]:
    """The time slots of the fair still to come that are free for both sides, in order; none where one will not meet."""
    if vetoes(session, visit.id, exhibitor.id):
        return ()
    taken = sa.select(Meeting.slot_id).where(
        sa.or_(Meeting.exhibitor_id == exhibitor.id, Meeting.visit_id == visit.id), Meeting.state.in_(OCCUPYING)
    )
    query = (
        sa.select(TimeSlot)
        .where(TimeSlot.fair_id == exhibitor.fair_id, TimeSlot.starts_at > now, TimeSlot.id.not_in(taken))
        .order_by(TimeSlot.starts_at)
    )
    away, zone = absences_of(session, exhibitor, visit), exhibitor.fair.zone
    there = [slot for slot in session.scalars(query) if half_of(slot.starts_at, zone) not in away]
    stops, ways = tour_diary(session, visit)
    return [slot for slot in there if fits(Stop(None, slot.starts_at, slot.ends_at), stops, ways)]


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
