"""Sums of results, and the value per unit of support."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from fairlink.kernel.money import Money
from fairlink.monitoring.rules.results import Results, amounts, per_unit, total

CURRENCIES = st.dictionaries(st.sampled_from(["EUR", "PEN", "USD"]), st.integers(1, 10**12))


def test_value_per_unit_is_rounded_half_up_to_two_decimals() -> None:
    assert per_unit({"EUR": 1_200_000}, {"EUR": 450_000}) == [("EUR", Decimal("2.67"))]


def test_value_per_unit_needs_both_in_the_same_currency() -> None:
    assert per_unit({"USD": 1_200_000}, {"EUR": 450_000}) == []
    assert per_unit({"EUR": 1_200_000}, {"EUR": 0}) == []


def test_share_of_answers_is_unknown_while_nothing_was_asked() -> None:
    assert Results().response_bp() is None
    assert Results(prompts_sent=8, prompts_answered=3).response_bp() == 3750


def test_amounts_are_in_order_of_currency() -> None:
    assert amounts({"USD": 5, "EUR": 7}) == [Money(7, "EUR"), Money(5, "USD")]


@given(st.lists(st.builds(Results, applications=st.integers(0, 99), support=CURRENCIES, confirmed=CURRENCIES)))
def test_total_keeps_every_count_and_every_currency(parts: list[Results]) -> None:
    whole = total(parts)
    assert whole.applications == sum(part.applications for part in parts)
    for currency in ("EUR", "PEN", "USD"):
        assert whole.support.get(currency, 0) == sum(part.support.get(currency, 0) for part in parts)
        assert whole.confirmed.get(currency, 0) == sum(part.confirmed.get(currency, 0) for part in parts)
