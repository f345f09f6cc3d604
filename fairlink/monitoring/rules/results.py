"""The figures of a result page, as pure values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from fairlink.kernel.money import Money, divide_half_up

_CENT = Decimal("0.01")


class Applicants(StrEnum):
    """Who applied: results are always shown for both."""

    GROUPS = "groups"
    FIRMS = "firms"


class Dimension(StrEnum):
    """What results can be narrowed by."""

    ALL = "all"
    YEAR = "year"
    FAIR = "fair"
    CALL = "call"
    SCHEME = "scheme"
    SECTOR = "sector"
    REGION = "region"
    #: Worked out for whoever asks for it; all others always are.
    PERIOD = "period"


#: The first and the last month of a period.
PERIOD = ("since", "until")
#: What narrows a selection.
NARROWED = ("year", *PERIOD, "fair", "call", "scheme", "sector", "region")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which part of an agency's results is meant; None leaves a side open."""

    agency_id: int
    year: int | None = None
    #: The months of a period, such as ``2026-07``: those fairs that begin in it, both months included.
    since: str | None = None
    until: str | None = None
    fair: int | None = None
    call: int | None = None
    scheme: int | None = None
    #: The first sector of the applicants' lead firm.
    sector: str | None = None
    #: The region of the applicants' lead firm.
    region: str | None = None
    #: The currency of the calls: amounts of one page are in one currency.
    currency: str | None = None
    #: Whose rows are looked at; pages of figures show both.
    applicants: Applicants | None = None

    @property
    def chosen(self) -> dict[str, int | str]:
        """What narrows it, by the name of the dimension; a period by its months."""
        return {name: value for name in NARROWED if (value := getattr(self, name)) is not None}

    @property
    def query(self) -> dict[str, int | str]:
        """All of it as parameters of an address."""
        beside = {"currency": self.currency, "applicants": self.applicants}
        return self.chosen | {name: value for name, value in beside.items() if value is not None}

    @property
    def scope(self) -> tuple[Dimension, str] | None:
        """The one dimension that narrows it, with its value; None for several: intervals are made for one at a time."""
        chosen = self.chosen
        months = [chosen.pop(name, "") for name in PERIOD]
        if any(months):
            chosen[Dimension.PERIOD] = "/".join(map(str, months))
        if len(chosen) > 1:
            return None
        for name, value in chosen.items():
            return Dimension(name), str(value)
        return Dimension.ALL, ""

    @property
    def begins_from(self) -> date | None:
        """The first day of the period."""
        return date.fromisoformat(f"{self.since}-01") if self.since else None

    @property
    def begins_before(self) -> date | None:
        """The day after the last one of the period: until ``2027-06`` -> 1 July 2027."""
        if self.until is None:
            return None
        year, month = map(int, self.until.split("-"))
        return date(year + month // 12, month % 12 + 1, 1)


@dataclass(slots=True)
class Figures:
    """Counts along the chain and amounts, in minor units of one currency."""

    #: Sent applications.
    applications: int = 0
    #: Awards that were granted, given back ones included.
    awards: int = 0
    #: Applicants who took a stand and did not withdraw.
    exhibitors: int = 0
    #: Meetings that kept their slot.
    meetings_booked: int = 0
    meetings_held: int = 0
    leads: int = 0
    #: Leads about which at least one side has answered.
    leads_answered: int = 0
    #: Leads with at least one order that is not disputed.
    leads_ordered: int = 0
    #: Leads with two or more.
    leads_repeated: int = 0
    #: Questions of the waves; those about an order of the other side are not counted.
    prompts_sent: int = 0
    prompts_answered: int = 0
    #: Orders told of by at least one side.
    orders_reported: int = 0
    #: Orders that both sides stand by.
    orders_confirmed: int = 0
    orders_disputed: int = 0
    #: Orders in a currency for which there is no rate: counted, but in no amount.
    orders_unpriced: int = 0
    #: Awards that were not given back: what the envelope bears.
    support_minor: int = 0
    #: Every order that at least one side reported, disputed ones left out.
    reported_minor: int = 0
    #: The part of it that both sides stand by.
    confirmed_minor: int = 0
    #: Forecasts, never added to orders.
    expected_minor: int = 0
    #: The part of the above that came with buyers whose travel was supported.
    hosted_meetings_held: int = 0
    hosted_leads: int = 0
    hosted_orders_confirmed: int = 0
    hosted_confirmed_minor: int = 0

    @property
    def leads_silent(self) -> int:
        """Leads about which nobody has answered."""
        return self.leads - self.leads_answered

    @property
    def hosted(self) -> "Figures":
        """What came with hosted buyers, by the names of the whole."""
        return Figures(**{name: getattr(self, f"hosted_{name}") for name in HOSTED})

    @property
    def others(self) -> "Figures":
        """What came with all other buyers."""
        return Figures(**{name: getattr(self, name) - getattr(self, f"hosted_{name}") for name in HOSTED})

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(**{name: getattr(self, name) + getattr(other, name) for name in FIGURES})


#: The names of all figures.
FIGURES: tuple[str, ...] = tuple(field.name for field in fields(Figures))

#: Figures that are told apart by whether the buyer was hosted.
HOSTED: tuple[str, ...] = tuple(name.removeprefix("hosted_") for name in FIGURES if name.startswith("hosted_"))

#: Ratios with an interval: what is divided by what.
RATIOS: Mapping[str, tuple[str, str]] = {
    "value_per_support": ("confirmed_minor", "support_minor"),
    "value_per_meeting": ("confirmed_minor", "meetings_held"),
    "realised": ("reported_minor", "expected_minor"),
    "ordered": ("leads_ordered", "leads"),
    "repeated": ("leads_repeated", "leads_ordered"),
    "answered": ("prompts_answered", "prompts_sent"),
}


def ratio(figures: Figures, name: str) -> Decimal | None:
    """One of RATIOS, to four decimals; None when there is nothing to divide by. 12,000 over 4,500 -> 2.6667."""
    over, under = (getattr(figures, part) for part in RATIOS[name])
    return None if not under else (Decimal(over) / under).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def two_decimals(value: Decimal | float) -> Decimal:
    """Rounded half up: 2.6667 -> 2.67."""
    return Decimal(value).quantize(_CENT, ROUND_HALF_UP)


def share_bp(part: int, whole: int) -> int | None:
    """A share in basis points to a tenth of a per cent, as pages show it: 1 of 3 -> 3330; None of nothing."""
    return None if not whole else divide_half_up(part * 1000, whole) * 10


def total(parts: Iterable[Figures]) -> Figures:
    """All kinds of applicants together."""
    result = Figures()
    for part in parts:
        result = result + part
    return result


@dataclass(frozen=True, slots=True)
class Carried:
    """How much of the value a number of firms carries, those with most first."""

    firms: int
    minor: int
    share_bp: int


def concentration(first: Sequence[int], firms: int, whole: int) -> list[Carried]:
    """What the 1, 5, 10 and 25 firms with most confirmed value carry of the whole, and all of them.

    `first` are the largest values, falling; [60, 30] of 3 firms with 100 -> the first carries 60%, all 3 everything.
    Empty for no value.
    """
    if not whole:
        return []
    steps = [step for step in (1, 5, 10, 25) if step < firms and step <= len(first)]
    carried = [Carried(step, sum(first[:step]), share_bp(sum(first[:step]), whole) or 0) for step in steps]
    return [*carried, Carried(firms, whole, 10_000)]


def money(minor: int | Decimal | float, currency: str) -> Money:
    """An amount from a figure that need not be whole."""
    return Money(int(Decimal(minor).quantize(Decimal(1), ROUND_HALF_UP)), currency)
