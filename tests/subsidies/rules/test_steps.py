"""Steps 2 to 7: eligible cost, rates, support, caps, minimum award and what follows, one rule at a time."""

from typing import Any

import pytest

from fairlink.subsidies.rules import Quote, sentence
from fairlink.subsidies.rules.checking import rules_that_may_lower
from tests.subsidies.rules.builders import members, quoted, rules, supports

OWN = {"member": "a"}
SPACE: dict[str, Any] = {"code": "stand_space"}
TRAVEL: dict[str, Any] = {"code": "travel"}


def _only(result: Quote) -> tuple[int, int, int]:
    """Eligible, support and own of the only member."""
    member = result.members[0]
    return member.eligible_minor, member.support_minor, member.own_minor


@pytest.mark.parametrize(
    ("cost_class", "line", "eligible"),
    [
        ({"unit_ceiling_minor": 5_000}, {"cost_minor": 100_000, "quantity": 12}, 60_000),
        ({"unit_ceiling_minor": 5_000}, {"cost_minor": 50_000, "quantity": 12}, 50_000),
        ({"unit_ceiling_minor": 333}, {"cost_minor": 100_000, "quantity": "2.5"}, 833),
        ({"max_units": 2}, {"cost_minor": 90_000, "quantity": 3}, 60_000),
        ({"max_units": 2}, {"cost_minor": 90_000, "quantity": 2}, 90_000),
        ({"max_units": 2, "unit_ceiling_minor": 25_000}, {"cost_minor": 90_000, "quantity": 3}, 50_000),
        ({"firm_ceiling_minor": 1_234}, {"cost_minor": 90_000}, 1_234),
        ({"ceiling_minor": 1_234}, {"cost_minor": 90_000}, 1_234),
        ({"excluded": True}, {"cost_minor": 90_000}, 0),
    ],
)
def test_ceilings_of_a_class(cost_class: dict[str, Any], line: dict[str, Any], eligible: int) -> None:
    result = quoted({"cost_classes": [SPACE | cost_class, TRAVEL]}, OWN | line)
    assert result.eligible_minor == eligible
    assert result.ineligible_minor == line["cost_minor"] - eligible


def test_class_the_scheme_does_not_know_is_not_counted() -> None:
    result = quoted({}, OWN | {"cost_minor": 500, "cost_class": "fireworks"})
    assert _only(result) == (0, 0, 0)
    assert [line.code for line in result.explain("class_not_listed")] == ["class_not_listed"]


def test_shared_line_is_split_by_weights_and_adds_up() -> None:
    shares = [{"member": "a", "weight": 60}, {"member": "b", "weight": 40}, {"member": "c", "weight": 0}]
    result = quoted({}, {"cost_minor": 1_001, "shares": shares}, {"cost_minor": 100}, members=members(3))
    # 1,001 as 600.6 and 400.4: 601 and 400; 100 over three: 34, 33, 33.
    assert [member.cost_minor for member in result.members] == [635, 433, 33]


def test_ceiling_of_an_application_is_shared_by_its_lines() -> None:
    classes = [SPACE | {"ceiling_minor": 100}, TRAVEL]
    result = quoted(
        {"cost_classes": classes},
        {"member": "a", "cost_minor": 100},
        {"member": "b", "cost_minor": 200},
        members=members(2),
    )
    assert [member.eligible_minor for member in result.members] == [33, 67]


@pytest.mark.parametrize(("how", "eligible"), [("ignore", 10_000), ("deduct", 7_000), ("refuse_line", 0)])
def test_other_public_money(how: str, eligible: int) -> None:
    result = quoted({"other_public": how}, OWN | {"cost_minor": 10_000, "other_public_minor": 3_000})
    assert result.eligible_minor == eligible


