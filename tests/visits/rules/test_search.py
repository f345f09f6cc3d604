"""The search without proof: every agenda it holds keeps every rule, at any size."""

import random
from dataclasses import replace

from hypothesis import given, settings

from fairlink.visits.rules.board import Board
from fairlink.visits.rules.checker import faults, gaps
from fairlink.visits.rules.grid import read
from fairlink.visits.rules.problem import Problem
from fairlink.visits.rules.search import Search
from tests.visits.rules.fairs import fair, problems


def schedule(search: Search) -> dict[str, int]:
    meetings = search.grid.problem.meetings
    return {m.id: t for m, t in zip(meetings, search.best, strict=True) if t is not None}


@settings(max_examples=80, deadline=None)
@given(problems(mandatory=False))
def test_search_breaks_no_rule_and_counts_right(problem: Problem) -> None:
    search = Search(read(problem))
    search.construct()
    search.anneal(0.01)
    found = [fault.code for fault in faults(problem, schedule(search))]
    assert [code for code in found if code != "fault_missing"] == []
    assert sum(search.grid.gaps(search.best)) == sum(gaps(problem, schedule(search)).values())
    again = Board(search.grid)
    again.load(search.best)
    assert again.missing + again.total == search.value


def test_construct_makes_room_where_first_come_gets_stuck() -> None:
    # Six and six people who all meet each other in six slots: a Latin square, which greed seldom completes.
    pairs = " ".join(f"{a}{b}" for a in "abcdef" for b in "uvwxyz")
    problem = fair(pairs, slots=6, mandatory=False)
    greedy, made = Search(read(problem)), Search(read(problem))
    greedy.first_come(random.Random(5).sample(range(36), 36))
    made.construct()
    assert len(schedule(greedy)) < 36
    assert len(schedule(made)) == 36


def test_who_cannot_do_with_few_gaps_gives_others_some_too() -> None:
    # x is there in every other slot and has three gaps; to be fair everybody needs one.
    problem = fair("xa xb xc xd ab cd", slots=7, fairness=2)
    people = tuple(replace(p, forbidden=frozenset({1, 3, 5})) if p.id == "x" else p for p in problem.participants)
    search = Search(read(replace(problem, participants=people)))
    search.construct()
    search.anneal(0.05)
    assert (search.seated(), search.complete()) == (True, False)
    level = search.levelled()
    level.anneal(0.3)
    assert level.complete()
    assert faults(level.grid.problem, schedule(level)) == ()


def test_anneal_closes_gaps() -> None:
    pairs = " ".join(f"{a}{b}" for a in "abcdef" for b in "uvwxyz")
    search = Search(read(fair(pairs, slots=9, mandatory=False)))
    search.first_come()
    before = search.value
    search.anneal(0.3)
    assert search.value < before
