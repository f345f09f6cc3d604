"""Reads of all that an agenda of a fair is planned from."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from fairlink.applications.models import Application, Exhibitor
from fairlink.fairs.models import Fair, TimeSlot
from fairlink.visits.models import Absence, AgendaEntry, AgendaRun, Meeting, MeetingRequest, Preference, Visit
from fairlink.visits.queries.requests import rules_of
from fairlink.visits.queries.workshops import slots_on_tour
from fairlink.visits.rules.halves import HalfDay
from fairlink.visits.rules.planning import Person, Plan, Slot, Terms, Wish, plan
from fairlink.visits.states import (
    OCCUPYING,
    AgendaMode,
    AgendaState,
    Level,
    RequestState,
    Side,
    VisitState,
)


def slots_of(session: Session, fair_id: int) -> list[Slot]:
    """The time slots of a fair in order."""
    query = sa.select(TimeSlot.id, TimeSlot.starts_at).where(TimeSlot.fair_id == fair_id).order_by(TimeSlot.starts_at)
    return [Slot(*row) for row in session.execute(query)]


def plannable(fair_id: int) -> sa.Select[MeetingRequest]:
    """The accepted requests of a fair whose two sides are there and willing."""
    veto = (
        sa.select(Preference.id)
        .where(
            Preference.visit_id == MeetingRequest.visit_id,
            Preference.exhibitor_id == MeetingRequest.exhibitor_id,
            Preference.level == Level.NO_THANKS,
        )
        .exists()
    )
    return (
        sa.select(MeetingRequest)
        .join(Visit, Visit.id == MeetingRequest.visit_id)
        .join(Exhibitor, Exhibitor.id == MeetingRequest.exhibitor_id)
        .where(
            Visit.fair_id == fair_id,
            Visit.state == VisitState.BOOKED,
            Exhibitor.withdrawn_at.is_(None),
            MeetingRequest.state == RequestState.ACCEPTED,
            sa.not_(veto),
        )
    )


def plan_of(session: Session, fair: Fair, mode: AgendaMode, *, now: datetime) -> Plan:
    """What there is to plan at a fair; meetings fixed by hand in its present draft stay where they are."""
    rules = rules_of(session, fair.id)
    standing = {meeting.id: meeting for meeting in _meetings(session, fair.id)}
    begun = {meeting.id for meeting in standing.values() if meeting.slot.starts_at <= now}
    requests = session.execute(
        plannable(fair.id)
        .with_only_columns(
            MeetingRequest.id,
            MeetingRequest.visit_id,
            MeetingRequest.exhibitor_id,
            MeetingRequest.meeting_id,
            MeetingRequest.half,
        )
        .order_by(MeetingRequest.id)
    ).all()
    # What has taken place already is over; a request whose meeting is off would have ended with it.
    requests = [row for row in requests if row.meeting_id not in begun]
    must, fixed = _must_meet(session, fair.id), _fixed(session, fair.id)
    wishes = [
        Wish(
            row.id,
            row.visit_id,
            row.exhibitor_id,
            must_meet=(row.visit_id, row.exhibitor_id) in must,
            half=row.half,
            published_in=standing[row.meeting_id].slot_id if row.meeting_id in standing else None,
            fixed_in=fixed.get(row.id),
        )
        for row in requests
    ]
    planned = {row.meeting_id for row in requests}
    others = [meeting for meeting in standing.values() if meeting.id not in planned]
    people = _people(session, fair.id, wishes, others)
    terms = Terms(
        fair.zone,
        rules.tables,
        {side: rules.minimum(side) for side in Side},
        {side: rules.maximum(side) for side in Side},
    )
    return plan(slots_of(session, fair.id), people, wishes, terms, mode, now=now)


def _meetings(session: Session, fair_id: int) -> Sequence[Meeting]:
    query = (
        sa.select(Meeting)
        .join(TimeSlot, TimeSlot.id == Meeting.slot_id)
        .where(TimeSlot.fair_id == fair_id, Meeting.state.in_(OCCUPYING))
        .options(joinedload(Meeting.slot))
        .order_by(Meeting.id)
    )
    return session.scalars(query).all()


def _must_meet(session: Session, fair_id: int) -> set[tuple[int, int]]:
    query = (
        sa.select(Preference.visit_id, Preference.exhibitor_id)
        .join(Visit, Visit.id == Preference.visit_id)
        .where(Visit.fair_id == fair_id, Preference.level == Level.MUST_MEET)
    )
    return {(row.visit_id, row.exhibitor_id) for row in session.execute(query)}


def _fixed(session: Session, fair_id: int) -> dict[int, int]:
    query = (
        sa.select(AgendaEntry.request_id, AgendaEntry.slot_id)
        .join(AgendaRun, AgendaRun.id == AgendaEntry.run_id)
        .where(AgendaRun.fair_id == fair_id, AgendaRun.state == AgendaState.DRAFT, AgendaEntry.is_fixed)
    )
    return {row.request_id: row.slot_id for row in session.execute(query)}


def _people(session: Session, fair_id: int, wishes: Sequence[Wish], others: Sequence[Meeting]) -> list[Person]:
    """The participants of the wishes, with their absences and with what they have beside."""
    visits = session.scalars(
        sa.select(Visit)
        .where(Visit.id.in_({wish.visit_id for wish in wishes}))
        .options(joinedload(Visit.buyer))
        .order_by(Visit.id)
    ).all()
    exhibitors = session.scalars(
        sa.select(Exhibitor)
        .where(Exhibitor.id.in_({wish.exhibitor_id for wish in wishes}))
        .options(
            joinedload(Exhibitor.application).options(
                joinedload(Application.group), joinedload(Application.lead_firm), selectinload(Application.members)
            )
        )
        .order_by(Exhibitor.id)
    ).all()
    away: dict[tuple[Side, int], set[HalfDay]] = {}
    absences = sa.select(Absence.visit_id, Absence.exhibitor_id, Absence.absent_on, Absence.half).where(
        sa.or_(
            Absence.visit_id.in_([visit.id for visit in visits]),
            Absence.exhibitor_id.in_([exhibitor.id for exhibitor in exhibitors]),
        )
    )
    for row in session.execute(absences):
        key = (Side.BUYER, row.visit_id) if row.visit_id else (Side.FIRM, row.exhibitor_id)
        away.setdefault(key, set()).add((row.absent_on, row.half))
    busy: dict[tuple[Side, int], set[int]] = {}
    for meeting in others:
        busy.setdefault((Side.BUYER, meeting.visit_id), set()).add(meeting.slot_id)
        busy.setdefault((Side.FIRM, meeting.exhibitor_id), set()).add(meeting.slot_id)
    on_tour = slots_on_tour(session, fair_id, [visit.id for visit in visits])

    def person(side: Side, owner_id: int, name: str) -> Person:
        key = (side, owner_id)
        taken = frozenset(busy.get(key, ()))
        touring = on_tour.get(owner_id, set()) if side is Side.BUYER else set()
        return Person(side, owner_id, name, frozenset(away.get(key, ())), taken | touring, len(taken))

    return [
        *(person(Side.BUYER, visit.id, visit.buyer.name) for visit in visits),
        *(person(Side.FIRM, exhibitor.id, exhibitor.name) for exhibitor in exhibitors),
    ]
