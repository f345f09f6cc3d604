"""What a hosted buyer has earned, and how much of the trip is paid."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairlink.kernel.errors import TransitionNotAllowed
from fairlink.kernel.states import next_state
from fairlink.visits.rules.hosting import (
    LODGING,
    TRAVEL,
    Attendance,
    Verdict,
    attendance,
    by_amount,
    ceiling_of,
    payable,
)
from fairlink.visits.states import DEPOSITS, HOSTED_TRANSITIONS, HostedAction, HostedState, MeetingState

S = MeetingState


def paid(travel: int, lodging: int = 0, **values: Any) -> int:
    defaults: dict[str, Any] = {
        "ceiling_minor": 150_000,
        "rate_bp": 6000,
        "currency": "EUR",
        "fair": "FIMEC 2027",
        "country": "BR",
        "starts_on": date(2027, 3, 9),
        "ends_on": date(2027, 3, 11),
    }
    return payable({TRAVEL: travel, LODGING: lodging}, **defaults | values)


def test_meeting_that_the_exhibitor_missed_counts_as_held() -> None:
    meetings = [(S.HELD, False), (S.EXHIBITOR_NO_SHOW, False), (S.BUYER_NO_SHOW, False), (S.CONFIRMED, False)]
    assert attendance(meetings) == Attendance(held=2, missed=1)


def test_who_calls_off_on_the_spot_has_missed_the_meeting() -> None:
    assert attendance([(S.CANCELLED, True), (S.CANCELLED, False)]) == Attendance(held=0, missed=1)


def test_visits_to_workshops_count_as_meetings_held_or_missed() -> None:
    workshops = [S.HELD, S.HELD, S.BUYER_NO_SHOW, S.CONFIRMED, S.CANCELLED]
    assert attendance([(S.HELD, False)], workshops) == Attendance(held=3, missed=1, workshops=2)


@pytest.mark.parametrize(
    ("held", "missed", "verdict"),
    [(8, 0, "earned"), (8, 1, "earned"), (7, 0, "too_few"), (7, 1, "too_few"), (8, 2, "no_show"), (0, 2, "no_show")],
)
def test_two_missed_meetings_are_a_no_show_however_many_were_held(held: int, missed: int, verdict: str) -> None:
    assert Attendance(held, missed).verdict(8) is Verdict(verdict)


def test_ceiling_is_the_countrys_else_everybody_elses() -> None:
    ceilings = {"SE": 150_000, "": 90_000}
    assert [ceiling_of(country, ceilings) for country in ("SE", "DE")] == [150_000, 90_000]
    assert ceiling_of("DE", {"SE": 150_000}) == 0


def test_countries_with_one_ceiling_are_a_region() -> None:
    assert by_amount({"": 500, "JP": 1200, "NO": 900, "SE": 900}) == {1200: ["JP"], 900: ["NO", "SE"]}


def test_share_of_the_trip_is_paid_up_to_the_ceiling() -> None:
    assert paid(100_000, 50_000) == 90_000
    assert paid(300_000, 50_000) == 150_000
    assert paid(0, 0) == 0
    assert paid(100_000, ceiling_minor=0) == 0


@settings(max_examples=40, deadline=None)
@given(
    travel=st.integers(0, 10**7),
    lodging=st.integers(0, 10**7),
    ceiling=st.integers(0, 10**7),
    rate=st.integers(1, 10_000),
)
def test_never_more_than_the_ceiling_or_the_cost(travel: int, lodging: int, ceiling: int, rate: int) -> None:
    amount = paid(travel, lodging, ceiling_minor=ceiling, rate_bp=rate)
    assert 0 <= amount <= min(ceiling, travel + lodging)


def test_every_state_says_what_becomes_of_the_deposit_and_ends_stay_ends() -> None:
    assert set(DEPOSITS) == set(HostedState)
    for state in (HostedState.REFUSED, HostedState.WITHDRAWN, HostedState.APPROVED, HostedState.FORFEITED):
        for action in HostedAction:
            with pytest.raises(TransitionNotAllowed):
                next_state(HOSTED_TRANSITIONS, state, action)
