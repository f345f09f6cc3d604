"""A random walk through requests, answers, vetoes, agendas, changes by hand, publications and cancellations.

Whatever happens in whatever order: nobody is in two places at once, no table has two meetings, nobody meets whom one of
the two does not want to meet, and nobody has more meetings, or asks for more, than the fair allows.
"""

import contextlib
from collections import Counter
from collections.abc import Callable, Sequence
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
from fairlink.fairs.models import Fair
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Conflict, Forbidden, Invalid
from fairlink.policy import Kind
from fairlink.visits import queries, service
from fairlink.visits.models import AgendaEntry, AgendaRun, Meeting, MeetingRequest, Preference, Visit
from fairlink.visits.rules import agenda
from fairlink.visits.rules.halves import half_of
from fairlink.visits.states import (
    LIVE,
    OCCUPYING,
    AgendaMode,
    AgendaState,
    Half,
    Level,
    RequestState,
    Scheduling,
    Side,
    VisitState,
)
from tests import factories
from tests.visits.conftest import exhibitor_at

EXHIBITORS, BUYERS, SLOTS, TABLES = 2, 3, 3, 2
MAXIMUM = {Side.BUYER: 2, Side.FIRM: 3}
EXHIBITOR, BUYER, SLOT = (st.integers(0, number - 1) for number in (EXHIBITORS, BUYERS, SLOTS))
CHOICE = st.integers(0, 99)
SIDE = st.sampled_from(Side)
HALF = st.sampled_from((None, None, None, *Half))


