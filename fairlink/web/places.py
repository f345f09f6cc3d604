"""Countries, currencies and time zones of the world with their names in a language, for choosing from."""

import unicodedata
from functools import cache

from babel import Locale
from babel.core import get_global
from babel.dates import get_timezone_location
from babel.numbers import get_territory_currencies

#: ISO 3166-1 alpha-2 codes are the territories of CLDR without its groupings and its own additions.
_NOT_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "XK", "ZZ", "AC", "CP", "CQ", "DG", "EA", "IC", "TA"})


def sort_key(name: str) -> str:
    """Alphabetic order as people expect it: case and accents count for nothing. "Águeda" = "agueda"."""
    decomposed = unicodedata.normalize("NFD", name.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


@cache
def countries(locale: str) -> tuple[tuple[str, str], ...]:
    """ISO 3166-1 alpha-2 code and name of every country, by name in `locale`."""
    territories = Locale.parse(locale).territories
    named = ((code, str(name)) for code, name in territories.items() if _is_country(code))
    return tuple(sorted(named, key=lambda pair: sort_key(pair[1])))


def _is_country(code: str) -> bool:
    return len(code) == 2 and code.isalpha() and code not in _NOT_COUNTRIES


@cache
def currencies(locale: str) -> tuple[tuple[str, str], ...]:
    """ISO 4217 code and name of every currency in use somewhere today, by name in `locale`."""
    names = Locale.parse(locale).currencies
    codes = {code for country, _ in countries("en") for code in get_territory_currencies(country)}
    return tuple(sorted(((code, str(names.get(code, code))) for code in codes), key=lambda pair: sort_key(pair[1])))


@cache
def zones(locale: str) -> tuple[tuple[str, str, str], ...]:
    """Continent, IANA name and city of every time zone, by continent and city in `locale`; UTC comes first."""
    listed = []
    for zone in get_global("zone_territories"):
        continent, slash, _ = zone.partition("/")
        if slash and continent not in ("Etc", "SystemV"):
            listed.append((continent, zone, zone_city(zone, locale)))
    return (("UTC", "UTC", "UTC"), *sorted(listed, key=lambda row: (row[0], sort_key(row[2]))))


@cache
def zone_city(zone: str, locale: str) -> str:
    """The city that an IANA zone is named after: America/Sao_Paulo -> "São Paulo"; UTC stays UTC."""
    if "/" not in zone:
        return zone
    return str(get_timezone_location(zone, locale=locale, return_city=True))
