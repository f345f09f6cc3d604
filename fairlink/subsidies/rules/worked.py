"""Scheme files with worked applications: the rules, sample facts, and the amounts that were worked out by hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fairlink.subsidies.rules.document import Rules
from fairlink.subsidies.rules.facts import Facts
from fairlink.subsidies.rules.loading import parse_json, read_facts, read_rules
from fairlink.subsidies.rules.outcome import Quote
from fairlink.subsidies.rules.problems import DocumentError, FactsError, Problem, RulesError

#: The scheme files that come with the platform.
EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


@dataclass(frozen=True, slots=True)
class WorkedApplication:
    """One application with what is expected of its quote.

    `notes` derive the amounts step by step. `expected` holds ``eligible``, ``support_minor`` and, by member id,
    ``members`` with the support of each; nothing is compared where it is empty.
    """

    name: str
    notes: tuple[str, ...]
    facts: Facts
    expected: Mapping[str, Any]

    def differences(self, quote: Quote) -> list[str]:
        """Where `quote` is not what was expected, one short line each."""
        found = [
            f"{key}: expected {self.expected[key]}, found {getattr(quote, key)}"
            for key in ("eligible", "support_minor")
            if key in self.expected and self.expected[key] != getattr(quote, key)
        ]
        members = self.expected.get("members", {})
        for member in quote.members:
            wanted = members.get(member.member, member.support_minor)
            if wanted != member.support_minor:
                found.append(f"members.{member.member}: expected {wanted}, found {member.support_minor}")
        known = {member.member for member in quote.members}
        return found + [f"members.{name}: there is no such member" for name in members if name not in known]


def scheme_part(text: str) -> Rules:
    """The rules in a file that holds either rules alone or, as ``rules``, those of a scheme with worked applications.

    Raises RulesError with paths of the file.
    """
    data = parse_json(text, RulesError)
    if not isinstance(data, dict) or "rules" not in data:
        return read_rules(data)
    try:
        return read_rules(data["rules"])
    except RulesError as error:
        raise RulesError(_below("$.rules", error)) from None


def application_parts(text: str, rules: Rules) -> list[WorkedApplication]:
    """The applications in a file that holds either facts alone or, as ``applications``, worked ones.

    Raises FactsError with paths of the file.
    """
    data = parse_json(text, FactsError)
    if not isinstance(data, dict) or "applications" not in data:
        return [WorkedApplication("", (), read_facts(data, rules), {})]
    if not isinstance(data["applications"], list) or not data["applications"]:
        raise FactsError([Problem("$.applications", "wrong_type", {"wanted": "a list"})])
    return [_worked(each, f"$.applications[{index}]", rules) for index, each in enumerate(data["applications"])]


def _worked(data: object, path: str, rules: Rules) -> WorkedApplication:
    if not isinstance(data, dict):
        raise FactsError([Problem(path, "wrong_type", {"wanted": "an object"})])
    keys = ("name", "notes", "facts", "expected")
    problems = [Problem(f"{path}.{key}", "missing_key", {"key": key}) for key in keys if key not in data]
    problems += [Problem(f"{path}.{key}", "unknown_key", {"key": key}) for key in data if key not in keys]
    if problems:
        raise FactsError(problems)
    try:
        facts = read_facts(data["facts"], rules)
    except FactsError as error:
        raise FactsError(_below(f"{path}.facts", error)) from None
    return WorkedApplication(data["name"], tuple(data["notes"]), facts, data["expected"])


def _below(path: str, error: DocumentError) -> list[Problem]:
    """The problems of a part, with their paths in the whole file."""
    return [Problem(path + each.path.removeprefix("$"), each.code, each.params) for each in error.problems]


@cache
def examples() -> dict[str, Rules]:
    """The rules of every scheme file that comes along, by the name of the file."""
    return {path.stem: scheme_part(path.read_text("utf-8")) for path in sorted(EXAMPLES.glob("*.json"))}


def example_applications(rules: Rules) -> list[WorkedApplication]:
    """The worked applications of the scheme file with the name that `rules` have, as far as they still fit."""
    for name, known in examples().items():
        if known.name == rules.name:
            try:
                return application_parts((EXAMPLES / f"{name}.json").read_text("utf-8"), rules)
            except FactsError:
                return []
    return []
