"""Results on the worker's clock; all is found by 'due since', so that a pause loses nothing."""

from datetime import datetime, timedelta

from fairlink.kernel.database import Session
from fairlink.kernel.queue import defer
from fairlink.monitoring import service
from fairlink.monitoring.queries import figures
from fairlink.monitoring.service import QUEUE

#: How old the figures of a fair may grow while something may still come of it, and afterwards.
FRESH, OLD = timedelta(minutes=30), timedelta(days=1)
#: Answers are asked for until three years after a fair; somewhat later nothing is awaited any more.
FOLLOWED = timedelta(days=4 * 365)
#: How old intervals may grow once their figures have changed.
SURE = timedelta(hours=6)
#: Fairs that one tick hands to the queue, and parts of results that one process works out.
BATCH, TOGETHER = 20, 25


def tick(session: Session, *, now: datetime) -> None:
    """Hand what has become old to jobs of its own, so that one failure stops no other."""
    due = figures.fairs_due(session, now - FRESH, now - OLD, since=(now - FOLLOWED).date(), limit=BATCH)
    for fair_id in due:
        defer(session, "monitoring.refresh_fair", queueing_lock=f"result:{fair_id}", fair_id=fair_id)
    for agency_id, keys in figures.scopes_due(session, now - SURE, limit=TOGETHER).items():
        lock = f"estimates:{agency_id}"
        defer(session, "monitoring.estimate", queue=QUEUE, queueing_lock=lock, agency_id=agency_id, keys=keys)


def refresh_fair(session: Session, *, now: datetime, fair_id: int) -> None:
    """Make the results of one fair anew."""
    service.refresh_fair(session, fair_id, now=now)


def estimate(session: Session, *, now: datetime, agency_id: int, keys: list[tuple[str, str]]) -> None:
    """Work out how sure some figures are."""
    service.estimate_scopes(session, agency_id, keys, now=now)


def evaluate(session: Session, *, now: datetime, evaluation_id: int) -> None:
    """Work out one evaluation."""
    service.evaluate(session, evaluation_id, now=now)
