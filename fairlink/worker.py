"""The worker process: APScheduler is its clock, Procrastinate runs the work; any number of workers may run at once."""

import asyncio
import contextlib
import os
import secrets
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from procrastinate import App
from procrastinate.exceptions import ConnectorException
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

import config
import fairlink.accounts.jobs
import fairlink.applications.jobs
import fairlink.files.jobs
import fairlink.followup.jobs
import fairlink.mail.jobs
import fairlink.mail.service
import fairlink.monitoring.jobs
import fairlink.monitoring.service
import fairlink.payments.jobs
import fairlink.visits.jobs
from fairlink.files import gateway as files
from fairlink.kernel import clock, logs, queue
from fairlink.kernel.database import make_engine, make_sessions, unit_of_work
from fairlink.kernel.queue import Handler, defer
from fairlink.kernel.tables import RateLimit, WorkerHeartbeat
from fairlink.mail import emails, gateway
from fairlink.payments import gateway as cards

log = structlog.get_logger()

#: Jobs of each queue that one worker does at the same time. Mails go one by one: a worker that is killed has at most
#: one of them in hand, so that at most one is repeated.
QUEUES = {queue.DEFAULT: 3, fairlink.mail.service.QUEUE: 1, fairlink.monitoring.service.QUEUE: 1}
CONCURRENCY = sum(QUEUES.values())
#: After a stop was asked for, running jobs get this long to end.
GRACE = timedelta(seconds=20)
#: Failed jobs are kept for somebody to look at.
KEEP_FAILED = timedelta(days=30)
_RECONNECT_PAUSE = 2.0


def _tidy(session: Session, *, now: datetime) -> None:
    """Rows of the house itself that nobody needs any more; these are counted by the database's clock."""
    there = sa.func.clock_timestamp()
    session.execute(sa.delete(RateLimit).where(RateLimit.expires_at < there))
    session.execute(sa.delete(WorkerHeartbeat).where(WorkerHeartbeat.beat_at < there - timedelta(days=1)))
    queue.remove_finished(session, KEEP_FAILED)


#: What does each kind of job. The only place where packages' jobs are registered.
TASKS: dict[str, Handler] = {
    "house.tidy": _tidy,
    "mail.deliver": fairlink.mail.jobs.deliver,
    "mail.sweep": fairlink.mail.jobs.sweep,
    "mail.read_reports": fairlink.mail.jobs.read_reports,
    "mail.empty_old": fairlink.mail.jobs.empty_old,
    "files.clear": fairlink.files.jobs.clear,
    "accounts.answer_reset": fairlink.accounts.jobs.answer_reset,
    "applications.offer_reserves": fairlink.applications.jobs.offer_reserves,
    "applications.lapse_overdue": fairlink.applications.jobs.lapse_overdue,
    "applications.close_unclaimed": fairlink.applications.jobs.close_unclaimed,
    "visits.tick": fairlink.visits.jobs.tick,
    "visits.close_hosting": fairlink.visits.jobs.close_hosting,
    "visits.solve_agenda": fairlink.visits.jobs.solve_agenda,
    "visits.tell_agenda": fairlink.visits.jobs.tell_agenda,
    "payments.tick": fairlink.payments.jobs.tick,
    "payments.remind": fairlink.payments.jobs.remind,
    "payments.ask_again": fairlink.payments.jobs.ask_again,
    "payments.ask": fairlink.payments.jobs.ask,
    "payments.capture_deposit": fairlink.payments.jobs.capture_deposit,
    "payments.send_refund": fairlink.payments.jobs.send_refund,
    "followup.tick": fairlink.followup.jobs.tick,
    "followup.ask": fairlink.followup.jobs.ask,
    "followup.convert": fairlink.followup.jobs.convert,
    "monitoring.tick": fairlink.monitoring.jobs.tick,
    "monitoring.refresh_fair": fairlink.monitoring.jobs.refresh_fair,
    "monitoring.estimate": fairlink.monitoring.jobs.estimate,
    "monitoring.evaluate": fairlink.monitoring.jobs.evaluate,
    "followup.release_retained": fairlink.followup.jobs.release_retained,
}


@dataclass(frozen=True, slots=True)
class Job:
    """One row of the timetable: when to defer which task."""

    name: str
    trigger: BaseTrigger
    task: str


