"""A scheme's own questions as form fields, and their answers as JSON keeps them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import Form as PlainForm
from wtforms.validators import Length

from fairlink.subsidies.rules.document import DeclaredFact
from fairlink.subsidies.rules.syntax import Kind
from fairlink.web.fields import LocalDateField, NumberField, RadioField, Required, TextField

YES, NO = "yes", "no"


def answers_form(asked: Sequence[DeclaredFact]) -> type[PlainForm]:
    """A form with one field for each question, by its name; the questions are in the agency's own words."""
    return type("Answers", (PlainForm,), {each.name: _field(each) for each in asked})


def _field(asked: DeclaredFact) -> Any:
    if asked.kind is Kind.BOOLEAN:
        return RadioField(asked.question, [Required()], choices=lambda: [(YES, _("Yes")), (NO, _("No"))])
    if asked.kind is Kind.NUMBER:
        return NumberField(asked.question, [Required()], maximum=10**15)
    if asked.kind is Kind.DATE:
        return LocalDateField(asked.question, [Required()])
    hint = _("Several with commas between them.") if asked.kind is Kind.TEXTS else ""
    return TextField(asked.question, [Required(), Length(max=300)], description=hint)


def given_answers(asked: Sequence[DeclaredFact], form: PlainForm) -> dict[str, Any]:
    """The answers of a valid form by the names of the questions, as JSON holds them."""
    return {each.name: _plain(each.kind, form[each.name].data) for each in asked}


def _plain(kind: Kind, value: Any) -> Any:
    if kind is Kind.BOOLEAN:
        return value == YES
    if kind is Kind.DATE:
        return value.isoformat()
    if kind is Kind.TEXTS:
        return [word.strip() for word in value.split(",") if word.strip()]
    return value


def shown_answers(asked: Sequence[DeclaredFact], stored: Mapping[str, Any]) -> dict[str, Any]:
    """Stored answers as the fields show them."""
    return {each.name: _shown(each.kind, stored[each.name]) for each in asked if each.name in stored}


def _shown(kind: Kind, value: Any) -> Any:
    if kind is Kind.BOOLEAN:
        return YES if value else NO
    if kind is Kind.DATE:
        return date.fromisoformat(value)
    return ", ".join(value) if kind is Kind.TEXTS else value
