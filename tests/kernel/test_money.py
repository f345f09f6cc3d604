"""Money: one rounding, shares that add up, no mixing of currencies."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlink.kernel.money import Money, divide_half_up, minor_digits, portion, round_half_up, split, total, write_money

amounts = st.integers(min_value=-(10**15), max_value=10**15)
weights = st.lists(st.integers(min_value=0, max_value=10**9), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("value", "expected"), [("0.5", 1), ("-0.5", -1), ("2.4", 2), ("2.5", 3), ("-2.4", -2), ("0.49999", 0)]
)
def test_halves_are_rounded_away_from_zero(value: str, expected: int) -> None:
    assert round_half_up(Decimal(value)) == expected


@given(amounts, st.integers(min_value=1, max_value=10**6))
def test_division_is_the_nearest_integer(numerator: int, denominator: int) -> None:
    exact = Fraction(numerator, denominator)
    found = divide_half_up(numerator, denominator)
    assert abs(found - exact) <= Fraction(1, 2)
    assert abs(found - exact) < Fraction(1, 2) or abs(found) > abs(exact)


@given(st.integers(min_value=0, max_value=10**15), st.integers(min_value=0, max_value=10_000))
def test_portion_is_the_decimal_one_and_never_above_the_whole(minor: int, rate_bp: int) -> None:
    found = portion(minor, rate_bp)
    assert found == round_half_up(Decimal(minor) * rate_bp / 10_000)
    assert 0 <= found <= minor
    assert portion(-minor, rate_bp) == -found


def test_portion_of_an_odd_amount() -> None:
    assert portion(333, 5000) == 167


@given(amounts, weights)
def test_split_adds_up_and_stays_within_one_unit_of_the_exact_share(minor: int, shares: list[int]) -> None:
    parts = split(minor, shares)
    assert sum(parts) == minor
    whole = sum(shares)
    exact = [Fraction(minor * share, whole) if whole else Fraction(minor, len(shares)) for share in shares]
    assert all(abs(part - share) < 1 for part, share in zip(parts, exact, strict=True))


@given(st.integers(min_value=0, max_value=10**9), weights)
def test_cutting_amounts_in_their_own_proportion_raises_none(limit: int, parts: list[int]) -> None:
    cut = split(min(limit, sum(parts)), parts)
    assert all(after <= before for before, after in zip(parts, cut, strict=True)) or not any(parts)


@given(amounts, weights, st.integers(min_value=0, max_value=6))
def test_split_takes_decimal_weights_as_exactly(minor: int, shares: list[int], digits: int) -> None:
    scaled = [Decimal(share).scaleb(-digits) for share in shares]
    assert split(minor, scaled) == split(minor, shares)


@pytest.mark.parametrize(
    ("minor", "shares", "expected"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (100, [0, 0], [50, 50]),
        (10, [0, 3], [0, 10]),
        (0, [5, 5], [0, 0]),
        (7, [Decimal("0.1"), Decimal("0.2")], [2, 5]),
    ],
)
def test_split_by_largest_remainder(minor: int, shares: list[int | Decimal], expected: list[int]) -> None:
    assert split(minor, shares) == expected


@pytest.mark.parametrize("shares", [[], [1, -1]])
def test_split_refuses_what_has_no_meaning(shares: list[int]) -> None:
    with pytest.raises(ValueError, match=r"nothing to split|negative weight"):
        split(100, shares)


@pytest.mark.parametrize(("currency", "digits"), [("EUR", 2), ("JPY", 0), ("KWD", 3)])
def test_major_and_minor_units(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits
    money = Money.from_major(Decimal("12.3455"), currency)
    assert money == Money({0: 12, 2: 1235, 3: 12346}[digits], currency)
    assert Money.from_major(money.to_major(), currency) == money


@pytest.mark.parametrize("wrong", [1.5, True, "5", Decimal(5)])
def test_money_is_an_integer(wrong: object) -> None:
    with pytest.raises(TypeError):
        Money(wrong, "EUR")  # type: ignore[arg-type]  # the refusal is the point


@pytest.mark.parametrize("wrong", ["eur", "EU", "EURO", "E1R"])
def test_money_has_a_currency(wrong: str) -> None:
    with pytest.raises(ValueError, match="ISO 4217"):
        Money(5, wrong)


@given(amounts, amounts, st.integers(min_value=0, max_value=10_000))
def test_arithmetic(first: int, second: int, rate_bp: int) -> None:
    a, b = Money(first, "EUR"), Money(second, "EUR")
    assert a + b - b == a
    assert a - b == -(b - a)
    assert (a < b) == (first < second)
    assert (a <= b) == (first <= second)
    assert bool(a) is (first != 0)
    assert total([a, b, a], "EUR") == Money(2 * first + second, "EUR")
    assert a.portion(rate_bp).minor == portion(first, rate_bp)
    assert total(a.split([1, 2, 3]), "EUR") == a


def test_currencies_do_not_mix() -> None:
    euro, dollar = Money(5, "EUR"), Money(5, "USD")
    for mix in (lambda: euro + dollar, lambda: euro - dollar, lambda: euro < dollar, lambda: euro <= dollar):
        with pytest.raises(ValueError, match="cannot mix EUR and USD"):
            mix()
    with pytest.raises(ValueError, match="cannot mix"):
        total([euro, dollar], "EUR")
    assert euro != dollar
    assert total([], "EUR") == Money.zero("EUR")


@pytest.mark.parametrize(
    ("amount", "locale", "text"),
    [
        (Money(125050, "EUR"), "en_GB", "€1,250.50"),
        (Money(125050, "EUR"), "es", "1.250,50\xa0€"),
        (Money(40_000_000, "PEN"), "en_GB", "PEN\xa0400,000.00"),
        (Money(-900, "PEN"), "en_GB", "-PEN\xa09.00"),
        (Money(40_000_000, "PEN"), "es", "400.000,00\xa0PEN"),
        (Money(500, "USD"), "en_GB", "US$5.00"),
    ],
)
def test_money_is_written_with_its_currency_at_a_distance(amount: Money, locale: str, text: str) -> None:
    assert write_money(amount, locale) == text


@pytest.mark.parametrize(
    ("amount", "locale", "text"),
    [
        (Money(121_550_050, "EUR"), "en_GB", "€1,215,501"),
        (Money(121_550_049, "EUR"), "es", "1.215.500\xa0€"),
        (Money(40_000_000, "PEN"), "en_GB", "PEN\xa0400,000"),
        (Money(1200, "JPY"), "en_GB", "JP¥1,200"),
    ],
)
def test_money_is_written_in_whole_units_where_asked(amount: Money, locale: str, text: str) -> None:
    assert write_money(amount, locale, whole=True) == text
