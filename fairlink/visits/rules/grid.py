"""A problem with its ids turned into positions and each meeting's possible slots worked out: what the solvers read."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from fairlink.visits.rules.problem import Meeting, Priority, Problem, Session

Slots = Sequence[int | None]


@dataclass(frozen=True)
class Grid:
    """Positions instead of ids. Per meeting: its two participants, possible slots, place (-1: none), predecessors.

    `published` is the slot a meeting had before (None: none). Made by `read`, never by hand.
    """

    problem: Problem
    a: tuple[int, ...]
    b: tuple[int, ...]
    domains: tuple[tuple[int, ...], ...]
    place: tuple[int, ...]
    after: tuple[tuple[int, ...], ...]
    mandatory: tuple[bool, ...]
    published: tuple[int | None, ...]
    of: tuple[tuple[int, ...], ...]
    windows: tuple[range, ...]

    @property
    def size(self) -> int:
        """Pairs of a meeting and a slot it may use: the measure of a model's size."""
        return sum(map(len, self.domains))

    @property
    def all_mandatory(self) -> bool:
        return all(self.mandatory)

    def label(self, participant: int) -> str:
        return self.problem.participants[participant].label

    def pair(self, meeting: int) -> dict[str, str | int]:
        """The two names of a meeting, as parameters of a reason."""
        return {"a": self.label(self.a[meeting]), "b": self.label(self.b[meeting])}

    def ids(self, meetings: Iterable[int]) -> tuple[str, ...]:
        return tuple(self.problem.meetings[k].id for k in meetings)

    def must(self, meeting: int) -> bool:
        return self.problem.meetings[meeting].priority is Priority.MUST_MEET

    def gaps_of(self, participant: int, slots: Slots) -> int:
        """Gaps of one participant under `slots` (position by meeting)."""
        mask = 0
        for k in self.of[participant]:
            at = slots[k]
            if at is not None:
                mask |= 1 << at
        return self.gaps_in(mask)

    def gaps_in(self, mask: int) -> int:
        """Gaps of a participant busy in the slots of the bit mask, day by day."""
        total = 0
        for window in self.windows:
            part = mask >> window.start & (1 << len(window)) - 1
            if part:
                total += (part & ~(part << 1)).bit_count() - 1
        return total

    def gaps(self, slots: Slots) -> list[int]:
        """Gaps of every participant."""
        return [self.gaps_of(p, slots) for p in range(len(self.of))]

    def fair(self, gaps: Sequence[int]) -> bool:
        """Do the participants' numbers of gaps keep within the problem's fairness of each other?"""
        limit = self.problem.fairness
        return limit is None or not gaps or max(gaps) - min(gaps) <= limit


def read(
    problem: Problem,
    *,
    published: Mapping[str, int] | None = None,
    frozen: Collection[str] = (),
    only_unbooked: bool = False,
) -> Grid:
    """Turn a problem into positions.

    A `frozen` meeting keeps its published slot, whatever else must give way; with `only_unbooked` every published one
    does, so that only slots still free are given away. Raises ValueError for ids that are doubled or unknown and for a
    meeting with oneself.
    """
    position = _positions([p.id for p in problem.participants], "participant")
    places = _positions([p.id for p in problem.places], "place")
    number = _positions([m.id for m in problem.meetings], "meeting")
    before = published or {}
    held = set(before) if only_unbooked else set(frozen) & set(before)
    of: dict[int, list[int]] = defaultdict(list)
    for k, m in enumerate(problem.meetings):
        _require(m, position, places, number)
        of[position[m.a]].append(k)
        of[position[m.b]].append(k)
    starts = sorted({0, *(s for s in problem.day_starts if 0 < s < problem.slots)})
    ends = [*starts[1:], problem.slots]
    return Grid(
        problem=problem,
        a=tuple(position[m.a] for m in problem.meetings),
        b=tuple(position[m.b] for m in problem.meetings),
        domains=tuple(
            _domain(problem, m, position, before.get(m.id) if m.id in held else None) for m in problem.meetings
        ),
        place=tuple(-1 if m.place is None else places[m.place] for m in problem.meetings),
        after=tuple(tuple(sorted({number[q] for q in m.after})) for m in problem.meetings),
        mandatory=tuple(m.mandatory or m.id in held for m in problem.meetings),
        published=tuple(before.get(m.id) for m in problem.meetings),
        of=tuple(tuple(of[p]) for p in range(len(problem.participants))),
        windows=tuple(range(s, e) for s, e in zip(starts, ends, strict=True)),
    )


def _positions(ids: Sequence[str], what: str) -> dict[str, int]:
    found = {name: i for i, name in enumerate(ids)}
    if len(found) < len(ids):
        twice = next(name for i, name in enumerate(ids) if found[name] != i)
        raise ValueError(f"{what} id {twice!r} is used twice")
    return found


def _require(m: Meeting, position: Mapping[str, int], places: Mapping[str, int], number: Mapping[str, int]) -> None:
    unknown = [name for name in (m.a, m.b) if name not in position]
    unknown += [name for name in m.after if name not in number]
    if m.place is not None and m.place not in places:
        unknown.append(m.place)
    if unknown:
        raise ValueError(f"meeting {m.id!r} names {unknown[0]!r}, which is not there")
    if m.a == m.b:
        raise ValueError(f"meeting {m.id!r} is of {m.a!r} with oneself")


def _domain(problem: Problem, m: Meeting, position: Mapping[str, int], held: int | None) -> tuple[int, ...]:
    if frozenset((m.a, m.b)) in problem.vetoes:
        return ()
    one, other = (problem.participants[position[name]] for name in (m.a, m.b))
    free = [t for t in range(problem.slots) if t not in one.forbidden and t not in other.forbidden]
    if m.session is not None:
        free = [t for t in free if (t in problem.morning) == (m.session is Session.AM)]
    for only in (m.fixed, held):
        if only is not None:
            free = [t for t in free if t == only]
    return tuple(free)


def spans(slots: Iterable[int]) -> str:
    """Sorted slot numbers as text, runs drawn together: 0, 1, 2, 5 is '0-2, 5'."""
    runs: list[list[int]] = []
    for slot in slots:
        if runs and runs[-1][-1] == slot - 1:
            runs[-1][1:] = [slot]
        else:
            runs.append([slot])
    return ", ".join("-".join(map(str, run)) for run in runs)
