"""What the form components ask about a form and its fields: errors to link to, layout, attributes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask_babel import gettext
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Field, FieldList, FormField, HiddenField, RadioField, SelectMultipleField
from wtforms.widgets import HiddenInput

from fairlink.web.fields import MoneyField, RateField


@dataclass(frozen=True, slots=True)
class ErrorLink:
    """One line of the error summary; `target` is the id of the input to go to, None for the form's own errors."""

    target: str | None
    label: str
    message: str


def error_links(form: Any) -> list[ErrorLink]:
    """Every error of `form` in the order of its fields, those of rows and inner forms included."""
    own = [ErrorLink(None, "", str(message)) for message in form.form_errors]
    return own + [link for field in form for link in _field_links(field)]


def _field_links(field: Any) -> Iterator[ErrorLink]:
    if isinstance(field, FormField):
        yield from error_links(field.form)
    elif isinstance(field, FieldList):
        for number, entry in enumerate(field, 1):
            for link in _field_links(entry):
                label = gettext("%(field)s (row %(number)s)", field=link.label or field.label.text, number=number)
                yield ErrorLink(link.target or entry.id, label, link.message)
        yield from (
            ErrorLink(field.id, str(field.label.text), str(text)) for text in field.errors if isinstance(text, str)
        )
    else:
        target = f"{field.id}-0" if control_of(field) == "group" else field.id
        yield from (ErrorLink(target, str(field.label.text), str(message)) for message in field.errors)


def control_of(field: Field) -> str:
    """How to lay a field out: hidden, group (of radios or checkboxes), checkbox or input."""
    if isinstance(field, HiddenField) or isinstance(field.widget, HiddenInput):
        return "hidden"
    if isinstance(field, RadioField | SelectMultipleField):
        return "group"
    return "checkbox" if isinstance(field, BooleanField) else "input"


def unit_of(field: Field) -> str | None:
    """What stands behind the input: a money field's currency, a rate's per cent sign."""
    if isinstance(field, MoneyField):
        return field.currency
    return "%" if isinstance(field, RateField) else None


def attributes_of(field: Field, hint: Any, given: Mapping[str, Any], unit: bool = False) -> dict[str, Any]:
    """The attributes of a field's input: what describes it, whether it is wrong, and those `given` by the page."""
    ids = [f"{field.id}-{part}" for part, there in (("hint", hint), ("error", field.errors), ("unit", unit)) if there]
    attributes = dict(given)
    if ids:
        attributes["aria-describedby"] = " ".join(ids)
    if field.errors:
        attributes["aria-invalid"] = "true"
    return attributes


def add_row_asked(field_list: "FieldList[Any]", submitted: Mapping[str, Any]) -> bool:
    """Whether the person pressed "add another" of this list: a row is appended if there is room, and nothing saved."""
    if f"add-{field_list.name}" not in submitted:
        return False
    if not field_list.max_entries or len(field_list) < field_list.max_entries:
        field_list.append_entry()
    return True


def without_removed_row(submitted: MultiDict[str, str]) -> MultiDict[str, str]:
    """What was sent, without the row whose ``remove-<name of the list>`` was pressed; later rows move up."""
    pressed = next(((key, value) for key, value in submitted.items() if key.startswith("remove-")), None)
    if pressed is None or not pressed[1].isdigit():
        return submitted
    name, gone = pressed[0].removeprefix("remove-"), int(pressed[1])
    of_row = re.compile(rf"{re.escape(name)}-(\d+)(-.*)")
    kept: MultiDict[str, str] = MultiDict()
    for key, value in submitted.items(multi=True):
        found = of_row.fullmatch(key)
        if found is None:
            kept.add(key, value)
        elif (number := int(found[1])) != gone:
            kept.add(f"{name}-{number - (number > gone)}{found[2]}", value)
    return kept


def removal_asked(submitted: Mapping[str, Any]) -> bool:
    """Whether the person pressed 'remove' of any row; then nothing is to be saved."""
    return any(key.startswith("remove-") for key in submitted)


def init_controls(app: Flask) -> None:
    """Make what the form components ask known to templates."""
    app.jinja_env.globals.update(
        error_links=error_links, control_of=control_of, unit_of=unit_of, attributes_of=attributes_of
    )
