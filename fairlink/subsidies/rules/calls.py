"""The terms of a call, and when its window can be."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from fairlink.fairs.rules import Schedule
from fairlink.kernel.clock import end_of_day, local_date, local_instant
from fairlink.subsidies.rules.document import Rules


@dataclass(frozen=True, slots=True)
class CallTerms:
    """What staff say about a call. Both days are whole days where the fair is; the envelope is in the minor unit of the
    scheme's currency."""

    opens_on: date
    #: The last day on which one can apply.
    closes_on: date
    envelope_minor: int
    #: Days within which an award must be accepted.
    accept_days: int

    def opens_at(self, zone: str) -> datetime:
        """The instant at which the window opens: the beginning of its first day in `zone`."""
        return local_instant(self.opens_on, datetime.min.time(), zone)

    def closes_at(self, zone: str) -> datetime:
        """The instant at which the window closes: the end of its last day in `zone`, exclusive."""
        return end_of_day(self.closes_on, zone)


@dataclass(frozen=True, slots=True)
class CriterionTerms:
    """What staff say about one criterion of a call: its part of the whole in basis points, and the most points."""

    name: str
    description: str
    weight_bp: int
    max_score: int


def criteria_of(rules: Rules) -> list[CriterionTerms]:
    """The criteria with which a call under `rules` begins: those that the scheme names, at most 100 points each."""
    return [
        CriterionTerms(each.code.replace("_", " ").capitalize(), each.question, each.weight_bp, 100)
        for each in rules.selection.criteria
    ]


class WindowFault(StrEnum):
    """Why a window cannot be; the value is the code of an error."""

    CLOSES_BEFORE_IT_OPENS = "call_closes_before_it_opens"
    OPENS_AFTER_FAIR = "call_opens_after_fair"
    CLOSES_AFTER_FAIR = "call_closes_after_fair"
    PAST_SUNSET = "call_past_sunset"
    OVER = "call_window_over"

    @property
    def field(self) -> str:
        """The field of `CallTerms` that is to blame."""
        return "opens_on" if self in (WindowFault.OPENS_AFTER_FAIR, WindowFault.PAST_SUNSET) else "closes_on"


def window_fault(
    opens_at: datetime, closes_at: datetime, *, fair: Schedule, sunset_on: date, now: datetime
) -> WindowFault | None:
    """What is wrong with a call's window, if anything.

    It opens before the doors of the fair do, on or before the last day of the scheme, and closes by the end of the
    fair's last day and in the future. A scheme with sunset 2027-03-31 can have a window that opens on that day.
    """
    last_day_ends_at = end_of_day(fair.ends_on, fair.zone)
    if closes_at <= opens_at:
        return WindowFault.CLOSES_BEFORE_IT_OPENS
    if opens_at >= local_instant(fair.starts_on, fair.opens, fair.zone):
        return WindowFault.OPENS_AFTER_FAIR
    if closes_at > last_day_ends_at:
        return WindowFault.CLOSES_AFTER_FAIR
    if local_date(opens_at, fair.zone) > sunset_on:
        return WindowFault.PAST_SUNSET
    return WindowFault.OVER if closes_at <= now else None


def last_day(closes_at: datetime, zone: str) -> date:
    """The last whole day before the exclusive instant `closes_at`, in the IANA `zone`."""
    return local_date(closes_at - timedelta(microseconds=1), zone)
