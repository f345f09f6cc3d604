"""Two confirmations of overlapping requests at the same moment, each in a transaction of its own."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from fairlink.accounts.models import User
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import DomainError
from fairlink.policy import Kind
from fairlink.visits import queries, service
from fairlink.visits.models import Meeting
from fairlink.visits.states import OCCUPYING, Side
from tests import factories
from tests.visits.conftest import exhibitor_at, slots_of

BUYERS = 4


def test_of_two_confirmations_of_overlapping_requests_one_stands_and_the_other_sees_what_is_free(
    real_sessions: sessionmaker[Session],
) -> None:
    with real_sessions() as session:
        factories.use(session)
        fair = factories.fair(starts_on=date(2099, 3, 9), ends_on=date(2099, 3, 11))
        exhibitor, slots = exhibitor_at(fair), slots_of(fair, 3)
        visits = [factories.visit(fair, factories.owner(Kind.BUYER)) for _ in range(BUYERS)]
        requests = [factories.meeting_request(visit, exhibitor, from_side=Side.FIRM) for visit in visits]
        session.commit()
        wanted, now = slots[0].id, fair.starts_at - timedelta(days=9)
        ids = [(request.id, request.visit.visitor_id) for request in requests]
    barrier = Barrier(BUYERS)

    def accept(ids: tuple[int, int]) -> tuple[str, int]:
        """What became of it, and how many times the loser is offered."""
        with real_sessions() as session:
            request, by = queries.request(session, ids[0]), session.get(User, ids[1])
            assert request is not None
            assert by is not None
            barrier.wait()
            try:
                with unit_of_work(session):
                    service.accept_request(session, request, slot_id=wanted, by=by, now=now)
            except DomainError as error:
                known = queries.request(session, ids[0])
                assert known is not None
                return error.code, len(queries.free_slots(session, known.exhibitor, known.visit, now=now))
            return "stands", 0

    with ThreadPoolExecutor(BUYERS) as pool:
        outcomes = sorted(pool.map(accept, ids))
    assert outcomes == [("slot_taken", 2)] * (BUYERS - 1) + [("stands", 0)]
    with real_sessions() as session:
        kept = sa.select(sa.func.count()).select_from(Meeting).where(Meeting.state.in_(OCCUPYING))
        assert session.scalar(kept) == 1
