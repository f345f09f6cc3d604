"""Fields for amounts, numbers, rates, days and times, typed as people of a language write them."""

import re
from collections.abc import Callable, Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_symbol
from flask_babel import gettext, ngettext
from wtforms.validators import StopValidation
from wtforms.widgets import DateInput, TimeInput

from fairlink.kernel.locales import formatting_locale
from fairlink.kernel.money import WHOLE_BP, Money, minor_digits
from fairlink.web.fields.base import TypedField
from fairlink.web.i18n import language
from fairlink.web.numerals import NotANumber, parse_number, write_number

#: More than any fair moves, and far inside BIGINT.
LARGEST_MINOR = 10**15

#: What stands before or behind the figures: a code or a sign.
_MARK = re.compile(r"^[^\d\s.,'\u2212-]+|[^\d\s.,'\u2212-]+$")


def _number(text: str) -> Decimal:
    try:
        return parse_number(text, language())
    except NotANumber as error:
        if error.meant:
            raise ValueError(
                gettext("“%(text)s” can be misread here. Did you mean %(meant)s?", text=text, meant=error.meant)
            ) from None
        raise ValueError(gettext("“%(text)s” is not a number.", text=text)) from None


def _decimals_refused(number: Decimal, digits: int) -> None:
    if -int(number.normalize().as_tuple().exponent) > digits:
        raise ValueError(
            ngettext(
                "Use at most %(num)d digit after the decimal sign.",
                "Use at most %(num)d digits after the decimal sign.",
                digits,
            )
            if digits
            else gettext("Use no digits after the decimal sign.")
        )


def _marks(currency: str) -> set[str]:
    """How `currency` may be marked: its code, and its sign as pages write it and as its own people do."""
    return {currency} | {get_currency_symbol(currency, locale) for locale in (formatting_locale(language()), "en")}


class MoneyField(TypedField):
    """An amount in major units as typed or pasted ("1.250,50", "1.250,50 €" in es); `data` is Money or None.

    The currency is `currency` (an ISO 4217 code, or a function that finds it when the form is made), or what is chosen
    in the form's field `currency_field`. Amounts lie between `minimum` and `maximum`, in minor units.
    """

    attributes = {"inputmode": "decimal", "autocomplete": "off"}

    def __init__(
        self,
        label: Any = None,
        validators: Sequence[Any] = (),
        *,
        currency: str | Callable[[], str] | None = None,
        currency_field: str | None = None,
        minimum: int = 0,
        maximum: int = LARGEST_MINOR,
        **kwargs: Any,
    ) -> None:
        self.currency = currency() if callable(currency) else currency
        self.currency_field = currency_field
        self.minimum, self.maximum = minimum, maximum
        self.number: Decimal | None = None
        self.mark = ""
        super().__init__(label, validators, **kwargs)

    def read(self, text: str) -> None:
        # The currency may be chosen in another field: amount and mark are judged when all of them have been read.
        found = _MARK.search(text)
        self.mark = found[0] if found else ""
        self.number = _number(text.replace(self.mark, "", 1).strip() or text)

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        if self.number is None:
            return
        currency = form[self.currency_field].data if self.currency_field else self.currency
        if not currency:
            raise StopValidation(gettext("Say in which currency."))
        if self.mark and self.mark not in _marks(currency):
            raise StopValidation(gettext("“%(text)s” is not in %(currency)s.", text=self._value(), currency=currency))
        try:
            self.data = self._amount(self.number, currency)
        except ValueError as error:
            raise StopValidation(str(error)) from None

    def _amount(self, number: Decimal, currency: str) -> Money:
        _decimals_refused(number, minor_digits(currency))
        money = Money.from_major(number, currency)
        low, high = Money(self.minimum, currency), Money(self.maximum, currency)
        if money < low:
            raise ValueError(gettext("This must be at least %(amount)s.", amount=f"{self.write(low)} {currency}"))
        if high < money:
            raise ValueError(gettext("This must be at most %(amount)s.", amount=f"{self.write(high)} {currency}"))
        return money

    def write(self, value: Money) -> str:
        return write_number(value.to_major(), language())


