"""What is wrong with an agenda, found without any of the solvers' code: for agendas made by hand, and for tests."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from fairlink.visits.rules.problem import Meeting, Participant, Problem, Reason, Session

Schedule = Mapping[str, int]


def faults(problem: Problem, schedule: Schedule) -> tuple[Reason, ...]:
    """Every rule that `schedule` (meeting id to slot) breaks; empty for an agenda that may be published."""
    meetings = {m.id: m for m in problem.meetings}
    unknown = [Reason("fault_unknown", {"meeting": id_}) for id_ in schedule if id_ not in meetings]
    held = {meetings[id_]: slot for id_, slot in schedule.items() if id_ in meetings}
    people = {p.id: p for p in problem.participants}
    return (
        *unknown,
        *_slots(problem, people, schedule, held),
        *_people(problem, held),
        *_room(problem, held),
        *_order(problem, people, schedule),
        *_fairness(problem, schedule),
    )


def gaps(problem: Problem, schedule: Schedule) -> dict[str, int]:
    """Number of gaps by participant id: idle runs of any length between two meetings of the same day."""
    days = sorted({0, *problem.day_starts})
    busy: dict[str, list[int]] = {p.id: [] for p in problem.participants}
    for m in problem.meetings:
        if m.id in schedule:
            busy[m.a].append(schedule[m.id])
            busy[m.b].append(schedule[m.id])
    counted = {}
    for person, slots in busy.items():
        counted[person] = 0
        slots.sort()
        for sooner, later in pairwise(slots):
            same_day = not any(sooner < start <= later for start in days)
            counted[person] += same_day and later - sooner > 1
    return counted


def below_minimum(problem: Problem, schedule: Schedule) -> tuple[Reason, ...]:
    """Who has fewer meetings than are aimed at, the emptiest first. That is no fault: a minimum may be missed."""
    held = [m for m in problem.meetings if m.id in schedule]
    count = Counter(person for m in held for person in (m.a, m.b))
    short = [p for p in problem.participants if count[p.id] < p.minimum]
    short.sort(key=lambda p: (count[p.id] - p.minimum, p.label))
    return tuple(
        Reason("below_minimum", {"name": p.label, "meetings": count[p.id], "minimum": p.minimum}) for p in short
    )


def _names(people: Mapping[str, Participant], m: Meeting) -> dict[str, str | int]:
    return {"a": people[m.a].label, "b": people[m.b].label}


def _slots(
    problem: Problem, people: Mapping[str, Participant], schedule: Schedule, held: Mapping[Meeting, int]
) -> Iterator[Reason]:
    for m in problem.meetings:
        if m.mandatory and m.id not in schedule:
            yield Reason("fault_missing", _names(people, m), (m.id,))
    for m, slot in held.items():
        if frozenset((m.a, m.b)) in problem.vetoes:
            yield Reason("veto", _names(people, m), (m.id,))
        outside = not 0 <= slot < problem.slots
        absent = slot in people[m.a].forbidden or slot in people[m.b].forbidden
        wrong_half = m.session is not None and (slot in problem.morning) is not (m.session == Session.AM)
        elsewhere = m.fixed is not None and slot != m.fixed
        if outside or absent or wrong_half or elsewhere:
            yield Reason("fault_slot", {**_names(people, m), "slot": slot}, (m.id,))


def _people(problem: Problem, held: Mapping[Meeting, int]) -> Iterator[Reason]:
    of: dict[str, dict[str, int]] = defaultdict(dict)
    for m, slot in held.items():
        of[m.a][m.id] = of[m.b][m.id] = slot
    for person in problem.participants:
        mine = of[person.id]
        for slot, times in Counter(mine.values()).items():
            if times > 1:
                clashing = tuple(id_ for id_, at in mine.items() if at == slot)
                yield Reason("fault_clash", {"name": person.label, "meetings": times, "slot": slot}, clashing)
        if person.maximum is not None and len(mine) > person.maximum:
            over: dict[str, str | int] = {"name": person.label, "meetings": len(mine), "maximum": person.maximum}
            yield Reason("fault_maximum", over, tuple(mine))


def _room(problem: Problem, held: Mapping[Meeting, int]) -> Iterator[Reason]:
    room = {place.id: place.capacity for place in problem.places}
    there = defaultdict(list)
    for m, slot in held.items():
        if m.place is not None:
            there[m.place, slot].append(m.id)
    for (place, slot), ids in there.items():
        if len(ids) > room[place]:
            numbers: dict[str, str | int] = {"place": place, "meetings": len(ids), "slot": slot, "room": room[place]}
            yield Reason("fault_room", numbers, tuple(ids))


def _order(problem: Problem, people: Mapping[str, Participant], schedule: Schedule) -> Iterator[Reason]:
    for m in problem.meetings:
        late = [q for q in m.after if m.id in schedule and schedule.get(q, -1) >= schedule[m.id]]
        if late:
            yield Reason("fault_order", _names(people, m), (*late, m.id))


def _fairness(problem: Problem, schedule: Schedule) -> Iterable[Reason]:
    if problem.fairness is None or not problem.participants:
        return
    counted = gaps(problem, schedule)
    labels = {p.id: p.label for p in problem.participants}
    most, least = max(counted, key=counted.__getitem__), min(counted, key=counted.__getitem__)
    if counted[most] - counted[least] > problem.fairness:
        difference = counted[most] - counted[least]
        yield Reason("fault_fairness", {"name": labels[most], "other": labels[least], "difference": difference})