class Forum(RuleBasedStateMachine):
    """Two exhibitors, three buyers, three times and two tables: so few that everything is in everybody's way."""

    # Given by the test. Examples share the people and have visits and times of their own.
    session: Session
    fair: Fair
    officer: User
    exhibitors: list[Exhibitor]
    contacts: list[User]
    buyers: list[User]
    examples = 0

    @initialize()
    def enter(self) -> None:
        type(self).examples += 1
        # The times of earlier examples have been.
        self.now = self.fair.starts_at + timedelta(hours=3 * self.examples)
        first = self.now + timedelta(minutes=30)
        self.slots = [factories.time_slot(self.fair, first + timedelta(minutes=30 * number)) for number in range(SLOTS)]
        self.session.execute(sa.update(Visit).values(state=VisitState.CANCELLED))
        self.session.execute(sa.update(AgendaRun).values(state=AgendaState.DISCARDED))
        self.session.execute(sa.update(MeetingRequest).values(state=RequestState.WITHDRAWN))
        self.visits = [factories.visit(self.fair, buyer) for buyer in self.buyers]
        self.session.commit()

    @rule(exhibitor=EXHIBITOR, buyer=BUYER, side=SIDE, must=st.booleans(), half=HALF)
    def ask(self, exhibitor: int, buyer: int, side: Side, must: bool, half: Half | None) -> None:
        level = Level.MUST_MEET if must else Level.MEET
        pair, by = (self.visits[buyer], self.exhibitors[exhibitor]), self.person(side, exhibitor, buyer)
        self.attempt(service.ask, *pair, side=side, level=level, half=half, note="", by=by)

    @rule(choice=CHOICE, yes=st.booleans())
    def answer(self, choice: int, yes: bool) -> None:
        if request := self.chosen(choice):
            by = self.person_of(request, request.from_side.other)
            if yes:
                self.attempt(service.accept_request, request, slot_id=None, by=by)
            else:
                self.attempt(service.decline_request, request, by=by)

    @rule(choice=CHOICE)
    def withdraw(self, choice: int) -> None:
        if request := self.chosen(choice):
            self.attempt(service.withdraw_request, request, by=self.person_of(request, request.from_side))

    @rule(exhibitor=EXHIBITOR, buyer=BUYER, side=SIDE, rarely=st.integers(0, 3))
    def veto(self, exhibitor: int, buyer: int, side: Side, rarely: int) -> None:
        if not rarely:
            pair = (self.visits[buyer], self.exhibitors[exhibitor])
            self.attempt(service.veto, *pair, side=side, note="", by=self.person(side, exhibitor, buyer))

    @rule(mode=st.sampled_from(AgendaMode))
    def solve(self, mode: AgendaMode) -> None:
        run = self.attempt(service.order_run, self.fair, mode, 5, by=self.officer)
        with unit_of_work(self.session):
            started = service.start_run(self.session, run.id, now=self.now)
        assert started is not None
        plan, seconds = started
        solution = agenda.solve(plan.problem, seconds, published=plan.published, only_unbooked=plan.only_unbooked)
        assert solution.status in ("optimal", "infeasible")
        with unit_of_work(self.session):
            service.finish_run(self.session, run.id, plan, solution, now=self.now)

    @rule(choice=CHOICE, slot=SLOT)
    def move(self, choice: int, slot: int) -> None:
        if entries := self.entries():
            entry = queries.entry(self.session, entries[choice % len(entries)].id)
            self.attempt(service.shift, entry, slot_id=self.slots[slot].id, by=self.officer)

    @rule()
    def publish(self) -> None:
        if run := self.draft():
            self.attempt(service.publish, run, by=self.officer)

    @rule(choice=CHOICE, side=SIDE)
    def cancel(self, choice: int, side: Side) -> None:
        if meetings := self.meetings():
            found = queries.meeting(self.session, meetings[choice % len(meetings)].id)
            assert found is not None
            by = found.visit.visitor if side is Side.BUYER else self.contact_of(found.exhibitor_id)
            self.attempt(service.cancel, found, reason="", by=by)

    @invariant()
    def all_is_well(self) -> None:
        if self.examples:
            meetings = self.meetings()
            for kept in (meetings, self.entries()):
                self.check_nobody_and_no_table_is_double(kept)
                self.check_each_is_in_its_half(kept)
            query = sa.select(Preference.visit_id, Preference.exhibitor_id, Preference.side).where(
                Preference.level == Level.NO_THANKS, Preference.visit_id.in_(self.visit_ids)
            )
            refused = {(row.visit_id, row.exhibitor_id, row.side) for row in self.session.execute(query)}
            pairs = {(visit, exhibitor) for visit, exhibitor, _ in refused}
            assert [meeting for meeting in meetings if (meeting.visit_id, meeting.exhibitor_id) in pairs] == []
            self.check_no_maximum_is_passed(meetings, refused)

    def check_nobody_and_no_table_is_double(self, kept: Sequence[Meeting | AgendaEntry]) -> None:
        for what in ("exhibitor_id", "visit_id", "table_no"):
            counts = Counter((getattr(each, what), each.slot_id) for each in kept)
            assert [place for place, number in counts.items() if number > 1] == []

    def check_each_is_in_its_half(self, kept: Sequence[Meeting | AgendaEntry]) -> None:
        query = sa.select(MeetingRequest.visit_id, MeetingRequest.exhibitor_id, MeetingRequest.half).where(
            MeetingRequest.visit_id.in_(self.visit_ids), MeetingRequest.state.in_(LIVE)
        )
        wanted = {(row.visit_id, row.exhibitor_id): row.half for row in self.session.execute(query) if row.half}
        starts = {slot.id: slot.starts_at for slot in self.slots}
        for each in kept:
            half = half_of(starts[each.slot_id], self.fair.zone)[1]
            assert wanted.get((each.visit_id, each.exhibitor_id), half) is half

    def check_no_maximum_is_passed(self, meetings: Sequence[Meeting], refused: set[tuple[int, int, Side]]) -> None:
        """Of meetings, and of what was agreed to or asked for, what one has refused apart."""
        query = sa.select(MeetingRequest).where(
            MeetingRequest.visit_id.in_(self.visit_ids), MeetingRequest.state.in_(LIVE)
        )
        live = self.session.scalars(query.execution_options(populate_existing=True)).all()
        for side, name in ((Side.BUYER, "visit_id"), (Side.FIRM, "exhibitor_id")):
            taken = Counter(
                getattr(request, name)
                for request in live
                if (request.state is RequestState.ACCEPTED or request.from_side is side)
                and (request.visit_id, request.exhibitor_id, side) not in refused
            )
            held = Counter(getattr(meeting, name) for meeting in meetings)
            assert [number for number in (taken | held).values() if number > MAXIMUM[side]] == []

    def attempt(self, verb: Callable[..., Any], *things: Any, **values: Any) -> Any:
        """Do it in a unit of work of its own, or be refused with a reason."""
        with contextlib.suppress(Conflict, Forbidden, Invalid), unit_of_work(self.session) as session:
            return verb(session, *things, now=self.now, **values)
        return None

    def chosen(self, choice: int) -> MeetingRequest | None:
        """One of the requests there are."""
        query = sa.select(MeetingRequest.id).where(MeetingRequest.visit_id.in_(self.visit_ids))
        found = self.session.scalars(query.order_by(MeetingRequest.id)).all()
        return queries.request(self.session, found[choice % len(found)]) if found else None

    @property
    def visit_ids(self) -> list[int]:
        return [visit.id for visit in self.visits]

    def meetings(self) -> list[Meeting]:
        query = sa.select(Meeting).where(Meeting.visit_id.in_(self.visit_ids), Meeting.state.in_(OCCUPYING))
        return list(self.session.scalars(query.order_by(Meeting.id).execution_options(populate_existing=True)))

    def draft(self) -> AgendaRun | None:
        return queries.draft_of(self.session, self.fair.id)

    def entries(self) -> list[AgendaEntry]:
        run = self.draft()
        return list(queries.all_entries(self.session, run)) if run else []

    def contact_of(self, exhibitor_id: int) -> User:
        return self.contacts[[each.id for each in self.exhibitors].index(exhibitor_id)]

    def person(self, side: Side, exhibitor: int, buyer: int) -> User:
        return self.buyers[buyer] if side is Side.BUYER else self.contacts[exhibitor]

    def person_of(self, request: MeetingRequest, side: Side) -> User:
        return request.visit.visitor if side is Side.BUYER else self.contact_of(request.exhibitor_id)


@pytest.mark.parametrize(
    ("examples", "steps"), [(6, 12), pytest.param(200, 50, marks=pytest.mark.slow)], ids=["short", "long"]
)
def test_agenda_keeps_its_promises(app: Flask, session: Session, examples: int, steps: int) -> None:
    fair = factories.fair()
    contacts = [factories.owner(Kind.FIRM) for _ in range(EXHIBITORS)]
    people = {
        "session": session,
        "fair": fair,
        "officer": factories.officer(fair.agency),
        "exhibitors": [exhibitor_at(fair, contact) for contact in contacts],
        "contacts": contacts,
        "buyers": [factories.owner(Kind.BUYER) for _ in range(BUYERS)],
    }
    factories.meeting_rules(
        fair,
        scheduling=Scheduling.ORGANISER,
        tables=TABLES,
        buyer_maximum=MAXIMUM[Side.BUYER],
        exhibitor_maximum=MAXIMUM[Side.FIRM],
    )
    fair.ends_on = fair.starts_on + timedelta(days=30)
    session.commit()
    walk = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    run_state_machine_as_test(type("ForumHere", (Forum,), people), settings=walk)
