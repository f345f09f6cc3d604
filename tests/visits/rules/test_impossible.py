"""The reasons for what cannot be held, by name."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from fairlink.visits.rules import conflicts
from fairlink.visits.rules.agenda import solve
from fairlink.visits.rules.impossible import foresee
from fairlink.visits.rules.problem import Problem, Session, Status
from tests.visits.rules.fairs import fair


def changed(problem: Problem, **of: Mapping[str, object]) -> Problem:
    """The problem with fields of some of its meetings replaced: ``changed(p, ab={"fixed": 1})``."""
    meetings = tuple(replace(m, **of.get(m.id, {})) for m in problem.meetings)  # type: ignore[arg-type]  # test data
    return replace(problem, meetings=meetings)


def reason(problem: Problem) -> str:
    solution = solve(problem, 5)
    assert (solution.status, len(solution.reasons)) == (Status.INFEASIBLE, 1)
    return solution.reasons[0].text


def test_more_meetings_than_slots() -> None:
    problem = fair("ab ac ad", slots=2)
    assert reason(problem) == "a has 3 meetings but only 2 free slots."
    assert foresee(replace(problem, meetings=tuple(replace(m, mandatory=False) for m in problem.meetings))) != ()


def test_more_meetings_than_tables() -> None:
    assert reason(fair("ab cd ef", slots=1, tables=2)) == "3 meetings need tables, which has room for only 2 (1 slots)."


def test_no_tables_at_all() -> None:
    assert reason(fair("ab", tables=0)) == "1 meetings need tables, which has room for only 0 (3 slots)."


def test_no_slots_at_all() -> None:
    assert reason(fair("ab", slots=0)) == "a and b have no slot in common that this meeting may use."


def test_half_a_day_without_room() -> None:
    problem = changed(fair("ab cd ef", slots=3, tables=1), **{id_: {"session": Session.PM} for id_ in ("ab", "cd")})
    assert reason(problem) == "2 meetings can only use slots 2, where tables has room for 1 of them."


def test_a_participant_squeezed_into_a_morning() -> None:
    problem = changed(fair("ab ac ad ae", slots=4), **{id_: {"session": Session.AM} for id_ in ("ab", "ac", "ad")})
    assert reason(problem) == "a: the 3 meetings with b, c, d can only use 2 slots (0-1)."


def test_fixed_twice_in_one_slot() -> None:
    problem = changed(fair("ab ac"), ab={"fixed": 1}, ac={"fixed": 1})
    assert reason(problem) == "a has 2 meetings that can only be in slot 1."


def test_fixed_where_it_may_not_be() -> None:
    assert (
        reason(changed(fair("ab"), ab={"fixed": 7}))
        == "The meeting of a and b is fixed in slot 7, which it may not use."
    )


def test_a_veto_is_final() -> None:
    problem = replace(fair("ab"), vetoes=frozenset({frozenset("ab")}))
    assert reason(problem) == "a and b: one of them does not want to meet the other."


def test_nothing_in_common() -> None:
    problem = fair("ab", slots=2)
    people = tuple(replace(p, forbidden=frozenset({i})) for i, p in enumerate(problem.participants))
    assert reason(replace(problem, participants=people)) == "a and b have no slot in common that this meeting may use."


def test_maximum_below_what_must_be_held() -> None:
    problem = fair("ab ac")
    people = tuple(replace(p, maximum=1) for p in problem.participants)
    assert reason(replace(problem, participants=people)) == "a has 2 meetings to hold but a maximum of 1."


def test_a_ring_of_orders() -> None:
    problem = changed(fair("ab cd ef"), ab={"after": ("cd",)}, cd={"after": ("ef",)}, ef={"after": ("ab",)})
    assert solve(problem, 5).reasons[0].code == "precedence_cycle"


def test_a_chain_longer_than_the_day() -> None:
    problem = changed(fair("ab cd ef", slots=2), cd={"after": ("ab",)}, ef={"after": ("cd",)})
    assert (
        reason(problem) == "These meetings must be held in this order, but the slots they may use do not allow it: "
        "a - b (0-1), c - d (0-1), e - f (0-1)."
    )


def test_a_crowd_before_one_meeting() -> None:
    problem = changed(fair("ab ac ad ef", slots=3), ef={"after": ("ab", "ac", "ad")})
    solution = solve(problem, 5)
    assert solution.reasons[0].code == "precedence_crowd"
    assert solution.reasons[0].text.startswith("Meetings of a must come before or after that of e and f")


def test_a_proven_conflict_names_the_smallest_circle() -> None:
    # Three people who all meet each other need three slots; the others are no part of it.
    problem = fair("ab bc ca de ef", slots=2)
    assert reason(problem) == "The meetings of a, b, c cannot all be held together."


def crowded() -> Problem:
    """Three people who all meet need three slots, and others fill the tables of the first."""
    return changed(fair("ab bc ca uv xy", slots=3, tables=2), uv={"fixed": 0}, xy={"fixed": 0})


def test_a_proven_conflict_with_tables_names_the_people() -> None:
    assert reason(crowded()) == "The meetings of a, b, c cannot all be held together with the places there are."


def test_where_no_circle_is_found_the_room_that_would_do_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    # As when the search for the circle runs out of time.
    monkeypatch.setattr(conflicts, "_core", lambda grid, deadline: [])
    text = "tables: room for 2 meetings at a time is too little; with room for 3 they would all fit."
    assert reason(crowded()) == text


def test_where_no_circle_is_found_the_order_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conflicts, "_core", lambda grid, deadline: [])
    assert reason(hurried()) == "The meetings would all fit if none had to come after another."


def test_a_proven_conflict_with_orders_names_the_people() -> None:
    assert reason(hurried()) == "The meetings of a, b, c, u, v, x, y, w, z cannot all be held in the order asked for."


def hurried() -> Problem:
    """Three people who all meet need three slots, and each of their meetings must be before one in the last slot."""
    last = {"uv": "ab", "xy": "bc", "wz": "ca"}
    orders = {id_: {"fixed": 2, "after": (first,)} for id_, first in last.items()}
    return changed(fair("ab bc ca uv xy wz", slots=3), **orders)


def test_absences_that_force_unfair_gaps() -> None:
    problem = fair("ab ac ad", slots=5, fairness=1)
    away = tuple(replace(p, forbidden=frozenset({1, 3})) if p.id == "a" else p for p in problem.participants)
    text = "Absences give a at least 2 gaps; others have none, and the difference may be 1."
    assert reason(replace(problem, participants=away)) == text


def test_fairness_alone_can_be_the_reason() -> None:
    pairs = {"ab": 0, "ac": 2, "ad": 4}
    problem = changed(fair(" ".join(pairs), slots=5, fairness=1), **{id_: {"fixed": t} for id_, t in pairs.items()})
    assert reason(problem) == "No schedule keeps the numbers of gaps of all participants within 1 of each other."


def test_fairness_counts_between_those_with_gaps_too() -> None:
    # Nobody is without a gap: b and c have one each, a has two.
    held = {"ab": 0, "ac": 2, "ad": 4, "bd": 6, "cd": 8}
    problem = changed(fair(" ".join(held), slots=9, fairness=1), **{id_: {"fixed": t} for id_, t in held.items()})
    assert solve(problem, 5).gaps == 6
    assert reason(replace(problem, fairness=0)) == (
        "No schedule keeps the numbers of gaps of all participants within 0 of each other."
    )
