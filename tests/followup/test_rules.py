"""Waves, their instants, and when two reports are one order."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlink.followup.rules import Reply, ReportedOrder, fill, same_order, wave_instants
from fairlink.followup.states import (
    ORDER_TRANSITIONS,
    PROMPT_TRANSITIONS,
    OrderAction,
    OrderState,
    Outcome,
    PromptAction,
    PromptState,
)
from fairlink.kernel.errors import TransitionNotAllowed
from fairlink.kernel.money import Money
from fairlink.kernel.states import next_state


def test_waves_lie_in_the_morning_of_the_fairs_zone() -> None:
    assert wave_instants(date(2026, 11, 30), "America/Lima") == [
        datetime(2026, 12, 14, 14, tzinfo=UTC),
        datetime(2027, 2, 28, 14, tzinfo=UTC),
        datetime(2027, 5, 30, 14, tzinfo=UTC),
        datetime(2027, 11, 30, 14, tzinfo=UTC),
        datetime(2028, 11, 30, 14, tzinfo=UTC),
        datetime(2029, 11, 30, 14, tzinfo=UTC),
    ]


def test_waves_keep_their_wall_time_over_a_daylight_saving_change() -> None:
    winter, summer = wave_instants(date(2027, 2, 20), "Europe/Berlin")[:2]
    assert (winter.hour, summer.hour) == (8, 7)


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.sampled_from(["America/Lima", "Asia/Kolkata", "Europe/Rome"]))
def test_waves_rise(ends_on: date, zone: str) -> None:
    instants = wave_instants(ends_on, zone)
    assert instants == sorted(set(instants))
    assert instants[0] > datetime.combine(ends_on, datetime.min.time(), UTC)


ORDER = ReportedOrder(Money(1_200_000, "EUR"), date(2027, 6, 1))


@pytest.mark.parametrize("outcome", list(Outcome))
def test_reply_has_an_order_exactly_when_its_outcome_tells_of_one(outcome: Outcome) -> None:
    if outcome in (Outcome.ORDER, Outcome.REPEAT_ORDER):
        assert Reply(outcome, order=ORDER).order == ORDER
        with pytest.raises(ValueError, match="an order goes with"):
            Reply(outcome)
    else:
        assert Reply(outcome).order is None
        with pytest.raises(ValueError, match="an order goes with"):
            Reply(outcome, order=ORDER)


@pytest.mark.parametrize(
    ("value", "days", "same"),
    [
        (Money(1_200_000, "EUR"), 0, True),
        (Money(1_200_000, "EUR"), 31, True),
        (Money(1_200_000, "EUR"), 32, False),
        (Money(1_200_001, "EUR"), 0, False),
        (Money(1_200_000, "USD"), 0, False),
    ],
)
def test_same_order_needs_the_same_value_at_about_the_same_time(value: Money, days: int, same: bool) -> None:
    assert same_order(ORDER.value, ORDER.ordered_on, value, ORDER.ordered_on + timedelta(days=days)) is same


PROMPT_GRID = {
    PromptState.PLANNED: {
        PromptAction.SEND: PromptState.SENT,
        PromptAction.SUPPRESS: PromptState.SUPPRESSED,
        PromptAction.EXPIRE: PromptState.EXPIRED,
    },
    PromptState.SENT: {
        PromptAction.ANSWER: PromptState.ANSWERED,
        PromptAction.EXPIRE: PromptState.EXPIRED,
        PromptAction.SUPPRESS: PromptState.SUPPRESSED,
    },
    PromptState.SUPPRESSED: {PromptAction.ANSWER: PromptState.ANSWERED},
    PromptState.EXPIRED: {PromptAction.RENEW: PromptState.PLANNED},
}


@pytest.mark.parametrize("state", list(PromptState))
@pytest.mark.parametrize("action", list(PromptAction))
def test_prompt_moves_only_as_the_grid_says(state: PromptState, action: PromptAction) -> None:
    expected = PROMPT_GRID.get(state, {}).get(action)
    if expected is None:
        with pytest.raises(TransitionNotAllowed):
            next_state(PROMPT_TRANSITIONS, state, action)
    else:
        assert next_state(PROMPT_TRANSITIONS, state, action) is expected


ORDER_GRID = {
    (OrderState.REPORTED, OrderAction.CONFIRM): OrderState.CONFIRMED,
    (OrderState.REPORTED, OrderAction.CORRECT): OrderState.CORRECTED,
    (OrderState.REPORTED, OrderAction.DISPUTE): OrderState.DISPUTED,
    (OrderState.CORRECTED, OrderAction.CONFIRM): OrderState.CONFIRMED,
    (OrderState.CORRECTED, OrderAction.DISPUTE): OrderState.DISPUTED,
    (OrderState.DISPUTED, OrderAction.SETTLE): OrderState.SETTLED,
}


@pytest.mark.parametrize("state", list(OrderState))
@pytest.mark.parametrize("action", list(OrderAction))
def test_order_moves_only_as_the_grid_says(state: OrderState, action: OrderAction) -> None:
    expected = ORDER_GRID.get((state, action))
    if expected is None:
        with pytest.raises(TransitionNotAllowed):
            next_state(ORDER_TRANSITIONS, state, action)
    else:
        assert next_state(ORDER_TRANSITIONS, state, action) is expected


@pytest.mark.parametrize(
    "text", ["{{7*7}}", "{x.__init__}", "{person.__class__}", "{0}", "{person!r}", "{ person }", "%(person)s", "{}"]
)
def test_only_the_placeholders_are_filled_in(text: str) -> None:
    values = {"person": "Ana {fair}", "met": "Müller", "fair": "Fenac", "questions": "2"}
    assert fill(text, values) == text
    assert fill(f"{{person}} {text}", values) == f"Ana {{fair}} {text}"
