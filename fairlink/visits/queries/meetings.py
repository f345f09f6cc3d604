"""Reads of meetings."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from fairlink.applications.models import Application, ApplicationMember, Exhibitor
from fairlink.fairs.models import Fair, TimeSlot
from fairlink.fairs.states import FairState
from fairlink.visits.models import Meeting, Visit
from fairlink.visits.queries.visits import VISIT_PARTS
from fairlink.visits.states import OCCUPYING, OPEN, MeetingState

#: What a page of an exhibitor or a meeting shows of other tables.
EXHIBITOR_PARTS = (
    joinedload(Exhibitor.stand),
    joinedload(Exhibitor.fair),
    joinedload(Exhibitor.application).options(
        joinedload(Application.group),
        joinedload(Application.lead_firm),
        joinedload(Application.contact),
        selectinload(Application.members).joinedload(ApplicationMember.firm),
    ),
)

MEETING_PARTS = (
    joinedload(Meeting.visit).options(*VISIT_PARTS),
    joinedload(Meeting.slot),
    joinedload(Meeting.exhibitor).options(*EXHIBITOR_PARTS),
)


def meeting(session: Session, meeting_id: int) -> Meeting | None:
    """One meeting with its visit, slot and exhibitor."""
    query = sa.select(Meeting).where(Meeting.id == meeting_id).options(*MEETING_PARTS)
    return session.scalars(query).one_or_none()


def locked_meeting(session: Session, meeting_id: int) -> Meeting:
    """The meeting as it is now, with its parts, locked until the transaction ends."""
    query = sa.select(Meeting).where(Meeting.id == meeting_id).options(*MEETING_PARTS).with_for_update(of=Meeting)
    return session.scalars(query.execution_options(populate_existing=True)).one()


def standing_meeting(session: Session, visit_id: int, exhibitor_id: int) -> Meeting | None:
    """A meeting of the two that keeps a time in their diaries, the latest made."""
    query = (
        sa.select(Meeting)
        .where(Meeting.visit_id == visit_id, Meeting.exhibitor_id == exhibitor_id, Meeting.state.in_(OCCUPYING))
        .order_by(Meeting.id.desc())
        .limit(1)
    )
    return session.scalars(query).one_or_none()


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
        .options(*MEETING_PARTS)
        .order_by(TimeSlot.starts_at, Meeting.id)
    )
    return session.scalars(query).all()


def held_meetings(session: Session, fair_id: int) -> Sequence[Meeting]:
    """The meetings of a fair that took place, by time."""
    query = (
        sa.select(Meeting)
        .join(Meeting.slot)
        .where(TimeSlot.fair_id == fair_id, Meeting.state == MeetingState.HELD)
        .options(*MEETING_PARTS)
        .order_by(TimeSlot.starts_at, Meeting.id)
    )
    return session.scalars(query).all()


def open_meetings_of_visit(session: Session, visit: Visit, *, now: datetime) -> Sequence[Meeting]:
    """The meetings of a visit that are still to come, locked."""
    query = (
        sa.select(Meeting)
        .join(Meeting.slot)
        .where(Meeting.visit_id == visit.id, Meeting.state.in_(OPEN), TimeSlot.starts_at > now)
        .options(*MEETING_PARTS)
        .order_by(Meeting.id)
        .with_for_update(of=Meeting)
    )
    return session.scalars(query).all()


def unanswered_meetings(session: Session, *, now: datetime, limit: int) -> Sequence[Meeting]:
    """Meetings still to come whose proposed time nobody answered for in time, locked."""
    query = (
        sa.select(Meeting)
        .join(Meeting.slot)
        .where(Meeting.state == MeetingState.REQUESTED, Meeting.expires_at <= now, TimeSlot.starts_at > now)
        .options(*MEETING_PARTS)
        .order_by(Meeting.id)
        .limit(limit)
        .with_for_update(of=Meeting, skip_locked=True)
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
        .options(*MEETING_PARTS)
        .order_by(Meeting.id)
        .limit(limit)
        .with_for_update(of=Meeting, skip_locked=True)
    )
    return session.scalars(query).all()
