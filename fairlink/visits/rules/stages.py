"""Optional meetings in the order of what matters: who meets at all, what was published, gaps, then fairness."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from fairlink.visits.rules.grid import Grid, Slots
from fairlink.visits.rules.model import AgendaModel, Linear
from fairlink.visits.rules.run import IMPROVE, SEARCH, Run

#: Told the best agenda and the bound so far; False ends the run.
Look = Callable[[Slots | None, int], bool]


@dataclass
class Outcome:
    """The best agenda of all stages: `proven` if each was; `bound` on the gaps; `impossible` if there is none."""

    slots: Slots | None
    proven: bool = True
    bound: int = 0
    impossible: bool = False


def shortcomings(grid: Grid, slots: Slots) -> int:
    """What an agenda leaves undone, as one number: must_meet first, then minima, then meetings as such."""
    must, short, left = 0, 0, 0
    for k, t in enumerate(slots):
        if t is None:
            must, left = must + grid.must(k), left + 1
    for p, who in enumerate(grid.problem.participants):
        short += max(0, who.minimum - sum(slots[k] is not None for k in grid.of[p]))
    step, leap = _weights(grid)
    return must * leap + short * step + left


def changes(grid: Grid, slots: Slots) -> int:
    """How many published meetings are elsewhere or nowhere."""
    return sum(before is not None and before != now for before, now in zip(grid.published, slots, strict=True))


def _weights(grid: Grid) -> tuple[int, int]:
    """Weights of a meeting short of a minimum and of a must_meet left out: each outweighs all that comes after."""
    step = len(grid.domains) + 1
    return step, step * (sum(p.minimum for p in grid.problem.participants) + 1)


def run(grid: Grid, start: Slots | None, deadline: float, look: Look) -> Outcome:
    """Improve on the agenda `start` until `deadline`, stage by stage, proven or not."""
    model = AgendaModel(grid, apart=True)
    model.be_fair()
    outcome = Outcome(start)
    _stage(model, outcome, _undone(model), lambda slots: shortcomings(grid, slots), (deadline, 0.5, look, SEARCH))
    if outcome.slots is None:
        return outcome
    if any(before is not None for before in grid.published):
        _stage(model, outcome, _moved(model), lambda slots: changes(grid, slots), (deadline, 0.5, look, SEARCH))
    total: Linear = sum(model.gaps)
    _stage(model, outcome, total, lambda slots: sum(grid.gaps(slots)), (deadline, 0.9, look, IMPROVE), last=True)
    _even(model, outcome, deadline, look)
    return outcome


def _undone(model: AgendaModel) -> Linear:
    grid = model.grid
    step, leap = _weights(grid)
    undone: Linear = 0
    for i, unit in enumerate(model.units):
        weight = 1 + leap * grid.must(unit.members[0])
        undone = undone + weight * (1 - model.held[i])
    for p, who in enumerate(grid.problem.participants):
        if who.minimum > 0:
            short = model.cp.new_int_var(0, who.minimum, "")
            model.cp.add(short >= who.minimum - sum(model.held[i] for i in model.of[p]))
            undone = undone + step * short
    return undone


def _moved(model: AgendaModel) -> Linear:
    moved: Linear = 0
    for i, unit in enumerate(model.units):
        before = model.grid.published[unit.members[0]]
        if before is not None:
            moved = moved + 1 - model.at[i].get(before, 0)
    return moved


def _stage(
    model: AgendaModel,
    outcome: Outcome,
    objective: Linear,
    measure: Callable[[Slots], int],
    terms: tuple[float, float, Look, str],
    *,
    last: bool = False,
) -> None:
    """Minimise `objective`, of which `measure` is the value for an agenda, and hold the model to what was reached.

    `terms`: the deadline of the whole run, the share of what is left that this stage may use, the watcher, parameters.
    """
    deadline, share, look, parameters = terms
    if outcome.slots is not None and measure(outcome.slots) == 0:
        model.cp.add(objective <= 0)
        return
    if not look(outcome.slots, 0):
        outcome.proven = False
        return
    now = time.monotonic()
    if outcome.slots is not None:
        model.hint(outcome.slots)
    attempt = Run(model, objective, now + share * (deadline - now), parameters)
    attempt.watch(lambda: look(attempt.slots or outcome.slots, attempt.bound if last else 0))
    outcome.impossible = attempt.infeasible
    if last and outcome.proven:
        outcome.bound = attempt.bound
    outcome.proven = outcome.proven and attempt.optimal
    if attempt.slots is not None and (outcome.slots is None or measure(attempt.slots) <= measure(outcome.slots)):
        outcome.slots = attempt.slots
    if outcome.slots is not None:
        model.cp.add(objective <= measure(outcome.slots))


def _even(model: AgendaModel, outcome: Outcome, deadline: float, look: Look) -> None:
    """Of the agendas with as few gaps, one whose most idle participant has the fewest."""
    grid = model.grid
    if outcome.slots is None or max(grid.gaps(outcome.slots), default=0) < 2:
        return
    most = model.cp.new_int_var(0, grid.problem.slots, "")
    for gaps in model.gaps:
        model.cp.add(most >= gaps)
    bound = outcome.bound
    _stage(model, outcome, most, lambda slots: max(grid.gaps(slots)), (deadline, 1.0, look, IMPROVE))
    outcome.bound = bound
