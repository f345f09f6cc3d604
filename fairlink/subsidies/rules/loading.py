"""Documents in and out: JSON text or parsed JSON to rules, facts and quotes, and back in one canonical text."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NoReturn

from fairlink.subsidies.rules.checking import impossible
from fairlink.subsidies.rules.document import Rules
from fairlink.subsidies.rules.facts import Facts
from fairlink.subsidies.rules.fitting import check_facts
from fairlink.subsidies.rules.problems import DocumentError, FactsError, Problem, RulesError
from fairlink.subsidies.rules.scalars import JsonObject
from fairlink.subsidies.rules.shapes import object_shape


def read_rules(data: object) -> Rules:
    """Rules from parsed JSON; raises RulesError with every problem found."""
    problems: list[Problem] = []
    rules = object_shape(Rules).read(data, "$", problems)
    if not isinstance(rules, Rules) or problems:
        raise RulesError(problems)
    problems = impossible(rules)
    if problems:
        raise RulesError(problems)
    return rules


def read_facts(data: object, rules: Rules) -> Facts:
    """Facts from parsed JSON, fit for `rules`; raises FactsError with every problem found."""
    problems: list[Problem] = []
    facts = object_shape(Facts).read(data, "$", problems)
    if not isinstance(facts, Facts) or problems:
        raise FactsError(problems)
    check_facts(rules, facts)
    return facts


def rules_to_dict(rules: Rules) -> dict[str, Any]:
    """`rules` as JSON; keys at their default are left out. `read_rules` gives back an equal object."""
    return object_shape(Rules).write(rules)


def facts_to_dict(facts: Facts) -> dict[str, Any]:
    """`facts` as JSON; keys at their default are left out. `read_facts` gives back an equal object."""
    return object_shape(Facts).write(facts)


def canonical_json(data: Mapping[str, Any]) -> str:
    """One text for one value: keys in order, no spaces. Equal rules give equal text, whatever text they came from."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def fingerprint(rules: Rules) -> str:
    """The SHA-256 of the canonical text: equal for equal rules."""
    return hashlib.sha256(canonical_json(rules_to_dict(rules)).encode()).hexdigest()


class _Repeated(ValueError):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _object(pairs: list[tuple[str, Any]]) -> JsonObject:
    found: JsonObject = {}
    for key, value in pairs:
        if key in found:
            raise _Repeated(key)
        found[key] = value
    return found


def _not_json(name: str) -> NoReturn:
    raise ValueError(name)


def parse_json(text: str, error: type[DocumentError]) -> object:
    """JSON text to Python values; raises `error` for bad JSON, a key given twice, NaN or nesting past all reason."""
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_not_json)
    except _Repeated as repeated:
        raise error([Problem("$", "key_twice", {"key": repeated.key})]) from None
    except json.JSONDecodeError as wrong:
        raise error([Problem("$", "not_json", {"line": wrong.lineno, "column": wrong.colno})]) from None
    except (ValueError, RecursionError):
        raise error([Problem("$", "not_json", {"line": 1, "column": 1})]) from None


def rules_schema() -> dict[str, Any]:
    """The JSON Schema of the rules, as published in scheme.schema.json beside this file."""
    return _schema(Rules, "FairLink scheme rules")


def facts_schema() -> dict[str, Any]:
    """The JSON Schema of the facts, as published in application.schema.json beside this file."""
    return _schema(Facts, "FairLink application facts")


def _schema(cls: type[Any], title: str) -> dict[str, Any]:
    definitions: JsonObject = {}
    reference = object_shape(cls).schema(definitions)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title}
    return {**head, **reference, "$defs": dict(sorted(definitions.items()))}