def test_minimum_spend_comes_before_the_deductible_and_looks_at_its_classes() -> None:
    changes = {
        "minimum_spends": [{"code": "least", "amount_minor": 1_500, "classes": ["stand_space"]}],
        "deductibles": [{"code": "first", "amount_minor": 500}],
    }
    space, travel = OWN | {"cost_minor": 1_500}, OWN | {"cost_minor": 1_000, "cost_class": "travel"}
    assert quoted(changes, space, travel).eligible_minor == 2_000
    assert quoted(changes, space | {"cost_minor": 1_499}, travel).eligible_minor == 500
    assert quoted(changes, travel | {"cost_minor": 400}).eligible_minor == 0


@pytest.mark.parametrize(
    ("rates", "member", "rate_bp"),
    [
        ({"base": [{"code": "a", "rate_bp": 4000, "when": "firm.region = 'south'"}]}, {"region": "south"}, 4000),
        ({"base": [{"code": "a", "rate_bp": 4000, "when": "firm.region = 'south'"}]}, {"region": "north"}, 0),
        ({"base": [{"code": "a", "rate_bp": 4000, "when": "firm.region = 'south'"}]}, {}, 0),
        (
            {
                "base": [
                    {"code": "early", "rate_bp": 6000, "when": "application.applied_on < 2026-03-02"},
                    {"code": "late", "rate_bp": 4000},
                ]
            },
            {},
            4000,
        ),
    ],
)
def test_base_rate_by_class_region_and_date(rates: dict[str, Any], member: dict[str, Any], rate_bp: int) -> None:
    result = quoted({"rates": rates}, OWN | {"cost_minor": 10_000}, members=[{"id": "a", **member}])
    assert result.member("a").lines[0].rate_bp == rate_bp


STEPS = [{"since": 1, "rate_bp": 4000}, {"since": 2, "factor_bp": 5000}, {"since": 3, "add_bp": -1000}]


@pytest.mark.parametrize(("count", "rate_bp"), [(0, 5000), (1, 4000), (2, 2500), (3, 4000), (9, 4000)])
def test_taper_by_participations_takes_the_last_step_reached(count: int, rate_bp: int) -> None:
    rates = {
        "base": [{"code": "b", "rate_bp": 5000}],
        "tapers": [{"code": "t", "by": "participations", "steps": STEPS}],
    }
    held = [{"fair": f"f{i}", "country": "DE", "starts_on": "2025-01-01"} for i in range(count)]
    result = quoted({"rates": rates}, OWN | {"cost_minor": 10_000}, members=[{"id": "a", "participations": held}])
    assert result.member("a").lines[0].rate_bp == rate_bp


@pytest.mark.parametrize(
    ("first_award_on", "rate_bp"), [(None, 3000), ("2025-03-03", 3000), ("2021-03-03", 2500), ("2021-03-02", 0)]
)
def test_years_since_the_first_award(first_award_on: str | None, rate_bp: int) -> None:
    """ICEX: five points more the first time, 25% after, nothing once five full years have passed."""
    rates = {
        "base": [{"code": "b", "rate_bp": 2500}],
        "tapers": [
            {
                "code": "t",
                "by": "years_since_first_award",
                "steps": [{"since": 0, "add_bp": 500}, {"since": 1, "add_bp": 0}],
            }
        ],
        "time_limit": {"years": 5},
    }
    firm = {"id": "a"} | ({"first_award_on": first_award_on} if first_award_on else {})
    result = quoted({"rates": rates}, OWN | {"cost_minor": 10_000}, members=[firm])
    assert result.member("a").lines[0].rate_bp == rate_bp


def test_uplifts_add_up_to_the_maximum_and_never_lift_zero() -> None:
    rates: dict[str, Any] = {
        "base": [{"code": "b", "rate_bp": 5000, "classes": ["stand_space"]}],
        "uplifts": [{"code": "u", "add_bp": 800}, {"code": "v", "add_bp": 800, "when": "firm.region = 'south'"}],
        "maximum_bp": 6500,
    }
    lines = (OWN | {"cost_minor": 10_000}, OWN | {"cost_minor": 10_000, "cost_class": "travel"})
    north = quoted({"rates": rates}, *lines, members=[{"id": "a", "region": "north"}])
    south = quoted({"rates": rates}, *lines, members=[{"id": "a", "region": "south"}])
    assert [line.rate_bp for line in north.member("a").lines] == [5800, 0]
    assert [line.rate_bp for line in south.member("a").lines] == [6500, 0]


