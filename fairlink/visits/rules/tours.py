"""Whether a visit to a workshop fits into a buyer's day, with the ways there and back, and tours of several; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta


@dataclass(frozen=True, slots=True)
class WorkshopDetails:
    """What a group says of a workshop; days and wall times are in the fair's zone, lengths in minutes."""

    name: str
    address: str
    description: str
    first_on: date
    last_on: date
    opens: time
    closes: time
    visit_minutes: int
    capacity: int
    languages: Sequence[str]
    travel_minutes: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Something at a place for a time: a workshop by its id, or the fair (None). Instants are aware, the end exclusive.

    `people` counts against the capacity of a workshop.
    """

    place: int | None
    starts_at: datetime
    ends_at: datetime
    people: int = 1

    @property
    def id(self) -> int:
        """The session's number on a form: seconds since 1970."""
        return int(self.starts_at.timestamp())


@dataclass(frozen=True, slots=True)
class Ways:
    """Minutes between the fair and each workshop, and between two workshops (the smaller id first) where known."""

    from_fair: Mapping[int, int]
    between: Mapping[tuple[int, int], int] = field(default_factory=dict)

    def minutes(self, one: int | None, other: int | None) -> int:
        """How long the way takes; between two workshops of which nothing is known it leads by the fair."""
        if one == other:
            return 0
        if one is None or other is None:
            return self.from_fair[one if one is not None else other]  # type: ignore[index]  # they differ: one is an id
        known = self.between.get((min(one, other), max(one, other)))
        return self.from_fair[one] + self.from_fair[other] if known is None else known


def fits(new: Stop, diary: Iterable[Stop], ways: Ways) -> bool:
    """Whether there is time for `new` before or after each of `diary`, with the way between."""
    return all(_apart(new, kept, ways) for kept in diary)


def _apart(one: Stop, other: Stop, ways: Ways) -> bool:
    first, second = sorted((one, other), key=lambda stop: stop.starts_at)
    way = timedelta(minutes=ways.minutes(first.place, second.place))
    return first.ends_at + way <= second.starts_at


def room(session: Stop, booked: Iterable[Stop], capacity: int) -> int:
    """How many more people the hosts can receive in a session, with all who are there at any moment of it."""
    taken = sum(each.people for each in booked if each.starts_at < session.ends_at and session.starts_at < each.ends_at)
    return max(0, capacity - taken)


def tour(choices: Mapping[int, Sequence[Stop]], diary: Sequence[Stop], ways: Ways) -> list[Stop] | None:
    """One session of each workshop in `choices` (in order of time), in the order that ends the earliest; None if none.

    For one order of the workshops the earliest session that fits is the best: whatever follows a later one follows it
    as well. So every order is tried once: right for the few stops of a day.
    """
    best: list[Stop] | None = None
    for first, sessions in choices.items():
        chosen = next((each for each in sessions if fits(each, diary, ways)), None)
        if chosen is None:
            return None
        rest = {
            place: [each for each in others if each.starts_at >= chosen.ends_at]
            for place, others in choices.items()
            if place != first
        }
        following = tour(rest, [*diary, chosen], ways) if rest else []
        if following is None:
            continue
        whole = [chosen, *following]
        if best is None or whole[-1].ends_at < best[-1].ends_at:
            best = whole
    return best
