"""Shapes of single JSON values: each reads strictly, writes back, and says itself as JSON Schema."""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol, Self

from fairlink.subsidies.rules.problems import Problem

Problems = list[Problem]
JsonObject = dict[str, Any]

_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_DECIMAL = re.compile(r"^(0|[1-9]\d{0,11})(\.\d{1,6})?$")


@dataclass(frozen=True)
class Range:
    """Least and most value of an integer."""

    least: int | None = None
    most: int | None = None


@dataclass(frozen=True)
class Pattern:
    """A regular expression that a text must match as a whole, and what it means in words."""

    regex: str
    means: str


class UnreadableText(ValueError):
    """Text that a parsed type refuses: `code` and `params` of the problem."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


class ParsedText(Protocol):
    """A value written as text that its own class parses; raises UnreadableText."""

    @property
    def text(self) -> str: ...

    @classmethod
    def parse(cls, text: str) -> Self: ...


class Unread:
    """Stands for a value that could not be read; never leaves this package."""


UNREAD = Unread()


class Shape(ABC):
    """What a JSON value must look like."""

    @abstractmethod
    def read(self, value: Any, path: str, problems: Problems) -> Any:
        """The typed value, or UNREAD after adding at least one problem."""

    @abstractmethod
    def schema(self, definitions: JsonObject) -> JsonObject:
        """The JSON Schema; named objects go to `definitions`."""

    def write(self, value: Any) -> Any:
        """The JSON value that `read` turns into `value`."""
        return value


def wrong_type(path: str, wanted: str, problems: Problems) -> Unread:
    problems.append(Problem(path, "wrong_type", {"wanted": wanted}))
    return UNREAD


@dataclass(frozen=True)
class IntegerShape(Shape):
    """A whole number; a decimal point is refused, since amounts are minor units and rates basis points."""

    bounds: Range = Range()

    def read(self, value: Any, path: str, problems: Problems) -> Any:
        if not isinstance(value, int) or isinstance(value, bool):
            return wrong_type(path, "a whole number", problems)
        if self.bounds.least is not None and value < self.bounds.least:
            problems.append(Problem(path, "too_low", {"least": self.bounds.least, "value": value}))
            return UNREAD
        if self.bounds.most is not None and value > self.bounds.most:
            problems.append(Problem(path, "too_high", {"most": self.bounds.most, "value": value}))
            return UNREAD
        return value

    def schema(self, definitions: JsonObject) -> JsonObject:
        result: JsonObject = {"type": "integer"}
        if self.bounds.least is not None:
            result["minimum"] = self.bounds.least
        if self.bounds.most is not None:
            result["maximum"] = self.bounds.most
        return result


@dataclass(frozen=True)
class TextShape(Shape):
    """A text that is not empty, with a pattern if there is one."""

    pattern: Pattern | None = None

    def read(self, value: Any, path: str, problems: Problems) -> Any:
        if not isinstance(value, str):
            return wrong_type(path, "a text", problems)
        if not value.strip() or len(value) > 4000:
            problems.append(Problem(path, "text_length", {"most": 4000}))
            return UNREAD
        if self.pattern and not re.fullmatch(self.pattern.regex, value):
            problems.append(Problem(path, "bad_pattern", {"means": self.pattern.means, "value": value}))
            return UNREAD
        return value

    def schema(self, definitions: JsonObject) -> JsonObject:
        result: JsonObject = {"type": "string", "minLength": 1, "maxLength": 4000}
        if self.pattern:
            result["pattern"] = f"^(?:{self.pattern.regex})$"
        return result


@dataclass(frozen=True)
class BooleanShape(Shape):
    """true or false."""

    def read(self, value: Any, path: str, problems: Problems) -> Any:
        return value if isinstance(value, bool) else wrong_type(path, "true or false", problems)

    def schema(self, definitions: JsonObject) -> JsonObject:
        return {"type": "boolean"}


@dataclass(frozen=True)
class DateShape(Shape):
    """A calendar day as YYYY-MM-DD."""

    def read(self, value: Any, path: str, problems: Problems) -> Any:
        if isinstance(value, str) and _DATE.match(value):
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass
        return wrong_type(path, "a date as YYYY-MM-DD", problems)

    def write(self, value: date) -> str:
        return value.isoformat()

    def schema(self, definitions: JsonObject) -> JsonObject:
        return {"type": "string", "format": "date", "pattern": _DATE.pattern}


@dataclass(frozen=True)
class DecimalShape(Shape):
    """A quantity, not negative: a whole number, or a text such as "12.5" with at most six decimals."""

    def read(self, value: Any, path: str, problems: Problems) -> Any:
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**12:
            return Decimal(value)
        if isinstance(value, str) and _DECIMAL.match(value):
            return Decimal(value)
        return wrong_type(path, 'a quantity such as 12 or "12.5"', problems)

    def write(self, value: Decimal) -> str:
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text

    def schema(self, definitions: JsonObject) -> JsonObject:
        return {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": _DECIMAL.pattern}]}


@dataclass(frozen=True)
class ChoiceShape(Shape):
    """One of the values of an enum."""

    enum: type[StrEnum]

    def read(self, value: Any, path: str, problems: Problems) -> Any:
        try:
            return self.enum(value)
        except ValueError:
            known = ", ".join(member.value for member in self.enum)
            problems.append(Problem(path, "not_one_of", {"value": value, "known": known}))
            return UNREAD

    def write(self, value: StrEnum) -> str:
        return value.value

    def schema(self, definitions: JsonObject) -> JsonObject:
        return {"enum": [member.value for member in self.enum]}


@dataclass(frozen=True)
class ParsedTextShape(Shape):
    """A text with a grammar of its own, such as a condition."""

    parsed: type[ParsedText]

    def read(self, value: Any, path: str, problems: Problems) -> Any:
        if not isinstance(value, str):
            return wrong_type(path, "a text", problems)
        try:
            return self.parsed.parse(value)
        except UnreadableText as error:
            problems.append(Problem(path, error.code, error.params))
            return UNREAD

    def write(self, value: ParsedText) -> str:
        return value.text

    def schema(self, definitions: JsonObject) -> JsonObject:
        return {"type": "string", "minLength": 1, "maxLength": 1000}
