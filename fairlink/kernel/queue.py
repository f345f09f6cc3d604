"""Deferring jobs inside the caller's transaction, and the Procrastinate app that works them off."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import procrastinate
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fairlink.kernel.clock import utcnow

#: What does the work of one kind of job: ``handler(session, now=..., **args)``, called inside a unit of work. It may be
#: run twice (a worker that dies after its commit leaves the job open), so it looks at the state of its row first.
Handler = Callable[..., object]

#: The queue of every job that does not name another one.
DEFAULT = "default"
_QUEUEING_LOCK_INDEX = "procrastinate_jobs_queueing_lock_idx_v1"

# The function that Procrastinate's own client calls; its name carries its version. The delay is counted from the
# database's clock, by which workers fetch, so that a moved development clock does not matter.
_DEFER = sa.text(
    """
    SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(
      CAST(:queue AS varchar), CAST(:job AS varchar), CAST(:priority AS integer), CAST(:lock AS text),
      CAST(:queueing_lock AS text), CAST(:args AS jsonb), clock_timestamp() + make_interval(secs => :delay)
    )]::procrastinate_job_to_defer_v1[])
    """
)


_STALLED = sa.text(
    """
    SELECT job.id FROM procrastinate_jobs AS job LEFT JOIN procrastinate_workers AS worker ON worker.id = job.worker_id
    WHERE job.status = 'doing'
      AND (worker.id IS NULL OR worker.last_heartbeat < clock_timestamp() - make_interval(secs => :seconds))
    ORDER BY job.id FOR UPDATE OF job SKIP LOCKED
    """
)
_RETRY = sa.text("SELECT procrastinate_retry_job_v2(:job, clock_timestamp(), NULL, NULL, NULL)")
_FAIL = sa.text("SELECT procrastinate_finish_job_v1(:job, 'failed', true)")
_PENDING = sa.text(
    "SELECT EXISTS (SELECT FROM procrastinate_jobs "
    "WHERE task_name = :job AND status IN ('todo', 'doing') AND args @> CAST(:args AS jsonb))"
)
_REMOVE = sa.text(
    """
    DELETE FROM procrastinate_jobs AS job
    WHERE status NOT IN ('todo', 'doing') AND NOT EXISTS (
      SELECT FROM procrastinate_events AS event
      WHERE event.job_id = job.id AND event.at > clock_timestamp() - make_interval(secs => :seconds))
    """
)

#: How often a worker says that it lives, and after what silence its jobs go to the others.
HEARTBEAT_EVERY = timedelta(seconds=5)
STALLED_AFTER = timedelta(seconds=20)


def defer(
    session: Session,
    job: str,
    *,
    lock: str | None = None,
    queueing_lock: str | None = None,
    schedule_at: datetime | None = None,
    priority: int = 0,
    queue: str = DEFAULT,
    **args: Any,
) -> bool:
    """Let a worker run `job` with `args` (plain JSON) once the transaction of `session` has committed.

    Jobs of one `lock` run one after another. With `queueing_lock` nothing is deferred while another job with it still
    waits; then the result is False. `schedule_at` is by the platform's clock. Within one `queue` a higher `priority`
    goes first.
    """
    delay = max(0.0, (schedule_at - utcnow()).total_seconds()) if schedule_at else None
    values = {
        "queue": queue,
        "job": job,
        "priority": priority,
        "lock": lock,
        "queueing_lock": queueing_lock,
        "args": json.dumps(args),
        "delay": delay,
    }
    if queueing_lock is None:
        session.execute(_DEFER, values)
        return True
    try:
        # The index refuses a second waiting job; a savepoint keeps that from spoiling the caller's transaction.
        with session.begin_nested():
            session.execute(_DEFER, values)
    except IntegrityError as error:
        if getattr(getattr(error.orig, "diag", None), "constraint_name", None) != _QUEUEING_LOCK_INDEX:
            raise
        return False
    return True


def make_app(url: str, functions: Mapping[str, Callable[..., None]], *, connections: int = 4) -> procrastinate.App:
    """The Procrastinate app of a worker on the database `url`: every name in `functions` with what to call.

    The functions are called in a thread, with the job's arguments as keywords. A job that fails is tried eight times,
    with pauses that grow from 32 seconds to some five minutes.
    """
    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=dsn, max_size=connections))
    retry = procrastinate.RetryStrategy(max_attempts=8, wait=30, exponential_wait=2)
    for name, function in functions.items():
        app.task(name=name, retry=retry)(function)
    return app


def take_up_stalled(session: Session) -> int:
    """Give the jobs of workers that are dead or stand still to the others; returns how many."""
    count = 0
    for job_id in session.scalars(_STALLED, {"seconds": STALLED_AFTER.total_seconds()}).all():
        try:
            with session.begin_nested():
                session.execute(_RETRY, {"job": job_id})
        except IntegrityError:
            # One like it waits already under the same queueing lock and will do the work.
            session.execute(_FAIL, {"job": job_id})
        count += 1
    return count


def is_pending(session: Session, job: str, **args: Any) -> bool:
    """Whether such a job waits or is being done, the next try after a failure included."""
    return bool(session.scalar(_PENDING, {"job": job, "args": json.dumps(args)}))


def remove_finished(session: Session, older_than: timedelta) -> None:
    """Forget jobs that ended (those that succeeded are forgotten at once, so: failed) longer ago than that."""
    session.execute(_REMOVE, {"seconds": older_than.total_seconds()})
