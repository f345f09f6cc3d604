"""Reading numbers as people of a language write them, and refusing what could mean two things."""

import re
from decimal import Decimal

from babel.numbers import get_decimal_symbol, get_group_symbol

_LONGEST = 20
#: What people put between thousands whatever their language says; never a decimal sign.
_BLANKS = " \u00a0\u202f"


class NotANumber(ValueError):
    """The text is not a number in its language; `meant` is what was probably meant, written properly, or None."""

    def __init__(self, meant: str | None = None) -> None:
        super().__init__("not a number")
        self.meant = meant


def parse_number(text: str, locale: str) -> Decimal:
    """The number that `text` writes in `locale`: "1.250,50" in es = 1250.50.

    Thousands may be grouped, but then rightly: "12.50" in es is refused rather than read as 1250. Raises NotANumber.
    """
    number = _read(text, get_group_symbol(locale), get_decimal_symbol(locale))
    if number is None:
        raise NotANumber(_meant(text, locale))
    return number


def write_number(number: Decimal, locale: str) -> str:
    """`number` as one types it in `locale`: no grouping, all its decimals. 1250.50 in es = "1250,50"."""
    return format(number, "f").replace(".", get_decimal_symbol(locale))


def _read(text: str, group: str, point: str) -> Decimal | None:
    text = text.strip().replace("\u2212", "-")
    groups = re.escape(_BLANKS + group)
    shape = rf"(-?)(\d{{1,3}}(?:([{groups}])\d{{3}}(?:\3\d{{3}})*)?|\d+)(?:{re.escape(point)}(\d+))?"
    match = re.fullmatch(shape, text, re.ASCII) if len(text) <= _LONGEST else None
    if match is None:
        return None
    sign, whole, _, decimals = match.groups()
    digits = re.sub(r"[^0-9]", "", whole)
    return Decimal(f"{sign}{digits}.{decimals}" if decimals else f"{sign}{digits}")


def _meant(text: str, locale: str) -> str | None:
    """The same figures read with the signs of other languages, if they can be read in one way."""
    readings = {_read(text, group, point) for group, point in ((",", "."), (".", ","), ("'", "."))} - {None}
    (only,) = readings if len(readings) == 1 else (None,)
    return None if only is None else write_number(only, locale)
