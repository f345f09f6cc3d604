"""Fields for words: names, longer texts, addresses, telephone numbers and codes."""

import re
from collections.abc import Sequence
from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from flask import current_app
from flask_babel import gettext
from wtforms import StringField, TextAreaField
from wtforms.validators import StopValidation
from wtforms.widgets import EmailInput, TelInput

from fairlink.web.fields.base import TypedField


class EmailField(TypedField):
    """An e-mail address by its form (no look-up); `data` has its domain in lower case."""

    widget = EmailInput()
    attributes = {"autocomplete": "email", "spellcheck": "false"}

    def read(self, text: str) -> str:
        try:
            # Addresses under .test are for rehearsals; nobody in production has one.
            rehearsal = not current_app.config["SETTINGS"].production
            return validate_email(text, check_deliverability=False, test_environment=rehearsal).normalized
        except EmailNotValidError:
            raise ValueError(gettext("Enter an e-mail address like %(example)s.", example="name@example.com")) from None


class PhoneField(TypedField):
    """A telephone number; `data` is E.164 (+51987654321) or None.

    Numbers without a country prefix are read as of the country chosen in the form's field `country_field`, if any.
    """

    widget = TelInput()
    attributes = {"autocomplete": "tel"}

    def __init__(
        self, label: Any = None, validators: Sequence[Any] = (), *, country_field: str | None = "country", **kwargs: Any
    ) -> None:
        self.country_field = country_field
        super().__init__(label, validators, **kwargs)

    def read(self, text: str) -> str:
        # Which country is meant is known when all fields have been read.
        return text

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        if not self.data:
            return
        country = form[self.country_field].data if self.country_field and self.country_field in form else None
        try:
            number = phonenumbers.parse(self.data, country or None)
        except phonenumbers.NumberParseException:
            number = None
        if number is None or not phonenumbers.is_valid_number(number):
            raise StopValidation(
                gettext(
                    "Enter a telephone number with its country prefix, like %(example)s.", example="+51 987 654 321"
                )
            )
        self.data = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    def write(self, value: str) -> str:
        try:
            number = phonenumbers.parse(value)
        except phonenumbers.NumberParseException:
            return value
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


class HsCodesField(TypedField):
    """Six-digit codes of the Harmonised System, from one text (any separators) or several inputs of one name.

    `data` is a list of codes in the order typed, each once; a dot inside ("6403.99") is left out.
    """

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data: list[str] = []
        words = [word for value in valuelist for word in re.split(r"[\s,;]+", str(value)) if word]
        codes = [word.replace(".", "") for word in words]
        wrong = [word for word, code in zip(words, codes, strict=True) if not re.fullmatch(r"\d{6}", code, re.ASCII)]
        if wrong:
            raise ValueError(
                gettext("Codes have six digits, like 640399. These do not: %(codes)s.", codes=", ".join(wrong[:5]))
            )
        self.data = list(dict.fromkeys(codes))

    def _value(self) -> str:
        return " ".join(map(str, self.raw_data or self.data or ()))


class TextField(StringField):
    """A line of text without blanks around it."""

    data: str

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = " ".join(str(valuelist[0]).split()) if valuelist else ""


class MarkdownField(TextAreaField):
    """Longer text; Markdown is kept as typed, with line ends made plain, and made safe when shown."""

    data: str

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = "\n".join(str(valuelist[0]).splitlines()).strip() if valuelist else ""
