"""The figures of a result page, as pure values."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from fairlink.kernel.money import Money


class Applicants(StrEnum):
    """Who applied: results are always shown for both."""

    GROUPS = "groups"
    FIRMS = "firms"


@dataclass(slots=True)
class Results:
    """What came of the support at one fair, for one kind of applicants. Amounts are kept apart by currency."""

    applications: int = 0
    awards: int = 0
    exhibitors: int = 0
    meetings_booked: int = 0
    meetings_held: int = 0
    leads: int = 0
    prompts_sent: int = 0
    prompts_answered: int = 0
    orders_reported: int = 0
    orders_confirmed: int = 0
    #: Awards that were not released: what the envelope bears.
    support: dict[str, int] = field(default_factory=dict)
    #: Every order that at least one side reported, disputed ones left out.
    reported: dict[str, int] = field(default_factory=dict)
    #: Orders that both sides stand by.
    confirmed: dict[str, int] = field(default_factory=dict)
    #: Forecasts, never added to orders.
    expected: dict[str, int] = field(default_factory=dict)

    def __add__(self, other: "Results") -> "Results":
        result = Results()
        for name in self.__slots__:
            mine, theirs = getattr(self, name), getattr(other, name)
            setattr(result, name, _merge(mine, theirs) if isinstance(mine, dict) else mine + theirs)
        return result

    def confirmed_per_support(self) -> list[tuple[str, Decimal]]:
        """Confirmed order value per unit of support, for each currency that has both: 12,000 over 4,500 = 2.67."""
        return per_unit(self.confirmed, self.support)

    def response_bp(self) -> int | None:
        """Answered prompts among those sent, in basis points; None when none was sent."""
        return None if not self.prompts_sent else self.prompts_answered * 10_000 // self.prompts_sent


def per_unit(value: dict[str, int], support: dict[str, int]) -> list[tuple[str, Decimal]]:
    """Value per unit of support, two decimals, in each currency that has both; other currencies need exchange rates."""
    return [
        (currency, (Decimal(value[currency]) / support[currency]).quantize(Decimal("0.01"), ROUND_HALF_UP))
        for currency in sorted(value.keys() & support.keys())
        if support[currency]
    ]


def amounts(by_currency: dict[str, int]) -> list[Money]:
    """The amounts of a dictionary of currencies, in their order."""
    return [Money(minor, currency) for currency, minor in sorted(by_currency.items())]


def total(results: Iterable[Results]) -> Results:
    """All kinds of applicants together."""
    result = Results()
    for part in results:
        result = result + part
    return result


def _merge(first: dict[str, int], second: dict[str, int]) -> dict[str, int]:
    return {currency: first.get(currency, 0) + second.get(currency, 0) for currency in {**first, **second}}
