"""The agenda of a fair: a conflict-free schedule of its meetings, its proof, and why a meeting is not in it."""

import json
import time
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from fairlink.visits.rules import b2b, conflicts, impossible, left, stages
from fairlink.visits.rules.grid import Grid, Slots, read
from fairlink.visits.rules.problem import Problem, Progress, Reason, Report, Solution, Status
from fairlink.visits.rules.proof import Proof
from fairlink.visits.rules.search import Search

#: Pairs of meeting and slot beyond which an exact model takes too long to be of use; a search goes on alone.
LARGE = 100_000
#: Pairs below which the exact model needs no search to start from.
SMALL = 4_000
#: Seconds after which a second solver run joins the race for the proof.
RIVAL = 4.0
#: Seconds a proof is waited for before a search looks for an agenda at its side.
PATIENCE = 10.0
#: Most seconds spent on naming the cause of a proven impossibility.
EXPLAIN_SECONDS = 10.0


def solve(
    problem: Problem,
    seconds: float = 60.0,
    *,
    progress: Report | None = None,
    published: Mapping[str, int] | None = None,
    frozen: Collection[str] = (),
    only_unbooked: bool = False,
) -> Solution:
    """The best agenda that `seconds` allow: must_meet, then minima, as many meetings as fit, fewest gaps, fairness.

    With `published` (meeting id to slot) it is a repair: of the agendas that hold as much, one that changes the fewest
    published meetings; `frozen` ones do not move at all, and with `only_unbooked` none does. Mandatory meetings are
    all held, or the answer is infeasible with its reasons. `progress` is called in the caller's own thread, a few
    times a second and at the end; when it returns True the run ends with what it has. Raises ValueError for ids that
    are doubled or unknown.
    """
    grid = read(problem, published=published, frozen=frozen, only_unbooked=only_unbooked)
    job = _Job(grid, seconds, progress)
    found = impossible.reasons(grid, grid.mandatory)
    if found:
        return job.finish(None, reasons=found)
    if grid.all_mandatory and not any(t is not None for t in grid.published):
        return job.mandatory()
    return job.best_fit()


def run_solve(path: str | Path, seconds: float, as_json: bool) -> tuple[int, str]:
    """Solve an instance file in the b2b format: exit code and what to print. 2 for a document that cannot be read."""
    try:
        problem = b2b.load(path)
    except b2b.Unreadable as error:
        return 2, json.dumps({"error": str(error)}) if as_json else str(error)
    solution = solve(problem, seconds)
    found = b2b.answer(solution)
    if as_json:
        return 0, json.dumps(found)
    lines = [f"{key}: {found[key]}" for key in ("status", "gaps", "bound", "seconds")]
    lines += [f"reason: {reason.text}" for reason in solution.reasons]
    lines += [f"meeting {id_}: slot {slot}" for id_, slot in solution.schedule.items()]
    return 0, "\n".join(lines)


