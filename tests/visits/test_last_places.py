"""What many do at once, each in a transaction of their own: contacts sent twice, last places, one diary."""

import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from fairlink.accounts.models import Organisation, User
from fairlink.applications.models import Exhibitor
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import DomainError
from fairlink.visits import queries, service
from fairlink.visits.models import Contact, Meeting, Visit, WorkshopVisit
from fairlink.visits.rules.contacts import Noted
from fairlink.visits.states import Interest
from tests import factories

NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)
MANY = 8

#: Making the app sets the address and the sender of mails.
pytestmark = pytest.mark.usefixtures("app")

Act = Callable[[Session], object]


def at_once(sessions: sessionmaker[Session], acts: list[Act]) -> Counter[str]:
    """Do all at the same moment and count what became of them."""
    barrier = Barrier(len(acts))

    def run(act: Act) -> str:
        try:
            with sessions() as own, unit_of_work(own) as session:
                barrier.wait()
                act(session)
        except DomainError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return Counter(pool.map(run, acts))


def booking(visit_id: int, workshop_id: int, number: int) -> Act:
    """Books a session of a workshop for one."""

    def act(session: Session) -> None:
        visit, workshop = queries.visit(session, visit_id), queries.workshop(session, workshop_id)
        assert visit is not None
        assert workshop is not None
        slot_id = int(workshop.schedule.slots()[number].starts_at.timestamp())
        service.book_workshop(session, visit, workshop, slot_id=slot_id, people=1, note="", by=visit.visitor, now=NOW)

    return act


def test_last_places_of_a_session_are_given_once(real_sessions: sessionmaker[Session]) -> None:
    with real_sessions() as session:
        factories.use(session)
        workshop = factories.workshop(capacity=3)
        visits = [factories.visit(workshop.fair).id for _ in range(MANY)]
        session.commit()
    acts = [booking(visit_id, workshop.id, 0) for visit_id in visits]
    assert at_once(real_sessions, acts) == {"done": 3, "workshop_full": MANY - 3}
    with real_sessions() as session:
        query = sa.select(sa.func.sum(WorkshopVisit.people)).where(WorkshopVisit.workshop_id == workshop.id)
        assert session.scalar(query) == 3


def test_one_buyer_cannot_be_in_two_workshops_or_a_meeting_at_once(real_sessions: sessionmaker[Session]) -> None:
    with real_sessions() as session:
        factories.use(session)
        exhibitor = factories.exhibitor()
        workshops = [factories.workshop(exhibitor).id for _ in range(3)]
        visit = factories.visit(exhibitor.fair)
        slot = factories.time_slot(exhibitor.fair, exhibitor.fair.starts_at)
        session.commit()

    def meeting(session: Session) -> None:
        own, other = session.get_one(Visit, visit.id), session.get_one(Exhibitor, exhibitor.id)
        service.request_meeting(session, own, other, slot_id=slot.id, note="", by=own.visitor, now=NOW)

    # The fair opens at ten, when the second session of each workshop begins.
    done = at_once(real_sessions, [*(booking(visit.id, each, 1) for each in workshops), meeting])
    assert done["done"] == 1
    assert sum(done.values()) == 4
    assert set(done) <= {"done", "workshop_too_far", "workshop_in_the_way"}
    with real_sessions() as session:
        taken = [
            session.scalars(sa.select(each).where(each.visit_id == visit.id)).all() for each in (Meeting, WorkshopVisit)
        ]
        assert sum(map(len, taken)) == 1


def test_contact_sent_many_times_at_once_is_once_kept(real_sessions: sessionmaker[Session]) -> None:
    with real_sessions() as session:
        factories.use(session)
        exhibitor = factories.exhibitor()
        by = factories.user(exhibitor.application.lead_firm)
        session.commit()
    noted = Noted(key=uuid.uuid4(), captured_at=NOW, interest=Interest.HIGH, organisation="Once Only", country="SE")

    def send(session: Session) -> None:
        service.capture(
            session, session.get_one(Exhibitor, exhibitor.id), noted, by=session.get_one(User, by.id), now=NOW
        )

    assert at_once(real_sessions, [send] * MANY) == {"done": MANY}
    with real_sessions() as session:
        assert session.scalar(sa.select(sa.func.count()).where(Contact.exhibitor_id == exhibitor.id)) == 1
        assert session.scalar(sa.select(sa.func.count()).where(Organisation.name == "Once Only")) == 1
