"""Running deferred jobs inside a test's own transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink import worker
from fairlink.kernel import clock

_NEXT = sa.text(
    """
    SELECT id, task_name, args FROM procrastinate_jobs
    WHERE status = 'todo' AND NOT task_name = ANY(:without)
      AND (scheduled_at IS NULL OR scheduled_at <= CASE WHEN id <= :earlier THEN :now ELSE clock_timestamp() END)
    ORDER BY priority DESC, id LIMIT 1
    """
)


@contextmanager
def clock_at(now: datetime) -> Iterator[None]:
    """Let the platform's clock show `now` (it goes on from there)."""
    clock.set_offset(now - datetime.now(UTC))
    try:
        yield
    finally:
        clock.set_offset(timedelta(0))


def run_due_jobs(session: Session, *, now: datetime, without: tuple[str, ...] = ("mail.deliver",)) -> list[str]:
    """Run the jobs that `session` has deferred and that are due, and those that these defer; returns their names.

    The platform's clock shows `now` meanwhile. Mails stay posted unless `without` is empty: sending needs SMTP. A job
    that was deferred for later is due when `now` has come to its ``schedule_at``.
    """
    done = []
    with clock_at(now):
        # The queue keeps delays by the real clock: those of jobs that these jobs defer count from the moved one.
        earlier = session.scalar(sa.text("SELECT coalesce(max(id), 0) FROM procrastinate_jobs"))
        # A second more: a delay is counted when the row is written, a moment after the caller looked at the clock.
        values = {"without": list(without), "earlier": earlier, "now": now + timedelta(seconds=1)}
        while job := session.execute(_NEXT, values).first():
            session.execute(sa.text("DELETE FROM procrastinate_jobs WHERE id = :id"), {"id": job.id})
            worker.TASKS[job.task_name](session, now=clock.utcnow(), **job.args)
            session.flush()
            done.append(job.task_name)
    return done


def deferred(session: Session, name: str) -> list[dict[str, Any]]:
    """The arguments of the jobs `name` that wait, oldest first."""
    query = sa.text("SELECT args FROM procrastinate_jobs WHERE status = 'todo' AND task_name = :name ORDER BY id")
    return list(session.scalars(query, {"name": name}))
