"""What the form components ask about a form and its fields: errors to link to, layout, attributes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask_babel import gettext
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
    """Whether the person pressed 'add another' of this list; then a row is appended and nothing is to be saved."""
    if f"add-{field_list.name}" not in submitted:
        return False
    field_list.append_entry()
    return True


def init_controls(app: Flask) -> None:
    """Make what the form components ask known to templates."""
    app.jinja_env.globals.update(
        error_links=error_links, control_of=control_of, unit_of=unit_of, attributes_of=attributes_of
    )
