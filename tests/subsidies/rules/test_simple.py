"""The easy path, and the sentences of the engine."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fairlink.subsidies.rules import (
    EXPLANATIONS,
    PROBLEMS,
    RulesError,
    problem_text,
    quote,
    read_rules,
    rules_to_dict,
    sentence_params,
    simple_rules,
    wording,
)
from tests.subsidies.rules.builders import facts, members, quoted, supports

FLAT: dict[str, Any] = {"name": "Flat", "currency": "EUR", "rate_bp": 5000, "sunset_on": date(2027, 12, 31)}


def test_flat_rate_with_a_cap_per_firm_and_a_group() -> None:
    rules = simple_rules(**FLAT, cap_per_firm_minor=150_000, min_firms=2, max_firms=3)
    lines = ({"cost_minor": 500_000}, {"member": "a", "cost_class": "travel", "cost_minor": 100_000})
    result = quote(rules, facts(rules, *lines, members=members(2)))
    # a: half of 2,500 + 1,000 = 1,750, cut to 1,500; b: half of 2,500 = 1,250.
    assert supports(result) == {"a": 150_000, "b": 125_000}
    assert not quote(rules, facts(rules, *lines)).eligible
    assert not quote(rules, facts(rules, *lines, members=members(4))).eligible


def test_single_firms() -> None:
    rules = simple_rules(**FLAT, min_firms=1, max_firms=1)
    result = quote(rules, facts(rules, {"cost_minor": 333}))
    assert (result.support_minor, result.own_minor) == (167, 166)


def test_simple_rules_are_a_document_like_any_other() -> None:
    rules = simple_rules(**FLAT, cap_per_firm_minor=1, min_firms=2, max_firms=None, cost_classes=["travel"])
    assert read_rules(rules_to_dict(rules)) == rules
    assert [each.code for each in rules.cost_classes] == ["travel"]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"rate_bp": 10_001}, "$.rates.base[0].rate_bp"),
        ({"min_firms": 0}, "$.group.min_firms"),
        ({"min_firms": 3, "max_firms": 2}, "$.group.max_firms"),
        ({"currency": "eur"}, "$.currency"),
        ({"cost_classes": ["travel", "travel"]}, "$.cost_classes[1].code"),
        ({"cap_per_firm_minor": -1}, "$.caps[0].amount_minor"),
        ({"name": ""}, "$.name"),
        ({"valid_from_on": date(2028, 1, 1)}, "$.sunset_on"),
    ],
)
def test_simple_rules_refuse_what_cannot_be_meant(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(RulesError) as caught:
        simple_rules(**FLAT | changes)
    assert [problem.path for problem in caught.value.problems] == [path]


def test_sentences_can_be_said_in_another_language() -> None:
    result = quoted({"payment": {"retention_bp": 1000}}, {"member": "a", "cost_minor": 1_000})
    (line,) = result.explain("retained")
    params = sentence_params(
        line,
        "EUR",
        money=lambda minor, currency: f"{minor}{currency}",
        percent=lambda rate_bp: f"{rate_bp}bp",
        translate=str.upper,
    )
    assert params == {"share": "1000bp", "until": "UNTIL THE FOLLOW-UP REPORTS ARE IN", "after": "50EUR"}
    with pytest.raises(RulesError) as caught:
        read_rules([])
    (problem,) = caught.value.problems
    assert problem.text == "must be an object"
    spanish = {"must be %(wanted)s": "debe ser %(wanted)s", "an object": "un objeto"}
    assert problem_text(problem.code, problem.params, spanish.__getitem__) == "debe ser un objeto"


def test_every_code_of_the_engine_has_its_sentence() -> None:
    """Codes are literals; what the sources note or refuse must be in the tables, and nothing else may be there."""
    sources = [path.read_text(encoding="utf-8") for path in Path(wording.__file__).parent.glob("*.py")]
    words = {
        found
        for text in sources
        if not text.startswith('"""The sentences')
        for found in re.findall(r'"([a-z_0-9]+)"', text)
    }
    scopes = {"class_firm", "class_group", "firm_fair", "firm_year", "firm_lifetime", "group", "application"}
    words |= {f"cap_{scope}" for scope in scopes}
    assert set(EXPLANATIONS) - words == set()
    assert set(PROBLEMS) - words == set()
