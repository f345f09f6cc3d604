"""A repair changes little, and nothing that is frozen."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairlink.visits.rules import agenda
from fairlink.visits.rules.agenda import solve
from fairlink.visits.rules.checker import faults
from fairlink.visits.rules.problem import Problem, Status
from tests.visits.rules.fairs import agendas, best, fair, problems, score

PAIRS = " ".join(f"{a}{b}" for a in "abcdef" for b in "uvwxyz")


@settings(max_examples=40, deadline=None)
@given(problems(mandatory=False), st.data())
def test_repair_changes_the_fewest_of_all(problem: Problem, data: st.DataObject) -> None:
    published = data.draw(st.sampled_from(list(agendas(problem)) or [{}]))
    # Somebody falls ill for a slot.
    ill, *others = problem.participants
    later = replace(problem, participants=(replace(ill, forbidden=ill.forbidden | {0}), *others))
    expected = best(later, published)
    solution = solve(later, 10, published=published)
    if expected is None:
        assert solution.status is Status.INFEASIBLE
    else:
        assert score(later, dict(solution.schedule), published) == expected
        assert len(solution.changed) == expected[3]


def published() -> tuple[Problem, dict[str, int]]:
    problem = fair(PAIRS, slots=7, mandatory=False)
    return problem, dict(solve(problem, 5).schedule)


def test_cancelled_meeting_moves_nobody_else() -> None:
    problem, before = published()
    assert len(before) == 36
    fewer = replace(problem, meetings=problem.meetings[1:])
    solution = solve(fewer, 5, published={id_: t for id_, t in before.items() if id_ != "au"})
    assert solution.changed == ()


def test_absence_moves_few() -> None:
    problem, before = published()
    ill = next(p for p in problem.participants if p.id == "a")
    slot = next(t for id_, t in before.items() if id_ == "au")
    absent = replace(ill, forbidden=frozenset({slot}))
    later = replace(problem, participants=tuple(absent if p.id == "a" else p for p in problem.participants))
    solution = solve(later, 5, published=before)
    assert (len(solution.schedule), faults(later, solution.schedule)) == (36, ())
    assert "au" in solution.changed
    assert len(solution.changed) <= 4


def test_frozen_meeting_stays_and_others_give_way() -> None:
    problem = fair("ab ac", slots=2, mandatory=False)
    before = {"ab": 0, "ac": 1}
    people = tuple(replace(p, forbidden=frozenset({1})) if p.id == "c" else p for p in problem.participants)
    later = replace(problem, participants=people)
    assert dict(solve(later, 5, published=before).schedule) == {"ab": 1, "ac": 0}
    assert dict(solve(later, 5, published=before, frozen={"ab"}).schedule) == {"ab": 0}


def test_only_unbooked_slots_are_given_away() -> None:
    problem = fair("ab ac ad bd", slots=3, mandatory=False)
    before = {"ab": 1}
    solution = solve(problem, 5, published=before, only_unbooked=True)
    assert (solution.schedule["ab"], solution.changed, len(solution.schedule)) == (1, (), 4)


@pytest.mark.parametrize("frozen", [(), ("bu",)])
def test_large_fair_is_repaired_near_the_fault(monkeypatch: pytest.MonkeyPatch, frozen: tuple[str, ...]) -> None:
    problem, before = published()
    # Above what is left when only a's and u's meetings may move, below the whole.
    monkeypatch.setattr(agenda, "LARGE", 150)
    ill = next(p for p in problem.participants if p.id == "a")
    absent = replace(ill, forbidden=frozenset({before["au"]}))
    later = replace(problem, participants=tuple(absent if p.id == "a" else p for p in problem.participants))
    solution = solve(later, 5, published=before, frozen=frozen)
    assert faults(later, solution.schedule) == ()
    assert len(solution.schedule) >= 35
    assert all("a" in id_ or "u" in id_ for id_ in solution.changed)
