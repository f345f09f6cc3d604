"""Forms made from the types of the rules: one field for each part, rows for lists, and the way back to a document.

Nothing here knows a single rule. What a document may hold is told by the types in `rules.document`, what people call it
by `words`: a new kind of rule has its form as soon as it has its type and its label.
"""

import re
import unicodedata
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, FieldList, FormField, HiddenField
from wtforms import Form as PlainForm
from wtforms.validators import Length, Optional

from fairlink.kernel.money import Money
from fairlink.subsidies.forms.conditions import ConditionForm, fact_name, shown_condition
from fairlink.subsidies.forms.words import CHOICES, COST_CLASSES, cost_class_name, hint_of, label_of
from fairlink.subsidies.rules import Problem, Rules, problem_text
from fairlink.subsidies.rules.document import CostClass
from fairlink.subsidies.rules.scalars import (
    BooleanShape,
    ChoiceShape,
    DateShape,
    IntegerShape,
    JsonObject,
    ParsedTextShape,
    Shape,
    TextShape,
)
from fairlink.subsidies.rules.shapes import ListShape, ObjectShape, OptionalShape, Part, object_shape
from fairlink.subsidies.rules.syntax import Kind
from fairlink.subsidies.rules.vocabulary import vocabulary
from fairlink.web.fields import (
    CurrencyField,
    LocalDateField,
    MoneyField,
    MultiCheckboxField,
    NumberField,
    RateField,
    SelectField,
    TextField,
    options,
)
from fairlink.web.fields.base import TypedField

#: Codes that people choose; all others only serve the rules themselves, and are made up where a row is new.
_CHOSEN_CODES = frozenset({"CostClass", "AidCeiling", "Criterion"})
#: Parts that may be left out of a row and are in sight all the same.
_IN_SIGHT = frozenset({"evidence", "rate_bp", "factor_bp", "add_bp", "sizes"})
#: What a part is when nothing was filled in.
_NOTHING: tuple[object, ...] = (None, "", [], {})


class CodeField(TypedField):
    """A name typed in plain words; `data` is the code that the rules use for it ("Per night": per_night)."""

    def read(self, text: str) -> str:
        plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
        code = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:60]
        if not code or not code[0].isalpha():
            raise ValueError(gettext("Begin with a letter."))
        return code

    def write(self, value: str) -> str:
        return value.replace("_", " ")


