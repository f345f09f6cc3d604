"""What many do to awards at the same time, each in a transaction of their own."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from fairlink.accounts.models import User
from fairlink.applications import jobs, queries, service
from fairlink.applications.models import Application, Exhibitor, SelectionPlace, SelectionRun
from fairlink.applications.states import ApplicationState
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import DomainError
from fairlink.policy import Role
from fairlink.subsidies.models import AidEntry, Call
from fairlink.subsidies.rules.selection import Outcome
from fairlink.subsidies.rules.terms import Method
from tests import factories
from tests.applications.steps import CEILING, choosing, related

NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)
GROUPS = 8

#: Making the app sets the address and the sender of mails.
pytestmark = pytest.mark.usefixtures("app")


def awarded(sessions: sessionmaker[Session], stands: int, accept_by: datetime) -> tuple[int, list[int]]:
    """A call with awards to eight groups and a fair with so many stands: the ids of the call and the applications."""
    with sessions() as session:
        factories.use(session)
        call = factories.call()
        for _ in range(stands):
            factories.stand(call.fair)
        made = [factories.application(call, state=ApplicationState.AWARDED) for _ in range(GROUPS)]
        for application in made:
            factories.award(application, accept_by=accept_by)
        session.commit()
        return call.id, [application.id for application in made]


def at_once(acts: list[Callable[[], str]]) -> Counter[str]:
    """Do all at the same moment and count what became of them."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], str]) -> str:
        barrier.wait()
        try:
            return act()
        except DomainError as error:
            return error.code

    with ThreadPoolExecutor(len(acts)) as pool:
        return Counter(pool.map(run, acts))


def accepting(sessions: sessionmaker[Session], application_id: int) -> Callable[[], str]:
    """Accepts one award in its own transaction."""

    def act() -> str:
        with sessions() as own, unit_of_work(own) as session:
            application = queries.application(session, application_id)
            assert application is not None
            exhibitor = service.accept(session, application, by=application.contact, now=NOW)
            return "stand" if exhibitor.stand_id else "no stand"

    return act


def test_stands_are_given_once_when_all_accept_at_the_same_time(real_sessions: sessionmaker[Session]) -> None:
    _, ids = awarded(real_sessions, stands=5, accept_by=datetime(2099, 1, 1, tzinfo=UTC))
    found = at_once([accepting(real_sessions, each) for each in ids])
    assert found == {"stand": 5, "no stand": 3}
    with real_sessions() as session:
        given = session.scalars(sa.select(Exhibitor.stand_id).where(Exhibitor.stand_id.is_not(None))).all()
    assert len(set(given)) == 5


def test_clocks_and_people_never_wait_for_each_other(real_sessions: sessionmaker[Session]) -> None:
    call_id, ids = awarded(real_sessions, stands=0, accept_by=NOW)

    def declining(application_id: int) -> Callable[[], str]:
        def act() -> str:
            with real_sessions() as own, unit_of_work(own) as session:
                application = queries.application(session, application_id)
                assert application is not None
                service.decline(session, application, by=application.contact, now=NOW)
                return "declined"

        return act

    def lapsing() -> str:
        with real_sessions() as own, unit_of_work(own) as session:
            jobs.lapse_overdue(session, now=NOW)
        return "ran"

    found = at_once([*map(declining, ids[:6]), lapsing, lapsing])
    lapsing()
    assert found["ran"] == 2
    assert found["declined"] + found["transition_not_allowed"] == 6
    with real_sessions() as session:
        states = Counter(session.scalars(sa.select(Application.state)))
        assert session.get_one(Call, call_id).committed_minor == 0
    assert states[ApplicationState.DECLINED] == found["declined"]
    assert states[ApplicationState.LAPSED] == GROUPS - found["declined"]


def test_reserves_get_what_is_given_up_once_and_in_order(real_sessions: sessionmaker[Session]) -> None:
    call_id, ids = awarded(real_sessions, stands=0, accept_by=datetime(2099, 1, 1, tzinfo=UTC))
    with real_sessions() as session:
        factories.use(session)
        call = session.get_one(Call, call_id)
        call.envelope_minor = call.committed_minor
        run = SelectionRun(
            call_id=call_id,
            method=Method.FIRST_COME,
            made_at=NOW,
            made_by_id=factories.officer(call.fair.agency).id,
            envelope_minor=0,
        )
        factories.add(run)
        for rank in range(1, GROUPS + 1):
            waiting = factories.application(call, state=ApplicationState.ASSESSED)
            factories.add(
                SelectionPlace(
                    run_id=run.id,
                    application_id=waiting.id,
                    rank=rank,
                    outcome=Outcome.RESERVE,
                    reason="envelope_exhausted",
                    asked_minor=450_000,
                    awarded_minor=0,
                    received_at=NOW,
                )
            )
        session.commit()

    def withdrawing(application_id: int) -> Callable[[], str]:
        def act() -> str:
            with real_sessions() as own, unit_of_work(own) as session:
                application = queries.application(session, application_id)
                assert application is not None
                service.withdraw(session, application, by=application.contact, now=NOW)
                return "withdrawn"

        return act

    def offering() -> str:
        with real_sessions() as own, unit_of_work(own) as session:
            jobs.offer_reserves(session, now=NOW)
        return "ran"

    found = at_once([*map(withdrawing, ids[:5]), offering, offering, offering])
    offering()
    assert found == {"withdrawn": 5, "ran": 3}
    with real_sessions() as session:
        call = session.get_one(Call, call_id)
        assert call.committed_minor == call.envelope_minor
        ranks = sa.select(SelectionPlace.rank).where(SelectionPlace.outcome == Outcome.AWARDED)
        assert sorted(session.scalars(ranks)) == [1, 2, 3, 4, 5]


def test_linked_firms_in_two_selections_at_once_stay_under_their_ceiling(real_sessions: sessionmaker[Session]) -> None:
    with real_sessions() as session:
        factories.use(session)
        agency = factories.agency()
        calls = [choosing(200_000, [CEILING], agency=agency, method="first_come") for _ in range(3)]
        firms = [each.members[0].firm_id for each in related(session, *calls, cost=1200)]
        plan = [(call.id, factories.user(agency, Role.APPROVER).id) for call in calls]
        session.commit()

    def selecting(call_id: int, user_id: int) -> Callable[[], str]:
        def act() -> str:
            with real_sessions() as own, unit_of_work(own) as session:
                call = session.get_one(Call, call_id)
                service.select(session, call, by=session.get_one(User, user_id), now=NOW)
                return "chosen"

        return act

    assert at_once([selecting(*each) for each in plan]) == {"chosen": 3}
    with real_sessions() as session:
        granted = sa.select(sa.func.sum(AidEntry.amount_minor)).where(AidEntry.firm_id.in_(firms))
        assert session.scalar(granted) == CEILING["amount_minor"]