#: The timetable, in UTC. Every tick only defers the task, and only if none like it waits: workers may tick all at once.
#: Tasks find their work by 'due since', so nothing is lost when nobody ticked for a while.
JOBS: tuple[Job, ...] = (
    Job("sweep abandoned mails", IntervalTrigger(seconds=15), "mail.sweep"),
    Job("end awards that were not accepted in time", IntervalTrigger(minutes=1), "applications.lapse_overdue"),
    Job("offer what was given back to reserves", IntervalTrigger(minutes=1), "applications.offer_reserves"),
    Job("remind of claims, release what is not claimed", IntervalTrigger(minutes=30), "applications.close_unclaimed"),
    Job("pay what was kept back until the reports came", IntervalTrigger(minutes=30), "followup.release_retained"),
    Job("cancel meetings without ground", IntervalTrigger(minutes=1), "visits.tick"),
    Job("remind of travel support, end what is not claimed", IntervalTrigger(minutes=30), "visits.close_hosting"),
    Job("charge, cancel and give back", IntervalTrigger(minutes=1), "payments.tick"),
    Job("remind of payments", IntervalTrigger(minutes=30), "payments.remind"),
    Job("ask again about cards", IntervalTrigger(minutes=5), "payments.ask_again"),
    Job("follow up", IntervalTrigger(seconds=30), "followup.tick"),
    Job("convert what had no exchange rate", IntervalTrigger(hours=1), "followup.convert"),
    Job("work out results", IntervalTrigger(minutes=2), "monitoring.tick"),
    Job("remove what is no longer needed", CronTrigger(hour=3, minute=10, timezone=UTC), "house.tidy"),
    Job("delete files that belong to nothing", CronTrigger(hour=3, minute=20, timezone=UTC), "files.clear"),
    Job("read bounces", IntervalTrigger(minutes=15), "mail.read_reports"),
    Job("empty old mails", IntervalTrigger(hours=1), "mail.empty_old"),
)


def main(settings: config.Settings) -> None:
    """Run one worker on ``settings.database_url`` until SIGTERM or SIGINT; returns when its running jobs have ended."""
    if settings.database_url is None:
        raise config.SettingsError("DATABASE_URL is not set; 'fairlink worker' starts the embedded PostgreSQL")
    configure(settings)
    engine = make_engine(settings.database_url, pool_size=CONCURRENCY + 2)
    sessions = make_sessions(engine)
    heart = Heart(sessions)
    scheduler = _scheduler(sessions, heart)
    log.info("worker_started", worker=heart.worker_id)
    heart.beat()
    _take_up(sessions)
    for job in JOBS:
        # What became due while nobody ticked shall not wait for the first tick.
        _tick(sessions, job.task)
    scheduler.start()
    try:
        asyncio.run(_work(settings.database_url, sessions))
    finally:
        scheduler.shutdown()
        heart.stop()
        gateway.gateway().close()
        engine.dispose()
        log.info("worker_stopped", worker=heart.worker_id)


def configure(settings: config.Settings) -> None:
    """Set this process up for the work: clock, logs, mails, mail server."""
    clock.set_offset(settings.clock_offset)
    logs.configure(production=settings.production)
    emails.configure(base_url=settings.base_url, sender=settings.mail_from)
    cards.configure(
        settings.stripe_secret_key,
        settings.stripe_webhook_secrets,
        settings.stripe_api_base,
        is_shared=settings.stripe_shared,
        sealing_keys=settings.sealing_keys,
    )
    files.configure(folder=settings.uploads, clamd=settings.clamd)
    hello = urlsplit(settings.base_url).hostname or "localhost"
    gateway.configure(settings.smtp_url, hello, settings.mail_rate)
    gateway.configure_reports(settings.bounces_url, settings.mail_webhook_secret)


class Heart:
    """Says every few seconds, by the database's clock, that this worker lives."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions
        self.worker_id = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"

    def beat(self) -> None:
        """Write the heartbeat; a database that is away is not this worker's end."""
        now = sa.func.clock_timestamp()
        row = insert(WorkerHeartbeat).values(worker_id=self.worker_id, started_at=now, beat_at=now)
        with _tolerated("heartbeat"), self._sessions() as session, unit_of_work(session):
            session.execute(row.on_conflict_do_update(index_elements=["worker_id"], set_={"beat_at": now}))

    def stop(self) -> None:
        """Take the row away: a worker that left on purpose is not missing."""
        gone = sa.delete(WorkerHeartbeat).where(WorkerHeartbeat.worker_id == self.worker_id)
        with _tolerated("heartbeat"), self._sessions() as session, unit_of_work(session):
            session.execute(gone)


