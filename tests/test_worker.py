"""The worker process: its tables agree, it works, survives the loss of its connections, and stops when asked."""

import asyncio
import gc
import inspect
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from procrastinate.exceptions import ConnectorException
from sqlalchemy.orm import Session, sessionmaker
from structlog.testing import capture_logs

import config
from fairlink import worker
from fairlink.kernel import clock
from fairlink.kernel.database import make_engine, make_sessions, unit_of_work
from fairlink.kernel.queue import defer
from fairlink.kernel.tables import RateLimit, WorkerHeartbeat

#: Waiting for what a worker does within a second or two, on a machine with other work.
PATIENCE = 30.0


def test_every_job_of_the_timetable_is_registered() -> None:
    assert [job.task for job in worker.JOBS if job.task not in worker.TASKS] == []
    assert len({job.task for job in worker.JOBS}) == len(worker.JOBS)


@pytest.mark.parametrize("name", worker.TASKS)
def test_every_handler_takes_a_session_and_now(name: str) -> None:
    first, *rest = inspect.signature(worker.TASKS[name]).parameters.values()
    assert first.name == "session"
    assert "now" in {parameter.name for parameter in rest if parameter.kind == parameter.KEYWORD_ONLY}


def test_tidying_removes_what_is_past(session: Session) -> None:
    there = sa.func.clock_timestamp()
    for age in (timedelta(hours=-1), timedelta(days=2)):
        session.add(RateLimit(key=str(age), hits=1, expires_at=there - age))
        session.add(WorkerHeartbeat(worker_id=str(age), started_at=there - age, beat_at=there - age))
    session.flush()
    worker._tidy(session, now=clock.utcnow())
    assert session.scalars(sa.select(RateLimit.key)).all() == [str(timedelta(hours=-1))]
    assert session.scalars(sa.select(WorkerHeartbeat.worker_id)).all() == [str(timedelta(hours=-1))]


def test_a_job_whose_end_cannot_be_noted_is_a_line_in_the_log() -> None:
    async def fail(error: Exception) -> None:
        raise error

    async def work() -> None:
        asyncio.get_running_loop().set_exception_handler(worker._note_failure)
        for error in (ConnectorException("Job was not found"), ValueError("odd")):
            task = asyncio.create_task(fail(error))
            await asyncio.wait({task})
            del task
            gc.collect()

    with capture_logs() as lines:
        asyncio.run(work())
    assert [line["event"] for line in lines] == ["job_end_not_noted", "background_failed"]


class Process:
    """A worker process on a database of its own."""

    def __init__(self, url: str, var: Path) -> None:
        self.engine = make_engine(url)
        self.sessions: sessionmaker[Session] = make_sessions(self.engine)
        environment = os.environ | {"FAIRLINK_ENV": "test", "DATABASE_URL": url, "FAIRLINK_VAR": str(var)}
        command = [sys.executable, "-m", "fairlink.worker"]
        self.process = subprocess.Popen(command, cwd=config.ROOT, env=environment)

    def count(self, table: str) -> int:
        with self.engine.connect() as connection:
            return int(connection.scalar(sa.text(f"SELECT count(*) FROM {table}")) or 0)

    def wait_until(self, condition: Callable[[], bool]) -> None:
        limit = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < limit, "the worker did not get there"
            time.sleep(0.05)

    def tidy_up(self) -> None:
        """Make a row that only a job can remove, and defer that job."""
        with self.sessions() as session, unit_of_work(session):
            there = sa.func.clock_timestamp()
            session.add(RateLimit(key="past", hits=1, expires_at=there - timedelta(hours=1)))
            defer(session, "house.tidy")


@pytest.fixture
def running(migrated_url: Callable[[str], str], tmp_path: Path) -> Iterator[Process]:
    running = Process(migrated_url("worker"), tmp_path)
    yield running
    running.process.kill()
    running.process.wait()
    running.engine.dispose()


@pytest.mark.journey
@pytest.mark.network
def test_whatever_a_dead_worker_had_in_hand_goes_on(running: Process) -> None:
    """Each job of the timetable, held for ever by somebody who is gone, with its next one waiting behind it."""
    running.wait_until(lambda: running.count("worker_heartbeat") == 1)
    running.wait_until(lambda: running.count("procrastinate_jobs") == 0)
    with running.sessions() as session, unit_of_work(session):
        for task in {job.task for job in worker.JOBS}:
            for queueing_lock in (None, task):
                defer(session, task, lock=task, queueing_lock=queueing_lock)
        held = sa.text("UPDATE procrastinate_jobs SET status = 'doing' WHERE queueing_lock IS NULL")
        session.execute(held)
    running.wait_until(lambda: running.count("procrastinate_jobs") == 0)
    assert running.process.poll() is None


@pytest.mark.journey
@pytest.mark.network
def test_a_worker_works_through_a_loss_of_its_connections_and_stops_when_asked(running: Process) -> None:
    running.wait_until(lambda: running.count("worker_heartbeat") == 1)
    running.tidy_up()
    running.wait_until(lambda: running.count("rate_limit") == 0)
    # A job in hand would stay open until the others take it up; that is another test's.
    running.wait_until(lambda: running.count("procrastinate_jobs") == 0)
    with running.engine.connect() as connection:
        others = "pid <> pg_backend_pid() AND datname = current_database()"
        connection.execute(sa.text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))
    running.tidy_up()
    running.wait_until(lambda: running.count("rate_limit") == 0)
    assert running.process.poll() is None
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(PATIENCE) == 0
    # Nobody has to find out later that it is gone.
    assert running.count("worker_heartbeat") == 0
    assert running.count("procrastinate_jobs WHERE status = 'doing'") == 0
