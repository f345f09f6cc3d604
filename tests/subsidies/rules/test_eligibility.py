"""Step 1: members and groups that fall out, and why."""

from datetime import date
from typing import Any

import pytest

from fairlink.subsidies.rules import Quote, sentence
from fairlink.subsidies.rules.eligibility import months_before, working_days_before
from fairlink.subsidies.rules.vocabulary import full_years, scheme_year, years_before
from tests.subsidies.rules.builders import FACTS, members, quoted, supports

COST = {"cost_minor": 10_000}


def _codes(result: Quote) -> list[tuple[str, str | None]]:
    return [(line.code, line.member) for line in result.explanations if line.step == 1]


def test_member_without_a_condition_falls_out_and_the_others_stay() -> None:
    asked = [{"name": "current", "of": "firm", "kind": "boolean", "question": "Taxes paid?"}]
    eligibility = [{"code": "taxes", "require": "firm.current", "reason": "Taxes must be paid."}]
    firms = [
        {"id": "a", "answers": {"current": True}},
        {"id": "b", "answers": {"current": False}},
        {"id": "c"},
    ]
    result = quoted({"facts": asked, "eligibility": eligibility}, COST, members=firms)
    assert _codes(result) == [("member_eligible", "a"), ("not_eligible", "b"), ("fact_missing", "c")]
    assert [sentence(line, "EUR") for line in result.explain("not_eligible", "fact_missing")] == [
        "Not eligible: Taxes must be paid.",
        "Not eligible as long as this is not known: firm.current. Taxes must be paid.",
    ]
    # 10,000 over three: the share of those who fall out goes to nobody else.
    assert supports(result) == {"a": 1667, "b": 0, "c": 0}
    assert result.ineligible_minor == 6666
    assert result.eligible


@pytest.mark.parametrize(
    ("firms", "group", "code"),
    [
        (2, {"min_firms": 3}, "group_too_small"),
        (4, {"max_firms": 3}, "group_too_large"),
    ],
)
def test_group_of_the_wrong_size_gets_nothing(firms: int, group: dict[str, Any], code: str) -> None:
    result = quoted({"group": group}, COST, members=members(firms))
    assert not result.eligible
    assert (result.support_minor, result.eligible_minor, result.ineligible_minor) == (0, 0, 10_000)
    assert [line.code for line in result.explanations if line.step == 1][-1] == code


def test_withdrawal_below_the_minimum_loses_the_award() -> None:
    rules = {"group": {"min_firms": 3}}
    assert quoted(rules, COST, members=members(3)).support_minor == 5001  # 3334, 3333, 3333 at half, each half up
    assert quoted(rules, COST, members=members(2)).support_minor == 0


@pytest.mark.parametrize(("large", "eligible"), [(3, True), (4, False)])
def test_share_outside_the_size_band(large: int, eligible: bool) -> None:
    firms = [{"id": f"f{index}", "size": "large" if index < large else "small"} for index in range(10)]
    band = {"size_band": {"sizes": ["micro", "small"], "most_outside_bp": 3000}}
    assert quoted({"group": band}, COST, members=firms).eligible is eligible


def test_member_of_unknown_size_counts_as_outside_the_band() -> None:
    band = {"size_band": {"sizes": ["micro", "small"], "most_outside_bp": 0}}
    assert not quoted({"group": band}, COST).eligible


def test_group_condition_sees_the_eligible_firms() -> None:
    eligibility = [{"code": "small", "require": "firm.size = 'small'", "reason": "Too large."}]
    requirement = {"code": "even", "require": "application.firms in [2, 4]", "reason": "Pairs only."}
    firms = [{"id": "a", "size": "small"}, {"id": "b", "size": "small"}, {"id": "c", "size": "large"}]
    group = {"requirements": [requirement]}
    assert quoted({"eligibility": eligibility, "group": group}, COST, members=firms).eligible
    assert not quoted({"eligibility": eligibility, "group": group}, COST, members=firms[1:]).eligible


def _held(*kinds_of: tuple[str, ...], start: str = "2025-05-01") -> list[dict[str, Any]]:
    return [{"fair": f"x{i}", "country": "DE", "starts_on": start, "kinds": list(k)} for i, k in enumerate(kinds_of)]


