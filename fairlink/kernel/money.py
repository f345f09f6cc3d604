"""Amounts of money: integer minor units with a currency, one rounding, and shares that add up."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from babel import Locale
from babel.numbers import format_currency, get_currency_precision, parse_pattern

#: One hundred per cent, in basis points.
WHOLE_BP = 10_000

_CODE_BEFORE_FIGURES = re.compile(r"(?<=[^\W\d_])(?=\d)")


def round_half_up(value: Decimal) -> int:
    """`value` as an integer, halves away from zero: the platform's only rounding. 0.5 -> 1, -0.5 -> -1, 2.4 -> 2."""
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def minor_digits(currency: str) -> int:
    """Digits after the decimal point in the ISO 4217 `currency`: EUR 2, JPY 0, KWD 3."""
    return int(get_currency_precision(currency))


def divide_half_up(numerator: int, denominator: int) -> int:
    """`numerator` / `denominator` as an integer, halves away from zero, exact at any size; `denominator` > 0."""
    if numerator < 0:
        return -divide_half_up(-numerator, denominator)
    return (2 * numerator + denominator) // (2 * denominator)


def portion(minor: int, rate_bp: int) -> int:
    """`rate_bp` basis points of `minor`, rounded half up: 50% of 333 = 167."""
    return divide_half_up(minor * rate_bp, WHOLE_BP)


def _whole_weights(weights: Sequence[int | Decimal]) -> list[int]:
    """Integers in the same proportion: Decimal division would round at 28 digits, integers stay exact."""
    exact = [Decimal(weight) for weight in weights]
    scale = Decimal(10) ** max(0, *(-int(weight.as_tuple().exponent) for weight in exact))
    return [int(weight * scale) for weight in exact]


def split(minor: int, weights: Sequence[int | Decimal]) -> list[int]:
    """Split `minor` in proportion to `weights` by the largest-remainder method, so that the parts add up to it.

    Equal remainders go to the earlier part: 100 over [1, 1, 1] = [34, 33, 33]. With all weights zero the split is
    equal. A negative `minor` splits as the mirror image of its positive. Raises ValueError for no weights or a
    negative weight.
    """
    if not weights:
        raise ValueError("nothing to split over")
    if any(weight < 0 for weight in weights):
        raise ValueError("negative weight")
    if minor < 0:
        return [-part for part in split(-minor, weights)]
    whole_weights = [each for each in weights if isinstance(each, int)]
    if len(whole_weights) < len(weights):
        whole_weights = _whole_weights(weights)
    whole = sum(whole_weights)
    if whole == 0:
        whole_weights, whole = [1] * len(weights), len(weights)
    shares = [divmod(minor * weight, whole) for weight in whole_weights]
    parts = [part for part, _ in shares]
    left = minor - sum(parts)
    if left:
        for index in sorted(range(len(parts)), key=lambda i: (-shares[i][1], i))[:left]:
            parts[index] += 1
    return parts


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in the minor unit of an ISO 4217 currency: ``Money(1250, "EUR")`` is 12.50 EUR."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.minor, int) or isinstance(self.minor, bool):
            raise TypeError(f"minor units are integers, not {self.minor!r}")
        if len(self.currency) != 3 or not self.currency.isalpha() or not self.currency.isupper():
            raise ValueError(f"not an ISO 4217 code: {self.currency!r}")

    @classmethod
    def zero(cls, currency: str) -> "Money":
        """Nothing, in `currency`."""
        return cls(0, currency)

    @classmethod
    def from_major(cls, value: Decimal, currency: str) -> "Money":
        """`value` in major units (12.5 EUR), rounded half up to the minor unit."""
        return cls(round_half_up(value.scaleb(minor_digits(currency))), currency)

    def to_major(self) -> Decimal:
        """The amount in major units: 1250 EUR minor -> Decimal('12.50')."""
        return Decimal(self.minor).scaleb(-minor_digits(self.currency))

    def _same(self, other: "Money") -> None:
        if other.currency != self.currency:
            raise ValueError(f"cannot mix {self.currency} and {other.currency}")

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor <= other.minor

    def __bool__(self) -> bool:
        return self.minor != 0

    def portion(self, rate_bp: int) -> "Money":
        """`rate_bp` basis points of this amount, rounded half up."""
        return Money(portion(self.minor, rate_bp), self.currency)

    def split(self, weights: Sequence[int | Decimal]) -> list["Money"]:
        """Parts in proportion to `weights` that add up to this amount; see `split`."""
        return [Money(part, self.currency) for part in split(self.minor, weights)]


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum of `amounts`, all in `currency`; zero for none."""
    result = Money.zero(currency)
    for amount in amounts:
        result += amount
    return result


def write_money(amount: Money, locale: Locale | str, *, whole: bool = False) -> str:
    """Money(125000, "EUR") -> "€1,250.00" in en_GB, "1.250,00 €" in es; a code keeps its distance: "PEN 1,250.00".

    `whole` rounds to whole units, for figures that are looked at and not reckoned with: "€1,250".
    """
    figures, pattern = amount.to_major(), parse_pattern(Locale.parse(locale).currency_formats["standard"].pattern)
    if whole:
        figures, pattern.frac_prec = Decimal(round_half_up(figures)), (0, 0)
    text = format_currency(figures, amount.currency, pattern, locale=locale, currency_digits=not whole)
    return _CODE_BEFORE_FIGURES.sub("\u00a0", text)