def _scheduler(sessions: sessionmaker[Session], heart: Heart) -> BackgroundScheduler:
    # A tick that comes late is still made, several missed ones as one.
    defaults = {"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
    scheduler = BackgroundScheduler(timezone=UTC, job_defaults=defaults)
    scheduler.add_job(heart.beat, IntervalTrigger(seconds=queue.HEARTBEAT_EVERY.seconds), name="heartbeat")
    scheduler.add_job(partial(_take_up, sessions), IntervalTrigger(seconds=10), name="take up the jobs of dead workers")
    for job in JOBS:
        scheduler.add_job(partial(_tick, sessions, job.task), job.trigger, name=job.name)
    return scheduler


def _take_up(sessions: sessionmaker[Session]) -> None:
    """Done by every worker itself: as a job it could be what a dead worker holds, and then all would stand still."""
    with _tolerated("take up"), sessions() as session, unit_of_work(session):
        if count := queue.take_up_stalled(session):
            log.warning("jobs_taken_up", count=count)


def _tick(sessions: sessionmaker[Session], task: str) -> None:
    with _tolerated("tick"), sessions() as session, unit_of_work(session):
        defer(session, task, lock=task, queueing_lock=task)


@contextlib.contextmanager
def _tolerated(what: str) -> Any:
    """Something that is done again soon: without a database it is only noted."""
    try:
        yield
    except SQLAlchemyError as error:
        log.warning("database_away", what=what, error=type(error).__name__)


async def _work(url: str, sessions: sessionmaker[Session]) -> None:
    """Work until a signal comes; a database that goes away is waited for."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_note_failure)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    functions = {name: _in_session(sessions, name, handler) for name, handler in TASKS.items()}
    stopping = asyncio.create_task(stop.wait())
    while not stop.is_set():
        working = asyncio.create_task(_run_queue(url, functions))
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        # Cancelling lets the worker finish the jobs in hand.
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            error = (await asyncio.gather(working, return_exceptions=True))[0]
            if not stop.is_set():
                log.warning("queue_lost", error=type(error).__name__)
                await asyncio.wait({stopping}, timeout=_RECONNECT_PAUSE)


def _note_failure(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What fails in the background goes to the log like everything else.

    The queue's own errors are expected: a worker that stood still ends a job which others have taken up and ended.
    """
    error = context.get("exception")
    if isinstance(error, ConnectorException):
        log.warning("job_end_not_noted", error=str(error.__cause__ or error).partition("\n")[0])
    else:
        log.error("background_failed", what=context["message"], exc_info=error)


async def _run_queue(url: str, functions: dict[str, Callable[..., None]]) -> None:
    app = queue.make_app(url, functions, connections=CONCURRENCY + len(QUEUES))
    async with app.open_async(), asyncio.TaskGroup() as workers:
        for name, concurrency in QUEUES.items():
            workers.create_task(_run_one_queue(app, name, concurrency))


async def _run_one_queue(app: App, name: str, concurrency: int) -> None:
    await app.run_worker_async(
        queues=[name],
        concurrency=concurrency,
        install_signal_handlers=False,
        shutdown_graceful_timeout=GRACE.total_seconds(),
        update_heartbeat_interval=queue.HEARTBEAT_EVERY.total_seconds(),
        stalled_worker_timeout=queue.STALLED_AFTER.total_seconds(),
        delete_jobs="successful",
    )
    # It ends by itself only when one of its helpers failed; then the other queues start anew with it.
    raise ConnectionError(f"the queue {name} ended")


def _in_session(sessions: sessionmaker[Session], name: str, handler: Handler) -> Callable[..., None]:
    """`handler` as Procrastinate calls it: in a session and unit of work of its own, its failure in the log."""

    def run(**args: Any) -> None:
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(job=name)
        try:
            with sessions() as session, unit_of_work(session):
                handler(session, now=clock.utcnow(), **args)
        except Exception:
            log.exception("job_failed", **args)
            raise

    return run


if __name__ == "__main__":
    # As `fairlink worker`, without loading the web application first.
    main(config.load())
