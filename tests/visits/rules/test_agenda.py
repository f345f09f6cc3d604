"""Agendas against trying everything, and what a run tells on its way."""

import threading
from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings

from fairlink.visits.rules.agenda import solve
from fairlink.visits.rules.checker import faults
from fairlink.visits.rules.impossible import foresee
from fairlink.visits.rules.problem import Meeting, Participant, Place, Priority, Problem, Progress, Status
from tests.visits.rules.fairs import best, fair, problems, score


@settings(max_examples=30, deadline=None)
@given(problems(mandatory=True))
def test_mandatory_agenda_has_the_fewest_gaps_of_all(problem: Problem) -> None:
    expected = best(problem)
    solution = solve(problem, 10)
    if expected is None:
        assert solution.status is Status.INFEASIBLE
        assert [reason.text for reason in solution.reasons] != []
    else:
        assert (solution.status, faults(problem, solution.schedule)) == (Status.OPTIMAL, ())
        assert (solution.gaps, solution.bound) == (expected[4], expected[4])


@settings(max_examples=25, deadline=None)
@given(problems(mandatory=False))
def test_optional_agenda_is_the_best_of_all(problem: Problem) -> None:
    expected = best(problem)
    solution = solve(problem, 10)
    if expected is None:
        assert solution.status is Status.INFEASIBLE
        return
    schedule = dict(solution.schedule)
    assert (solution.status, faults(problem, schedule)) == (Status.OPTIMAL, ())
    assert score(problem, schedule) == expected
    assert {left.meeting for left in solution.unscheduled} == {m.id for m in problem.meetings} - set(schedule)
    assert all(left.reason.text for left in solution.unscheduled)


@settings(max_examples=30, deadline=None)
@given(problems(mandatory=True))
def test_what_is_foreseen_as_impossible_is_impossible(problem: Problem) -> None:
    if foresee(problem):
        assert best(problem) is None


def test_empty_fair_has_an_empty_optimal_agenda() -> None:
    solution = solve(Problem(0, (), ()), 5)
    assert (solution.status, solution.gaps, solution.schedule) == (Status.OPTIMAL, 0, {})


def test_must_meet_wins_over_two_others() -> None:
    problem = fair("ab ac bd", slots=1, mandatory=False)
    wanted = tuple(replace(m, priority=Priority.MUST_MEET) if m.id == "ab" else m for m in problem.meetings)
    solution = solve(replace(problem, meetings=wanted), 5)
    assert dict(solution.schedule) == {"ab": 0}
    assert {left.reason.code for left in solution.unscheduled} == {"left_no_slot"}


def test_minimum_wins_over_the_number_of_meetings() -> None:
    problem = fair("ab ac bd", slots=1, mandatory=False)
    people = tuple(replace(p, minimum=1) if p.id in "ab" else replace(p, minimum=0) for p in problem.participants)
    crowded = replace(problem, participants=people, places=(Place("tables", 1),))
    assert dict(solve(crowded, 5).schedule) == {"ab": 0}


def test_gaps_overnight_are_none() -> None:
    days = (0, 2)
    problem = replace(fair("ab ac", slots=4), day_starts=days)
    held = tuple(replace(m, fixed=t) for m, t in zip(problem.meetings, (0, 3), strict=True))
    assert solve(replace(problem, meetings=held), 5).gaps == 0
    assert solve(replace(problem, meetings=held, day_starts=(0,)), 5).gaps == 1


def test_a_stand_of_its_own_needs_no_table() -> None:
    people = tuple(Participant(name) for name in "abcd")
    places = (Place("tables", 1), Place("stand of c", 1))
    meetings = (Meeting("ab", "a", "b"), Meeting("cd", "c", "d", place="stand of c"))
    assert dict(solve(Problem(1, people, meetings, places), 5).schedule) == {"ab": 0, "cd": 0}


def test_maximum_is_said_to_be_the_reason() -> None:
    problem = fair("ab ac", mandatory=False)
    people = tuple(replace(p, maximum=1) if p.id == "a" else p for p in problem.participants)
    solution = solve(replace(problem, participants=people), 5)
    assert [left.reason.text for left in solution.unscheduled] == ["a already has the maximum of 1 meetings."]


def test_full_tables_are_said_to_be_the_reason() -> None:
    solution = solve(fair("ab cd", slots=1, tables=1, mandatory=False), 5)
    assert [left.reason.code for left in solution.unscheduled] == ["left_no_room"]


def test_progress_is_told_in_the_callers_thread_until_the_best() -> None:
    told: list[Progress] = []
    threads: list[threading.Thread] = []

    def listen(progress: Progress) -> None:
        told.append(progress)
        threads.append(threading.current_thread())

    pairs = " ".join(f"{a}{b}" for a in "abcdefgh" for b in "stuvwxyz")
    solution = solve(fair(pairs, slots=9, tables=7, mandatory=False), 1.5, progress=listen)
    assert len(solution.schedule) + len(solution.unscheduled) == 64
    assert (told[-1].scheduled, told[-1].gaps) == (len(solution.schedule), solution.gaps)
    assert {thread.ident for thread in threads} == {threading.current_thread().ident}
    assert all(earlier.seconds < later.seconds for earlier, later in pairwise(told))
