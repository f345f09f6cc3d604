"""The base of every form, and of every field whose text must be read."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, SelectField
from wtforms.validators import InputRequired, StopValidation
from wtforms.widgets import TextInput


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF is not typed
    """A form with its token; every package's forms extend it."""


class Required(InputRequired):
    """Something must be typed or chosen; blanks alone are nothing."""

    def __call__(self, form: Any, field: Any) -> None:
        # A file is an object without strip; it is there when its name is.
        given = [str(getattr(each, "filename", each)).strip() for each in field.raw_data or ()]
        if any(given):
            return
        field.errors[:] = []
        if isinstance(field, BooleanField):
            default = gettext("Tick this to go on.")
        elif isinstance(field, SelectField):  # radios and checkboxes too: they are kinds of select
            default = gettext("Choose one of these.")
        else:
            default = gettext("Enter this.")
        raise StopValidation(str(self.message or default))


class TypedField(Field):
    """A field whose text must be read; subclasses give `read` and `write`."""

    widget: Any = TextInput()
    #: HTML attributes of the input.
    attributes: dict[str, str] = {}

    def __init__(self, label: Any = None, validators: Sequence[Any] = (), **kwargs: Any) -> None:
        super().__init__(label, list(validators), **{"render_kw": self.attributes} | kwargs)

    def read(self, text: str) -> Any:
        """The value of non-empty `text`; raises ValueError with a message for the person who typed it."""
        raise NotImplementedError

    def write(self, value: Any) -> str:
        return str(value)

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = str(valuelist[0]).strip() if valuelist else ""
        self.data = None
        if text:
            self.data = self.read(text)

    def pre_validate(self, form: Any) -> None:
        if self.process_errors:
            # What cannot be read needs no second complaint from the validators.
            raise StopValidation

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.write(self.data)
