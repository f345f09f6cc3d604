"""A smallest set of participants, places and orders that cannot be kept together: the reason behind a proof."""

import time
from collections.abc import Sequence
from dataclasses import replace

from ortools.sat.python import cp_model

from fairlink.visits.rules.grid import Grid
from fairlink.visits.rules.model import AgendaModel
from fairlink.visits.rules.problem import Reason
from fairlink.visits.rules.run import PROVE, Run

#: ("person", participant), ("place", place) or ("order", meeting with predecessors).
Group = tuple[str, int]


def explain(grid: Grid, deadline: float) -> Reason:
    """Why the mandatory meetings, proven not to fit, do not fit; `proven` if no cause is found before `deadline`.

    Fairness comes first, as the mildest. Then groups of constraints are left out one after another as long as the rest
    stays impossible: without any one of those that remain there would be an agenda. If that takes too long, the kind of
    rule is told without which there would be one.
    """
    half = (time.monotonic() + deadline) / 2
    if grid.problem.fairness is not None and _possible(grid, half):
        return Reason("conflict_fairness", {"fairness": grid.problem.fairness})
    core = _core(grid, half)
    return _named(grid, core) if core else _relaxed(grid, deadline)


def _core(grid: Grid, deadline: float) -> list[Group]:
    """A smallest set of groups that cannot hold together, as small as the time allows; empty if it allows none."""
    groups: list[Group] = [("person", p) for p, mine in enumerate(grid.of) if len(mine) > 1]
    groups += [("place", p) for p in range(len(grid.problem.places))]
    groups += [("order", k) for k, earlier in enumerate(grid.after) if grid.mandatory[k] and earlier]
    core = _impossible(grid, groups, deadline) or []
    core.sort(key=lambda group: (group[0] == "person", len(grid.of[group[1]]) if group[0] == "person" else 0))
    for group in list(core):
        if group in core and time.monotonic() < deadline:
            core = _impossible(grid, [g for g in core if g != group], deadline) or core
    return core


def _possible(grid: Grid, deadline: float) -> bool:
    """Is there an agenda, gaps and fairness aside? False if none is found in time."""
    run = Run(AgendaModel(grid), 0, deadline, PROVE)
    run.watch(lambda: True)
    return run.slots is not None


def _relaxed(grid: Grid, deadline: float) -> Reason:
    """The kind of rule without which there would be an agenda: room, with how much would do, or order."""
    for i, place in enumerate(grid.problem.places):
        numbers: dict[str, str | int] = {"place": place.id, "room": place.capacity}
        if not _possible(_roomier(grid, i, len(grid.domains)), deadline):
            continue
        for enough in range(place.capacity + 1, place.capacity + 4):
            if _possible(_roomier(grid, i, enough), deadline):
                return Reason("conflict_room", {**numbers, "enough": enough})
        return Reason("conflict_place", numbers)
    if any(grid.after) and _possible(replace(grid, after=((),) * len(grid.after)), deadline):
        return Reason("conflict_order")
    return Reason("proven")


def _roomier(grid: Grid, i: int, capacity: int) -> Grid:
    """The grid with another capacity of its `i`-th place."""
    places = list(grid.problem.places)
    places[i] = replace(places[i], capacity=capacity)
    return replace(grid, problem=replace(grid.problem, places=tuple(places)))


def _impossible(grid: Grid, groups: Sequence[Group], deadline: float) -> list[Group] | None:
    """Those of `groups` the solver needed to show that they cannot hold together; none if it ran out of time.

    None when they can hold together.
    """
    cp = cp_model.CpModel()
    at = [{t: cp.new_bool_var("") for t in domain} for domain in grid.domains]
    for k, options in enumerate(at):
        if grid.mandatory[k]:
            cp.add_exactly_one(options.values())
    guards = {}
    for group in groups:
        guard = guards[group] = cp.new_bool_var("")
        _add(cp, grid, at, group, guard)
        cp.add_assumption(guard)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.linearization_level = 0
    solver.parameters.max_time_in_seconds = max(0.01, deadline - time.monotonic())
    status = solver.solve(cp)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    if status != cp_model.INFEASIBLE:
        return []
    needed = set(solver.sufficient_assumptions_for_infeasibility())
    return [group for group, guard in guards.items() if guard.index in needed] or list(groups)


def _add(
    cp: cp_model.CpModel, grid: Grid, at: Sequence[dict[int, cp_model.IntVar]], group: Group, guard: cp_model.IntVar
) -> None:
    kind, which = group
    if kind == "order":
        for q in (q for q in grid.after[which] if grid.mandatory[q]):
            for t, literal in at[which].items():
                cp.add_bool_or([~guard, ~literal, *(v for s, v in at[q].items() if s < t)])
        return
    if kind == "person":
        meetings, room = [k for k in grid.of[which] if grid.mandatory[k]], 1
    else:
        meetings = [k for k, place in enumerate(grid.place) if place == which and grid.mandatory[k]]
        room = grid.problem.places[which].capacity
    for t in range(grid.problem.slots):
        here = [at[k][t] for k in meetings if t in at[k]]
        if len(here) > room:
            cp.add(sum(here) <= room).only_enforce_if(guard)


def _named(grid: Grid, core: Sequence[Group]) -> Reason:
    people = [which for kind, which in core if kind == "person"]
    orders = [which for kind, which in core if kind == "order"]
    places = [which for kind, which in core if kind == "place"]
    for k in orders:
        people += [p for p in (grid.a[k], grid.b[k]) if p not in people]
    if not people:
        return Reason("proven")
    meetings = {k for p in people for k in grid.of[p] if grid.mandatory[k]}
    names = ", ".join(grid.label(p) for p in people)
    code = "conflict_precedence" if orders else "conflict_tables" if places else "conflict"
    return Reason(code, {"names": names}, grid.ids(sorted(meetings)))
