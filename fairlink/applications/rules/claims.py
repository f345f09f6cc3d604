"""Pure decisions on claims: when one can be made, and what it still lacks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from fairlink.kernel.clock import end_of_day
from fairlink.subsidies.rules import Rules
from fairlink.subsidies.rules.terms import Evidence, RetainedUntil

#: Members are reminded so long before the time to claim is over.
REMIND_BEFORE = timedelta(days=14)

#: How long a returned claim may be sent again after its window has closed.
CHANGE_TIME = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Window:
    """When the final claim can be sent: from the end of the fair's last day, for the scheme's days; ends exclusive."""

    opens_at: datetime
    closes_at: datetime

    @property
    def reminds_at(self) -> datetime:
        """When those who have not claimed yet are reminded; never before they can."""
        return max(self.opens_at, self.closes_at - REMIND_BEFORE)

    def is_open(self, now: datetime) -> bool:
        """Whether a claim can be sent at `now`."""
        return self.opens_at <= now < self.closes_at


def window(ends_on: date, days: int, zone: str) -> Window:
    """A fair that ends on 11 March with 60 days to claim: from the end of 11 March to the end of 10 May in `zone`."""
    return Window(end_of_day(ends_on, zone), end_of_day(ends_on + timedelta(days=days), zone))


def evidence_asked(known: Rules) -> dict[str, tuple[Evidence, ...]]:
    """What proves a cost, for each cost class that can be claimed."""
    return {each.code: each.evidence for each in known.cost_classes if not each.excluded}


def evidence_missing(asked: Iterable[Evidence], given: Iterable[Evidence]) -> list[Evidence]:
    """What was asked for and is not there, in the order of the scheme."""
    there = set(given)
    return [each for each in asked if each not in there]


def retention_bp(known: Rules) -> int:
    """What of the support a final claim keeps back: nothing where the final claim itself sets it free."""
    kept_on = known.payment.retained_until is RetainedUntil.FOLLOW_UP_REPORTS
    return known.payment.retention_bp if kept_on else 0
