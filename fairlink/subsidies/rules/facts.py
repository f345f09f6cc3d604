"""The facts of one application as frozen types: fair, members, cost lines, earlier aid and what money is left."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated

from fairlink.subsidies.rules.scalars import Range
from fairlink.subsidies.rules.shapes import Answer, Items
from fairlink.subsidies.rules.terms import (
    Code,
    Count,
    Country,
    Currency,
    Identifier,
    Minor,
    Size,
)

NO_ANSWERS: Mapping[str, Answer] = MappingProxyType({})
Year = Annotated[int, Range(1900, 2200)]


@dataclass(frozen=True, slots=True, kw_only=True)
class FairFacts:
    """The fair: local dates, country, and the kinds of market and sectors the agency gave it."""

    code: Annotated[Identifier, "Names the fair across its editions, so that participations per fair can be counted."]
    country: Country
    starts_on: date
    ends_on: date
    kinds: Annotated[tuple[Code, ...], Items(unique=""), "Kinds of market, such as emerging."] = ()
    sectors: Annotated[tuple[Code, ...], Items(unique="")] = ()
    holidays: Annotated[tuple[date, ...], "Days that are no working days, for deadlines."] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFigure:
    """Sales of one year to one country, in minor units of the scheme's currency."""

    country: Country
    amount_minor: Minor


@dataclass(frozen=True, slots=True, kw_only=True)
class YearFigures:
    """Turnover, staff and exports of one year, in minor units of the scheme's currency."""

    year: Year
    turnover_minor: Minor
    staff: Annotated[int, Range(0, 10_000_000)]
    exports: Annotated[tuple[ExportFigure, ...], Items(unique="country")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Participation:
    """One earlier participation that was supported."""

    fair: Identifier
    country: Country
    starts_on: date
    kinds: Annotated[tuple[Code, ...], Items(unique="")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Balances:
    """Support already awarded to a firm under this scheme, without the present application."""

    fair_minor: Annotated[Minor, "For this edition of the fair."] = 0
    year_minor: Annotated[Minor, "In this scheme year."] = 0
    lifetime_minor: Annotated[Minor, "Ever."] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A firm that takes part in the application. What is not known is left out."""

    id: Identifier
    undertaking: Annotated[Identifier | None, "The single undertaking it belongs to; by default itself."] = None
    country: Country | None = None
    region: Code | None = None
    size: Size | None = None
    sectors: Annotated[tuple[Code, ...], Items(unique="")] = ()
    founded_on: date | None = None
    first_export_on: date | None = None
    first_award_on: date | None = None
    years: Annotated[tuple[YearFigures, ...], Items(unique="year")] = ()
    participations: tuple[Participation, ...] = ()
    answers: Mapping[str, Answer] = field(default_factory=lambda: NO_ANSWERS)
    balances: Balances = field(default_factory=Balances)
    advance_paid_minor: Minor = 0

    @property
    def single_undertaking(self) -> str:
        return self.undertaking or self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The weight of one member in a shared cost line."""

    member: Identifier
    weight: Annotated[int, Range(0, 10**9)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLine:
    """One cost: of one member, shared by weights, or (with neither) shared equally by all members."""

    id: Identifier
    cost_class: Code
    cost_minor: Minor
    member: Identifier | None = None
    shares: Annotated[tuple[Share, ...], Items(unique="member")] = ()
    quantity: Annotated[Decimal | None, "Units, such as square metres, nights or travellers."] = None
    distance_km: Count | None = None
    committed_on: Annotated[date | None, "Day on which the cost was ordered or paid, if it was."] = None
    other_public_minor: Annotated[Minor, "Other public money for the same cost."] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorAid:
    """Public aid granted earlier to a single undertaking."""

    undertaking: Identifier
    regime: Annotated[Code, "The ceiling it counts for, such as de_minimis."]
    granted_on: date
    amount_minor: Minor
    currency: Currency


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRate:
    """What one major unit of a currency is worth in major units of the scheme's currency."""

    currency: Currency
    rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that a quote is worked out from besides the rules. Amounts in minor units of the scheme's currency."""

    fair: FairFacts
    applied_on: date
    members: Annotated[tuple[Member, ...], Items(least=1, unique="id")]
    lines: Annotated[tuple[CostLine, ...], Items(unique="id")] = ()
    granted_on: Annotated[date | None, "Day on which the right is granted; by default the day of applying."] = None
    answers: Mapping[str, Answer] = field(default_factory=lambda: NO_ANSWERS)
    prior_aid: tuple[PriorAid, ...] = ()
    exchange: Annotated[tuple[ExchangeRate, ...], Items(unique="currency")] = ()
    renewed_until_on: Annotated[date | None, "Day to which the scheme was renewed past its sunset, if it was."] = None
    group_awarded_minor: Annotated[Minor, "Support the group already has under its cap."] = 0
    envelope_left_minor: Annotated[Minor | None, "What is left of the envelope; left out, it does not bind."] = None

    @property
    def reference_on(self) -> date:
        """The day to which rolling windows and years are counted."""
        return self.granted_on or self.applied_on
