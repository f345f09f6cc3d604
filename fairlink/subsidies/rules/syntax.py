"""The grammar of the condition language: its tree, and the parser that reads it; nothing is ever evaluated as code."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple, NoReturn

from fairlink.subsidies.rules.scalars import UnreadableText


class Kind(StrEnum):
    """What a fact is."""

    BOOLEAN = "boolean"
    NUMBER = "number"
    TEXT = "text"
    DATE = "date"
    TEXTS = "texts"


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, text, date or truth value written in the condition."""

    value: bool | int | str | date
    kind: Kind
    at: int


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact by its name, such as ``firm.staff``."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Compare:
    """``left op right``, with op one of ``= != < <= > >=``."""

    op: str
    left: "Literal | Fact"
    right: "Literal | Fact"
    at: int


@dataclass(frozen=True, slots=True)
class Within:
    """``item in [a, b]`` or ``item in firm.sectors``."""

    item: "Literal | Fact"
    options: "tuple[Literal, ...] | Fact"
    at: int


@dataclass(frozen=True, slots=True)
class Known:
    """``firm.size is known``: whether the fact has been given."""

    fact: Fact


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    part: "Node"


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Either:
    """At least one part holds."""

    parts: "tuple[Node, ...]"


Node = Literal | Fact | Compare | Within | Known | Not | All | Either

_MOST_CHARACTERS = 1000
_MOST_DEPTH = 20
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<date>\d{4}-\d{2}-\d{2})
    | (?P<percent>\d+(?:\.\d{1,2})?)%
    | (?P<number>\d[\d_]*)
    | (?P<text>'[^']*'|"[^"]*")
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)
    | (?P<sign><=|>=|!=|=|<|>|\(|\)|\[|\]|,)
    )""",
    re.VERBOSE,
)
_COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_RESERVED = frozenset({"and", "or", "not", "in", "is", "known", "true", "false"})


class _Token(NamedTuple):
    sort: str
    text: str
    at: int


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    place = 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if match is None:
            start = place + len(text[place:]) - len(text[place:].lstrip())
            raise UnreadableText("condition_character", at=start + 1, character=text[start])
        sort = str(match.lastgroup)
        found.append(_Token(sort, match.group(sort), match.start(sort) + 1))
        place = match.end()
    found.append(_Token("end", "", len(text) + 1))
    return found


class _Parser:
    """Recursive descent over: or, and, not, comparison, primary. Positions count characters from 1."""

    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.place = 0
        self.depth = 0

    @property
    def next(self) -> _Token:
        return self.tokens[self.place]

    def take(self) -> _Token:
        token = self.next
        self.place += 1
        return token

    def takes(self, *texts: str) -> bool:
        """Step over `texts` if they come next as words or signs."""
        ahead = self.tokens[self.place : self.place + len(texts)]
        if [token.text for token in ahead] == list(texts) and all(token.sort in ("word", "sign") for token in ahead):
            self.place += len(texts)
            return True
        return False

    def refuse(self, wanted: str) -> NoReturn:
        token = self.next
        raise UnreadableText("condition_syntax", at=token.at, wanted=wanted, found=token.text or "the end")

    def whole(self) -> Node:
        node = self.either()
        if self.next.sort != "end":
            self.refuse("'and', 'or' or the end")
        return node

    def either(self) -> Node:
        self.depth += 1
        if self.depth > _MOST_DEPTH:
            raise UnreadableText("condition_depth", most=_MOST_DEPTH)
        parts = [self.all()]
        while self.takes("or"):
            parts.append(self.all())
        self.depth -= 1
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def all(self) -> Node:
        parts = [self.negated()]
        while self.takes("and"):
            parts.append(self.negated())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def negated(self) -> Node:
        negations = 0
        while self.takes("not"):
            negations += 1
        node = self.comparison()
        return Not(node) if negations % 2 else node

    def comparison(self) -> Node:
        if self.takes("("):
            node = self.either()
            if not self.takes(")"):
                self.refuse("')'")
            return node
        left = self.primary()
        token = self.next
        if token.sort == "sign" and token.text in _COMPARISONS:
            self.take()
            return Compare(token.text, left, self.primary(), token.at)
        if self.takes("in"):
            return Within(left, self.options(), token.at)
        if self.takes("not", "in"):
            return Not(Within(left, self.options(), token.at))
        if isinstance(left, Fact) and self.takes("is", "known"):
            return Known(left)
        if isinstance(left, Fact) and self.takes("is", "not", "known"):
            return Not(Known(left))
        return left

    def options(self) -> tuple[Literal, ...] | Fact:
        if not self.takes("["):
            fact = self.primary()
            return fact if isinstance(fact, Fact) else self.refuse("a list or the name of a list fact")
        found: list[Literal] = []
        while not self.takes("]"):
            if found and not self.takes(","):
                self.refuse("',' or ']'")
            option = self.primary()
            if not isinstance(option, Literal):
                self.refuse("a number, text or date")
            found.append(option)
        return tuple(found) if found else self.refuse("at least one value in the list")

    def primary(self) -> Literal | Fact:
        token = self.next
        match token.sort:
            case "number":
                value: Literal | Fact = Literal(int(token.text.replace("_", "")), Kind.NUMBER, token.at)
            case "percent":
                whole, _, part = token.text.partition(".")
                value = Literal(int(whole) * 100 + int(part.ljust(2, "0")), Kind.NUMBER, token.at)
            case "text":
                value = Literal(token.text[1:-1], Kind.TEXT, token.at)
            case "date":
                value = Literal(self.day(token), Kind.DATE, token.at)
            case "word" if token.text in ("true", "false"):
                value = Literal(token.text == "true", Kind.BOOLEAN, token.at)
            case "word" if token.text not in _RESERVED:
                value = Fact(token.text, token.at)
            case _:
                self.refuse("a fact, number, text or date")
        self.take()
        return value

    def day(self, token: _Token) -> date:
        try:
            return date.fromisoformat(token.text)
        except ValueError:
            return self.refuse("a day that exists")


def parse(text: str) -> Node:
    """Read `text`; raises UnreadableText with the position (from 1) of the first fault."""
    if len(text) > _MOST_CHARACTERS:
        raise UnreadableText("text_length", most=_MOST_CHARACTERS)
    return _Parser(text).whole()


def walk(node: Node) -> Iterator[Node]:
    """Every node of the tree, from the left."""
    yield node
    match node:
        case Compare(_, left, right):
            yield from (left, right)
        case Within(item, options):
            yield item
            yield from (options,) if isinstance(options, Fact) else options
        case Known(fact):
            yield fact
        case Not(part):
            yield from walk(part)
        case All(parts) | Either(parts):
            for part in parts:
                yield from walk(part)
        case _:
            pass
