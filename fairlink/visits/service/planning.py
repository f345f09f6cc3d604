"""The verbs of an agenda's run: order it, stop it, and what the worker notes of it."""

from datetime import datetime

from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.audit.service import record
from fairlink.fairs.models import Fair
from fairlink.kernel.errors import Conflict
from fairlink.kernel.queue import defer, is_pending
from fairlink.kernel.states import next_state
from fairlink.visits import queries
from fairlink.visits.models import AgendaEntry, AgendaRun
from fairlink.visits.rules.planning import Plan, tables_for
from fairlink.visits.rules.problem import Progress, Reason, Solution
from fairlink.visits.service.lifecycle import check_fair
from fairlink.visits.states import (
    AGENDA_TRANSITIONS,
    UNDER_WAY,
    AgendaAction,
    AgendaMode,
    AgendaState,
    Outcome,
)

#: The job that does the work.
SOLVE = "visits.solve_agenda"


def order_run(session: Session, fair: Fair, mode: AgendaMode, seconds: int, *, by: User, now: datetime) -> AgendaRun:
    """Let a worker plan the fair's meetings within so many seconds; its draft replaces the one there is.

    Raises Conflict where participants schedule themselves, and when flushed while another run is under way.
    """
    check_fair(fair, now)
    if not queries.rules_of(session, fair.id).by_organiser:
        raise Conflict("agenda_by_participants")
    run = AgendaRun(
        fair_id=fair.id,
        mode=mode,
        state=AgendaState.QUEUED,
        seconds=seconds,
        made_by_id=by.id,
        created_at=now,
        wanted=0,
        elapsed_seconds=0,
        reasons=[],
        unplaced={},
    )
    session.add(run)
    record(session, "agenda:order", run, by=by, now=now, mode=mode.value, seconds=seconds)
    defer(session, SOLVE, run_id=run.id)
    return run


def stop_run(session: Session, run: AgendaRun, *, by: User, now: datetime) -> None:
    """End the waiting: the worker keeps the best agenda it has found so far."""
    run = queries.locked_run(session, run.id)
    if run.state not in UNDER_WAY:
        raise Conflict("agenda_changed")
    run.stop_asked_at = run.stop_asked_at or now
    record(session, "agenda:stop", run, by=by, now=now)


def start_run(session: Session, run_id: int, *, now: datetime) -> tuple[Plan, int] | None:
    """What the worker is to solve, and within how many seconds; None if there is nothing to do any more."""
    run = queries.locked_run(session, run_id)
    if run.state not in UNDER_WAY:
        return None
    _move_run(session, run, AgendaAction.START, by=None, now=now)
    run.started_at = now
    plan = queries.plan_of(session, run.fair, run.mode, now=now)
    run.wanted = len(plan.problem.meetings)
    return plan, run.seconds


def note_progress(session: Session, run_id: int, progress: Progress) -> bool:
    """Note how far a run has come; True if it is to stop."""
    run = queries.locked_run(session, run_id)
    run.elapsed_seconds = round(progress.seconds)
    run.seated, run.gaps, run.bound = progress.scheduled, progress.gaps, progress.bound
    return run.stop_asked_at is not None


def finish_run(session: Session, run_id: int, plan: Plan, solution: Solution, *, now: datetime) -> None:
    """Keep what the optimiser found as the draft of the fair, in place of the one before."""
    run = queries.locked_run(session, run_id)
    if run.state is not AgendaState.RUNNING:
        return
    earlier = queries.draft_of(session, run.fair_id)
    if earlier is not None:
        fixed = {each.request_id for each in queries.all_entries(session, earlier) if each.is_fixed}
        _move_run(session, earlier, AgendaAction.DISCARD, by=None, now=now)
        session.flush()
    else:
        fixed = set()
    _move_run(session, run, AgendaAction.FINISH, by=None, now=now)
    run.finished_at = now
    run.elapsed_seconds = round(solution.seconds)
    run.outcome = Outcome(solution.status)
    run.seated, run.gaps, run.bound = len(solution.schedule), solution.gaps, solution.bound
    run.reasons = [_written(reason) for reason in solution.reasons]
    run.unplaced = {each.meeting: _written(each.reason) for each in solution.unscheduled}
    _write_entries(session, run, plan, solution, fixed)


def end_lost_runs(session: Session, *, now: datetime) -> None:
    """Throw away runs that nobody works at any more, since their job failed too often."""
    for run_id in queries.runs_under_way(session):
        if not is_pending(session, SOLVE, run_id=run_id):
            run = queries.locked_run(session, run_id)
            if run.state in UNDER_WAY:
                _move_run(session, run, AgendaAction.LOSE, by=None, now=now)


def discard(session: Session, run: AgendaRun, *, by: User, now: datetime) -> None:
    """Throw a draft away; what is published stays."""
    run = queries.locked_run(session, run.id)
    _move_run(session, run, AgendaAction.DISCARD, by=by, now=now)


def _write_entries(session: Session, run: AgendaRun, plan: Plan, solution: Solution, fixed: set[int]) -> None:
    schedule = {int(request): plan.slot_ids[number] for request, number in solution.schedule.items()}
    standing = queries.planned_meetings(session, run.fair_id, now=run.created_at)
    known = {
        request_id: (meeting.slot_id, meeting.table_no)
        for request_id, meeting in standing.items()
        if meeting.table_no is not None
    }
    tables = tables_for(schedule, known, queries.rules_of(session, run.fair_id).tables)
    sides = {int(each.id): (each.a, each.b) for each in plan.problem.meetings}

    def owner(key: str) -> int:
        return int(key.rpartition("-")[2])

    session.add_all(
        AgendaEntry(
            run_id=run.id,
            request_id=request_id,
            visit_id=owner(sides[request_id][0]),
            exhibitor_id=owner(sides[request_id][1]),
            slot_id=slot_id,
            table_no=tables[request_id],
            is_fixed=request_id in fixed,
        )
        for request_id, slot_id in schedule.items()
    )
    session.flush()


def _written(reason: Reason) -> dict[str, object]:
    return {"code": reason.code, "parameters": dict(reason.parameters)}


def _move_run(session: Session, run: AgendaRun, action: AgendaAction, *, by: User | None, now: datetime) -> None:
    run.state = next_state(AGENDA_TRANSITIONS, run.state, action)
    record(session, f"agenda:{action}", run, by=by, now=now)


#: For the other modules of this package; a state may only be set in a function named `_move`.
move_run = _move_run
