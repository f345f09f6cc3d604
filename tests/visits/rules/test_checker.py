"""The checker sees every rule that an agenda breaks."""

from dataclasses import replace

import pytest

from fairlink.visits.rules.checker import below_minimum, faults, gaps
from fairlink.visits.rules.problem import Problem, Session
from tests.visits.rules.fairs import fair

GOOD = {"ab": 0, "cd": 0, "ac": 1}


def problem() -> Problem:
    return fair("ab cd ac", slots=4, tables=2)


def test_who_is_below_the_minimum_is_named_the_emptiest_first() -> None:
    people = tuple(replace(p, minimum=2 if p.id in "bd" else 3 if p.id == "c" else 0) for p in problem().participants)
    found = below_minimum(replace(problem(), participants=people), {"ab": 0, "cd": 0})
    assert [reason.text for reason in found] == [
        "c has 1 of the 3 meetings wanted at least.",
        "b has 1 of the 2 meetings wanted at least.",
        "d has 1 of the 2 meetings wanted at least.",
    ]


def test_good_agenda_has_no_faults() -> None:
    assert faults(problem(), GOOD) == ()


@pytest.mark.parametrize(
    ("schedule", "code"),
    [
        ({**GOOD, "ac": 0}, "fault_clash"),
        ({"ab": 0, "ac": 1}, "fault_missing"),
        ({**GOOD, "zz": 0}, "fault_unknown"),
        ({**GOOD, "ac": 4}, "fault_slot"),
        ({**GOOD, "ac": -1}, "fault_slot"),
    ],
)
def test_broken_agenda_is_seen(schedule: dict[str, int], code: str) -> None:
    assert code in {fault.code for fault in faults(problem(), schedule)}


def meeting(**fields: object) -> Problem:
    """The problem with fields of its last meeting, ac, replaced."""
    *others, last = problem().meetings
    return replace(problem(), meetings=(*others, replace(last, **fields)))  # type: ignore[arg-type]  # test data


def people(**fields: object) -> Problem:
    """The problem with fields of its first participant, a, replaced."""
    first, *others = problem().participants
    return replace(problem(), participants=(replace(first, **fields), *others))  # type: ignore[arg-type]  # test data


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        (people(forbidden=frozenset({1})), "fault_slot"),
        (people(maximum=1), "fault_maximum"),
        (meeting(session=Session.PM), "fault_slot"),
        (meeting(fixed=2), "fault_slot"),
        (replace(problem(), places=(replace(problem().places[0], capacity=1),)), "fault_room"),
        (replace(problem(), vetoes=frozenset({frozenset("ac")})), "veto"),
        (
            replace(
                fair("ab cd ac", slots=4),
                meetings=(replace(problem().meetings[0], after=("ac",)), *problem().meetings[1:]),
            ),
            "fault_order",
        ),
    ],
)
def test_every_rule_is_checked(changed: Problem, code: str) -> None:
    assert [fault.code for fault in faults(changed, GOOD)] == [code]


def test_fairness_is_checked() -> None:
    day = fair("ab ac ad", slots=5, fairness=1)
    assert [fault.code for fault in faults(day, {"ab": 0, "ac": 2, "ad": 4})] == ["fault_fairness"]


def test_a_gap_is_an_idle_run_of_any_length_within_a_day() -> None:
    day = fair("ab ac ad", slots=9)
    held = {"ab": 0, "ac": 4, "ad": 8}
    assert gaps(day, held) == {"a": 2, "b": 0, "c": 0, "d": 0}
    assert gaps(replace(day, day_starts=(0, 4)), held) == {"a": 1, "b": 0, "c": 0, "d": 0}
