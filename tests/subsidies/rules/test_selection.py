"""Selection: orders, reserves, pay-out factor, cut-off and overrides, quota."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlink.subsidies.rules.selection import (
    Candidate,
    Outcome,
    Override,
    Selection,
    allocate,
    by_arrival,
    first_come,
    next_reserves,
    pay_out_factor,
    pro_rata,
    scored,
    weighted_score,
)

OPENS = datetime(2026, 3, 2, 9, tzinfo=UTC)
AWARDED, RESERVE, REFUSED = Outcome.AWARDED, Outcome.RESERVE, Outcome.REFUSED


def candidate(
    name: str, amount: int, minute: int = 0, *, in_quota: bool = False, score: int | None = None
) -> Candidate:
    at = OPENS + timedelta(minutes=minute)
    return Candidate(application=name, amount_minor=amount, received_at=at, in_quota=in_quota, score=score)


def outcomes(selection: Selection) -> dict[str, tuple[Outcome, int, str]]:
    return {place.application: (place.outcome, place.amount_minor, place.reason) for place in selection.places}


def test_first_come_with_reserves_in_order() -> None:
    arrivals = [candidate("d", 10, 4), candidate("b", 60, 2), candidate("a", 50, 1), candidate("c", 40, 3)]
    found = first_come(arrivals, 100, reserves=2)
    # b does not fit after a; c and d behind it are smaller but do not pass it.
    assert outcomes(found) == {
        "a": (AWARDED, 50, "envelope"),
        "b": (RESERVE, 0, "envelope_exhausted"),
        "c": (RESERVE, 0, "envelope_exhausted"),
        "d": (REFUSED, 0, "envelope_exhausted"),
    }
    assert [place.rank for place in found.places] == [1, 2, 3, 4]
    assert found.with_outcome(RESERVE) == ("b", "c")


def test_same_instant_is_settled_by_the_id() -> None:
    assert [each.application for each in by_arrival([candidate("b", 1), candidate("a", 1)])] == ["a", "b"]


def test_reserves_are_offered_in_order_and_never_passed() -> None:
    waiting = [candidate("b", 60), candidate("c", 40)]
    assert next_reserves(waiting, 59) == ()
    assert next_reserves(waiting, 60) == ("b",)
    assert next_reserves(waiting, 100) == ("b", "c")


def test_reserved_quota_is_filled_first_and_given_free_where_it_is_not_used() -> None:
    arrivals = [
        candidate("a", 50, 1),
        candidate("b", 50, 2),
        candidate("q", 30, 3, in_quota=True),
        candidate("r", 30, 4, in_quota=True),
    ]
    assert outcomes(first_come(arrivals, 130, quota_bp=2500)) == {  # 25% of 130 = 32.5, half up 33
        "a": (AWARDED, 50, "envelope"),
        "b": (AWARDED, 50, "envelope"),
        "q": (AWARDED, 30, "quota"),
        "r": (REFUSED, 0, "envelope_exhausted"),
    }
    without = [each for each in arrivals if not each.in_quota]
    assert first_come(without, 100, quota_bp=5000).awarded_minor == 100


def test_pro_rata_pays_all_in_proportion() -> None:
    found = pro_rata([candidate("a", 100, 1), candidate("b", 100, 2), candidate("c", 100, 3)], 100)
    assert outcomes(found) == {
        "a": (AWARDED, 34, "pro_rata"),
        "b": (AWARDED, 33, "pro_rata"),
        "c": (AWARDED, 33, "pro_rata"),
    }
    assert pay_out_factor(found) == Fraction(1, 3)
    full = pro_rata([candidate("a", 40)], 100)
    assert outcomes(full) == {"a": (AWARDED, 40, "in_full")}
    assert pay_out_factor(full) == 1
    assert pro_rata([], 100).places == ()
    assert pay_out_factor(pro_rata([candidate("a", 0)], 100)) == 1


def test_weighted_score_is_rounded_once() -> None:
    weights = {"market": 6000, "plan": 4000}
    assert weighted_score(weights, [{"market": 80, "plan": 50}]) == 6800
    # (68 + 67 + 66) / 3 and three thirds: 60% of 81 and 40% of 50 is 68.6.
    assert weighted_score(weights, [{"market": 80, "plan": 50}, {"market": 81, "plan": 50}]) == 6830
    assert weighted_score({"a": 3333, "b": 6667}, [{"a": 1, "b": 0}] * 3) == 33
    for wrong in ([], [{"market": 80}], [{"market": 80, "plan": 5, "taste": 1}]):
        with pytest.raises(ValueError, match="assessment"):
            weighted_score(weights, wrong)


FIELD = [
    candidate("a", 40, 1, score=9000),
    candidate("b", 40, 3, score=8000),
    candidate("c", 40, 2, score=8000),
    candidate("d", 40, 4, score=7000),
    candidate("e", 10, 5, score=4000),
]


def test_scored_by_points_then_arrival_with_a_frozen_cut_off() -> None:
    found = scored(FIELD, 80, least_score=5000, reserves=1)
    assert outcomes(found) == {
        "a": (AWARDED, 40, "envelope"),
        "c": (AWARDED, 40, "envelope"),
        "b": (RESERVE, 0, "envelope_exhausted"),
        "d": (REFUSED, 0, "envelope_exhausted"),
        "e": (REFUSED, 0, "below_least_score"),
    }
    assert found.cut_off == 8000
    assert [place.rank for place in found.places] == [1, 2, 3, 4, 5]


def test_overrides_are_looked_at_after_the_cut_off_and_keep_the_rank() -> None:
    overrides = [
        Override(application="e", outcome=AWARDED, reason="Only applicant of the region."),
        Override(application="a", outcome=REFUSED, reason="Withdrew its tax certificate."),
    ]
    found = scored(FIELD, 80, least_score=5000, reserves=2, overrides=overrides)
    assert outcomes(found) == {
        "a": (REFUSED, 0, "override"),
        "c": (AWARDED, 40, "envelope"),
        "b": (RESERVE, 0, "envelope_exhausted"),
        "d": (RESERVE, 0, "envelope_exhausted"),
        "e": (AWARDED, 10, "override"),
    }
    assert found.cut_off == 8000


@pytest.mark.parametrize(
    "overrides",
    [
        [Override(application="x", outcome=AWARDED, reason="?")],
        [
            Override(application="a", outcome=AWARDED, reason="?"),
            Override(application="a", outcome=REFUSED, reason="?"),
        ],
        [Override(application="a", outcome=RESERVE, reason="?")],
        [Override(application=name, outcome=AWARDED, reason="?") for name in "abc"],
    ],
)
def test_overrides_that_cannot_be_meant_are_refused(overrides: list[Override]) -> None:
    with pytest.raises(ValueError, match="override"):
        scored(FIELD, 80, overrides=overrides)


def test_scores_must_be_complete() -> None:
    with pytest.raises(ValueError, match="no score"):
        scored([candidate("a", 5)], 80)


candidates = st.lists(
    st.builds(
        candidate,
        st.uuids().map(str),
        st.integers(0, 500),
        st.integers(0, 20),
        in_quota=st.booleans(),
        score=st.integers(0, 10_000),
    ),
    max_size=12,
    unique_by=lambda each: each.application,
)
METHODS: list[Callable[[list[Candidate], int, int], Selection]] = [
    lambda found, envelope, quota: first_come(found, envelope, reserves=2, quota_bp=quota),
    lambda found, envelope, quota: pro_rata(found, envelope),
    lambda found, envelope, quota: scored(found, envelope, reserves=2, quota_bp=quota),
]


@pytest.mark.parametrize("method", METHODS, ids=["first_come", "pro_rata", "scored"])
@given(found=candidates, envelope=st.integers(0, 2000), quota=st.integers(0, 10_000), seed=st.randoms())
def test_envelope_holds_everybody_has_a_place_and_order_does_not_matter(
    method: Callable[[list[Candidate], int, int], Selection],
    found: list[Candidate],
    envelope: int,
    quota: int,
    seed: object,
) -> None:
    selection = method(found, envelope, quota)
    assert selection.awarded_minor <= envelope
    assert sorted(place.application for place in selection.places) == sorted(each.application for each in found)
    assert selection == method(found[::-1], envelope, quota)


@given(found=candidates, envelope=st.integers(0, 2000))
def test_nobody_is_passed_by_a_later_one(found: list[Candidate], envelope: int) -> None:
    order = by_arrival(found)
    awarded = allocate(order, envelope)
    assert [each.application for each in order][: len(awarded)] == list(awarded)
