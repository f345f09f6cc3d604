"""Conditions over facts: comparisons joined by and, or, not and in; checked when read, unknown facts kept unknown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, Self

from fairlink.subsidies.rules.syntax import (
    All,
    Compare,
    Either,
    Fact,
    Kind,
    Known,
    Literal,
    Node,
    Not,
    Within,
    parse,
    walk,
)

Value = bool | int | str | date | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition over facts, such as ``firm.export_share_bp <= 25% or firm.years_exporting <= 10``.

    Equal texts are equal conditions. A percentage stands for basis points (25% = 2500); amounts are minor units.
    """

    text: str
    node: Node

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `text`; raises UnreadableText with the position (from 1) of the first fault."""
        return cls(text.strip(), parse(text))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the facts it asks for, in their order, each once."""
        return tuple(dict.fromkeys(node.name for node in walk(self.node) if isinstance(node, Fact)))


class Mistake(NamedTuple):
    """A fault of meaning in a condition: code and params of a problem."""

    code: str
    params: dict[str, object]


def mistakes(condition: Condition, kinds: Mapping[str, Kind]) -> list[Mistake]:
    """What is wrong with `condition` where only the facts in `kinds` exist: unknown facts and unlike comparisons."""
    found = [
        Mistake("unknown_fact", {"fact": node.name, "at": node.at})
        for node in walk(condition.node)
        if isinstance(node, Fact) and node.name not in kinds
    ]
    return found or _unlike(condition.node, kinds)


def _kind(node: Literal | Fact, kinds: Mapping[str, Kind]) -> Kind:
    return node.kind if isinstance(node, Literal) else kinds[node.name]


def _unlike(node: Node, kinds: Mapping[str, Kind]) -> list[Mistake]:
    match node:
        case Compare(op, left, right, at):
            first, second = _kind(left, kinds), _kind(right, kinds)
            ordered = op not in ("=", "!=")
            if first != second or first is Kind.TEXTS:
                return [Mistake("unlike_kinds", {"at": at, "left": first.value, "right": second.value})]
            if ordered and first in (Kind.BOOLEAN, Kind.TEXT):
                return [Mistake("no_order", {"at": at, "kind": first.value})]
            return []
        case Within(item, options, at):
            wanted = _kind(item, kinds)
            held = [kinds[options.name]] if isinstance(options, Fact) else [option.kind for option in options]
            fits = (
                (wanted is Kind.TEXT and held == [Kind.TEXTS]) if isinstance(options, Fact) else set(held) == {wanted}
            )
            return [] if fits else [Mistake("unlike_kinds", {"at": at, "left": wanted.value, "right": held[0].value})]
        case Not(part):
            return _truth(part, kinds)
        case All(parts) | Either(parts):
            return [mistake for part in parts for mistake in _truth(part, kinds)]
        case Known():
            return []
        case _:
            return _truth(node, kinds)


def _truth(node: Node, kinds: Mapping[str, Kind]) -> list[Mistake]:
    if isinstance(node, Literal | Fact):
        kind = _kind(node, kinds)
        return [] if kind is Kind.BOOLEAN else [Mistake("not_a_truth", {"at": node.at, "kind": kind.value})]
    return _unlike(node, kinds)


def holds(condition: Condition, facts: Mapping[str, Value | None]) -> bool | None:
    """Whether `condition` holds; None where it turns on a fact that is not known (None in `facts`).

    Unknown facts follow Kleene: ``true or unknown`` is true, ``false and unknown`` is false.
    """
    return _truth_of(condition.node, facts)


def _truth_of(node: Node, facts: Mapping[str, Value | None]) -> bool | None:
    match node:
        case Compare(op, left, right):
            return _compared(op, _value(left, facts), _value(right, facts))
        case All(parts):
            found = [_truth_of(part, facts) for part in parts]
            return False if False in found else None if None in found else True
        case Either(parts):
            found = [_truth_of(part, facts) for part in parts]
            return True if True in found else None if None in found else False
        case Not(part):
            truth = _truth_of(part, facts)
            return None if truth is None else not truth
        case Within(item, options):
            wanted = _value(item, facts)
            held: Any = facts[options.name] if isinstance(options, Fact) else tuple(each.value for each in options)
            return None if wanted is None or held is None else wanted in held
        case Known(fact):
            return facts[fact.name] is not None
        case _:
            value = _value(node, facts)
            return value if isinstance(value, bool) else None


def _value(node: Literal | Fact, facts: Mapping[str, Value | None]) -> Value | None:
    return node.value if isinstance(node, Literal) else facts[node.name]


def _compared(op: str, left: Any, right: Any) -> bool | None:
    if left is None or right is None:
        return None
    match op:
        case "=":
            return bool(left == right)
        case "!=":
            return bool(left != right)
        case "<":
            return bool(left < right)
        case "<=":
            return bool(left <= right)
        case ">":
            return bool(left > right)
        case _:
            return bool(left >= right)
