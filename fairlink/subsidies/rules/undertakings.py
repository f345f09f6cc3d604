"""Which firms belong together by the links between them."""

from collections.abc import Iterable


def held_together(firms: Iterable[int], links: Iterable[tuple[int, int]]) -> list[frozenset[int]]:
    """The parts into which `firms` fall, the largest first (of equals that with the lowest id): (1, 2, 3) with the link
    (2, 3) are {2, 3} and {1}. Links to other firms do not count."""
    part_of = {firm: {firm} for firm in firms}
    for one, other in links:
        if one in part_of and other in part_of and part_of[one] is not part_of[other]:
            joined = part_of[one] | part_of[other]
            part_of |= dict.fromkeys(joined, joined)
    parts = {frozenset(part) for part in part_of.values()}
    return sorted(parts, key=lambda part: (-len(part), min(part)))
