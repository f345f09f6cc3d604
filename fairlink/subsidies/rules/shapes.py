"""Shapes of lists and objects, derived from the type hints of frozen dataclasses."""

import difflib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from fairlink.subsidies.rules.problems import Problem
from fairlink.subsidies.rules.scalars import (
    UNREAD,
    BooleanShape,
    ChoiceShape,
    DateShape,
    DecimalShape,
    IntegerShape,
    JsonObject,
    ParsedTextShape,
    Pattern,
    Problems,
    Range,
    Shape,
    TextShape,
    Unread,
    wrong_type,
)

#: What an answer to a question of the scheme may be.
Answer = bool | int | str | date | tuple[str, ...]


@dataclass(frozen=True)
class Items:
    """Least number of items of a list, and the field that must differ from item to item ("" for the item itself)."""

    least: int = 0
    unique: str | None = None


@dataclass(frozen=True)
class OptionalShape(Shape):
    """null, or the inner shape."""

    inner: Shape

    def read(self, value: Any, path: str, problems: Problems) -> Any:
        return None if value is None else self.inner.read(value, path, problems)

    def write(self, value: Any) -> Any:
        return None if value is None else self.inner.write(value)

    def schema(self, definitions: JsonObject) -> JsonObject:
        return {"anyOf": [self.inner.schema(definitions), {"type": "null"}]}


@dataclass(frozen=True)
class ListShape(Shape):
    """A list of one shape, read as a tuple."""

    item: Shape
    limits: Items = Items()

    def read(self, value: Any, path: str, problems: Problems) -> Any:
        if not isinstance(value, list):
            return wrong_type(path, "a list", problems)
        if len(value) < self.limits.least:
            problems.append(Problem(path, "too_few", {"least": self.limits.least}))
            return UNREAD
        result = [self.item.read(each, f"{path}[{index}]", problems) for index, each in enumerate(value)]
        if self.limits.unique is not None:
            self._refuse_repeats(result, path, problems)
        return UNREAD if UNREAD in result else tuple(result)

    def _refuse_repeats(self, result: list[Any], path: str, problems: Problems) -> None:
        seen: set[Any] = set()
        name = self.limits.unique
        for index, each in enumerate(result):
            if isinstance(each, Unread):
                continue
            key = getattr(each, name) if name else each
            if key in seen:
                place = f"{path}[{index}].{name}" if name else f"{path}[{index}]"
                problems.append(Problem(place, "repeated", {"value": str(key)}))
            seen.add(key)

    def write(self, value: tuple[Any, ...]) -> list[Any]:
        return [self.item.write(each) for each in value]

    def schema(self, definitions: JsonObject) -> JsonObject:
        result: JsonObject = {"type": "array", "items": self.item.schema(definitions)}
        if self.limits.least:
            result["minItems"] = self.limits.least
        return result


@dataclass(frozen=True)
class AnswersShape(Shape):
    """An object of answers by name: true, false, a whole number, a text, a date or a list of texts."""

    def read(self, value: Any, path: str, problems: Problems) -> Any:
        if not isinstance(value, dict):
            return wrong_type(path, "an object", problems)
        result: dict[str, Answer] = {}
        for name in sorted(value):
            answer = value[name]
            if isinstance(answer, bool | int):
                result[name] = answer
            elif isinstance(answer, str):
                result[name] = date.fromisoformat(answer) if _is_date(answer) else answer
            elif isinstance(answer, list) and all(isinstance(each, str) for each in answer):
                result[name] = tuple(answer)
            else:
                wrong_type(f"{path}.{name}", "true, false, a whole number, a text, a date or a list of texts", problems)
        return MappingProxyType(result)

    def write(self, value: Mapping[str, Answer]) -> JsonObject:
        return {name: _written_answer(value[name]) for name in sorted(value)}

    def schema(self, definitions: JsonObject) -> JsonObject:
        answer: JsonObject = {"type": ["boolean", "integer", "string", "array"], "items": {"type": "string"}}
        return {"type": "object", "additionalProperties": answer}


def _is_date(text: str) -> bool:
    return not isinstance(DateShape().read(text, "", []), Unread)


def _written_answer(answer: Answer) -> Any:
    if isinstance(answer, date):
        return answer.isoformat()
    return list(answer) if isinstance(answer, tuple) else answer


