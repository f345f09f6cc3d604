"""A fair whose organiser makes the agenda, and what its tests do and look at again and again."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.applications.models import Exhibitor
from fairlink.fairs.models import Fair, TimeSlot
from fairlink.policy import Kind
from fairlink.visits import jobs, queries, service
from fairlink.visits.models import AgendaEntry, AgendaRun, Meeting, MeetingRequest, Visit
from fairlink.visits.states import (
    AgendaMode,
    AgendaState,
    MeetingState,
    RequestState,
    Scheduling,
)
from tests import factories
from tests.visits.conftest import exhibitor_at, slots_of


@dataclass
class Forum:
    """A fair whose organiser makes the agenda: exhibitors, visits, and times to come."""

    fair: Fair
    officer: User
    exhibitors: list[Exhibitor]
    visits: list[Visit]
    slots: list[TimeSlot]

    def agree(self, *pairs: tuple[int, int], **values: object) -> list[MeetingRequest]:
        """Accepted requests of (visit, exhibitor), by position."""
        return [
            factories.meeting_request(self.visits[v], self.exhibitors[e], state=RequestState.ACCEPTED, **values)
            for v, e in pairs
        ]


def forum_to_come() -> Forum:
    """Two exhibitors, three buyers and three times at a fair whose organiser gives the times."""
    fair = factories.fair()
    made = Forum(
        fair,
        factories.officer(fair.agency),
        [exhibitor_at(fair) for _ in range(2)],
        [factories.visit(fair, factories.owner(Kind.BUYER)) for _ in range(3)],
        slots_of(fair, 3),
    )
    factories.meeting_rules(fair, scheduling=Scheduling.ORGANISER)
    return made


def make(session: Session, forum: Forum, now: datetime, mode: AgendaMode = AgendaMode.FULL) -> AgendaRun:
    """A draft, made by the worker's job."""
    run = service.order_run(session, forum.fair, mode, 10, by=forum.officer, now=now)
    jobs.solve_agenda(session, now=now, run_id=run.id)
    return run


def publish(session: Session, run: AgendaRun, forum: Forum, now: datetime) -> None:
    service.publish(session, run, by=forum.officer, now=now)
    session.commit()


def seats(session: Session, run: AgendaRun) -> dict[int, int]:
    """Request id to slot id of a draft."""
    return {entry.request_id: entry.slot_id for entry in queries.all_entries(session, run)}


def present_state(session: Session, run: AgendaRun) -> AgendaState:
    session.refresh(run)
    return run.state


def standing(session: Session) -> list[Meeting]:
    query = sa.select(Meeting).where(Meeting.state == MeetingState.CONFIRMED).order_by(Meeting.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def is_sound(meetings: Collection[Meeting | AgendaEntry]) -> bool:
    """Has nobody two at once?"""
    return all(
        len({(getattr(meeting, side), meeting.slot_id) for meeting in meetings}) == len(meetings)
        for side in ("visit_id", "exhibitor_id")
    )
