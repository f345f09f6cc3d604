"""Documents that cannot be used: every one is refused with the places and reasons of all its problems."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairlink.subsidies.rules import DocumentError, FactsError, Problem, RulesError, quote, read_facts, read_rules
from fairlink.subsidies.rules.command import run_quote
from fairlink.subsidies.rules.worked import EXAMPLES
from tests.subsidies.rules.builders import FACTS, facts, rules, rules_json

BROKEN = Path(__file__).parent / "broken"
REFUSALS = {
    "01_not_json": ["$: this is not JSON (line 3, column 1)"],
    "02_key_twice": ["$: the key 'currency' is given twice"],
    "03_unknown_keys": [
        "$.minimum: unknown key 'minimum'; is 'minimum_award' meant?",
        "$.group.min_firm: unknown key 'min_firm'; is 'min_firms' meant?",
    ],
    "04_missing_keys": [
        "$.currency: the key 'currency' is missing",
        "$.rates.base: the key 'base' is missing",
    ],
    "05_wrong_numbers": [
        "$.rates.base[0].rate_bp: must be at most 10000, not 12000",
        "$.caps[0].amount_minor: must be a whole number",
        "$.caps[1].amount_minor: must be at least 0, not -1",
    ],
    "06_unknown_facts": [
        "$.eligibility[0].require: character 1 of the condition: there is no fact 'firm.employees'",
        "$.caps[0].when: character 1 of the condition: the fact 'firm.size' is not known at this place",
    ],
    "07_condition_syntax": [
        "$.eligibility[0].require: character 15 of the condition: "
        "a fact, number, text or date is expected, not 'the end'",
        "$.eligibility[1].require: character 23 of the condition: ',' or ']' is expected, not ''small''",
    ],
    "08_unlike_kinds": [
        "$.eligibility[0].require: character 12 of the condition: number and text cannot be compared so",
        "$.eligibility[1].require: character 11 of the condition: a text can only be compared by = and !=",
        "$.eligibility[2].require: character 1 of the condition: a number is neither true nor false",
    ],
    "09_code_in_condition": [
        "$.eligibility[0].require: character 17 of the condition: '.' has no meaning here",
        "$.eligibility[1].require: character 11 of the condition: ';' has no meaning here",
    ],
    "10_group_of_none": [
        "$.sunset_on: lies before the beginning, 2028-01-01",
        "$.group.max_firms: 3 is below the minimum of 5",
    ],
    "11_classes": ["$.caps[2].code: 'b' is already there"],
    "12_rates": [
        "$.rates.base[0].rate_bp: the rate 6000 is above the maximum of 5000",
        "$.rates.base[1]: the rate 'late' is never reached, because an earlier one without condition covers it",
        "$.rates.tapers[0].steps: steps must rise",
        "$.rates.tapers[0].steps[1]: exactly one of rate_bp, factor_bp and add_bp is needed, not 2",
        "$.rates.time_limit: needs years or participations",
    ],
    "13_payment_and_selection": [
        "$.add_ons.handling_fee: a handling fee needs a group, but at most one firm may take part",
        "$.selection.criteria: a scored call needs criteria",
        "$.selection.strata: 'strata' has no meaning for the method scored",
        "$.payment.retention_bp: advance and retention add up to 10500, more than the whole",
    ],
    "14_excluded": [
        "$.cost_classes: every cost class is excluded",
        "$.cost_classes[0].unit_ceiling_minor: the cost class 'stand_space' is excluded and can have no amounts",
    ],
}


def test_every_broken_document_is_listed() -> None:
    assert {path.stem for path in BROKEN.glob("*.json")} == set(REFUSALS)


@pytest.mark.parametrize("name", REFUSALS)
def test_broken_document_is_refused_with_path_and_reason(name: str) -> None:
    path = BROKEN / f"{name}.json"
    code, text = run_quote(path, EXAMPLES / "salerno.json", as_json=False)
    assert code == 2
    assert text.splitlines() == [f"{path}: {refusal}" for refusal in REFUSALS[name]]


def _problems(changes: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(RulesError) as caught:
        read_rules(rules_json(**changes))
    return [(problem.path, problem.code) for problem in caught.value.problems]


CLASS_CAP = {"code": "a", "scope": "class_firm", "amount_minor": 5}
SPACE = {"code": "stand_space"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"caps": [CLASS_CAP]}, [("$.caps[0].classes", "class_cap_without_class")]),
        ({"caps": [CLASS_CAP | {"classes": ["stand"]}]}, [("$.caps[0].classes[0]", "unknown_class")]),
        (
            {"caps": [{"code": "a", "scope": "group", "amount_minor": 5, "classes": ["travel"]}]},
            [("$.caps[0].classes", "cap_with_class")],
        ),
        (
            {"caps": [{"code": "a", "scope": "firm_fair", "amount_minor": 5, "per_firm": True}]},
            [("$.caps[0].per_firm", "per_firm_scope")],
        ),
        (
            {
                "caps": [{"code": "a", "scope": "application", "amount_minor": 5}],
                "minimum_award": {"amount_minor": 6},
            },
            [("$.minimum_award.amount_minor", "minimum_above_cap")],
        ),
        (
            {"timing": {"apply_from_months_before": 1, "apply_until_working_days_before": 40}},
            [("$.timing.apply_until_working_days_before", "window_empty")],
        ),
        (
            {"facts": [{"name": "size", "of": "firm", "kind": "text", "question": "Size?"}]},
            [("$.facts[0].name", "built_in_fact")],
        ),
        (
            {
                "facts": [
                    {"name": "green", "of": "firm", "kind": "text", "question": "Green?"},
                    {"name": "green", "of": "firm", "kind": "boolean", "question": "Green?"},
                ]
            },
            [("$.facts[1].name", "repeated")],
        ),
        (
            {"cost_classes": [SPACE | {"residual": True}]},
            [("$.cost_classes", "only_residual")],
        ),
        (
            {"cost_classes": [SPACE | {"unit_amount": {"unit": "m2", "bands": [{"from_km": 5, "amount_minor": 1}]}}]},
            [("$.cost_classes[0].unit_amount.bands", "bands_order")],
        ),
        (
            {
                "cost_classes": [SPACE | {"unit_amount": {"unit": "m2", "bands": [{"from_km": 0, "amount_minor": 1}]}}],
                "rates": {"base": [{"code": "a", "rate_bp": 1, "classes": ["stand_space"]}]},
            },
            [("$.rates.base[0].classes", "rate_and_unit_amount")],
        ),
        (
            {"group": {"max_firms": 1, "size_band": {"sizes": ["small"], "most_outside_bp": 3000}}},
            [("$.group.size_band.most_outside_bp", "share_of_one")],
        ),
        (
            {"add_ons": {"handling_fee": {"share_bp": 100, "payee": "firm"}}},
            [("$.add_ons.handling_fee.payee", "fee_to_firm")],
        ),
        (
            {
                "selection": {
                    "method": "scored",
                    "criteria": [{"code": "a", "weight_bp": 9999, "question": "How good?"}],
                }
            },
            [("$.selection.criteria", "weights_sum")],
        ),
        (
            {"selection": {"method": "lottery", "strata": ["firm.colour"], "cut_off": 5}},
            [("$.selection.strata[0]", "unknown_fact"), ("$.selection.cut_off", "not_for_method")],
        ),
        ({"sunset_on": "2027-02-30"}, [("$.sunset_on", "wrong_type")]),
        ({"name": "  "}, [("$.name", "text_length")]),
        ({"cost_classes": []}, [("$.cost_classes", "too_few")]),
        ({"cost_classes": [{"code": "Stand Space"}]}, [("$.cost_classes[0].code", "bad_pattern")]),
        ({"payee": "minister"}, [("$.payee", "not_one_of")]),
        ({"own_cash_bp": True}, [("$.own_cash_bp", "wrong_type")]),
        ({"group": []}, [("$.group", "wrong_type")]),
        (
            {"rates": {"base": [{"code": "a", "rate_bp": 1, "classes": ["travel", "travel"]}]}},
            [("$.rates.base[0].classes[1]", "repeated")],
        ),
    ],
    ids=lambda value: value[0][1] if isinstance(value, list) else "",
)
def test_rules_that_cannot_be_meant_are_refused(changes: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert _problems(changes) == expected


def _fact_problems(changes: dict[str, Any], **of_rules: Any) -> list[tuple[str, str]]:
    with pytest.raises(FactsError) as caught:
        read_facts(FACTS | changes, rules(**of_rules))
    return [(problem.path, problem.code) for problem in caught.value.problems]


LINE = {"id": "l", "cost_class": "stand_space", "cost_minor": 100}
BY_DISTANCE = {"unit": "traveller", "bands": [{"from_km": 0, "amount_minor": 1}, {"from_km": 9, "amount_minor": 2}]}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"members": []}, [("$.members", "too_few")]),
        ({"members": [{"id": "a"}, {"id": "a"}]}, [("$.members[1].id", "repeated")]),
        ({"members": [{"id": "a", "turnover": 5}]}, [("$.members[0].turnover", "unknown_key")]),
        ({"members": [{"id": "a", "answers": {"green": True}}]}, [("$.members[0].answers.green", "not_asked")]),
        ({"lines": [LINE | {"member": "b"}]}, [("$.lines[0].member", "unknown_member")]),
        (
            {"lines": [LINE | {"shares": [{"member": "b", "weight": 1}]}]},
            [("$.lines[0].shares[0].member", "unknown_member")],
        ),
        ({"lines": [LINE | {"shares": [{"member": "a", "weight": 0}]}]}, [("$.lines[0].shares", "shares_zero")]),
        (
            {"lines": [LINE | {"member": "a", "shares": [{"member": "a", "weight": 1}]}]},
            [("$.lines[0].shares", "own_and_shared")],
        ),
        ({"lines": [LINE | {"id": "+indirect"}]}, [("$.lines[0].id", "reserved_id")]),
        ({"lines": [LINE | {"cost_minor": -1}]}, [("$.lines[0].cost_minor", "too_low")]),
        ({"lines": [LINE | {"cost_minor": 10.5}]}, [("$.lines[0].cost_minor", "wrong_type")]),
        ({"lines": [LINE | {"quantity": "1e5"}]}, [("$.lines[0].quantity", "wrong_type")]),
        (
            {"fair": {"code": "x", "country": "FR", "starts_on": "2026-10-12", "ends_on": "2026-10-11"}},
            [("$.fair.ends_on", "before_begin")],
        ),
        ({"exchange": [{"currency": "USD", "rate": 0}]}, [("$.exchange[0].rate", "rate_zero")]),
        ({"answers": {"x": 1.5}}, [("$.answers.x", "wrong_type")]),
    ],
    ids=lambda value: value[0][1] if isinstance(value, list) else "",
)
def test_facts_that_do_not_fit_are_refused(changes: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert _fact_problems(changes) == expected


def test_facts_are_asked_for_what_the_rules_need() -> None:
    classes = [{"code": "stand_space", "unit_amount": BY_DISTANCE}]
    found = _fact_problems({"lines": [LINE]}, cost_classes=classes)
    assert found == [("$.lines[0].quantity", "quantity_missing"), ("$.lines[0].distance_km", "distance_missing")]
    ceiling = {"code": "de_minimis", "amount_minor": 5, "currency": "USD"}
    assert _fact_problems({}, aid_ceilings=[ceiling]) == [("$.exchange", "rate_missing")]
    asked = [{"name": "green", "of": "firm", "kind": "boolean", "question": "Green?"}]
    members = [{"id": "a", "answers": {"green": "yes"}}]
    assert _fact_problems({"members": members}, facts=asked) == [("$.members[0].answers.green", "wrong_type")]


def test_facts_built_in_code_are_checked_by_the_quote_too() -> None:
    of = rules()
    built = facts(of, {"member": "a", "cost_minor": 5})
    with pytest.raises(FactsError) as caught:
        quote(of, replace(built, members=()))
    assert caught.value.problems == (Problem("$.lines[0].member", "unknown_member", {"value": "a"}),)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, each in inner for place in _places(each, (*path, key)))]


def _changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _changed(value[path[0]], path[1:], new)
    return copy


DOCUMENTS = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(EXAMPLES.glob("*.json"))]
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=120)
@given(data=st.data(), new=any_json)
def test_any_change_of_a_document_is_read_or_refused_in_words(data: st.DataObject, new: Any) -> None:
    """Whatever stands in one place of an example: a quote, or an error whose problems can be said."""
    document = data.draw(st.sampled_from(DOCUMENTS))
    application = data.draw(st.sampled_from(document["applications"]))["facts"]
    in_rules = data.draw(st.booleans())
    whole = document["rules"] if in_rules else application
    changed = _changed(whole, data.draw(st.sampled_from(_places(whole))), new)
    refusal: DocumentError | None = None
    try:
        of = read_rules(changed if in_rules else document["rules"])
        quote(of, read_facts(application if in_rules else changed, of))
    except DocumentError as error:
        refusal = error
    assert refusal is None or refusal.problems
    assert refusal is None or all(each.path.startswith("$") and each.text for each in refusal.problems)
