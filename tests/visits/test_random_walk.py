"""A random walk through requests, answers, moves and cancellations: no diary ever holds two meetings at one time."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.applications.models import Exhibitor
from fairlink.fairs.models import Fair, TimeSlot
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Conflict, Forbidden
from fairlink.policy import Kind
from fairlink.visits import queries, service
from fairlink.visits.models import Meeting, Visit
from fairlink.visits.states import OCCUPYING, MeetingState, Side, VisitState
from tests import factories
from tests.visits.conftest import exhibitor_at

EXHIBITORS, BUYERS, SLOTS = 2, 3, 3

EXHIBITOR, BUYER, SLOT = (st.integers(0, number - 1) for number in (EXHIBITORS, BUYERS, SLOTS))
#: Which of the meetings there are, counted round.
CHOICE = st.integers(0, 99)
SIDE = st.sampled_from(Side)


class Diaries(RuleBasedStateMachine):
    """Two exhibitors, three buyers and three times: so few that they meet at every turn.

    The model is `kept`: which meeting has which slot by the answers of the service. It must refuse exactly what
    the model says is impossible, and the database must say the same as the model after every step.
    """

    # Given by the test. Examples share the people and have visits and times of their own.
    session: Session
    fair: Fair
    exhibitors: list[Exhibitor]
    contacts: list[User]
    buyers: list[User]
    examples = 0

    @initialize()
    def enter(self) -> None:
        type(self).examples += 1
        self.now = self.fair.starts_at
        day = self.now + timedelta(days=self.examples)
        self.slots = [factories.time_slot(self.fair, day + timedelta(minutes=30 * number)) for number in range(SLOTS)]
        self.session.execute(sa.update(Visit).values(state=VisitState.CANCELLED))
        self.visits = [factories.visit(self.fair, buyer) for buyer in self.buyers]
        self.kept: dict[int, TimeSlot] = {}
        self.meetings: list[int] = []
        self.session.commit()

    @rule(exhibitor=EXHIBITOR, buyer=BUYER, slot=SLOT)
    def request(self, exhibitor: int, buyer: int, slot: int) -> None:
        at, visit, wanted = self.exhibitors[exhibitor], self.visits[buyer], self.slots[slot]
        made = self.done(
            service.request_meeting,
            visit,
            at,
            slot_id=wanted.id,
            note="",
            by=self.buyers[buyer],
            may=self.free(wanted, at, visit),
        )
        if made:
            self.kept[made.id] = wanted
            self.meetings.append(made.id)

    @rule(choice=CHOICE, side=SIDE)
    def confirm(self, choice: int, side: Side) -> None:
        if meeting := self.chosen(choice):
            may = self.is_asked(meeting, side)
            self.done(service.confirm, meeting, sequence=meeting.sequence, by=self.person(meeting, side), may=may)

    @rule(choice=CHOICE, side=SIDE)
    def decline(self, choice: int, side: Side) -> None:
        if meeting := self.chosen(choice):
            may, by = self.is_asked(meeting, side), self.person(meeting, side)
            self.done(service.decline, meeting, sequence=meeting.sequence, reason="No", by=by, may=may)
            if may:
                del self.kept[meeting.id]

    @rule(choice=CHOICE, side=SIDE, slot=SLOT)
    def move(self, choice: int, side: Side, slot: int) -> None:
        if meeting := self.chosen(choice):
            wanted, before = self.slots[slot], meeting.sequence
            may = meeting.id in self.kept and self.free(wanted, meeting.exhibitor, meeting.visit)
            self.done(service.reschedule, meeting, slot_id=wanted.id, by=self.person(meeting, side), may=may)
            if may:
                self.kept[meeting.id] = wanted
                assert (meeting.sequence, meeting.proposed_side) == (before + 1, side)

    @rule(choice=CHOICE, side=SIDE)
    def cancel(self, choice: int, side: Side) -> None:
        if meeting := self.chosen(choice):
            may = meeting.id in self.kept
            self.done(service.cancel, meeting, reason="", by=self.person(meeting, side), may=may)
            if may:
                del self.kept[meeting.id]

    @invariant()
    def no_diary_is_double(self) -> None:
        if not self.examples:
            return
        query = sa.select(Meeting.id, Meeting.slot_id, Meeting.exhibitor_id, Meeting.visit_id).where(
            Meeting.slot_id.in_([slot.id for slot in self.slots]), Meeting.state.in_(OCCUPYING)
        )
        rows = self.session.execute(query).all()
        assert {row.id: row.slot_id for row in rows} == {key: slot.id for key, slot in self.kept.items()}
        diaries = Counter(
            (side, getattr(row, side), row.slot_id) for row in rows for side in ("exhibitor_id", "visit_id")
        )
        assert [place for place, meetings in diaries.items() if meetings > 1] == []

    def done(self, verb: Callable[..., Any], thing: Any, *more: Any, may: bool, **values: Any) -> Any:
        """Do it in a unit of work of its own; it must be refused exactly if it may not be."""
        made = refused = None
        try:
            with unit_of_work(self.session) as session:
                made = verb(session, thing, *more, now=self.now, **values)
        except (Conflict, Forbidden) as error:
            refused = error
        assert (refused is None) == may, refused
        return made

    def chosen(self, choice: int) -> Meeting | None:
        """One of the meetings there are."""
        return queries.meeting(self.session, self.meetings[choice % len(self.meetings)]) if self.meetings else None

    def is_asked(self, meeting: Meeting, side: Side) -> bool:
        return meeting.state == MeetingState.REQUESTED and side is not meeting.proposed_side

    def free(self, slot: TimeSlot, exhibitor: Exhibitor, visit: Visit) -> bool:
        """Whether neither side has anything at the time, by the model."""
        others = [queries.meeting(self.session, key) for key, kept in self.kept.items() if kept is slot]
        return not any(other and (other.exhibitor_id == exhibitor.id or other.visit_id == visit.id) for other in others)

    def person(self, meeting: Meeting, side: Side) -> User:
        if side is Side.BUYER:
            return meeting.visit.visitor
        return self.contacts[[each.id for each in self.exhibitors].index(meeting.exhibitor_id)]


@pytest.mark.parametrize(
    ("examples", "steps"), [(6, 16), pytest.param(200, 50, marks=pytest.mark.slow)], ids=["short", "long"]
)
def test_no_diary_is_ever_double(app: Flask, session: Session, examples: int, steps: int) -> None:
    fair = factories.fair()
    contacts = [factories.owner(Kind.FIRM) for _ in range(EXHIBITORS)]
    people = {
        "session": session,
        "fair": fair,
        "exhibitors": [exhibitor_at(fair, contact) for contact in contacts],
        "contacts": contacts,
        "buyers": [factories.owner(Kind.BUYER) for _ in range(BUYERS)],
    }
    fair.ends_on = fair.starts_on + timedelta(days=30)
    session.commit()
    walk = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    run_state_machine_as_test(type("DiariesHere", (Diaries,), people), settings=walk)
