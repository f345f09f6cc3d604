"""What 'this meeting after that one' leaves of each meeting's slots, and the chain or crowd that leaves nothing."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fairlink.visits.rules.grid import Grid, spans
from fairlink.visits.rules.problem import Reason

Domains = list[tuple[int, ...]]


@dataclass
class _Side:
    """Earliest (or, in mirrored time, latest) slots: per meeting the slot, and the meetings that push it there."""

    slot: list[int]
    cause: list[tuple[int, ...]]
    crowded: list[int | None]


def cycle(after: Sequence[Sequence[int]]) -> list[int] | None:
    """Meetings that each come after the next one round a ring, or None."""
    state = [0] * len(after)
    for root in range(len(after)):
        if state[root] or not after[root]:
            continue
        state[root] = 1
        path = [(root, iter(after[root]))]
        while path:
            following = next(path[-1][1], None)
            if following is None:
                state[path.pop()[0]] = 2
            elif state[following] == 1:
                ring = [k for k, _ in path]
                return ring[ring.index(following) :]
            elif state[following] == 0:
                state[following] = 1
                path.append((following, iter(after[following])))
    return None


def tighten(grid: Grid, after: Sequence[Sequence[int]]) -> Domains | Reason:
    """The slots left to each meeting when all those of `after` (without a ring) are held in order, or why none are."""
    domains = list(grid.domains)
    if not any(after):
        return domains
    last = grid.problem.slots - 1
    mirrored = [tuple(last - t for t in reversed(domain)) for domain in domains]
    before: list[list[int]] = [[] for _ in after]
    for k, earlier in enumerate(after):
        for q in earlier:
            before[q].append(k)
    first = _earliest(grid, domains, after)
    final = _earliest(grid, mirrored, before)
    for k, domain in enumerate(domains):
        left = tuple(t for t in domain if first.slot[k] <= t <= last - final.slot[k])
        if domain and not left:
            return _reason(grid, k, first, final)
        domains[k] = left
    return domains


def _earliest(grid: Grid, domains: Sequence[Sequence[int]], after: Sequence[Sequence[int]]) -> _Side:
    side = _Side([d[0] if d else 0 for d in domains], [()] * len(after), [None] * len(after))
    ancestors: dict[int, set[int]] = {}
    for k in _sorted(after):
        ancestors[k] = set(after[k]).union(*(ancestors[q] for q in after[k]))
        if not ancestors[k]:
            continue
        latest = max(after[k], key=side.slot.__getitem__)
        least = side.slot[latest] + 1
        cause: tuple[int, ...] = (latest,)
        crowded: int | None = None
        whose = defaultdict(list)
        for q in ancestors[k]:
            whose[grid.a[q]].append(q)
            whose[grid.b[q]].append(q)
        for p, theirs in whose.items():
            soonest = _in_turn(side.slot[q] for q in theirs)
            if len(theirs) > 1 and soonest > least:
                least, cause, crowded = soonest, tuple(theirs), p
        at = bisect_left(domains[k], least)
        side.slot[k] = domains[k][at] if at < len(domains[k]) else max(least, grid.problem.slots)
        if side.slot[k] >= least > (domains[k][0] if domains[k] else 0):
            side.cause[k], side.crowded[k] = cause, crowded
    return side


def _in_turn(releases: Iterable[int]) -> int:
    """The first slot after meetings that are held one per slot, each not before its release."""
    slot = -1
    for release in sorted(releases):
        slot = max(slot + 1, release)
    return slot + 1


def _sorted(after: Sequence[Sequence[int]]) -> list[int]:
    """Meetings so that each comes behind those it must come after."""
    waiting = [len(earlier) for earlier in after]
    then: list[list[int]] = [[] for _ in after]
    for k, earlier in enumerate(after):
        for q in earlier:
            then[q].append(k)
    ready = [k for k, n in enumerate(waiting) if not n]
    for k in ready:
        for following in then[k]:
            waiting[following] -= 1
            if not waiting[following]:
                ready.append(following)
    return ready


def _reason(grid: Grid, meeting: int, first: _Side, final: _Side) -> Reason:
    members = [meeting]
    crowded: int | None = None
    for side in (first, final):
        at = meeting
        while side.cause[at]:
            new = [q for q in side.cause[at] if q not in members]
            members = [*new, *members] if side is first else [*members, *new]
            if crowded is None:
                crowded = side.crowded[at]
            at = max(side.cause[at], key=side.slot.__getitem__)
    names = ", ".join(f"{grid.label(grid.a[k])} - {grid.label(grid.b[k])} ({spans(grid.domains[k])})" for k in members)
    if crowded is None:
        return Reason("precedence_chain", {"meetings": names}, grid.ids(members))
    return Reason(
        "precedence_crowd", {"name": grid.label(crowded), **grid.pair(meeting), "meetings": names}, grid.ids(members)
    )
