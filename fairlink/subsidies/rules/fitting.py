"""Whether the facts of an application fit each other and the rules they are quoted under."""

from collections.abc import Iterator, Mapping
from datetime import date

from fairlink.subsidies.rules.document import Rules
from fairlink.subsidies.rules.facts import CostLine, Facts
from fairlink.subsidies.rules.problems import FactsError, Problem
from fairlink.subsidies.rules.shapes import Answer
from fairlink.subsidies.rules.syntax import Kind
from fairlink.subsidies.rules.terms import Subject


def check_facts(rules: Rules, facts: Facts) -> None:
    """Raise FactsError with every place where `facts` do not fit themselves or `rules`."""
    problems = [
        *_fair(facts),
        *_members(rules, facts),
        *_answers(rules, Subject.APPLICATION, facts.answers, "$.answers"),
        *_lines(rules, facts),
        *_exchange(rules, facts),
    ]
    if problems:
        raise FactsError(problems)


def _fair(facts: Facts) -> Iterator[Problem]:
    if facts.fair.ends_on < facts.fair.starts_on:
        yield Problem("$.fair.ends_on", "before_begin", {"begins": facts.fair.starts_on.isoformat()})


def _members(rules: Rules, facts: Facts) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, member in enumerate(facts.members):
        path = f"$.members[{index}]"
        if member.id in seen:
            yield Problem(f"{path}.id", "repeated", {"value": member.id})
        seen.add(member.id)
        yield from _answers(rules, Subject.FIRM, member.answers, f"{path}.answers")


def _kind_of(answer: Answer) -> Kind:
    if isinstance(answer, bool):
        return Kind.BOOLEAN
    if isinstance(answer, int):
        return Kind.NUMBER
    if isinstance(answer, date):
        return Kind.DATE
    return Kind.TEXTS if isinstance(answer, tuple) else Kind.TEXT


def _answers(rules: Rules, subject: Subject, answers: Mapping[str, Answer], path: str) -> Iterator[Problem]:
    if not answers:
        return
    asked = {fact.name: fact.kind for fact in rules.facts if fact.of is subject}
    for name, answer in answers.items():
        if name not in asked:
            yield Problem(f"{path}.{name}", "not_asked", {"key": name})
        elif _kind_of(answer) is not asked[name]:
            yield Problem(f"{path}.{name}", "wrong_type", {"wanted": asked[name].value})


def _lines(rules: Rules, facts: Facts) -> Iterator[Problem]:
    members = {member.id for member in facts.members}
    classes = {each.code: each for each in rules.cost_classes}
    seen: set[str] = set()
    for index, line in enumerate(facts.lines):
        path = f"$.lines[{index}]"
        if line.id in seen:
            yield Problem(f"{path}.id", "repeated", {"value": line.id})
        seen.add(line.id)
        if line.id.startswith("+"):
            yield Problem(f"{path}.id", "reserved_id", {"value": line.id})
        if line.cost_minor < 0:
            yield Problem(f"{path}.cost_minor", "too_low", {"least": 0, "value": line.cost_minor})
        yield from _bearers(line, members, path)
        cost_class = classes.get(line.cost_class)
        if cost_class is None or cost_class.excluded:
            continue
        unit_amount = cost_class.unit_amount
        if line.quantity is None and (unit_amount or cost_class.unit_ceiling_minor or cost_class.max_units):
            yield Problem(f"{path}.quantity", "quantity_missing", {"code": line.cost_class})
        if line.distance_km is None and unit_amount is not None and len(unit_amount.bands) > 1:
            yield Problem(f"{path}.distance_km", "distance_missing", {"code": line.cost_class})


def _bearers(line: CostLine, members: set[str], path: str) -> Iterator[Problem]:
    if line.member is not None:
        if line.shares:
            yield Problem(f"{path}.shares", "own_and_shared")
        if line.member not in members:
            yield Problem(f"{path}.member", "unknown_member", {"value": line.member})
    for index, share in enumerate(line.shares):
        if share.member not in members:
            yield Problem(f"{path}.shares[{index}].member", "unknown_member", {"value": share.member})
    if line.shares and not any(share.weight for share in line.shares):
        yield Problem(f"{path}.shares", "shares_zero")


def _exchange(rules: Rules, facts: Facts) -> Iterator[Problem]:
    worth = {each.currency: each.rate for each in facts.exchange}
    for index, each in enumerate(facts.exchange):
        if not each.rate:
            yield Problem(f"$.exchange[{index}].rate", "rate_zero")
    if not rules.aid_ceilings:
        return
    regimes = {ceiling.code for ceiling in rules.aid_ceilings}
    needed = {ceiling.currency for ceiling in rules.aid_ceilings}
    needed |= {aid.currency for aid in facts.prior_aid if aid.regime in regimes}
    for currency in sorted(needed - {rules.currency} - set(worth)):
        yield Problem("$.exchange", "rate_missing", {"currency": currency})
