"""The visits' work: on the worker's clock, planning an agenda, and writing to those whose agenda was published."""

import time
from collections.abc import Callable
from datetime import datetime

import structlog

from fairlink.kernel import clock
from fairlink.kernel.database import Session, unit_of_work
from fairlink.visits import service
from fairlink.visits.rules import agenda
from fairlink.visits.rules.problem import Progress

log = structlog.get_logger()

#: Seconds between two notes of how far a run has come.
NOTE_EVERY = 1.0


def tick(session: Session, *, now: datetime) -> None:
    """Cancel meetings left without ground by a cancelled fair or a withdrawn exhibitor; remind of those that stand.

    Requests and proposed times that nobody answered in time, and requests that lost their ground, end too.
    """
    service.call_off_without_ground(session, now=now)
    service.end_requests(session, now=now)
    service.end_unanswered(session, now=now)
    service.end_lost_runs(session, now=now)
    service.cancel_workshop_visits_without_ground(session, now=now)
    service.remind(session, now=now)
    service.remind_of_workshops(session, now=now)


def close_hosting(session: Session, *, now: datetime) -> int:
    """Remind of travel support to be claimed, forfeit what was not, end that of cancelled fairs; a hundred at most."""
    return service.close_hosting(session, now=now)


def solve_agenda(session: Session, *, now: datetime, run_id: int) -> None:
    """Plan a fair's meetings. Between reading and writing the optimiser runs outside any transaction."""
    with unit_of_work(session):
        started = service.start_run(session, run_id, now=now)
    if started is None:
        return
    plan, seconds = started
    solution = agenda.solve(
        plan.problem,
        seconds,
        progress=_watcher(session, run_id),
        published=plan.published,
        only_unbooked=plan.only_unbooked,
    )
    with unit_of_work(session):
        service.finish_run(session, run_id, plan, solution, now=clock.utcnow())
    log.info("agenda_solved", run_id=run_id, status=solution.status, seated=len(solution.schedule), gaps=solution.gaps)


def _watcher(session: Session, run_id: int) -> Callable[[Progress], bool]:
    """Notes once a second how far the run has come; says whether it is to stop."""
    told, stop = 0.0, False

    def watch(progress: Progress) -> bool:
        nonlocal told, stop
        if time.monotonic() - told >= NOTE_EVERY:
            told = time.monotonic()
            with unit_of_work(session):
                stop = service.note_progress(session, run_id, progress)
        return stop

    return watch


def tell_agenda(session: Session, *, now: datetime, kind: str, meeting_ids: list[int]) -> None:
    """Write to both sides of meetings that an agenda has published or moved."""
    service.tell(session, kind, meeting_ids, now=now)
