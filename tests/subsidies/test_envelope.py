"""The envelope: however many draw on it at once, it is never overdrawn and loses no entry."""

import threading
from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from fairlink.kernel.database import make_sessions, unit_of_work
from fairlink.kernel.errors import Conflict
from fairlink.kernel.money import Money
from fairlink.subsidies import queries, service
from fairlink.subsidies.models import Call, EnvelopeEntry
from fairlink.subsidies.states import EntryKind
from tests import factories


@pytest.fixture
def call(session: Session) -> Call:
    return factories.call(envelope_minor=10_000)


def entries(session: Session, call: Call) -> list[tuple[EntryKind, int]]:
    query = sa.select(EnvelopeEntry).where(EnvelopeEntry.call_id == call.id).order_by(EnvelopeEntry.id)
    return [(entry.kind, entry.amount_minor) for entry in session.scalars(query)]


def test_commitment_is_drawn_and_entered(session: Session, call: Call, now: datetime) -> None:
    officer = factories.officer()
    entry = service.commit_money(session, call, 4_000, by=officer, now=now)
    assert (entry.kind, entry.amount_minor, entry.at, entry.actor_id) == (EntryKind.COMMITTED, 4_000, now, officer.id)
    assert call.available == Money(6_000, "EUR")


def test_commitment_may_use_the_envelope_up(session: Session, call: Call, now: datetime) -> None:
    service.commit_money(session, call, 10_000, by=None, now=now)
    assert call.available == Money(0, "EUR")


def test_commitment_above_what_is_left_is_refused_and_says_what_is_left(
    session: Session, call: Call, now: datetime
) -> None:
    service.commit_money(session, call, 4_000, by=None, now=now)
    with pytest.raises(Conflict) as refusal:
        service.commit_money(session, call, 6_001, by=None, now=now)
    assert (refusal.value.code, refusal.value.params) == ("envelope_exhausted", {"left": Money(6_000, "EUR")})
    assert entries(session, call) == [(EntryKind.COMMITTED, 4_000)]


def test_release_gives_back_no_more_than_was_committed_and_not_paid(
    session: Session, call: Call, now: datetime
) -> None:
    service.commit_money(session, call, 4_000, by=None, now=now)
    call.disbursed_minor = 1_500
    with pytest.raises(Conflict) as refusal:
        service.release_money(session, call, 2_501, by=None, now=now)
    assert refusal.value.code == "envelope_not_committed"
    service.release_money(session, call, 2_500, by=None, now=now)
    assert call.committed_minor == 1_500
    assert entries(session, call) == [(EntryKind.COMMITTED, 4_000), (EntryKind.RELEASED, 2_500)]


@pytest.mark.parametrize("amount_minor", [0, -1])
def test_amounts_are_positive(session: Session, call: Call, now: datetime, amount_minor: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        service.commit_money(session, call, amount_minor, by=None, now=now)
    with pytest.raises(ValueError, match="positive"):
        service.release_money(session, call, amount_minor, by=None, now=now)


#: How each movement changes what is committed and what is disbursed.
MOVES: dict[EntryKind, tuple[Callable[..., EnvelopeEntry], int, int]] = {
    EntryKind.COMMITTED: (service.commit_money, 1, 0),
    EntryKind.RELEASED: (service.release_money, -1, 0),
    EntryKind.DISBURSED: (service.disburse_money, 0, 1),
    EntryKind.RECOVERED: (service.recover_money, 0, -1),
}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.sampled_from([*MOVES]), st.integers(1, 6_000)), max_size=12))
def test_entries_always_add_up_to_what_is_committed_and_disbursed(
    session: Session, now: datetime, steps: list[tuple[EntryKind, int]]
) -> None:
    call = factories.call(envelope_minor=10_000)
    committed = disbursed = 0
    for kind, amount_minor in steps:
        move, commits, disburses = MOVES[kind]
        wanted = committed + commits * amount_minor, disbursed + disburses * amount_minor
        if 0 <= wanted[1] <= wanted[0] <= 10_000:
            move(session, call, amount_minor, by=None, now=now)
            committed, disbursed = wanted
        else:
            with pytest.raises(Conflict):
                move(session, call, amount_minor, by=None, now=now)
        assert (call.committed_minor, call.disbursed_minor) == (committed, disbursed)
    made = entries(session, call)
    assert sum(MOVES[kind][1] * amount for kind, amount in made) == committed
    assert sum(MOVES[kind][2] * amount for kind, amount in made) == disbursed


def test_of_200_simultaneous_approvals_of_333_on_10000_exactly_30_get_through(
    own_database: sa.Engine, now: datetime
) -> None:
    sessions = make_sessions(own_database)
    with sessions() as session:
        factories.use(session)
        call_id = factories.call(envelope_minor=10_000).id
        session.commit()
    codes: list[str] = []
    start = threading.Barrier(10)

    def approve() -> None:
        start.wait()
        for _ in range(20):
            try:
                with sessions() as session, unit_of_work(session):
                    call = queries.call(session, call_id)
                    assert call is not None
                    service.commit_money(session, call, 333, by=None, now=now)
                codes.append("approved")
            except Conflict as refusal:
                codes.append(refusal.code)

    threads = [threading.Thread(target=approve) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == ["approved"] * 30 + ["envelope_exhausted"] * 170
    with sessions() as session:
        found = session.get(Call, call_id)
        assert found is not None
        assert found.committed_minor == 9_990
        assert len(entries(session, found)) == 30
