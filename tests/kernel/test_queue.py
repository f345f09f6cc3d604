"""Deferring in the caller's transaction, and the worker's end of the queue."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.kernel import queue
from fairlink.kernel.database import make_engine, make_sessions, unit_of_work
from fairlink.kernel.queue import defer
from tests.jobs import clock_at, deferred

ROOT = Path(__file__).resolve().parents[2]


def jobs(session: Session, *columns: str) -> list[Any]:
    query = sa.text(f"SELECT {', '.join(columns)} FROM procrastinate_jobs ORDER BY id")
    return [tuple(row) for row in session.execute(query)]


def test_a_job_exists_only_if_its_transaction_commits(engine: sa.Engine, session: Session) -> None:
    with make_sessions(engine)() as other:
        defer(other, "thing.do", thing_id=7)
        assert deferred(other, "thing.do") == [{"thing_id": 7}]
        assert deferred(session, "thing.do") == []
        other.rollback()
    assert deferred(session, "thing.do") == []


def test_deferring_keeps_arguments_lock_and_priority(session: Session) -> None:
    assert defer(session, "thing.do", lock="things", priority=5, thing_id=7, words=["a", "ñ"])
    assert jobs(session, "task_name", "lock", "priority", "args", "scheduled_at") == [
        ("thing.do", "things", 5, {"thing_id": 7, "words": ["a", "ñ"]}, None)
    ]


def test_a_queueing_lock_defers_once_and_spares_the_transaction(session: Session) -> None:
    assert defer(session, "tick", queueing_lock="tick") is True
    assert defer(session, "tick", queueing_lock="tick") is False
    assert defer(session, "tick", queueing_lock="tock") is True
    assert jobs(session, "queueing_lock") == [("tick",), ("tock",)]


def test_a_later_job_waits_by_the_platforms_clock(session: Session) -> None:
    moved = datetime(2030, 6, 1, 12, 0, tzinfo=UTC)
    with clock_at(moved):
        defer(session, "thing.do", schedule_at=moved + timedelta(hours=1))
        defer(session, "thing.do", schedule_at=moved - timedelta(hours=1))
    waits = session.scalars(
        sa.text("SELECT extract(epoch FROM scheduled_at - clock_timestamp()) FROM procrastinate_jobs ORDER BY id")
    ).all()
    assert [round(float(wait) / 60) for wait in waits] == [60, 0]


@pytest.fixture
def database(migrated_url: Callable[[str], str]) -> str:
    """A database of its own: real workers commit."""
    return migrated_url("queue")


async def work_off(url: str, functions: dict[str, Callable[..., None]]) -> None:
    app = queue.make_app(url, functions)
    async with app.open_async():
        await app.run_worker_async(wait=False, install_signal_handlers=False, delete_jobs="successful")


def test_a_worker_runs_what_was_committed_and_takes_up_what_a_dead_one_left(database: str) -> None:
    engine = make_engine(database)
    sessions = make_sessions(engine)
    with sessions() as session, unit_of_work(session):
        for number in range(3):
            defer(session, "note", number=number)
        defer(session, "note", queueing_lock="last", number=3)
        # A worker that took the first and the last job, and died; meanwhile somebody deferred the last one again.
        worker_id = session.scalar(
            sa.text(
                "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 minute') RETURNING id"
            )
        )
        session.execute(
            sa.text(
                "UPDATE procrastinate_jobs SET status = 'doing', worker_id = :id WHERE args->>'number' IN ('0','3')"
            ),
            {"id": worker_id},
        )
        defer(session, "note", queueing_lock="last", number=3)
    noted: list[int] = []

    asyncio.run(work_off(database, {"note": lambda number: noted.append(number)}))
    assert noted == [1, 2, 3]
    with sessions() as session, unit_of_work(session):
        defer(session, "note", queueing_lock="last", number=3)
        assert queue.take_up_stalled(session) == 2
        assert queue.take_up_stalled(session) == 0
    asyncio.run(work_off(database, {"note": lambda number: noted.append(number)}))
    assert noted == [1, 2, 3, 0, 3]
    with sessions() as session:
        assert jobs(session, "args") == []
    engine.dispose()


def test_finished_jobs_are_forgotten_after_their_time(session: Session) -> None:
    for number in range(3):
        defer(session, "note", number=number)
    session.execute(sa.text("UPDATE procrastinate_jobs SET status = 'failed' WHERE args->>'number' <> '0'"))
    session.execute(
        sa.text(
            "UPDATE procrastinate_events SET at = now() - interval '31 days' FROM procrastinate_jobs AS job "
            "WHERE job.id = job_id AND job.args->>'number' IN ('0', '1')"
        )
    )
    queue.remove_finished(session, timedelta(days=30))
    assert jobs(session, "args") == [({"number": 0},), ({"number": 2},)]


def test_the_schema_is_that_of_the_installed_release() -> None:
    """A newer Procrastinate brings migrations: add them as a migration, then name the new file here."""
    ours = (ROOT / "migrations" / "data" / "procrastinate_3_10.sql").read_text()
    theirs = (resources.files("procrastinate.sql") / "schema.sql").read_text()
    assert ours.endswith(theirs)
