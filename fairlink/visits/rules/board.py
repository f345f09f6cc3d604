"""The state of a search: who meets in which slot, what that costs, and the moves that keep every rule."""

from collections.abc import Mapping, Sequence

from fairlink.visits.rules.grid import Grid, Slots

#: What an unscheduled meeting costs, in gaps; each step outweighs any number of the next that a move can touch.
MANDATORY, MUST, MEET = 1_000_000, 20_000, 100
#: What each meeting missing to a participant's minimum costs: more than leaving out a meeting of two others.
SHORT = 300
#: A gap beyond the problem's fairness, or missing to what is fair, costs so many more.
UNFAIR = 20
#: Longer paths of meetings are not followed: they hardly ever pay.
LONGEST = 400


class Board:
    """Meetings in slots without any clash; meetings may be out. Slot -1 means out.

    Swapping two slots along the path of meetings that alternate between them keeps everybody free of clashes and
    changes when people are busy only at the two ends of the path (Kempe's chains, as for edge colouring), so a move
    is cheap at any size.
    """

    def __init__(self, grid: Grid, floor: int = 0) -> None:
        """`floor`: the gaps that everybody is to have, for fairness, where somebody cannot do with few."""
        self.grid = grid
        self.floor = floor
        self.people = len(grid.of)
        self.reach = [sum(1 << t for t in domain) for domain in grid.domains]
        self.slot = [-1] * len(grid.domains)
        self.at = [[-1] * grid.problem.slots for _ in grid.of]
        self.busy = [0] * self.people
        self.low = [p.minimum for p in grid.problem.participants]
        self.high = [
            len(grid.of[p]) if w.maximum is None else w.maximum for p, w in enumerate(grid.problem.participants)
        ]
        self.room = [place.capacity for place in grid.problem.places]
        self.use = [[0] * grid.problem.slots for _ in self.room]
        self.before: list[list[int]] = [[] for _ in grid.domains]
        for k, earlier in enumerate(grid.after):
            for q in earlier:
                self.before[q].append(k)
        self.linked = [bool(grid.after[k] or self.before[k]) for k in range(len(grid.domains))]
        self.weight = [
            MANDATORY if grid.mandatory[k] else MUST if grid.must(k) else MEET for k in range(len(self.slot))
        ]
        self._gaps: dict[int, int] = {}
        self.cost = [self.price(p, 0) for p in range(self.people)]
        self.total = sum(self.cost)
        self.missing = sum(self.weight)

    def price(self, p: int, mask: int) -> int:
        """What it costs that participant `p` is busy in the slots of `mask`: gaps, and meetings below the minimum."""
        gaps = self._gaps.get(mask)
        if gaps is None:
            gaps = self._gaps[mask] = self._count(mask)
        short = self.low[p] - mask.bit_count()
        return gaps + SHORT * short if short > 0 else gaps

    def _count(self, mask: int) -> int:
        """The gaps of a busy mask, those beyond the problem's fairness, or below the floor, counted dearer."""
        gaps = self.grid.gaps_in(mask)
        fair = self.grid.problem.fairness
        if fair is None:
            return gaps
        return gaps + UNFAIR * max(0, gaps - self.floor - fair, self.floor - gaps)

    def _set(self, p: int, mask: int) -> None:
        self.busy[p] = mask
        price = self.price(p, mask)
        self.total += price - self.cost[p]
        self.cost[p] = price

    def put(self, k: int, t: int) -> None:
        for p in (self.grid.a[k], self.grid.b[k]):
            self.at[p][t] = k
            self._set(p, self.busy[p] | 1 << t)
        self.slot[k] = t
        self.missing -= self.weight[k]
        if self.grid.place[k] >= 0:
            self.use[self.grid.place[k]][t] += 1

    def pop(self, k: int) -> None:
        t = self.slot[k]
        for p in (self.grid.a[k], self.grid.b[k]):
            self.at[p][t] = -1
            self._set(p, self.busy[p] & ~(1 << t))
        self.slot[k] = -1
        self.missing += self.weight[k]
        if self.grid.place[k] >= 0:
            self.use[self.grid.place[k]][t] -= 1

    def free(self, k: int, t: int) -> bool:
        """Is there room for meeting `k` in slot `t`?"""
        place = self.grid.place[k]
        return place < 0 or self.use[place][t] < self.room[place]

    def full(self, k: int) -> bool:
        """Has one of the two as many meetings as it may?"""
        a, b = self.grid.a[k], self.grid.b[k]
        return self.busy[a].bit_count() >= self.high[a] or self.busy[b].bit_count() >= self.high[b]

    def in_order(self, k: int, t: int, moved: Mapping[int, int] | None = None) -> bool:
        """Would meeting `k` in slot `t` be after and before those it must be, the `moved` ones where they go?"""
        where = {} if moved is None else moved
        if any(where.get(q, self.slot[q]) >= t for q in self.grid.after[k]):
            return False
        return not any(0 <= where.get(q, self.slot[q]) <= t for q in self.before[k])

    def options(self, k: int) -> list[int]:
        """Slots that meeting `k`, which is out, could take now."""
        if self.full(k):
            return []
        mask = self.reach[k] & ~(self.busy[self.grid.a[k]] | self.busy[self.grid.b[k]])
        found = []
        while mask:
            bit = mask & -mask
            mask ^= bit
            t = bit.bit_length() - 1
            if self.free(k, t) and (not self.linked[k] or self.in_order(k, t)):
                found.append(t)
        return found

    def change(self, k: int, t: int) -> float:
        """By how much the cost would rise if meeting `k`, which is out, took slot `t`; fuller slots a shade dearer."""
        rise = float(sum(self.price(p, self.busy[p] | 1 << t) - self.cost[p] for p in (self.grid.a[k], self.grid.b[k])))
        place = self.grid.place[k]
        return rise if place < 0 else rise + self.use[place][t] / (2 * self.room[place])

    def path(self, k: int, s: int, t: int) -> tuple[list[int], list[int]] | None:
        """The meetings to swap between slots `s` (where `k` is) and `t`, and the people at the loose ends.

        None if one of them may not go to the other slot.
        """
        if not self.reach[k] >> t & 1:
            return None
        a, b, at, reach = self.grid.a, self.grid.b, self.at, self.reach
        members, ends = [k], []
        for start in (a[k], b[k]):
            person, here, there = start, s, t
            while True:
                following = at[person][there]
                if following < 0:
                    ends.append(person)
                    break
                if following == k:
                    return members, []
                if not reach[following] >> here & 1 or len(members) > LONGEST:
                    return None
                members.append(following)
                person = a[following] + b[following] - person
                here, there = there, here
        return members, ends

    def rise(self, ends: Sequence[int], s: int, t: int) -> int:
        """By how much the cost would rise if those at the ends of a path swapped the two slots."""
        both = 1 << s | 1 << t
        return sum(self.price(p, self.busy[p] ^ both) - self.cost[p] for p in ends)

    def fits(self, members: Sequence[int], s: int, t: int) -> bool:
        """Does swapping the members between the slots keep to the room of their places and to the order asked for?"""
        more: dict[int, int] = {}
        ordered = False
        for k in members:
            place = self.grid.place[k]
            more[place] = more.get(place, 0) + (1 if self.slot[k] == s else -1)
            ordered = ordered or self.linked[k]
        for place, n in more.items():
            if place < 0 or not n:
                continue
            slot = t if n > 0 else s
            if self.use[place][slot] + abs(n) > self.room[place]:
                return False
        if ordered:
            moved = {k: s + t - self.slot[k] for k in members}
            return all(self.in_order(k, slot, moved) for k, slot in moved.items() if self.linked[k])
        return True

    def swap(self, members: Sequence[int], ends: Sequence[int], s: int, t: int) -> None:
        """Move each of the path's members to the other of the two slots."""
        a, b, at, slot, place = self.grid.a, self.grid.b, self.at, self.slot, self.grid.place
        for k in members:
            at[a[k]][slot[k]] = at[b[k]][slot[k]] = -1
        for k in members:
            old = slot[k]
            new = slot[k] = s + t - old
            at[a[k]][new] = at[b[k]][new] = k
            if place[k] >= 0:
                self.use[place[k]][old] -= 1
                self.use[place[k]][new] += 1
        for p in ends:
            self._set(p, self.busy[p] ^ (1 << s | 1 << t))

    def load(self, slots: Slots) -> None:
        """Take over a whole agenda (None: out), which must be free of clashes."""
        for k, t in enumerate(self.slot):
            if t >= 0:
                self.pop(k)
        for k, new in enumerate(slots):
            if new is not None:
                self.put(k, new)

    def slots(self) -> list[int | None]:
        return [t if t >= 0 else None for t in self.slot]
