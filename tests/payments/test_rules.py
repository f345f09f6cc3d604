"""Days, references, currencies, states and reports, without a database."""

from datetime import date

import pytest
from stdnum import iso11649

from fairlink.payments import rules
from fairlink.payments.states import (
    RANKS,
    REFUND_TRANSITIONS,
    TRANSITIONS,
    ChargeKind,
    PaymentAction,
    PaymentState,
    RefundAction,
    RefundState,
)


@pytest.mark.parametrize(
    ("accepted_on", "fair_on", "due"),
    [
        (date(2027, 1, 10), date(2027, 6, 1), date(2027, 2, 9)),
        (date(2027, 3, 1), date(2027, 3, 9), date(2027, 3, 8)),
        (date(2027, 3, 9), date(2027, 3, 9), date(2027, 3, 9)),
    ],
)
def test_due_day_is_a_month_on_but_before_the_fair(accepted_on: date, fair_on: date, due: date) -> None:
    assert rules.due_on(accepted_on, fair_on) == due


def test_references_are_valid_and_never_shared() -> None:
    made = {
        rules.creditor_reference(award, kind, firm, price, earlier=earlier)
        for award in (1, 11, 111)
        for kind in ChargeKind
        for firm in (1, 11, 111)
        for price in (None, 1, 11)
        for earlier in (0, 1, 25, 26, 27)
    }
    assert len(made) == 3 * 4 * 3 * 3 * 5
    assert [reference for reference in made if not iso11649.is_valid(reference)] == []
    assert len(rules.creditor_reference(10**9, ChargeKind.STAND, 10**9)) <= 25


@pytest.mark.parametrize(
    ("currency", "taken"),
    [("EUR", True), ("JPY", True), ("CLP", True), ("BRL", True), ("KWD", False), ("ISK", False), ("UGX", False)],
)
def test_cards_take_only_currencies_that_both_count_alike(currency: str, taken: bool) -> None:
    assert rules.is_card_currency(currency) is taken


@pytest.mark.parametrize("state", PaymentState)
@pytest.mark.parametrize("action", PaymentAction)
def test_a_payment_only_rises_in_rank(state: PaymentState, action: PaymentAction) -> None:
    target = TRANSITIONS.get((state, action))
    assert rules.says_more(state, action) is (target is not None)
    if target is not None:
        assert RANKS[target] > RANKS[state]


def test_nothing_takes_a_paid_payment_back() -> None:
    assert [action for action in PaymentAction if (PaymentState.PAID, action) in TRANSITIONS] == []
    assert {state for state in PaymentState if (state, PaymentAction.PAY) in TRANSITIONS} == {*PaymentState} - {
        PaymentState.PAID
    }


def test_whole_table_of_refunds() -> None:
    possible = {(state.value, action.value) for state, action in REFUND_TRANSITIONS}
    assert possible == {
        ("requested", "wait"),
        ("requested", "succeed"),
        ("requested", "fail"),
        ("pending", "succeed"),
        ("pending", "fail"),
        ("succeeded", "fail"),
    }
    assert not rules.refund_says_more(RefundState.FAILED, RefundAction.SUCCEED)


def test_refunds_spread_in_proportion() -> None:
    assert rules.spread(30, {1: 40, 2: 20}) == {1: 20, 2: 10}
    assert rules.spread(1, {1: 40, 2: 40}) == {1: 1}
    with pytest.raises(ValueError, match="more than is left"):
        rules.spread(61, {1: 40, 2: 20})