def test_amount_by_volume_is_never_above_the_cost() -> None:
    classes = [
        SPACE,
        {"code": "freight", "unit_amount": {"unit": "m3", "bands": [{"from_km": 0, "amount_minor": 300}]}},
    ]
    line = OWN | {"cost_class": "freight", "quantity": "2.5"}
    assert _only(quoted({"cost_classes": classes}, line | {"cost_minor": 10_000})) == (10_000, 750, 9_250)
    assert _only(quoted({"cost_classes": classes}, line | {"cost_minor": 700})) == (700, 700, 0)


CAPS = {
    "class_firm": {"classes": ["stand_space"]},
    "class_group": {"classes": ["stand_space"]},
    "firm_fair": {},
    "firm_year": {},
    "firm_lifetime": {},
    "group": {},
    "application": {},
}


@pytest.mark.parametrize("scope", CAPS)
def test_every_cap_cuts_to_its_amount_and_says_so(scope: str) -> None:
    cap = {"code": "most", "scope": scope, "amount_minor": 1_001, **CAPS[scope]}
    result = quoted({"caps": [cap]}, OWN | {"cost_minor": 4_000}, OWN | {"cost_minor": 2_000})
    assert result.support_minor == 1_001
    assert [line.support_minor for line in result.member("a").lines] == [667, 334]
    (said, *_) = result.explain(f"cap_{scope}")
    assert (said.before, said.after, said.rule) == (3_000, 1_001, "$.caps[0]")


def test_caps_know_what_was_used_before() -> None:
    caps = [
        {"code": "year", "scope": "firm_year", "amount_minor": 3_000},
        {"code": "life", "scope": "firm_lifetime", "amount_minor": 9_000},
    ]
    firm = {"id": "a", "balances": {"year_minor": 500, "lifetime_minor": 8_000}}
    assert quoted({"caps": caps}, OWN | {"cost_minor": 9_000}, members=[firm]).support_minor == 1_000
    firm = {"id": "a", "balances": {"year_minor": 3_500}}
    assert quoted({"caps": caps}, OWN | {"cost_minor": 9_000}, members=[firm]).support_minor == 0
    group = [{"code": "g", "scope": "group", "amount_minor": 1_000, "per_firm": True}]
    lines = {"cost_minor": 9_000}
    assert quoted({"caps": group}, lines, members=members(3), group_awarded_minor=500).support_minor == 2_500


def test_residual_class_gives_first() -> None:
    classes = [SPACE, {"code": "freight", "residual": True}]
    cap = [{"code": "c", "scope": "firm_fair", "amount_minor": 1_000}]
    freight = OWN | {"cost_class": "freight", "cost_minor": 800}
    result = quoted({"cost_classes": classes, "caps": cap}, OWN | {"cost_minor": 1_600}, freight)
    assert [line.support_minor for line in result.member("a").lines] == [800, 200]
    result = quoted({"cost_classes": classes, "caps": cap}, OWN | {"cost_minor": 2_600}, freight)
    assert [line.support_minor for line in result.member("a").lines] == [1_000, 0]


def _aid(
    amount: int, granted_on: str, regime: str = "de_minimis", currency: str = "EUR", of: str = "u"
) -> dict[str, Any]:
    return {"undertaking": of, "regime": regime, "granted_on": granted_on, "amount_minor": amount, "currency": currency}


