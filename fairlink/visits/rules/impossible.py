"""What can be shown impossible before any search: by name, at once, with the meetings it is about."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import accumulate

from fairlink.visits.rules import order
from fairlink.visits.rules.grid import Grid, read, spans
from fairlink.visits.rules.matching import crowd
from fairlink.visits.rules.problem import Problem, Reason


def foresee(problem: Problem) -> tuple[Reason, ...]:
    """Why not all meetings, optional ones included, can be held: what can be said by name before any run."""
    grid = read(problem)
    return tuple(reasons(grid, [True] * len(grid.domains)))


def reasons(grid: Grid, chosen: Sequence[bool]) -> list[Reason]:
    """Why the `chosen` meetings (by position) cannot all be held, as far as it can be named; empty if nothing is seen.

    The first kind of obstacle that is found is told in full: single meetings, then participants, then places, then
    the order asked for.
    """
    meetings = [k for k, wanted in enumerate(chosen) if wanted]
    found = [reason for k in meetings if (reason := alone(grid, k)) is not None]
    if found:
        return found
    found = [*_participants(grid, meetings, grid.domains), *_places(grid, meetings, grid.domains)]
    found = found or _torn(grid, meetings)
    if found:
        return found
    after = [[q for q in earlier if chosen[q]] if chosen[k] else [] for k, earlier in enumerate(grid.after)]
    ring = order.cycle(after)
    if ring is not None:
        return [Reason("precedence_cycle", {"meetings": _pairs(grid, ring)}, grid.ids(ring))]
    domains = order.tighten(grid, after)
    if isinstance(domains, Reason):
        return [domains]
    if any(after):
        return [*_participants(grid, meetings, domains), *_places(grid, meetings, domains)]
    return []


def alone(grid: Grid, k: int) -> Reason | None:
    """Why meeting `k` could not be held even if it were the only one, or None."""
    if grid.domains[k]:
        if grid.place[k] >= 0 and grid.problem.places[grid.place[k]].capacity < 1:
            place = grid.problem.places[grid.place[k]].id
            parameters: dict[str, str | int] = {"meetings": 1, "place": place, "room": 0, "slots": len(grid.domains[k])}
            return Reason("tables_full", parameters, grid.ids([k]))
        return None
    meeting = grid.problem.meetings[k]
    if frozenset((meeting.a, meeting.b)) in grid.problem.vetoes:
        return Reason("veto", grid.pair(k), grid.ids([k]))
    fixed = meeting.fixed if meeting.fixed is not None else grid.published[k]
    if fixed is not None and grid.mandatory[k]:
        return Reason("fixed_outside", {**grid.pair(k), "slot": fixed}, grid.ids([k]))
    return Reason("no_common_slot", grid.pair(k), grid.ids([k]))


def _participants(grid: Grid, meetings: Iterable[int], domains: Sequence[Sequence[int]]) -> list[Reason]:
    wanted = set(meetings)
    found = []
    for p, theirs in enumerate(grid.of):
        mine = [k for k in theirs if k in wanted]
        reason = _participant(grid, p, mine, domains)
        if reason is not None:
            found.append(reason)
    return found


def _participant(grid: Grid, p: int, mine: Sequence[int], domains: Sequence[Sequence[int]]) -> Reason | None:
    who = grid.problem.participants[p]
    free = sum(t not in who.forbidden for t in range(grid.problem.slots))
    counted: dict[str, str | int] = {"name": who.label, "meetings": len(mine), "free": free}
    if len(mine) > free:
        return Reason("participant_full", counted, grid.ids(mine))
    if who.maximum is not None and len(mine) > who.maximum:
        return Reason("participant_maximum", {**counted, "maximum": who.maximum}, grid.ids(mine))
    single = defaultdict(list)
    for k in mine:
        if len(domains[k]) == 1:
            single[domains[k][0]].append(k)
    for slot, clash in single.items():
        if len(clash) > 1:
            return Reason("fixed_twice", {"name": who.label, "meetings": len(clash), "slot": slot}, grid.ids(clash))
    squeezed = crowd([domains[k] for k in mine], [1] * grid.problem.slots)
    if squeezed is None:
        return None
    members, slots = [mine[i] for i in squeezed[0]], squeezed[1]
    partners = ", ".join(grid.label(grid.a[k] + grid.b[k] - p) for k in members)
    return Reason(
        "participant_squeezed",
        {"name": who.label, "meetings": len(members), "partners": partners, "free": len(slots), "slots": spans(slots)},
        grid.ids(members),
    )


def _torn(grid: Grid, meetings: Iterable[int]) -> list[Reason]:
    """Participants whose absences force more gaps on them than fairness allows, while others can have none."""
    limit = grid.problem.fairness
    wanted = set(meetings)
    count = [sum(k in wanted for k in theirs) for theirs in grid.of]
    if limit is None or all(len(theirs) > 1 for theirs in grid.of):
        return []
    found = []
    for p, n in enumerate(count):
        who = grid.problem.participants[p]
        runs = []
        for window in grid.windows:
            free = "".join(" " if t in who.forbidden else "x" for t in window)
            runs += [len(run) for run in free.split()]
        seats = accumulate(sorted(runs, reverse=True), initial=0)
        blocks = next((i for i, seated in enumerate(seats) if seated >= n), 0)
        least = blocks - len(grid.windows)
        if least > limit:
            found.append(Reason("fairness_forced", {"name": who.label, "gaps": least, "fairness": limit}))
    return found


def _places(grid: Grid, meetings: Iterable[int], domains: Sequence[Sequence[int]]) -> list[Reason]:
    at = defaultdict(list)
    for k in meetings:
        if grid.place[k] >= 0:
            at[grid.place[k]].append(k)
    found = []
    for place, theirs in at.items():
        here = grid.problem.places[place]
        room = here.capacity * grid.problem.slots
        if len(theirs) > room:
            numbers: dict[str, str | int] = {"meetings": len(theirs), "place": here.id, "room": room}
            found.append(Reason("tables_full", {**numbers, "slots": grid.problem.slots}, grid.ids(theirs)))
            continue
        squeezed = crowd([domains[k] for k in theirs], [here.capacity] * grid.problem.slots)
        if squeezed is not None:
            members, slots = [theirs[i] for i in squeezed[0]], squeezed[1]
            numbers = {"meetings": len(members), "place": here.id, "room": here.capacity * len(slots)}
            found.append(Reason("tables_squeezed", {**numbers, "slots": spans(slots)}, grid.ids(members)))
    return found


def _pairs(grid: Grid, meetings: Iterable[int]) -> str:
    return ", ".join(f"{grid.label(grid.a[k])} - {grid.label(grid.b[k])}" for k in meetings)
