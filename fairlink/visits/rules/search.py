"""Looking for a good agenda of any size without proof: greedy, with room made by swaps, then simulated annealing."""

import math
import random
import time
from collections.abc import Callable, Sequence

from fairlink.visits.rules.board import LONGEST, Board
from fairlink.visits.rules.grid import Grid, Slots

#: Temperatures in gaps: at the first a rise of two gaps is often taken, at the last hardly any rise is.
HOT, COLD = 2.0, 0.05
#: Of more free slots than any fair has, only the first so many are weighed against each other.
WEIGHED = 200


class Search:
    """One search with its best agenda so far: `best` and its `value`."""

    def __init__(self, grid: Grid, seed: int = 1, floor: int = 0) -> None:
        self.grid = grid
        self.board = Board(grid, floor)
        # Chance is wanted here, not secrecy.
        self.random = random.Random(seed)  # noqa: S311
        self.best: list[int | None] = self.board.slots()
        self.value = self._value()

    def _value(self) -> int:
        return self.board.missing + self.board.total

    def seated(self) -> bool:
        """Does the best agenda hold all mandatory meetings, in order?"""
        return all(t is not None for k, t in enumerate(self.best) if self.grid.mandatory[k])

    def complete(self) -> bool:
        """Does the best agenda hold all mandatory meetings, in order and fairly?"""
        return self.seated() and self.grid.fair(self.grid.gaps(self.best))

    def levelled(self) -> "Search":
        """A search from the best agenda on, in which others have gaps too since somebody cannot do with few."""
        fairness = self.grid.problem.fairness or 0
        floor = max(self.grid.gaps(self.best), default=0) - fairness
        other = Search(self.grid, floor=max(0, floor))
        other.board.load(self.best)
        other.best, other.value = other.board.slots(), other._value()
        return other

    def keep(self) -> None:
        """Take the present agenda as the best if it is better."""
        value = self._value()
        if value < self.value:
            self.best, self.value = self.board.slots(), value

    def first_come(self, order: Sequence[int] | None = None) -> None:
        """What an agenda without a solver does: each meeting in turn takes the first slot that is free for it."""
        for k in range(len(self.grid.domains)) if order is None else order:
            options = self.board.options(k)
            if options:
                self.board.put(k, options[0])
        self.keep()

    def construct(self, published: Slots | None = None) -> None:
        """A first agenda: published slots where they still fit, then the hardest first, making room by swaps."""
        board, grid = self.board, self.grid
        for k, t in enumerate(published or ()):
            if t is not None and t in board.options(k):
                board.put(k, t)
        load = [len(mine) for mine in grid.of]

        def ease(k: int) -> tuple[bool, int, int]:
            width = len(grid.domains[k])
            return width > 1, -board.weight[k], width - load[grid.a[k]] - load[grid.b[k]]

        for k in sorted((k for k, t in enumerate(board.slot) if t < 0), key=ease):
            self._insert(k)
        self.keep()

    def _insert(self, k: int, tries: int = 10**9) -> bool:
        """Give meeting `k` the cheapest free slot, or free one by moving the path of meetings that blocks it."""
        board = self.board
        options = board.options(k)
        if options:
            board.put(k, min(options[:WEIGHED], key=lambda t: board.change(k, t)))
            return True
        if board.full(k):
            return False
        a, b = self.grid.a[k], self.grid.b[k]
        slots = range(self.grid.problem.slots)
        idle = [[t for t in slots if not board.busy[p] >> t & 1] for p in (a, b)]
        for each in idle:
            self.random.shuffle(each)
        mine, theirs = idle[0][:tries], idle[1][:tries]
        return self._make_room(k, a, b, mine, theirs) or self._make_room(k, b, a, theirs, mine)

    def _make_room(self, k: int, one: int, other: int, mine: Sequence[int], theirs: Sequence[int]) -> bool:
        """Free a slot of `mine` for the `other`, whose meeting there goes to one of `theirs`."""
        board = self.board
        for s in mine:
            blocking = board.at[other][s]
            if blocking < 0 or not board.reach[k] >> s & 1:
                continue
            for t in theirs:
                path = board.path(blocking, s, t)
                if path is None or one in path[1] or not board.fits(path[0], s, t):
                    continue
                board.swap(*path, s, t)
                if board.free(k, s) and board.at[one][s] < 0 and (not board.linked[k] or board.in_order(k, s)):
                    board.put(k, s)
                    return True
                board.swap(*path, s, t)
        return False

    def anneal(self, seconds: float, alive: Callable[[], bool] = lambda: True, hot: float = HOT) -> None:
        """Improve for so many seconds, or until `alive` says no or nothing is left to improve."""
        board, chance = self.board, self.random.random
        start = time.monotonic()
        out = [k for k, t in enumerate(board.slot) if t < 0 and board.reach[k]]
        pinned = [len(domain) < 2 for domain in self.grid.domains]
        movable = [k for k, fast in enumerate(pinned) if not fast]
        uneasy: list[int] = []
        temperature, step, pace = hot, 0, max(128, len(board.slot) // 4)
        while movable or out:
            if step % pace == 0:
                self.keep()
                share = (time.monotonic() - start) / seconds if seconds > 0 else 1
                uneasy = [p for p, cost in enumerate(board.cost) if cost and self.grid.of[p]]
                if share >= 1 or not (out or uneasy) or not alive():
                    break
                temperature = hot * (COLD / hot) ** share
            step += 1
            if out and (chance() < 0.15 or not movable):
                self._admit(out, temperature)
            elif movable:
                self._shift(uneasy, movable, pinned, temperature)
        self.keep()

    def _shift(self, uneasy: Sequence[int], movable: Sequence[int], pinned: Sequence[bool], temperature: float) -> None:
        """Swap a meeting, more often one of somebody with gaps, to another slot along its path."""
        board, chance = self.board, self.random.random
        if uneasy and chance() < 0.7:
            mine = self.grid.of[uneasy[int(chance() * len(uneasy))]]
            k = mine[int(chance() * len(mine))]
        else:
            k = movable[int(chance() * len(movable))]
        s = board.slot[k]
        t = int(chance() * self.grid.problem.slots)
        if s < 0 or t == s or pinned[k]:
            return
        path = board.path(k, s, t)
        if path is None or len(path[0]) > LONGEST:
            return
        rise = board.rise(path[1], s, t)
        if (rise <= 0 or chance() < math.exp(-rise / temperature)) and board.fits(path[0], s, t):
            board.swap(*path, s, t)

    def _admit(self, out: list[int], temperature: float) -> None:
        """Try to seat a meeting that is out: in room made for it, or in the place of others that weigh no more."""
        board, chance = self.board, self.random.random
        i = int(chance() * len(out))
        k = out[i]
        if chance() < 0.3 and self._insert(k, 6):
            out[i] = out[-1]
            out.pop()
            return
        t = int(chance() * self.grid.problem.slots)
        if not board.reach[k] >> t & 1:
            return
        rivals = {board.at[p][t] for p in (self.grid.a[k], self.grid.b[k])} - {-1}
        if not rivals and not board.free(k, t):
            place = self.grid.place[k]
            rival = next((q for q in (int(chance() * len(board.slot)) for _ in range(40)) if board.slot[q] == t), None)
            if rival is None or self.grid.place[rival] != place:
                return
            rivals = {rival}
        if sum(board.weight[q] for q in rivals) - board.weight[k] <= 12 * temperature:
            self._replace(out, i, t, rivals, temperature)

    def _replace(self, out: list[int], i: int, t: int, rivals: set[int], temperature: float) -> None:
        board, k = self.board, out[i]
        before = board.total
        for q in rivals:
            board.pop(q)
        if t in board.options(k):
            board.put(k, t)
            rise = board.total - before + sum(board.weight[q] for q in rivals) - board.weight[k]
            if rise <= 0 or self.random.random() < math.exp(-rise / temperature):
                out[i] = out[-1]
                out.pop()
                out.extend(rivals)
                return
            board.pop(k)
        for q in rivals:
            board.put(q, t)