@pytest.mark.parametrize(
    ("aid", "support"),
    [
        ([], 6_000),
        ([_aid(28_000, "2023-03-02")], 6_000),
        ([_aid(28_000, "2023-03-03")], 2_000),
        ([_aid(28_000, "2026-03-02")], 2_000),
        ([_aid(28_000, "2026-03-03")], 6_000),
        ([_aid(28_000, "2025-03-02", regime="agriculture")], 6_000),
        ([_aid(28_000, "2025-03-02", of="other")], 6_000),
        ([_aid(14_000, "2025-03-02"), _aid(14_000, "2024-03-02")], 2_000),
        ([_aid(31_000, "2025-03-02")], 0),
    ],
)
def test_aid_ceiling_counts_the_window_of_a_single_undertaking(aid: list[dict[str, Any]], support: int) -> None:
    ceiling = {"code": "de_minimis", "amount_minor": 30_000, "currency": "EUR"}
    firms = members(2, undertaking="u")
    lines = [{"member": "a", "cost_minor": 8_000}, {"member": "b", "cost_minor": 4_000}]
    result = quoted({"aid_ceilings": [ceiling]}, *lines, members=firms, prior_aid=aid)
    assert result.support_minor == support
    assert supports(result)["a"] == support * 2 // 3


def test_aid_ceiling_in_another_currency_is_rounded_down_once() -> None:
    ceiling = {"code": "de_minimis", "amount_minor": 1_000, "currency": "EUR"}
    changes = {"currency": "JPY", "aid_ceilings": [ceiling]}
    # 10.00 EUR less 1.01 USD: 10.00 x 160.333 = 1,603.33 yen, 1.01 x 140 = 141.4 yen; 1,461.93 are left.
    worth = [{"currency": "EUR", "rate": "160.333"}, {"currency": "USD", "rate": "140"}]
    aid = [_aid(101, "2025-03-02", currency="USD", of="a")]
    result = quoted(changes, OWN | {"cost_minor": 9_000}, prior_aid=aid, exchange=worth)
    assert result.support_minor == 1_461


def test_aid_ceiling_that_refuses_refuses_the_whole() -> None:
    ceiling = {"code": "de_minimis", "amount_minor": 1_000, "currency": "EUR", "on_excess": "refuse"}
    assert quoted({"aid_ceilings": [ceiling]}, OWN | {"cost_minor": 2_000}).support_minor == 1_000
    assert quoted({"aid_ceilings": [ceiling]}, OWN | {"cost_minor": 2_001}).support_minor == 0


def test_envelope_cuts_or_refuses() -> None:
    line = OWN | {"cost_minor": 2_000}
    assert quoted({}, line, envelope_left_minor=400).support_minor == 400
    assert quoted({"envelope_excess": "refuse"}, line, envelope_left_minor=400).support_minor == 0
    assert quoted({"envelope_excess": "refuse"}, line, envelope_left_minor=1_000).support_minor == 1_000


def test_add_ons_follow_what_is_left() -> None:
    changes = {
        "add_ons": {"indirect_bp": 1000, "handling_fee": {"share_bp": 1500}},
        "caps": [{"code": "space", "scope": "class_firm", "amount_minor": 3_000, "classes": ["stand_space"]}],
    }
    result = quoted(changes, OWN | {"cost_minor": 10_000})
    # 5,000 and 500 indirect, fee 825; the class cap leaves 3,000, so 300 indirect and a fee of 495.
    assert _only(result) == (10_300, 3_300, 7_000)
    fee = result.handling_fee
    assert fee is not None
    assert (fee.support_minor, fee.own_minor, fee.payee.value) == (495, 0, "association")
    assert result.support_minor == 3_795


def test_group_cap_leaves_the_handling_fee_and_the_application_cap_takes_it_in() -> None:
    fee = {"add_ons": {"handling_fee": {"share_bp": 1000}}}
    for scope, support in (("group", 1_100), ("application", 1_000)):
        cap = {"code": "c", "scope": scope, "amount_minor": 1_000}
        assert quoted(fee | {"caps": [cap]}, OWN | {"cost_minor": 10_000}).support_minor == support