class _Job:
    """One run of `solve`: its clock, its watcher and the ways to an agenda."""

    def __init__(self, grid: Grid, seconds: float, progress: Report | None) -> None:
        self.grid = grid
        self.started = time.monotonic()
        self.deadline = self.started + max(0.0, seconds)
        self.first: float | None = None
        self.stopped = False
        self._progress = progress
        self._told = self.started

    def look(self, slots: Slots | None, bound: int, *, last: bool = False) -> bool:
        """Tell the caller where the run stands, at most four times a second and at the end; is the run to go on?"""
        now = time.monotonic()
        if slots is not None and self.first is None:
            self.first = now - self.started
        if self._progress is None or (now - self._told < 0.25 and not last):
            return not self.stopped
        self._told = now
        scheduled = None if slots is None else sum(t is not None for t in slots)
        gaps = None if slots is None else sum(self.grid.gaps(slots))
        if self._progress(Progress(now - self.started, scheduled, gaps, bound)):
            self.stopped, self.deadline = True, now
        return not self.stopped

    def left(self) -> float:
        return self.deadline - time.monotonic()

    def mandatory(self) -> Solution:
        """All meetings are to be held: prove the least gaps, with a search at the proof's side when that takes long."""
        if self.grid.size > LARGE:
            search = Search(self.grid)
            search.construct()
            self._anneal(search, None, self.deadline)
            return self._settled(search, None)
        proof = Proof(self.grid, self.deadline)
        limit = self.deadline - self.started
        proof.wait(self.started + min(RIVAL, 0.2 * limit))
        if proof.going:
            proof.add_rival()
        proof.wait(self.started + min(PATIENCE, 0.4 * limit))
        found: Search | None = None
        if not proof.decided:
            found = Search(self.grid)
            found.construct()
            self._anneal(found, proof, time.monotonic() + 0.2 * limit)
            if found.seated() and not found.complete():
                found = found.levelled()
                self._anneal(found, proof, time.monotonic() + 0.3 * limit)
            while proof.going and self.left() > 0.4 * limit:
                proof.wait(time.monotonic() + 0.25)
                self.look(found.best if found.complete() else None, proof.bound)
            proof.drop_rival()
            self._anneal(found, proof, self.deadline)
        proof.stop()
        if proof.infeasible:
            until = time.monotonic() + max(1.0, min(EXPLAIN_SECONDS, self.left()))
            return self.finish(None, reasons=[conflicts.explain(self.grid, until)])
        return self._settled(found, proof)

    def _anneal(self, search: Search, proof: Proof | None, until: float) -> None:
        """Search until that moment, or until nothing is left to gain or the `proof` is decided."""

        def alive() -> bool:
            found = search.complete()
            bound = 0 if proof is None else proof.bound
            if not self.look(search.best if found else None, bound):
                return False
            if found and sum(self.grid.gaps(search.best)) <= bound:
                return False
            return proof is None or not proof.decided

        lap = 10.0
        while (left := until - time.monotonic()) > 0 and alive():
            search.anneal(min(lap, left), alive)
            lap *= 2

    def _settled(self, search: Search | None, proof: Proof | None) -> Solution:
        """The better of what the proof and the search found."""
        found: list[Slots] = []
        if proof is not None and proof.slots is not None:
            found.append(proof.slots)
        if search is not None and search.complete():
            found.append(search.best)
        bound = 0 if proof is None else proof.bound
        if not found:
            return self.finish(None, bound=bound)
        best = min(found, key=lambda slots: sum(self.grid.gaps(slots)))
        return self.finish(best, bound=bound, proven=sum(self.grid.gaps(best)) <= bound)

    def best_fit(self) -> Solution:
        """Meetings may be left out: search for a start, then prove and improve stage by stage."""
        before = self.grid.published if any(t is not None for t in self.grid.published) else None
        grid = self.grid
        if before is not None and grid.size > LARGE:
            grid = self._nearby()
        search = Search(grid)
        search.construct(before)
        self.look(search.best if search.complete() else None, 0)
        share = 1.0 if grid.size > LARGE else 0.3 if grid.size > SMALL and before is None else 0.0

        def alive() -> bool:
            return self.look(search.best if search.complete() else None, 0)

        if share:
            limit = self.left() * share
            search.anneal(limit, alive)
        start = search.best if search.complete() else None
        if grid.size > LARGE:
            proven = start is not None and not stages.shortcomings(grid, start) and not sum(grid.gaps(start))
            return self.finish(start, proven=proven)
        outcome = stages.run(grid, start, self.deadline, self.look)
        if outcome.impossible and outcome.slots is None:
            until = time.monotonic() + max(1.0, min(EXPLAIN_SECONDS, self.left()))
            return self.finish(None, reasons=[conflicts.explain(grid, until)])
        proven = outcome.proven and grid is self.grid
        return self.finish(outcome.slots, bound=outcome.bound if proven else 0, proven=proven)

    def _nearby(self) -> Grid:
        """The grid in which only people touched by what is new or impossible move: for repairs of large fairs."""
        grid = self.grid
        loose = [k for k, t in enumerate(grid.published) if t is None or t not in grid.domains[k]]
        touched = {p for k in loose for p in (grid.a[k], grid.b[k])}
        held = [grid.a[k] not in touched and grid.b[k] not in touched for k in range(len(grid.domains))]
        return replace(
            grid,
            domains=tuple(
                (t,) if stay and t is not None else domain
                for t, stay, domain in zip(grid.published, held, grid.domains, strict=True)
            ),
            mandatory=tuple(stay or m for stay, m in zip(held, grid.mandatory, strict=True)),
        )

    def finish(
        self, slots: Slots | None, *, bound: int = 0, proven: bool = False, reasons: Collection[Reason] = ()
    ) -> Solution:
        self.look(slots, bound, last=True)
        seconds = time.monotonic() - self.started
        if slots is None:
            status = Status.INFEASIBLE if reasons else Status.UNKNOWN
            return Solution(status, reasons=tuple(reasons), bound=bound, seconds=seconds)
        meetings = self.grid.problem.meetings
        return Solution(
            Status.OPTIMAL if proven else Status.FEASIBLE,
            {m.id: t for m, t in zip(meetings, slots, strict=True) if t is not None},
            sum(self.grid.gaps(slots)),
            bound,
            left.unscheduled(self.grid, slots),
            changed=tuple(
                m.id
                for m, old, new in zip(meetings, self.grid.published, slots, strict=True)
                if old is not None and old != new
            ),
            seconds=seconds,
            first_seconds=self.first,
        )