class ClassField(CodeField):
    """A kind of cost: one that every agency knows, by its name, or a new one."""

    def read(self, text: str) -> str:
        known = {str(name).lower(): code for code, name in COST_CLASSES.items()}
        return known.get(text.lower()) or super().read(text)

    def write(self, value: str) -> str:
        return cost_class_name(value)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What fields offer that depends on the scheme: its currency, kinds of cost, and facts by place."""

    currency: str
    classes: tuple[tuple[str, str], ...]
    facts: Mapping[str, Mapping[str, Kind]]
    questions: Mapping[str, str]

    @classmethod
    def of(cls, rules: Rules) -> Self:
        """Those of `rules` as they stand."""
        words = vocabulary(rules)
        questions = {f"{each.of.value}.{each.name}": each.question for each in rules.facts}
        return cls(
            currency=rules.currency,
            classes=tuple((each.code, cost_class_name(each.code)) for each in rules.cost_classes),
            facts={"line_requirements": words.line, "group": words.group, "": words.firm},
            questions=questions,
        )

    def facts_at(self, place: str) -> Mapping[str, Kind]:
        """What a condition under the key `place` of the rules may ask for."""
        return self.facts.get(place, self.facts[""])


def form_of(cls: Any, *names: str) -> type[PlainForm]:
    """The form of a type of the rules, or of its parts `names`; `optional_parts` are those that most rows leave out."""
    return _made_form(cls, names)


@cache
def _made_form(cls: Hashable, names: tuple[str, ...]) -> type[PlainForm]:
    assert isinstance(cls, type)
    parts = [part for part in object_shape(cls).parts if not names or part.name in names]
    fields: dict[str, Any] = {part.name: _field(cls, part) for part in parts}
    optional = frozenset(part.name for part in parts if not part.required) - _IN_SIGHT
    return type(f"{cls.__name__}Form", (PlainForm,), {**fields, "optional_parts": optional, "shape": object_shape(cls)})


def _inner(shape: Shape) -> Shape:
    return shape.inner if isinstance(shape, OptionalShape) else shape


def _field(owner: type[Any], part: Part) -> Any:
    if part.name == "code" and owner.__name__ not in _CHOSEN_CODES:
        return HiddenField()
    label, shape = label_of(owner, part.name), _inner(part.shape)
    given: dict[str, Any] = {"description": hint_of(owner, part.name)}
    if isinstance(shape, ParsedTextShape):
        return FormField(ConditionForm, label, **given)
    if isinstance(shape, ObjectShape):
        return FormField(form_of(shape.cls), label, **given)
    if isinstance(shape, ListShape):
        return _list_field(part, shape, label, given)
    if isinstance(shape, BooleanShape):
        return BooleanField(label, **given)
    validators: list[Any] = [Optional()] if isinstance(part.shape, OptionalShape) else []
    if isinstance(shape, ChoiceShape):
        return _choice_field(part, shape, label, validators, given)
    if isinstance(shape, IntegerShape):
        return _number_field(owner, part, shape, label, validators, given)
    if isinstance(shape, DateShape):
        return LocalDateField(label, validators, **given)
    assert isinstance(shape, TextShape)
    return _text_field(owner, part, label, validators, given)


def _list_field(part: Part, shape: ListShape, label: Any, given: dict[str, Any]) -> Any:
    if isinstance(shape.item, ObjectShape):
        return FieldList(FormField(form_of(shape.item.cls)), label, max_entries=60, **given)
    item = shape.item
    named = list(CHOICES[item.enum].items()) if isinstance(item, ChoiceShape) else []
    return MultiCheckboxField(label, choices=lambda: named, **given)


def _choice_field(part: Part, shape: ChoiceShape, label: Any, validators: list[Any], given: dict[str, Any]) -> Any:
    named = list(CHOICES[shape.enum].items())
    if part.required or isinstance(part.shape, OptionalShape):
        return SelectField(label, validators, choices=lambda: named, blank=_("Choose"), **given)
    return SelectField(label, validators, choices=lambda: named, default=part.default.value, **given)


def _number_field(
    owner: type[Any], part: Part, shape: IntegerShape, label: Any, validators: list[Any], given: dict[str, Any]
) -> Any:
    least, most = shape.bounds.least or 0, shape.bounds.most
    if part.name.endswith("_minor"):
        own = "currency" if "currency" in owner.__dataclass_fields__ else None
        return MoneyField(label, validators, minimum=least, currency_field=own, **given)
    assert most is not None
    field = RateField if part.name.endswith("_bp") else NumberField
    return field(label, validators, minimum=least, maximum=most, **given)


def _text_field(owner: type[Any], part: Part, label: Any, validators: list[Any], given: dict[str, Any]) -> Any:
    if part.name == "currency":
        return CurrencyField(label, validators, **given)
    shape = _inner(part.shape)
    assert isinstance(shape, TextShape)
    if shape.pattern is not None:
        return (ClassField if owner is CostClass else CodeField)(label, validators, **given)
    return TextField(label, [*validators, Length(max=1000)], **given)


def shown_values(value: Any, currency: str, names: Iterable[str] = ()) -> JsonObject:
    """What the form of an object of the rules shows of it, or of its parts `names`."""
    chosen = set(names)
    currency = getattr(value, "currency", currency)
    return {
        part.name: _shown(getattr(value, part.name), part.name, _inner(part.shape), currency)
        for part in object_shape(type(value)).parts
        if not chosen or part.name in chosen
    }


def _shown(value: Any, name: str, shape: Shape, currency: str) -> Any:
    if isinstance(shape, ParsedTextShape):
        return shown_condition(value, currency)
    if isinstance(shape, ObjectShape):
        return {} if value is None else shown_values(value, currency)
    if isinstance(shape, ListShape):
        return [_shown(each, name, shape.item, currency) for each in value]
    if value is not None and name.endswith("_minor"):
        return Money(value, currency)
    return value.value if isinstance(shape, ChoiceShape) and value is not None else value


def dress(form: Any, around: Surroundings, place: str = "") -> None:
    """Give every field below `form` what it offers in this scheme; again after a row was added."""
    for field in form:
        here = place or field.short_name
        if isinstance(field, FieldList):
            for entry in field:
                dress(entry.form, around, here)
        elif isinstance(field, FormField) and isinstance(field.form, ConditionForm):
            field.form.dress(around.currency, around.facts_at(here), around.questions)
        elif isinstance(field, FormField):
            dress(field.form, around, here)
        elif isinstance(field, MoneyField) and field.currency_field is None:
            field.currency = around.currency
        elif field.short_name == "classes":
            field.choices = options(around.classes)
        elif field.short_name == "strata":
            field.choices = options((name, fact_name(name, around.questions)) for name in around.facts_at(""))


def document_of(form: Any, shape: ObjectShape) -> JsonObject:
    """What was typed as a part of the document: everything at its default left out, empty rows too.

    A value that cannot be read gets its error in the form; the form must have been validated before.
    """
    found: JsonObject = {}
    for part in shape.parts:
        if part.name not in form:
            continue
        value = _typed(form[part.name], _inner(part.shape))
        if value in _NOTHING or (not part.required and value == part.shape.write(part.default)):
            continue
        found[part.name] = value
    return found


def _typed(field: Any, shape: Shape) -> Any:
    if isinstance(field, FieldList):
        assert isinstance(shape, ListShape)
        assert isinstance(shape.item, ObjectShape)
        return _typed_rows(field, shape.item)
    if isinstance(field, FormField) and isinstance(shape, ObjectShape):
        return document_of(field.form, shape)
    if isinstance(field, FormField):
        try:
            return field.form.text()
        except ValueError as error:
            field.form.value.errors = [str(error)]
            return None
    if isinstance(field.data, Money):
        return field.data.minor
    return shape.write(field.data) if isinstance(shape, DateShape) and field.data else field.data


def _typed_rows(field: Any, shape: ObjectShape) -> list[JsonObject]:
    """The rows in which something was filled in; `field.kept` remembers which they were."""
    rows = [document_of(entry.form, shape) for entry in field]
    field.kept = [index for index, row in enumerate(rows) if set(row) - {"code"} or (row and _names_itself(shape))]
    kept = [rows[index] for index in field.kept]
    if any(part.name == "code" for part in shape.parts) and not _names_itself(shape):
        _give_codes(kept, field.short_name)
    return kept


def _names_itself(shape: ObjectShape) -> bool:
    return shape.cls.__name__ in _CHOSEN_CODES


def _give_codes(rows: list[JsonObject], stem: str) -> None:
    """A code of its own for every row that has none, or one that an earlier row has already."""
    taken = {row.get("code") for row in rows}
    seen: set[object] = set()
    number = 0
    for row in rows:
        if row.get("code") in seen | {None}:
            while f"{stem}_{(number := number + 1)}" in taken:
                pass
            row["code"] = f"{stem}_{number}"
        seen.add(row["code"])


def show_problems(form: Any, problems: Iterable[Problem]) -> None:
    """Put each problem to the field that its path leads to, or to the whole form where it is about another page."""
    for problem in problems:
        said = gettext("Enter this.")
        if problem.code != "missing_key":
            said = problem_text(problem.code, problem.params, gettext)
            said = said[:1].upper() + said[1:]
        field = _at(form, re.findall(r"\w+", problem.path))
        if field is None:
            form.form_errors.append(f"{problem.path}: {said}")
        else:
            field.errors = [*field.errors, said]


def _at(form: Any, steps: list[str]) -> Any:
    """The field at the end of a path such as ``caps 0 amount_minor``; None where this form has none such."""
    name, *rest = steps or [""]
    if name not in form:
        return None
    field = form[name]
    if isinstance(field, FieldList):
        kept: list[int] = getattr(field, "kept", [])
        if not rest or int(rest[0]) >= len(kept):
            return field
        found = _at(field[kept[int(rest[0])]].form, rest[1:])
        # WTForms tells a form of the errors below a list by those of the list.
        field.errors = [*field.errors, {name: rest}]
        return found
    if isinstance(field, FormField) and isinstance(field.form, ConditionForm):
        return field.form.written if field.form.written.data else field.form.fact
    if isinstance(field, FormField):
        return _at(field.form, rest) if rest else next(iter(field.form))
    return field


def is_filled_in(field: Any) -> bool:
    """Whether a part that most rows leave out says something, or is wrong, so that it must be in sight."""
    if isinstance(field, FieldList):
        return any(is_filled_in(each) for entry in field for each in entry.form)
    if isinstance(field, FormField):
        return any(is_filled_in(each) for each in field.form)
    is_default = field.data in _NOTHING or field.data is False or field.data == field.default
    return bool(field.errors) or not (is_default or isinstance(field, HiddenField))


def lists_of(form: Any) -> Iterable[Any]:
    """Every list of rows in `form`, those within rows too."""
    for field in form:
        if isinstance(field, FieldList):
            yield field
            for entry in field:
                yield from lists_of(entry.form)
        elif isinstance(field, FormField):
            yield from lists_of(field.form)
