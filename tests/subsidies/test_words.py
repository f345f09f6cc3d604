"""The rules in plain words: whatever differs between two versions can be read."""

import copy
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from fairlink.subsidies.rules import Rules, RulesError, read_rules, rules_to_dict
from fairlink.subsidies.rules.conditions import Condition
from fairlink.subsidies.rules.worked import examples
from fairlink.subsidies.views.conditions import ConditionWords
from fairlink.subsidies.views.sentences import changes_in_words, rules_in_words

Path = tuple[Any, ...]

#: What stands for some value of every enum.
ENUM_VALUES = (
    *("firm", "application", "line", "member", "year", "lifetime", "deduct", "refuse_line", "group", "refuse", "cut"),
    *("firm_fair", "firm_year", "association", "organiser", "invoice", "contract", "pro_rata", "lottery", "first_come"),
    *("final_claim", "no_show", "micro", "large", "number", "participations"),
)


def leaves(value: object, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The path and value of everything single in a document."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from leaves(part, (*path, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from leaves(part, (*path, index))
    else:
        yield path, value


def others(value: Any) -> list[Any]:
    """Values that could stand in the place of `value`."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1, value + 100]
    try:
        return [(date.fromisoformat(value) + timedelta(days=1)).isoformat()]
    except ValueError:
        return [f"{value}x", value.upper(), "not firm.size is known", *ENUM_VALUES]


def with_value(document: Any, path: Path, value: Any) -> Any:
    changed = copy.deepcopy(document)
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return changed


def readable(document: Any) -> Rules | None:
    try:
        return read_rules(document)
    except RulesError:
        return None


def is_hidden(path: Path) -> bool:
    """Names by which only the rules speak of a rule."""
    return path[-1] == "format" or (path[-1] == "code" and path[0] not in ("cost_classes", "aid_ceilings"))


@pytest.mark.parametrize("name", sorted(examples()))
def test_every_value_of_a_public_programme_is_said(app: Flask, name: str) -> None:
    """Change any one of them, and some sentence is another."""
    rules = examples()[name]
    document, silent, tried = rules_to_dict(rules), [], 0
    with app.test_request_context("/?lang=en"):
        for path, value in leaves(document):
            for other in () if is_hidden(path) else others(value):
                changed = readable(with_value(document, path, other))
                if changed is not None and changed != rules:
                    tried += 1
                    silent += [] if changes_in_words(rules, changed) else [(path, other)]
                    break
    assert silent == []
    assert tried > 10


def test_sentences_of_a_scheme(app: Flask) -> None:
    with app.test_request_context("/?lang=en"):
        said = {words.label: words.sentences for words in rules_in_words(examples()["spain_icex"])}
    assert said["Support"][0].startswith("25% of")
    assert "Nothing after 5 full years since the first award." in said["Support"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("firm.size in ['micro', 'small']", "the size of the firm is Micro or Small"),
        ("firm.turnover_minor < 1_000_000", "the turnover of the firm is less than €10,000.00"),
        ("firm.export_share_bp <= 25% or firm.years_exporting <= 10",
         "the exports as a share of turnover is at most 25% or the years of exporting is at most 10"),
        ("not 'emerging' in fair.kinds", "emerging is not among the kinds of market of the fair"),
        ("firm.region is not known", "the region of the firm is not known"),
        ("(firm.staff > 5 or firm.staff < 2) and fair.days = 3",
         "(the staff of the firm is more than 5 or the staff of the firm is less than 2)"
         " and the length of the fair in days is 3"),
    ],
)  # fmt: skip
def test_a_condition_in_words(app: Flask, text: str, said: str) -> None:
    with app.test_request_context("/?lang=en"):
        assert ConditionWords(examples()["salerno"]).say(Condition.parse(text)) == said