class NumberField(TypedField):
    """A whole number between `minimum` and `maximum`; `data` is int or None."""

    attributes = {"inputmode": "numeric", "autocomplete": "off"}

    def __init__(
        self,
        label: Any = None,
        validators: Sequence[Any] = (),
        *,
        minimum: int = 0,
        maximum: int = 2**31 - 1,
        **kwargs: Any,
    ) -> None:
        self.minimum, self.maximum = minimum, maximum
        super().__init__(label, validators, **kwargs)

    def read(self, text: str) -> int:
        number = _number(text)
        _decimals_refused(number, 0)
        if not self.minimum <= number <= self.maximum:
            raise ValueError(gettext("Enter a number from %(low)s to %(high)s.", low=self.minimum, high=self.maximum))
        return int(number)


class QuantityField(TypedField):
    """A positive number with at most `digits` decimals; `data` is Decimal or None."""

    attributes = {"inputmode": "decimal", "autocomplete": "off"}

    def __init__(
        self,
        label: Any = None,
        validators: Sequence[Any] = (),
        *,
        digits: int = 3,
        maximum: int = 10**9,
        **kwargs: Any,
    ) -> None:
        self.digits, self.maximum = digits, maximum
        super().__init__(label, validators, **kwargs)

    def read(self, text: str) -> Decimal:
        number = _number(text)
        _decimals_refused(number, self.digits)
        if not 0 < number <= self.maximum:
            raise ValueError(gettext("Enter a number above 0."))
        return number

    def write(self, value: Decimal) -> str:
        return write_number(value.normalize(), language())


class RateField(TypedField):
    """A share typed in per cent ("12,5"); `data` is basis points (1250) or None, between `minimum` and `maximum`."""

    attributes = {"inputmode": "decimal", "autocomplete": "off"}

    def __init__(
        self,
        label: Any = None,
        validators: Sequence[Any] = (),
        *,
        minimum: int = 0,
        maximum: int = WHOLE_BP,
        **kwargs: Any,
    ) -> None:
        self.minimum, self.maximum = minimum, maximum
        super().__init__(label, validators, **kwargs)

    def read(self, text: str) -> int:
        number = _number(text.removesuffix("%").strip())
        _decimals_refused(number, 2)
        if not self.minimum <= number * 100 <= self.maximum:
            low, high = self.write(self.minimum), self.write(self.maximum)
            raise ValueError(gettext("Enter a rate from %(low)s to %(high)s per cent.", low=low, high=high))
        return int(number * 100)

    def write(self, value: int) -> str:
        return write_number((Decimal(value) / 100).normalize(), language())


class LocalDateField(TypedField):
    """A calendar day, sent by browsers as 2027-03-09; `data` is a date or None."""

    widget = DateInput()

    def read(self, text: str) -> date:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise ValueError(gettext("Enter a date like %(example)s.", example="2027-03-09")) from None
        if not 1900 <= day.year <= 2200:
            raise ValueError(gettext("Check the year."))
        return day

    def write(self, value: date) -> str:
        return value.isoformat()


class LocalTimeField(TypedField):
    """A wall-clock time, sent by browsers as 09:30; `data` is a naive time or None."""

    widget = TimeInput()

    def read(self, text: str) -> time:
        if not re.fullmatch(r"\d{1,2}:\d{2}(:00)?", text, re.ASCII):
            raise ValueError(gettext("Enter a time like %(example)s.", example="09:30"))
        try:
            return time.fromisoformat(text.zfill(8 if text.count(":") == 2 else 5))
        except ValueError:
            raise ValueError(gettext("Enter a time like %(example)s.", example="09:30")) from None

    def write(self, value: time) -> str:
        return value.strftime("%H:%M")
