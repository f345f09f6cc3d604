"""The schemes that come with the platform: their worked applications to the cent, and their documents."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from fairlink.subsidies.rules import (
    RulesError,
    canonical_json,
    facts_schema,
    facts_to_dict,
    loading,
    quote,
    read_facts,
    read_rules,
    rules_schema,
    rules_to_dict,
)
from fairlink.subsidies.rules.worked import EXAMPLES, application_parts, scheme_part
from tests.subsidies.rules.replay import assert_reproduced

FILES = sorted(EXAMPLES.glob("*.json"))
WORKED = [
    (path, place)
    for path in FILES
    for place in range(len(json.loads(path.read_text(encoding="utf-8"))["applications"]))
]


def _document(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_there_are_twelve_schemes_with_three_worked_applications_each() -> None:
    assert len(FILES) == 12
    assert [path.stem for path in FILES if len(_document(path)["applications"]) < 3] == []


@pytest.mark.parametrize(("path", "place"), WORKED, ids=lambda each: each.stem if isinstance(each, Path) else str(each))
def test_worked_application_gives_what_was_worked_out_by_hand(path: Path, place: int) -> None:
    text = path.read_text(encoding="utf-8")
    rules = scheme_part(text)
    application = application_parts(text, rules)[place]
    result = quote(rules, application.facts)
    assert application.differences(result) == []
    assert set(application.expected) >= {"eligible", "support_minor"}
    assert application.notes
    assert_reproduced(result)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_example_names_its_source_and_keeps_to_the_published_schema(path: Path) -> None:
    document = _document(path)
    assert document["rules"]["source"]["title"]
    assert document["rules"]["source"]["note"]
    Draft202012Validator(rules_schema()).validate(document["rules"])
    for application in document["applications"]:
        Draft202012Validator(facts_schema()).validate(application["facts"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_example_comes_back_as_it_was_and_its_text_is_canonical(path: Path) -> None:
    document = _document(path)
    rules = read_rules(document["rules"])
    again = read_rules(rules_to_dict(rules))
    assert again == rules
    backwards = json.loads(json.dumps(document["rules"]), object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    assert canonical_json(rules_to_dict(read_rules(backwards))) == canonical_json(rules_to_dict(rules))
    for application in document["applications"]:
        facts = read_facts(application["facts"], rules)
        assert read_facts(json.loads(json.dumps(facts_to_dict(facts))), rules) == facts


def test_published_schemas_are_those_of_the_code() -> None:
    beside = Path(loading.__file__).parent
    assert json.loads((beside / "scheme.schema.json").read_text(encoding="utf-8")) == rules_schema()
    assert json.loads((beside / "application.schema.json").read_text(encoding="utf-8")) == facts_schema()
    Draft202012Validator.check_schema(rules_schema())
    Draft202012Validator.check_schema(facts_schema())


@pytest.mark.parametrize(
    "change",
    [{"unheard_of": 1}, {"currency": "euro"}, {"rates": {"base": []}}, {"sunset_on": 2027}, {"format": 2}],
    ids=lambda change: next(iter(change)),
)
def test_published_schema_refuses_what_the_reader_refuses(change: dict[str, Any]) -> None:
    document = _document(FILES[0])["rules"] | change
    assert not Draft202012Validator(rules_schema()).is_valid(document)
    with pytest.raises(RulesError):
        read_rules(document)
