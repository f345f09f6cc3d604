"""Fields for choosing: one or several of a few, a country, a currency, a time zone."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import RadioField as WTRadioField
from wtforms import SelectField as WTSelectField
from wtforms import SelectMultipleField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the published types
from wtforms.widgets import CheckboxInput, ListWidget, TextArea

from fairlink.web import places
from fairlink.web.fields.base import TypedField
from fairlink.web.i18n import language

#: The first parts of IANA names.
CONTINENTS = {
    "Africa": lazy_gettext("Africa"),
    "America": lazy_gettext("America"),
    "Antarctica": lazy_gettext("Antarctica"),
    "Arctic": lazy_gettext("Arctic Ocean"),
    "Asia": lazy_gettext("Asia"),
    "Atlantic": lazy_gettext("Atlantic Ocean"),
    "Australia": lazy_gettext("Australia"),
    "Europe": lazy_gettext("Europe"),
    "Indian": lazy_gettext("Indian Ocean"),
    "Pacific": lazy_gettext("Pacific Ocean"),
}

#: (value, label), or a choice with its group.
Pairs = Iterable[tuple[Any, Any] | SelectChoice]


def options(pairs: Pairs) -> list[SelectChoice]:
    """Choices for a select, radio or checkbox field from (value, label) pairs."""
    return [pair if isinstance(pair, SelectChoice) else SelectChoice(pair[0], str(pair[1])) for pair in pairs]


class _Choosing:
    """Takes (value, label) pairs, or a function that gives them, and says what is wrong in our words.

    `blank` is the text of an empty first entry. `coerce` makes a value of what was sent; nothing sent is None.
    """

    def __init__(
        self,
        label: Any = None,
        validators: Sequence[Any] = (),
        *,
        choices: Pairs | Callable[[], Pairs] = (),
        blank: Any = None,
        coerce: Callable[[Any], Any] = str,
        **kwargs: Any,
    ) -> None:
        def value(sent: Any) -> Any:
            return None if sent is None or sent == "" else coerce(sent)

        def find() -> list[SelectChoice]:
            first = [] if blank is None else [("", blank)]
            return options([*first, *(choices() if callable(choices) else choices)])

        refusal = lazy_gettext("Choose one of these.")
        messages = {"invalid_choice_message": refusal, "invalid_value_message": refusal}
        super().__init__(label, list(validators), choices=find, coerce=value, **messages | kwargs)  # type: ignore[call-arg]  # a field follows


class _ChoosingOne(_Choosing):
    def pre_validate(self, form: Any) -> None:
        # Whether nothing may be chosen is for the validators to say.
        if self.data is not None or self.process_errors:  # type: ignore[attr-defined]  # a field follows
            super().pre_validate(form)  # type: ignore[misc]  # a field follows


class SelectField(_ChoosingOne, WTSelectField):
    """One of several in a list; `data` is None for the blank."""


class RadioField(_ChoosingOne, WTRadioField):
    """One of a few, all of them in sight."""


class MultiCheckboxField(_Choosing, SelectMultipleField):
    """Any of several; `data` is a list of values."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class CountryField(SelectField):
    """A country by its name in the reader's language; `data` is ISO 3166-1 alpha-2."""

    def __init__(self, label: Any = None, validators: Sequence[Any] = (), **kwargs: Any) -> None:
        defaults = {"blank": lazy_gettext("Choose a country"), "render_kw": {"autocomplete": "country"}}
        super().__init__(label, validators, choices=lambda: places.countries(language()), **defaults | kwargs)


class CountriesField(TypedField):
    """Several countries in one text, by names in the reader's language or by codes, with commas or line ends between.

    `data` is a list of ISO 3166-1 alpha-2 codes in the order typed, each once.
    """

    widget = TextArea()

    def read(self, text: str) -> list[str]:
        known = places.countries(language())
        codes = {places.sort_key(word): code for code, name in known for word in (name, code)}
        words = [word.strip() for word in re.split(r"[,;\r\n]+", text) if word.strip()]
        if wrong := [word for word in words if places.sort_key(word) not in codes]:
            raise ValueError(
                gettext("These are not countries: %(names)s. Write names or two letters.", names=", ".join(wrong[:5]))
            )
        return list(dict.fromkeys(codes[places.sort_key(word)] for word in words))

    def write(self, value: Sequence[str]) -> str:
        names = dict(places.countries(language()))
        # A name with a comma in it would be read as two.
        return ", ".join(code if "," in names[code] else names[code] for code in value)


class CurrencyField(SelectField):
    """A currency in use; `data` is ISO 4217."""

    def __init__(self, label: Any = None, validators: Sequence[Any] = (), **kwargs: Any) -> None:
        super().__init__(
            label, validators, choices=self._named, **{"blank": lazy_gettext("Choose a currency")} | kwargs
        )

    @staticmethod
    def _named() -> list[tuple[str, str]]:
        return [(code, f"{name} ({code})") for code, name in places.currencies(language())]


class ZoneField(SelectField):
    """A time zone by continent and city; `data` is the IANA name."""

    def __init__(self, label: Any = None, validators: Sequence[Any] = (), **kwargs: Any) -> None:
        super().__init__(
            label, validators, choices=self._grouped, **{"blank": lazy_gettext("Choose a time zone")} | kwargs
        )

    @staticmethod
    def _grouped() -> list[SelectChoice]:
        return [
            SelectChoice(zone, city, optgroup=str(CONTINENTS.get(continent, continent)))
            for continent, zone, city in places.zones(language())
        ]