@dataclass(frozen=True)
class Part:
    """One key of an object."""

    name: str
    shape: Shape
    required: bool
    default: Any
    doc: str


@dataclass(frozen=True)
class ObjectShape(Shape):
    """An object with exactly the keys of a frozen dataclass; keys with a default may be left out."""

    cls: type[Any]
    parts: tuple[Part, ...]

    def read(self, value: Any, path: str, problems: Problems) -> Any:
        if not isinstance(value, dict):
            return wrong_type(path, "an object", problems)
        known = {part.name: part for part in self.parts}
        for key in value:
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                code, params = (
                    ("unknown_key_near", {"key": key, "near": near[0]}) if near else ("unknown_key", {"key": key})
                )
                problems.append(Problem(f"{path}.{key}", code, params))
        found: dict[str, Any] = {}
        complete = True
        for part in self.parts:
            if part.name in value:
                found[part.name] = part.shape.read(value[part.name], f"{path}.{part.name}", problems)
                complete = complete and not isinstance(found[part.name], Unread)
            elif part.required:
                problems.append(Problem(f"{path}.{part.name}", "missing_key", {"key": part.name}))
                complete = False
        return self.cls(**found) if complete else UNREAD

    def write(self, value: Any) -> JsonObject:
        """Keys at their default are left out, so that a document read and written again stays short and equal."""
        result: JsonObject = {}
        for part in self.parts:
            held = getattr(value, part.name)
            if part.required or held != part.default:
                result[part.name] = part.shape.write(held)
        return result

    def schema(self, definitions: JsonObject) -> JsonObject:
        name = self.cls.__name__
        if name not in definitions:
            definitions[name] = {}  # holds the place while the parts are described
            properties: JsonObject = {}
            for part in self.parts:
                said = dict(part.shape.schema(definitions))
                if part.doc:
                    said["description"] = part.doc
                properties[part.name] = said
            definitions[name] = {
                "type": "object",
                "description": " ".join((self.cls.__doc__ or "").split()),
                "properties": properties,
                "required": [part.name for part in self.parts if part.required],
                "additionalProperties": False,
            }
        return {"$ref": f"#/$defs/{name}"}


_PLAIN: dict[Any, Shape] = {bool: BooleanShape(), date: DateShape(), Decimal: DecimalShape()}


def _shape(hint: Any, notes: tuple[Any, ...] = ()) -> Shape:
    origin = get_origin(hint)
    if origin is Annotated:
        inner, *more = get_args(hint)
        return _shape(inner, (*notes, *more))
    if origin in (Union, UnionType):
        inner_hints = [each for each in get_args(hint) if each is not NoneType]
        if len(inner_hints) != 1:
            raise TypeError(f"no shape for {hint}")
        return OptionalShape(_shape(inner_hints[0], notes))
    if origin is tuple:
        return ListShape(_shape(get_args(hint)[0]), next((n for n in notes if isinstance(n, Items)), Items()))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return AnswersShape()
    if hint is int:
        return IntegerShape(next((n for n in notes if isinstance(n, Range)), Range()))
    if hint is str:
        return TextShape(next((n for n in notes if isinstance(n, Pattern)), None))
    if hint in _PLAIN:
        return _PLAIN[hint]
    if issubclass(hint, StrEnum):
        return ChoiceShape(hint)
    return ParsedTextShape(hint) if hasattr(hint, "parse") else object_shape(hint)


_known: dict[type[Any], ObjectShape] = {}


def object_shape(cls: type[Any]) -> ObjectShape:
    """The shape of a frozen dataclass, from its annotations; a text among them is the description of its key."""
    if cls not in _known:
        _known[cls] = _described(cls)
    return _known[cls]


def _described(cls: type[Any]) -> ObjectShape:
    if not is_dataclass(cls):
        raise TypeError(f"no shape for {cls}")
    hints = get_type_hints(cls, include_extras=True)
    parts = []
    for each in fields(cls):
        default = each.default
        if default is MISSING and each.default_factory is not MISSING:
            default = each.default_factory()
        hint = hints[each.name]
        doc = next((n for n in get_args(hint)[1:] if isinstance(n, str)), "") if get_origin(hint) is Annotated else ""
        parts.append(Part(each.name, _shape(hint), default is MISSING, default, doc))
    return ObjectShape(cls, tuple(parts))
