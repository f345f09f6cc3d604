"""The agenda as a CP-SAT model: who meets when, what counts as a gap, and the room there is."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ortools.sat.python import cp_model

from fairlink.visits.rules.grid import Grid, Slots

Literal = cp_model.IntVar | cp_model.NotBooleanVariable
Linear = cp_model.LinearExpr | int

#: The share of a place's room that is to be filled beyond which it is short.
SHORT_OF_ROOM = 0.7


@dataclass(frozen=True)
class Unit:
    """Meetings the model need not tell apart: same slots, same participants (b = -1: others who meet nobody else)."""

    a: int
    b: int
    domain: tuple[int, ...]
    place: int
    members: tuple[int, ...]


class AgendaModel:
    """Every agenda of a grid, and expressions for what is to be counted in it.

    With `apart` every meeting is a unit of its own, as objectives that look at single meetings need it. Otherwise
    interchangeable meetings are drawn together, which spares the solver to prove every permutation of them bad.
    """

    def __init__(self, grid: Grid, *, apart: bool = False) -> None:
        self.grid = grid
        self.cp = cp_model.CpModel()
        self.units = _units(grid, apart or not grid.all_mandatory)
        self.at: list[dict[int, cp_model.IntVar]] = [
            {t: self.cp.new_bool_var("") for t in unit.domain} for unit in self.units
        ]
        self.held: list[Linear] = [self._held(i) for i in range(len(self.units))]
        self.of: list[list[int]] = [[] for _ in grid.of]
        for i, unit in enumerate(self.units):
            self.of[unit.a].append(i)
            if unit.b >= 0:
                self.of[unit.b].append(i)
        self.busy = [self._busy(p) for p in range(len(grid.of))]
        for place in range(len(grid.problem.places)):
            self._place(place)
        self._order()

    def _held(self, i: int) -> Linear:
        unit, options = self.units[i], list(self.at[i].values())
        if len(unit.members) > 1:
            self.cp.add(sum(options) == len(unit.members))
        elif self.grid.mandatory[unit.members[0]]:
            self.cp.add_exactly_one(options)
        else:
            on = self.cp.new_bool_var("")
            self.cp.add_exactly_one([*options, ~on])
            return on
        return len(unit.members)

    def _busy(self, p: int) -> list[Literal | None]:
        """Per slot, is the participant in a meeting? None where that cannot be."""
        busy: list[Literal | None] = []
        for t in range(self.grid.problem.slots):
            options = [self.at[i][t] for i in self.of[p] if t in self.at[i]]
            if len(options) > 1:
                any_of = self.cp.new_bool_var("")
                self.cp.add_exactly_one([*options, ~any_of])
                options = [any_of]
            busy.append(options[0] if options else None)
        count = sum(self.held[i] for i in self.of[p])
        who = self.grid.problem.participants[p]
        if len(self.of[p]) > 1:
            # Follows from the rest, but lets the solver see at once how many slots are still to be filled.
            self.cp.add(sum(b for b in busy if b is not None) == count)
        if who.maximum is not None and who.maximum < len(self.grid.of[p]):
            self.cp.add(count <= who.maximum)
        return busy

    def _place(self, place: int) -> None:
        """Room for the place's meetings in every slot.

        Where room is short the meetings of each slot are counted as well, which shows early that the rest will not
        hold those still out; where it is not, counting only slows the solver down.
        """
        capacity = self.grid.problem.places[place].capacity
        slots = range(self.grid.problem.slots)
        here = [i for i, unit in enumerate(self.units) if unit.place == place]
        meetings = sum(len(self.units[i].members) for i in here)
        if meetings <= SHORT_OF_ROOM * capacity * len(slots):
            for slot in slots:
                clusters, ends = self._clusters(place, slot)
                if len(clusters) > capacity:
                    self.cp.add(sum(clusters) <= capacity)
                    # The same counted by people, two to a meeting: without it the solver forgets whom it has seated.
                    self.cp.add(sum(ends) <= 2 * capacity)
            return
        counts = [self.cp.new_int_var(0, capacity, "") for _ in slots]
        for slot, count in zip(slots, counts, strict=True):
            clusters, ends = self._clusters(place, slot)
            self.cp.add(sum(clusters) == count)
            self.cp.add(sum(ends) == 2 * count)
        self.cp.add(sum(counts) == sum(self.held[i] for i in here))

    def _clusters(self, place: int, slot: int) -> tuple[list[Literal], list[Literal]]:
        """The place's meetings in the slot, drawn together, and the people in them.

        Of the meetings of one participant at most one is held, so the meetings are drawn together into as few such
        clusters as a greedy choice finds: a sum over clusters is a far tighter constraint than one over meetings.
        """
        left = {i for i, unit in enumerate(self.units) if unit.place == place and slot in self.at[i]}
        stars = {p: [i for i in mine if i in left] for p, mine in enumerate(self.of)}
        ends: list[Literal] = [self.at[i][slot] for i in sorted(left) if self.units[i].b < 0]
        for p, star in stars.items():
            whole = self._whole(p, slot, star)
            ends += [self.at[i][slot] for i in star] if whole is None else [whole]
        clusters: list[Literal] = []
        size = {p: len(star) for p, star in stars.items() if star}
        while left:
            p = max(size, key=size.__getitem__)
            star = [i for i in stars[p] if i in left]
            left.difference_update(star)
            for i in star:
                for q in (self.units[i].a, self.units[i].b):
                    if q >= 0:
                        size[q] -= 1
            clusters.append(self._cluster(p, slot, star))
        return clusters, ends

    def _whole(self, p: int, slot: int, star: Sequence[int]) -> Literal | None:
        """'Participant busy in the slot', if these are all the meetings that could keep them busy."""
        return self.busy[p][slot] if star and len(star) == sum(slot in self.at[i] for i in self.of[p]) else None

    def _cluster(self, p: int, slot: int, star: Sequence[int]) -> Literal:
        whole = self._whole(p, slot, star)
        if whole is not None:
            return whole
        if len(star) == 1:
            return self.at[star[0]][slot]
        one = self.cp.new_bool_var("")
        self.cp.add_exactly_one([*(self.at[i][slot] for i in star), ~one])
        return one

    def _order(self) -> None:
        """A meeting in slot t needs each of those it must come after in a slot before t, or not held at all."""
        unit_of = {k: i for i, unit in enumerate(self.units) for k in unit.members}
        for k, earlier in enumerate(self.grid.after):
            for q in earlier:
                first, then = unit_of[q], unit_of[k]
                on = self.held[first]
                for t, literal in self.at[then].items():
                    sooner = [v for s, v in self.at[first].items() if s < t]
                    off = [~on] if isinstance(on, cp_model.IntVar) else []
                    self.cp.add_bool_or([~literal, *off, *sooner])

    @cached_property
    def gaps(self) -> list[Linear]:
        """Gaps of every participant (expressions that are exact; made on first use)."""
        return [sum(self._gaps(p, window) for window in self.grid.windows) for p in range(len(self.busy))]

    def _gaps(self, p: int, window: range) -> Linear:
        busy = [self.busy[p][t] for t in window]
        seats = sum(b is not None for b in busy)
        known = len(self.grid.windows) == 1 and all(self.grid.mandatory[k] for k in self.grid.of[p])
        meetings = sum(len(self.units[i].members) for i in self.of[p])
        meetings = meetings if known else min(seats, meetings)
        if meetings < 2 or (known and meetings == len(window)):
            return 0
        if all(len(self.units[i].domain) == len(self.units[i].members) for i in self.of[p]) and known:
            mask = sum(1 << t for i in self.of[p] for t in self.units[i].domain)
            return self.grid.gaps_in(mask)
        gaps = self.cp.new_int_var(0, min(meetings - 1, (len(window) - 1) // 2), "")
        here: Linear = 1
        if not known:
            some = self.cp.new_bool_var("")
            literals = [b for b in busy if b is not None]
            self.cp.add_bool_or([*literals, ~some])
            for literal in literals:
                self.cp.add_implication(literal, some)
            here = some
        # Blocks of meetings are counted by their starts and again by their ends: redundant, but both propagate.
        self.cp.add(sum(self._starts(busy)) == gaps + here)
        self.cp.add(sum(self._starts(busy[::-1])) == gaps + here)
        if known:
            self._one_block(busy, meetings, gaps)
        return gaps

    def _starts(self, busy: Sequence[Literal | None]) -> list[Literal]:
        """Literals of 'a block of meetings starts here', exact both ways."""
        starts: list[Literal] = []
        previous: Literal | None = None
        for current in busy:
            if current is not None and previous is not None:
                start = self.cp.new_bool_var("")
                self.cp.add_bool_or(start, ~current, previous)
                self.cp.add_implication(start, current)
                self.cp.add_implication(start, ~previous)
                starts.append(start)
            elif current is not None:
                starts.append(current)
            previous = current
        return starts

    def _one_block(self, busy: Sequence[Literal | None], meetings: int, gaps: cp_model.IntVar) -> None:
        """Without a gap the meetings are one block: choose its start. What no gap costs is then seen early."""
        whole = self.cp.new_bool_var("")
        self.cp.add(gaps == 0).only_enforce_if(whole)
        self.cp.add(gaps >= 1).only_enforce_if(~whole)
        starts = []
        for first in range(len(busy) - meetings + 1):
            if any(b is None for b in busy[first : first + meetings]):
                continue
            start = self.cp.new_bool_var("")
            starts.append(start)
            for t, literal in enumerate(busy):
                if literal is not None:
                    self.cp.add_implication(start, literal if first <= t < first + meetings else ~literal)
        self.cp.add_exactly_one([*starts, ~whole])

    def be_fair(self) -> None:
        """Keep the participants' numbers of gaps within the problem's fairness of each other."""
        limit = self.grid.problem.fairness
        if limit is None or not self.gaps:
            return
        if any(isinstance(g, int) and g == 0 for g in self.gaps):
            # Almost always somebody cannot have a gap: then the limit holds for each by itself.
            for g in self.gaps:
                self.cp.add(g <= limit)
            return
        least, most = (self.cp.new_int_var(0, self.grid.problem.slots, "") for _ in range(2))
        self.cp.add(most - least <= limit)
        for g in self.gaps:
            self.cp.add(g <= most)
            self.cp.add(g >= least)

    def hint(self, slots: Slots) -> None:
        """Tell the solver of an agenda to start from (meetings kept apart only)."""
        self.cp.clear_hints()  # type: ignore[no-untyped-call]  # ortools leaves it unannotated
        for i, unit in enumerate(self.units):
            at = slots[unit.members[0]]
            for t, literal in self.at[i].items():
                self.cp.add_hint(literal, t == at)

    def slots(self, solver: cp_model.CpSolver | cp_model.CpSolverSolutionCallback) -> list[int | None]:
        """The agenda of a solved model: slot by meeting."""
        found: list[int | None] = [None] * len(self.grid.domains)
        for unit, options in zip(self.units, self.at, strict=True):
            chosen = [t for t, literal in options.items() if solver.boolean_value(literal)]
            for k, t in zip(unit.members, chosen, strict=False):
                found[k] = t
        return found


def _units(grid: Grid, apart: bool) -> list[Unit]:
    linked = {k for k, earlier in enumerate(grid.after) if earlier} | {q for earlier in grid.after for q in earlier}
    alike: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for k, domain in enumerate(grid.domains):
        a, b = grid.a[k], grid.b[k]
        if apart or k in linked:
            alike[a, b, domain, grid.place[k], k].append(k)
            continue
        if len(grid.of[a]) == 1:
            a, b = b, a
        one = -1 if len(grid.of[b]) == 1 else b
        alike[(a, one) if one < 0 else (min(a, b), max(a, b)), domain, grid.place[k]].append(k)
    units = []
    for members in alike.values():
        k = members[0]
        a, b = grid.a[k], grid.b[k]
        if not (apart or k in linked):
            if len(grid.of[a]) == 1:
                a, b = b, a
            if len(grid.of[b]) == 1:
                b = -1
        units.append(Unit(a, b, grid.domains[k], grid.place[k], tuple(members)))
    return units