@pytest.mark.parametrize(
    ("held", "now", "eligible"),
    [
        ([()] * 5, (), True),
        ([()] * 6, (), False),
        ([()] * 6, ("emerging",), True),
        ([()] * 6 + [("emerging",)] * 5, ("emerging",), True),
        ([()] * 6 + [("emerging",)] * 6, ("emerging",), False),
        ([("emerging",)] * 6, (), True),
        ([("emerging",)] * 8, (), True),
        ([("emerging",)] * 11, (), True),
        ([("emerging",)] * 12, (), False),
        ([("emerging",)] * 11, ("emerging",), True),
    ],
)
def test_six_participations_and_six_more_in_emerging_markets(
    held: list[tuple[str, ...]], now: tuple[str, ...], eligible: bool
) -> None:
    """UK TAP: six in a lifetime, six more in emerging markets, which use their own allowance first."""
    counts = [{"code": "c", "per": "lifetime", "most": 6, "bonuses": [{"fair_kind": "emerging", "most": 6}]}]
    fair = FACTS["fair"] | {"kinds": list(now)}
    result = quoted({"counts": counts}, COST, fair=fair, members=[{"id": "a", "participations": _held(*held)}])
    assert result.member("a").eligible is eligible


def test_count_per_fair_and_per_scheme_year() -> None:
    held = [
        {"fair": "sial", "country": "FR", "starts_on": "2022-10-10"},
        {"fair": "anuga", "country": "DE", "starts_on": "2026-03-31"},
        {"fair": "gulfood", "country": "AE", "starts_on": "2026-04-01"},
    ]
    firms = [{"id": "a", "participations": held}]

    def eligible(**count: Any) -> bool:
        return quoted(
            {"counts": [{"code": "c", **count}], "year_starts_month": 4}, COST, members=firms
        ).eligible_members == ("a",)

    assert eligible(per="fair", most=2)
    assert not eligible(per="fair", most=1)
    assert eligible(per="year", most=2)
    assert not eligible(per="year", most=1)
    assert not eligible(per="lifetime", most=3)
    assert eligible(per="year", most=2, different_countries=True)
    assert not eligible(per="lifetime", most=9, different_countries=True)


@pytest.mark.parametrize(
    ("changes", "facts", "code"),
    [
        ({"valid_from_on": "2026-03-03"}, {}, "scheme_not_begun"),
        ({"sunset_on": "2026-03-01"}, {}, "scheme_ended"),
        ({"sunset_on": "2026-03-01"}, {"renewed_until_on": "2026-03-01"}, "scheme_ended"),
        ({"sunset_on": "2026-03-01"}, {"renewed_until_on": "2026-03-02"}, None),
        ({"sunset_on": "2026-03-02"}, {}, None),
        ({"sunset_on": "2026-03-02"}, {"granted_on": "2026-03-03"}, "scheme_ended"),
        ({"timing": {"apply_from_months_before": 6}}, {"applied_on": "2026-04-11"}, "applied_too_early"),
        ({"timing": {"apply_from_months_before": 6}}, {"applied_on": "2026-04-12"}, None),
        ({"timing": {"apply_until_working_days_before": 15}}, {"applied_on": "2026-09-21"}, None),
        ({"timing": {"apply_until_working_days_before": 15}}, {"applied_on": "2026-09-22"}, "applied_too_late"),
    ],
)
def test_dates_of_scheme_and_application(changes: dict[str, Any], facts: dict[str, Any], code: str | None) -> None:
    result = quoted(changes, COST, **facts)
    assert result.eligible is (code is None)
    assert [line.code for line in result.explanations if line.step == 1 and line.member is None] == [code] * bool(code)


def test_line_that_refuses_its_member() -> None:
    requirement = {
        "code": "uncommitted",
        "require": "line.committed_on is not known",
        "reason": "Already ordered.",
        "refuses": "member",
        "classes": ["travel"],
    }
    ordered = {"committed_on": "2026-01-01", **COST}
    result = quoted(
        {"line_requirements": [requirement]},
        ordered | {"member": "a", "cost_class": "travel"},
        ordered | {"member": "b"},
        ordered | {"cost_class": "travel", "shares": [{"member": "c", "weight": 1}]},
        members=members(3),
    )
    assert result.eligible_members == ("b",)


def test_dates() -> None:
    assert months_before(date(2026, 8, 31), 6) == date(2026, 2, 28)
    assert months_before(date(2026, 1, 15), 1) == date(2025, 12, 15)
    assert working_days_before(date(2026, 10, 12), 1, ()) == date(2026, 10, 9)
    assert working_days_before(date(2026, 10, 12), 1, (date(2026, 10, 9),)) == date(2026, 10, 8)
    assert working_days_before(date(2026, 10, 12), 0, ()) == date(2026, 10, 12)
    assert full_years(date(2024, 5, 10), date(2026, 5, 9)) == 1
    assert full_years(date(2024, 5, 10), date(2026, 5, 10)) == 2
    assert full_years(None, date(2026, 5, 10)) is None
    assert years_before(date(2024, 2, 29), 3) == date(2021, 2, 28)
    assert scheme_year(date(2026, 3, 31), 4) == 2025
    assert scheme_year(date(2026, 4, 1), 4) == 2026
