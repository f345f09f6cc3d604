"""What a hosted buyer has earned by the meetings, and how much is paid of the travel: by the subsidy engine; pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from fairlink.subsidies.rules import quote, simple_rules
from fairlink.subsidies.rules.facts import CostLine, Facts, FairFacts, Member
from fairlink.visits.states import MeetingState

#: So many missed meetings make a no-show, however many were held.
NO_SHOW = 2

#: What is borne of a trip; codes of the standard cost classes.
TRAVEL, LODGING = "travel", "accommodation"

#: The name under which the buyer goes in the engine.
_BUYER = "buyer"


class Verdict(StrEnum):
    """What became of the condition that meetings are held."""

    EARNED = "earned"
    TOO_FEW = "too_few"
    NO_SHOW = "no_show"


@dataclass(frozen=True, slots=True)
class Attendance:
    """How a hosted buyer's meetings went. One that the exhibitor missed counts as held for the buyer."""

    held: int
    missed: int
    #: How many of those held were visits to workshops.
    workshops: int = 0

    def verdict(self, required: int) -> Verdict:
        """Whether the support is earned: two missed meetings forfeit it, even if enough were held."""
        if self.missed >= NO_SHOW:
            return Verdict.NO_SHOW
        return Verdict.EARNED if self.held >= required else Verdict.TOO_FEW


def attendance(meetings: Iterable[tuple[MeetingState, bool]], workshops: Iterable[MeetingState] = ()) -> Attendance:
    """Count meetings, each with its state and whether the buyer's own side called it off on the spot.

    Whoever calls off a meeting that has begun has missed it; a meeting that nobody marked counts for nothing. So do
    visits to `workshops`, of which only those are given that count.
    """
    held = missed = 0
    for state, by_buyer in meetings:
        if state in (MeetingState.HELD, MeetingState.EXHIBITOR_NO_SHOW):
            held += 1
        elif state is MeetingState.BUYER_NO_SHOW or (state is MeetingState.CANCELLED and by_buyer):
            missed += 1
    visits = Counter(workshops)
    visited = visits[MeetingState.HELD]
    return Attendance(held + visited, missed + visits[MeetingState.BUYER_NO_SHOW], visited)


def ceiling_of(country: str, ceilings: Mapping[str, int]) -> int:
    """The ceiling of a buyer's origin, in minor units: that of the country, else the one for all others, else zero."""
    return ceilings.get(country, ceilings.get("", 0))


def by_amount(ceilings: Mapping[str, int]) -> dict[int, list[str]]:
    """The countries that share a ceiling, by that ceiling in minor units; without the one for all others.

    ``{"NO": 900, "SE": 900, "": 500}`` -> ``{900: ["NO", "SE"]}``.
    """
    regions: dict[int, list[str]] = {}
    for origin, amount in ceilings.items():
        if origin:
            regions.setdefault(amount, []).append(origin)
    return regions


def payable(
    costs: Mapping[str, int],
    *,
    ceiling_minor: int,
    rate_bp: int,
    currency: str,
    fair: str,
    country: str,
    starts_on: date,
    ends_on: date,
) -> int:
    """How much of a trip's `costs` (cost class to minor units) is paid: the rate of each, at most the ceiling in all.

    The groups' engine works it out, on the rules of a single participant whose cap is the ceiling of its origin.
    """
    if ceiling_minor == 0:
        return 0
    rules = simple_rules(
        name=fair,
        currency=currency,
        rate_bp=rate_bp,
        sunset_on=ends_on,
        cap_per_firm_minor=ceiling_minor,
        min_firms=1,
        max_firms=1,
        cost_classes=(TRAVEL, LODGING),
    )
    lines = tuple(
        CostLine(id=cost_class, cost_class=cost_class, cost_minor=minor, member=_BUYER)
        for cost_class, minor in costs.items()
        if minor
    )
    facts = Facts(
        fair=FairFacts(code="fair", country=country, starts_on=starts_on, ends_on=ends_on),
        applied_on=min(starts_on, ends_on),
        members=(Member(id=_BUYER),),
        lines=lines,
    )
    return quote(rules, facts).support_minor
