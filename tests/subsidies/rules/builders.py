"""Small rules and facts for the tests of the engine: a base that works, and what a test changes of it."""

from copy import deepcopy
from typing import Any

from fairlink.subsidies.rules import Facts, Quote, Rules, quote, read_facts, read_rules

Json = dict[str, Any]

RULES: Json = {
    "format": 1,
    "name": "Test scheme",
    "currency": "EUR",
    "sunset_on": "2027-12-31",
    "cost_classes": [{"code": "stand_space"}, {"code": "travel"}, {"code": "freight"}],
    "rates": {"base": [{"code": "half", "rate_bp": 5000}]},
}
FACTS: Json = {
    "fair": {"code": "sial", "country": "FR", "starts_on": "2026-10-12", "ends_on": "2026-10-15"},
    "applied_on": "2026-03-02",
    "members": [{"id": "a"}],
    "lines": [],
}


def rules_json(**changes: Any) -> Json:
    """The base rules with some keys replaced."""
    return deepcopy(RULES) | changes


def rules(**changes: Any) -> Rules:
    return read_rules(rules_json(**changes))


def facts(of: Rules, *lines: Json, **changes: Any) -> Facts:
    """The base facts with cost lines; a line without id is named by its place."""
    named = [{"id": f"l{index}", "cost_class": "stand_space", **line} for index, line in enumerate(lines)]
    return read_facts(deepcopy(FACTS) | {"lines": named} | changes, of)


def quoted(changes: Json, *lines: Json, **facts_changes: Any) -> Quote:
    """The quote of the base rules with `changes` on the base facts with `lines` and `facts_changes`."""
    of = rules(**changes)
    return quote(of, facts(of, *lines, **facts_changes))


def members(count: int, **each: Any) -> list[Json]:
    """Members a, b, c ... with the same facts."""
    return [{"id": "abcdefghijklmnopqrstuvwxyz"[index], **each} for index in range(count)]


def supports(result: Quote) -> dict[str, int]:
    return {member.member: member.support_minor for member in result.members}
