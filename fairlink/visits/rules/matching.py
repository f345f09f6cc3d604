"""Bipartite matching of meetings to slots with room, and the crowd that shows why one is missing (Hall's theorem)."""

from collections import deque
from collections.abc import Sequence


def crowd(domains: Sequence[Sequence[int]], room: Sequence[int]) -> tuple[list[int], list[int]] | None:
    """The positions of `domains` that need more than the room of all the slots they may use, and those slots.

    None when every domain can have one of its slots with at most `room[slot]` domains in each.
    Two meetings that both need slot 3, where there is room for one: ``crowd([[3], [3]], [1] * 4) == ([0, 1], [3])``.
    """
    held: list[list[int]] = [[] for _ in room]
    for new in range(len(domains)):
        reached = _place(new, domains, room, held)
        if reached is not None:
            members = {new, *(k for t in reached for k in held[t])}
            return sorted(members), sorted(reached)
    return None


def _place(new: int, domains: Sequence[Sequence[int]], room: Sequence[int], held: list[list[int]]) -> set[int] | None:
    """Give `new` a slot, moving others along an augmenting path; the slots reached if there is no such path."""
    came: dict[int, tuple[int, int]] = {}
    queue: deque[int] = deque()

    def reach(who: int, source: int) -> bool:
        """Note the slots that `who` could go to; if one has room, move everybody along the path that led there."""
        for slot in domains[who]:
            if slot in came:
                continue
            came[slot] = (who, source)
            if len(held[slot]) < room[slot]:
                to = slot
                while to >= 0:
                    moved, before = came[to]
                    held[to].append(moved)
                    if before >= 0:
                        held[before].remove(moved)
                    to = before
                return True
            queue.append(slot)
        return False

    if reach(new, -1):
        return None
    while queue:
        full = queue.popleft()
        for who in list(held[full]):
            if reach(who, full):
                return None
    return set(came)
