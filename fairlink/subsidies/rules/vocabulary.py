"""The facts that conditions may name: what each is, and how it is read from an application."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from fairlink.subsidies.rules.conditions import Value
from fairlink.subsidies.rules.document import Rules
from fairlink.subsidies.rules.facts import CostLine, Facts, Member, YearFigures
from fairlink.subsidies.rules.syntax import Kind
from fairlink.subsidies.rules.terms import Subject


def full_years(since: date | None, until: date) -> int | None:
    """Whole years from `since` to `until`, birthdays counted: 2024-05-10 to 2026-05-09 is 1. None if not known."""
    if since is None:
        return None
    return until.year - since.year - ((until.month, until.day) < (since.month, since.day))


def years_before(day: date, years: int) -> date:
    """The same day `years` earlier; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def scheme_year(day: date, first_month: int) -> int:
    """The scheme year in which `day` lies, named by the calendar year in which it begins."""
    return day.year if day.month >= first_month else day.year - 1


def _latest(member: Member) -> YearFigures | None:
    return max(member.years, key=lambda figures: figures.year, default=None)


def _exports(figures: YearFigures | None) -> int | None:
    return None if figures is None else sum(export.amount_minor for export in figures.exports)


def _export_share(member: Member) -> int | None:
    """Exports over turnover of the latest year in basis points, rounded up: 25.001% is not 'at most 25%'."""
    figures = _latest(member)
    exports = _exports(figures)
    if figures is None or exports is None or figures.turnover_minor == 0:
        return None
    return -(-exports * 10_000 // figures.turnover_minor)


def _best_sales(facts: Facts, member: Member) -> int | None:
    """The largest yearly sale to the fair's country in the latest three years on record."""
    latest = sorted(member.years, key=lambda figures: figures.year)[-3:]
    sales = [sum(e.amount_minor for e in year.exports if e.country == facts.fair.country) for year in latest]
    return max(sales, default=None)


_FirmReader = Callable[[Facts, Member], Value | None]

FIRM: Mapping[str, tuple[Kind, _FirmReader]] = {
    "firm.country": (Kind.TEXT, lambda facts, member: member.country),
    "firm.region": (Kind.TEXT, lambda facts, member: member.region),
    "firm.size": (Kind.TEXT, lambda facts, member: None if member.size is None else member.size.value),
    "firm.sectors": (Kind.TEXTS, lambda facts, member: member.sectors),
    "firm.staff": (Kind.NUMBER, lambda facts, member: getattr(_latest(member), "staff", None)),
    "firm.turnover_minor": (Kind.NUMBER, lambda facts, member: getattr(_latest(member), "turnover_minor", None)),
    "firm.exports_minor": (Kind.NUMBER, lambda facts, member: _exports(_latest(member))),
    "firm.export_share_bp": (Kind.NUMBER, lambda facts, member: _export_share(member)),
    "firm.best_sales_in_fair_country_minor": (Kind.NUMBER, _best_sales),
    "firm.years_on_record": (Kind.NUMBER, lambda facts, member: len(member.years)),
    "firm.years_trading": (Kind.NUMBER, lambda facts, member: full_years(member.founded_on, facts.applied_on)),
    "firm.years_exporting": (Kind.NUMBER, lambda facts, member: full_years(member.first_export_on, facts.applied_on)),
    "firm.participations": (Kind.NUMBER, lambda facts, member: len(member.participations)),
    "firm.participations_at_fair": (
        Kind.NUMBER,
        lambda facts, member: sum(each.fair == facts.fair.code for each in member.participations),
    ),
    "firm.participations_in_fair_country": (
        Kind.NUMBER,
        lambda facts, member: sum(each.country == facts.fair.country for each in member.participations),
    ),
    "firm.years_since_first_award": (
        Kind.NUMBER,
        lambda facts, member: full_years(member.first_award_on, facts.reference_on),
    ),
}

FAIR: Mapping[str, tuple[Kind, Callable[[Facts], Value | None]]] = {
    "fair.code": (Kind.TEXT, lambda facts: facts.fair.code),
    "fair.country": (Kind.TEXT, lambda facts: facts.fair.country),
    "fair.kinds": (Kind.TEXTS, lambda facts: facts.fair.kinds),
    "fair.sectors": (Kind.TEXTS, lambda facts: facts.fair.sectors),
    "fair.starts_on": (Kind.DATE, lambda facts: facts.fair.starts_on),
    "fair.ends_on": (Kind.DATE, lambda facts: facts.fair.ends_on),
    "fair.days": (Kind.NUMBER, lambda facts: (facts.fair.ends_on - facts.fair.starts_on).days + 1),
    "application.applied_on": (Kind.DATE, lambda facts: facts.applied_on),
    "application.granted_on": (Kind.DATE, lambda facts: facts.reference_on),
    "application.firms": (Kind.NUMBER, lambda facts: len(facts.members)),
    "application.days_before_fair": (Kind.NUMBER, lambda facts: (facts.fair.starts_on - facts.applied_on).days),
}

LINE: Mapping[str, tuple[Kind, Callable[[CostLine], Value | None]]] = {
    "line.cost_class": (Kind.TEXT, lambda line: line.cost_class),
    "line.committed_on": (Kind.DATE, lambda line: line.committed_on),
    "line.distance_km": (Kind.NUMBER, lambda line: line.distance_km),
    "line.is_shared": (Kind.BOOLEAN, lambda line: line.member is None),
}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The facts that exist in the places of one document, by kind."""

    group: Mapping[str, Kind]
    firm: Mapping[str, Kind]
    line: Mapping[str, Kind]


def vocabulary(rules: Rules) -> Vocabulary:
    """What conditions of `rules` may ask for: for the group no firm's facts, for a line the line's too."""
    group = {name: kind for name, (kind, _) in FAIR.items()}
    group |= {f"application.{each.name}": each.kind for each in rules.facts if each.of is Subject.APPLICATION}
    firm = group | {name: kind for name, (kind, _) in FIRM.items()}
    firm |= {f"firm.{each.name}": each.kind for each in rules.facts if each.of is Subject.FIRM}
    return Vocabulary(group, firm, firm | {name: kind for name, (kind, _) in LINE.items()})


class KnownFacts(dict[str, Any]):
    """The values of facts by name for one application, member and line; each is worked out when first asked for."""

    def __init__(self, facts: Facts, member: Member | None = None, line: CostLine | None = None) -> None:
        super().__init__()
        self._facts, self._member, self._line = facts, member, line

    def __missing__(self, name: str) -> Value | None:
        value = self._worked_out(name)
        self[name] = value
        return value

    def _worked_out(self, name: str) -> Value | None:
        if name in FAIR:
            return FAIR[name][1](self._facts)
        if name in FIRM:
            return None if self._member is None else FIRM[name][1](self._facts, self._member)
        if name in LINE:
            return None if self._line is None else LINE[name][1](self._line)
        subject, _, asked = name.partition(".")
        if subject == Subject.FIRM:
            return None if self._member is None else self._member.answers.get(asked)
        return self._facts.answers.get(asked)