def test_minimum_award_per_member_and_per_application() -> None:
    lines = [{"member": "a", "cost_minor": 1_000}, {"member": "b", "cost_minor": 200}]
    per_member = {"minimum_award": {"amount_minor": 101, "per": "member"}}
    assert supports(quoted(per_member, *lines, members=members(2))) == {"a": 500, "b": 0}
    for least, support in ((600, 600), (601, 0)):
        award = {"minimum_award": {"amount_minor": least, "per": "application"}}
        assert quoted(award, *lines, members=members(2)).support_minor == support


def test_handling_fee_follows_members_that_fall_below_the_minimum_award() -> None:
    changes = {
        "minimum_award": {"amount_minor": 101, "per": "member"},
        "add_ons": {"handling_fee": {"share_bp": 1000}},
    }
    lines = [{"member": "a", "cost_minor": 1_000}, {"member": "b", "cost_minor": 200}]
    # 500 and 100, fee 60; without b 500 and a fee of 50.
    assert quoted(changes, *lines, members=members(2)).support_minor == 550


def test_payment_plan_own_cash_and_advance() -> None:
    changes = {"payment": {"advance_bp": 7500, "retention_bp": 1000}, "own_cash_bp": 5000}
    firm = {"id": "a", "advance_paid_minor": 600}
    result = quoted(changes, OWN | {"cost_minor": 1_003}, members=[firm]).member("a")
    # Support 501.5, half up 502; own 501, half of it in cash 250.5, half up 251.
    assert (result.support_minor, result.own_minor, result.own_cash_minor) == (502, 501, 251)
    plan = result.plan
    # 502 x 75% = 376.5, 15% = 75.3, 10% = 50.2: the unit that is left goes to 376.5.
    assert (plan.advance_minor, plan.on_claim_minor, plan.retained_minor) == (377, 75, 50)
    assert result.advance_due_back_minor == 98


def test_payee_of_a_class_and_of_the_scheme() -> None:
    classes = [SPACE | {"payee": "organiser"}, TRAVEL]
    lines = (OWN | {"cost_minor": 100}, OWN | {"cost_minor": 100, "cost_class": "travel"})
    result = quoted({"cost_classes": classes, "payee": "association"}, *lines)
    assert [line.payee.value for line in result.member("a").lines] == ["organiser", "association"]


def test_a_named_rule_may_let_more_cost_mean_less_support() -> None:
    """A class cap on the group moves money to the firm that spends more, whose own cap then loses it."""
    changes = {
        "rates": {"base": [{"code": "all", "rate_bp": 10_000}]},
        "caps": [
            {"code": "class", "scope": "class_group", "amount_minor": 100, "classes": ["stand_space"]},
            {"code": "firm", "scope": "firm_fair", "amount_minor": 50},
        ],
    }
    lines = [{"member": "a", "cost_minor": 50}, {"member": "b", "cost_minor": 50}]
    assert quoted(changes, *lines, members=members(2)).support_minor == 100
    lines[0]["cost_minor"] = 150
    assert quoted(changes, *lines, members=members(2)).support_minor == 75
    assert rules_that_may_lower(rules(**changes)) == ("$.caps[0]",)
    assert rules_that_may_lower(rules()) == ()


def test_every_explanation_can_be_said() -> None:
    result = quoted(
        {"caps": [{"code": "c", "scope": "firm_fair", "amount_minor": 150_000}]}, OWN | {"cost_minor": 400_000}
    )
    assert [sentence(line, "EUR") for line in result.explanations] == [
        "Meets all 0 conditions.",
        "Cost as stated: 4,000.00 EUR.",
        "Own cost of the firm: 4,000.00 EUR is eligible.",
        "Rate: 50%.",
        "50% of 4,000.00 EUR: 2,000.00 EUR.",
        "At most 1,500.00 EUR per firm and fair, 0.00 EUR used before: 2,000.00 EUR becomes 1,500.00 EUR.",
        "At most 1,500.00 EUR per firm and fair, 0.00 EUR used before: 2,000.00 EUR becomes 1,500.00 EUR.",
        "Own contribution: 4,000.00 EUR less 1,500.00 EUR is 2,500.00 EUR.",
    ]
