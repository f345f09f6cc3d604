"""Sums, ratios, shares and selections of results."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlink.monitoring.rules.pseudonyms import Pseudonyms
from fairlink.monitoring.rules.results import (
    Carried,
    Dimension,
    Figures,
    Selection,
    concentration,
    ratio,
    share_bp,
    total,
)


def test_ratio_is_unknown_while_there_is_nothing_to_divide_by() -> None:
    figures = Figures(confirmed_minor=1_200_000, support_minor=450_000)
    assert ratio(figures, "value_per_support") == Decimal("2.6667")
    assert ratio(figures, "value_per_meeting") is None


def test_share_is_to_a_tenth_of_a_per_cent() -> None:
    assert [share_bp(1, 3), share_bp(2, 3), share_bp(5, 5), share_bp(0, 0)] == [3330, 6670, 10_000, None]


@given(st.lists(st.builds(Figures, applications=st.integers(0, 99), confirmed_minor=st.integers(0, 10**12))))
def test_total_keeps_every_count_and_amount(parts: list[Figures]) -> None:
    whole = total(parts)
    assert whole.applications == sum(part.applications for part in parts)
    assert whole.confirmed_minor == sum(part.confirmed_minor for part in parts)


def test_scope_is_known_for_at_most_one_narrowing() -> None:
    assert Selection(1).scope == (Dimension.ALL, "")
    assert Selection(1, sector="footwear", currency="USD").scope == (Dimension.SECTOR, "footwear")
    assert Selection(1, fair=2, year=2027).scope is None
    assert Selection(1, since="2026-07", until="2027-06").scope == (Dimension.PERIOD, "2026-07/2027-06")
    assert Selection(1, until="2027-06").scope == (Dimension.PERIOD, "/2027-06")
    assert Selection(1, since="2026-07", scheme=3).scope is None


def test_period_ends_with_the_last_day_of_its_last_month() -> None:
    chosen = [Selection(1, since=month, until=month) for month in ("2026-07", "2026-12")]
    assert [(each.begins_from, each.begins_before) for each in chosen] == [
        (date(2026, 7, 1), date(2026, 8, 1)),
        (date(2026, 12, 1), date(2027, 1, 1)),
    ]
    assert (Selection(1).begins_from, Selection(1).begins_before) == (None, None)


@pytest.mark.parametrize(
    ("first", "firms", "whole", "expected"),
    [
        ([], 0, 0, []),
        ([60, 30, 10], 3, 100, [Carried(1, 60, 6000), Carried(3, 100, 10_000)]),
        ([40, 10, 9, 8, 7, 6], 60, 100, [Carried(1, 40, 4000), Carried(5, 74, 7400), Carried(60, 100, 10_000)]),
    ],
)
def test_concentration_says_what_the_first_firms_carry(
    first: list[int], firms: int, whole: int, expected: list[Carried]
) -> None:
    assert concentration(first, firms, whole) == expected


def test_pseudonym_is_the_same_for_one_firm_of_one_agency_only() -> None:
    names = {
        Pseudonyms(secret, agency).name(kind, key)
        for secret in "ab"
        for agency in (1, 2)
        for kind in ("firm", "buyer")
        for key in (1, 2)
    }
    assert len(names) == 16
    assert Pseudonyms("a", 1).name("firm", 1) == Pseudonyms("a", 1).name("firm", 1)
