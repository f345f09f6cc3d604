"""Texts, amounts and times in one reader's language, for what is written outside a web request: mails and letters."""

from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, get_datetime_format, get_timezone, get_timezone_name
from babel.numbers import format_percent
from babel.support import Translations

from fairlink.kernel.locales import formatting_locale
from fairlink.kernel.money import Money, write_money

TRANSLATIONS = Path(__file__).resolve().parents[1] / "translations"


class Words:
    """The words of one language; an unknown one is written in English.

    Who composes a letter writes ``_ = words(language).gettext``: texts within ``_()`` are collected for translation.
    """

    def __init__(self, language: str) -> None:
        self.language = language
        self.translations = Translations.load(TRANSLATIONS, [language, language.partition("_")[0]])
        self._locale = _babel_locale(language)

    def gettext(self, text: str, **values: object) -> str:
        """`text` translated, with its ``%(name)s`` filled in."""
        translated = str(self.translations.gettext(text))
        return translated % values if values else translated

    def ngettext(self, one: str, many: str, num: int, **values: object) -> str:
        """The form of the text for `num`, which is also its ``%(num)s``."""
        return str(self.translations.ngettext(one, many, num)) % {"num": num, **values}

    def money(self, value: Money) -> str:
        """The amount with its currency, as readers of the language write it."""
        return write_money(value, self._locale)

    def rate(self, rate_bp: int) -> str:
        """A rate in basis points as a percentage."""
        return format_percent(Decimal(rate_bp) / 10_000, locale=self._locale, decimal_quantization=False)

    def date(self, value: date, zone: str = "UTC", style: Literal["long", "full"] = "long") -> str:
        """A day as it is, an instant as the day in `zone`; in full with its weekday."""
        day = value.astimezone(get_timezone(zone)) if isinstance(value, datetime) else value
        return format_date(day, style, locale=self._locale)

    def time(self, value: datetime | time, zone: str = "UTC") -> str:
        """The time of day of an instant, in `zone`."""
        return format_time(value, "short", tzinfo=get_timezone(zone), locale=self._locale)

    def instant(self, value: datetime, zone: str = "UTC") -> str:
        """Day and time in `zone`, whose name follows: a time without it misleads."""
        day, clock = self.date(value, zone, "full"), self.time(value, zone)
        pattern = str(get_datetime_format("long", locale=self._locale)).replace("'", "")
        name = get_timezone_name(value.astimezone(get_timezone(zone)), locale=self._locale)
        return f"{pattern.replace('{1}', day).replace('{0}', clock)} ({name})"

    def zone_name(self, zone: str) -> str:
        """What readers of the language call the IANA zone."""
        return get_timezone_name(get_timezone(zone), locale=self._locale)


@cache
def words(language: str) -> Words:
    """The words of `language`, loaded once."""
    return Words(language)


def _babel_locale(language: str) -> Locale:
    try:
        return Locale.parse(formatting_locale(language.replace("-", "_")))
    except (UnknownLocaleError, ValueError):
        return Locale.parse(formatting_locale("en"))
