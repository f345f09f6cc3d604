"""Small fairs for the tests of the agenda, and their best agendas by trying everything."""

from collections.abc import Iterator
from itertools import product

from hypothesis import strategies as st

from fairlink.visits.rules.checker import faults, gaps
from fairlink.visits.rules.problem import Meeting, Participant, Place, Priority, Problem, Session

Score = tuple[int, ...]


def fair(
    pairs: str, *, slots: int = 3, tables: int = 9, fairness: int | None = None, mandatory: bool = True
) -> Problem:
    """A fair from pairs of one-letter people: ``fair("ab ac")`` has meetings ab and ac."""
    people = sorted(set(pairs) - {" "})
    return Problem(
        slots=slots,
        participants=tuple(Participant(p) for p in people),
        meetings=tuple(Meeting(pair, pair[0], pair[1], mandatory=mandatory) for pair in pairs.split()),
        places=(Place("tables", tables),),
        morning=frozenset(range((slots + 1) // 2)),
        fairness=fairness,
    )


@st.composite
def problems(draw: st.DrawFn, *, mandatory: bool, orders: bool = True) -> Problem:
    """Fairs of at most five people, five meetings and four slots, with every kind of rule."""
    slots = draw(st.integers(0, 4))
    slot = st.integers(0, max(0, slots - 1))
    people = draw(st.integers(2, 5))
    names = [f"p{i}" for i in range(people)]
    participants = tuple(
        Participant(
            name,
            draw(st.frozensets(slot, max_size=2)),
            minimum=0 if mandatory else draw(st.integers(0, 2)),
            maximum=draw(st.none() | st.integers(0 if not mandatory else 3, 4)),
        )
        for name in names
    )
    pairs = draw(
        st.lists(st.lists(st.sampled_from(names), min_size=2, max_size=2, unique=True), min_size=0, max_size=5)
    )
    places = (Place("tables", draw(st.integers(0, 2))), Place("stand", 1))
    meetings = []
    for i, (a, b) in enumerate(pairs):
        meetings.append(
            Meeting(
                f"m{i}",
                a,
                b,
                priority=draw(st.sampled_from(Priority)),
                session=draw(st.none() | st.none() | st.sampled_from(Session)),
                fixed=draw(st.none() | st.none() | st.none() | slot),
                after=tuple({f"m{draw(st.integers(0, i - 1))}"})
                if orders and i and draw(st.integers(0, 3)) == 0
                else (),
                place=draw(st.sampled_from(["tables", "tables", "stand", None])),
                mandatory=mandatory or draw(st.integers(0, 4)) == 0,
            )
        )
    return Problem(
        slots,
        participants,
        tuple(meetings),
        places,
        frozenset(range(slots // 2)),
        (0, 2) if draw(st.booleans()) else (0,),
        frozenset({frozenset(draw(st.sampled_from(pairs)))}) if pairs and draw(st.integers(0, 4)) == 0 else frozenset(),
        draw(st.none() | st.integers(0, 2)) if mandatory else None,
    )


def agendas(problem: Problem) -> Iterator[dict[str, int]]:
    """Every agenda without a fault."""
    options = [*range(problem.slots), None]
    for chosen in product(options, repeat=len(problem.meetings)):
        schedule = {m.id: t for m, t in zip(problem.meetings, chosen, strict=True) if t is not None}
        if not faults(problem, schedule):
            yield schedule


def score(problem: Problem, schedule: dict[str, int], published: dict[str, int] | None = None) -> Score:
    """What the agenda is judged by, in order; less is better."""
    left = [m for m in problem.meetings if m.id not in schedule]
    short = 0
    for p in problem.participants:
        short += max(0, p.minimum - sum(m.id in schedule for m in problem.meetings if p.id in (m.a, m.b)))
    counted = gaps(problem, schedule)
    return (
        sum(m.priority is Priority.MUST_MEET for m in left),
        short,
        len(left),
        sum(schedule.get(id_) != t for id_, t in (published or {}).items()),
        sum(counted.values()),
        max(counted.values(), default=0),
    )


def best(problem: Problem, published: dict[str, int] | None = None) -> Score | None:
    """The score of the best agenda, None if there is no agenda."""
    return min((score(problem, schedule, published) for schedule in agendas(problem)), default=None)
