"""Decisions about fairs that need no database: time slots, stand labels and what publishing asks for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from fairlink.kernel.clock import end_of_day, local_instant

#: The longest run of labels that one line may ask for.
MOST_IN_A_RUN = 500
#: The longest label of a stand.
MOST_IN_A_LABEL = 20

_RUN = re.compile(r"^(?P<head>.*?)(?P<first>[0-9]+)\s*(?:\.\.|…)\s*(?P<second_head>.*?)(?P<last>[0-9]+)$")


class Span(NamedTuple):
    """A stretch of time: two instants in UTC, the end exclusive."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a fair is open: local dates and wall times in its IANA `zone`, and the length of a meeting in minutes.

    `last_day_closes` of None means as on the other days.
    """

    zone: str
    starts_on: date
    ends_on: date
    opens: time
    closes: time
    last_day_closes: time | None
    slot_minutes: int

    def days(self) -> list[Span]:
        """The opening of each day as instants, in order.

        A day whose wall times are crossed by a daylight-saving change is as long as it really is: 00:00 to 06:00 lasts
        five hours in the night in which clocks go forward.
        """
        count = (self.ends_on - self.starts_on).days + 1
        return [self._day(self.starts_on + timedelta(days=number)) for number in range(count)]

    def _day(self, on: date) -> Span:
        closes = self.last_day_closes if on == self.ends_on and self.last_day_closes else self.closes
        return Span(local_instant(on, self.opens, self.zone), local_instant(on, closes, self.zone))

    def slots(self) -> list[Span]:
        """Every whole time slot between opening and closing, in order, all distinct and none overlapping.

        Made by adding to UTC instants, never to wall times, in which an hour may be missing or come twice. Three days
        of 10:00 to 18:00 with 20 minutes are 72 slots, whatever clocks do meanwhile.
        """
        length = timedelta(minutes=self.slot_minutes)
        return [slot for day in self.days() for slot in _cut(day, length)]

    def is_over(self, now: datetime) -> bool:
        """Whether the last day has ended where the fair is."""
        return end_of_day(self.ends_on, self.zone) <= now


def _cut(day: Span, length: timedelta) -> Iterator[Span]:
    starts_at = day.starts_at
    while starts_at + length <= day.ends_at:
        yield Span(starts_at, starts_at + length)
        starts_at += length


class UnreadableLabels(ValueError):
    """A line of stand labels that makes no sense; `line` is as it was typed."""

    def __init__(self, line: str) -> None:
        super().__init__(line)
        self.line = line


def stand_labels(text: str) -> list[str]:
    """The labels that `text` asks for, each once, in its order: one per line or comma, or a run of them.

    The run ``4-C08..4-C11`` is 4-C08, 4-C09, 4-C10, 4-C11; the second head may be left out (``4-C08..11``). Raises
    UnreadableLabels for a run that goes backwards, changes its head or has more than 500 labels, and for a label longer
    than 20 characters.
    """
    labels: dict[str, None] = {}
    for part in re.split(r"[\n,;]", text):
        line = " ".join(part.split())
        if not line:
            continue
        for label in _run(line):
            if len(label) > MOST_IN_A_LABEL:
                raise UnreadableLabels(line)
            labels[label] = None
    return list(labels)


def _run(line: str) -> list[str]:
    if ".." not in line and "…" not in line:
        return [line]
    match = _RUN.match(line)
    if match is None or match["second_head"] not in ("", match["head"]):
        raise UnreadableLabels(line)
    first, last, width = int(match["first"]), int(match["last"]), len(match["first"])
    if not first <= last < first + MOST_IN_A_RUN:
        raise UnreadableLabels(line)
    return [f"{match['head']}{number:0{width}}" for number in range(first, last + 1)]


@dataclass(frozen=True, slots=True)
class FairDetails:
    """What staff say about a fair."""

    name: str
    edition: str
    venue: str
    city: str
    country: str
    schedule: Schedule
    sector_codes: tuple[str, ...]
    website: str
    #: Markdown as typed.
    description: str
