"""From a fair's participants and accepted requests to a problem for the optimiser, and from its answer to tables."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fairlink.visits.rules.halves import HalfDay, half_of
from fairlink.visits.rules.problem import Meeting, Participant, Place, Priority, Problem, Session
from fairlink.visits.states import AgendaMode, Half, Side

#: The one place of a fair with tables.
TABLES = "tables"


@dataclass(frozen=True, slots=True)
class Slot:
    """A time slot of the fair."""

    id: int
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class Person:
    """A visit or an exhibitor.

    `busy` are the slot ids of what is not planned here, `spoken_for` how many meetings it has beside those planned.
    """

    side: Side
    id: int
    name: str
    away: frozenset[HalfDay] = frozenset()
    busy: frozenset[int] = frozenset()
    spoken_for: int = 0

    @property
    def key(self) -> str:
        return key_of(self.side, self.id)


@dataclass(frozen=True, slots=True)
class Wish:
    """An accepted request: how much it is wanted, where it was published, and where it is fixed by hand (slot ids).

    `half` is the only half of a day in which it may be held.
    """

    request_id: int
    visit_id: int
    exhibitor_id: int
    must_meet: bool = False
    half: Half | None = None
    published_in: int | None = None
    fixed_in: int | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What the fair says: zone, tables (None: at the exhibitors' stands), least and most meetings by side."""

    zone: str
    tables: int | None = None
    minimum: Mapping[Side, int] = field(default_factory=dict)
    maximum: Mapping[Side, int | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """A problem whose meetings are request ids as text, the slot ids by its numbers, and what is published."""

    problem: Problem
    slot_ids: tuple[int, ...]
    published: Mapping[str, int]
    only_unbooked: bool = False


def key_of(side: Side, owner_id: int) -> str:
    """The id of a participant in a problem."""
    return f"{side.value}-{owner_id}"


def plan(
    slots: Sequence[Slot],
    people: Iterable[Person],
    wishes: Sequence[Wish],
    terms: Terms,
    mode: AgendaMode,
    *,
    now: datetime,
) -> Plan:
    """What the optimiser is to solve. `slots` are all of the fair in order; those that have begun are nobody's.

    A meeting that is fixed by hand must be held where it is. In mode UNBOOKED published ones stay, even on half days
    that somebody has since taken off; in mode REPAIR they move only where they must.
    """
    number = {slot.id: i for i, slot in enumerate(slots)}
    halves = [half_of(slot.starts_at, terms.zone) for slot in slots]
    begun = {i for i, slot in enumerate(slots) if slot.starts_at <= now}
    published = {
        str(wish.request_id): number[wish.published_in]
        for wish in wishes
        if wish.published_in is not None and mode is not AgendaMode.FULL
    }
    kept = _kept(wishes, number, mode)
    participants = []
    for person in people:
        away = {i for i, half in enumerate(halves) if half in person.away} - kept.get(person.key, set())
        busy = {number[slot_id] for slot_id in person.busy if slot_id in number}
        most = terms.maximum.get(person.side)
        participants.append(
            Participant(
                person.key,
                frozenset(away | busy | begun),
                minimum=max(0, terms.minimum.get(person.side, 0) - person.spoken_for),
                maximum=None if most is None else max(0, most - person.spoken_for),
                name=person.name,
            )
        )
    problem = Problem(
        slots=len(slots),
        participants=tuple(participants),
        meetings=tuple(_meeting(wish, number, terms) for wish in wishes),
        places=() if terms.tables is None else (Place(TABLES, terms.tables),),
        morning=frozenset(i for i, (_, half) in enumerate(halves) if half is Half.AM),
        day_starts=tuple(i for i, (on, _) in enumerate(halves) if i == 0 or halves[i - 1][0] != on),
    )
    return Plan(problem, tuple(slot.id for slot in slots), published, mode is AgendaMode.UNBOOKED)


def _kept(wishes: Iterable[Wish], number: Mapping[int, int], mode: AgendaMode) -> dict[str, set[int]]:
    """By participant the slots in which something stays whatever they have said since."""
    kept: dict[str, set[int]] = {}
    for wish in wishes:
        keys = key_of(Side.BUYER, wish.visit_id), key_of(Side.FIRM, wish.exhibitor_id)
        stays = wish.published_in if wish.fixed_in is None and mode is AgendaMode.UNBOOKED else wish.fixed_in
        if stays is not None:
            for key in keys:
                kept.setdefault(key, set()).add(number[stays])
    return kept


def _meeting(wish: Wish, number: Mapping[int, int], terms: Terms) -> Meeting:
    return Meeting(
        str(wish.request_id),
        key_of(Side.BUYER, wish.visit_id),
        key_of(Side.FIRM, wish.exhibitor_id),
        priority=Priority.MUST_MEET if wish.must_meet else Priority.MEET,
        session=None if wish.half is None else Session(wish.half),
        fixed=None if wish.fixed_in is None else number[wish.fixed_in],
        place=None if terms.tables is None else TABLES,
        mandatory=wish.fixed_in is not None,
    )


def tables_for(
    schedule: Mapping[int, int], known: Mapping[int, tuple[int, int]], tables: int | None
) -> dict[int, int | None]:
    """A table for each request of `schedule` (request id to slot id), from 1; None for all where there are no tables.

    A request keeps the table it had (`known`: slot id and table) as long as its slot is the same.
    """
    if tables is None:
        return dict.fromkeys(schedule)
    given: dict[int, int | None] = {
        request: known[request][1]
        for request, slot in schedule.items()
        if request in known and known[request][0] == slot and known[request][1] <= tables
    }
    used: dict[int, set[int | None]] = {}
    for request, table in given.items():
        used.setdefault(schedule[request], set()).add(table)
    for request, slot in schedule.items():
        if request not in given:
            there = used.setdefault(slot, set())
            given[request] = lowest_free(there, tables)
            there.add(given[request])
    return given


def lowest_free(used: Collection[int | None], tables: int) -> int | None:
    """The lowest table that is not used; None if all are."""
    return next((table for table in range(1, tables + 1) if table not in used), None)
