"""Pure decisions on groups and applications, and how past awards become facts of the quote engine."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from fairlink.kernel.clock import end_of_day, local_date
from fairlink.kernel.money import WHOLE_BP, split
from fairlink.subsidies.rules import Balances, Participation
from fairlink.subsidies.rules.terms import Size
from fairlink.subsidies.rules.vocabulary import scheme_year

#: How long an invitation to a group can be accepted.
INVITATION_LIFE = timedelta(days=14)

#: How long a returned application may be sent again after the call has closed.
CHANGE_TIME = timedelta(days=14)

#: Invitations that one group may have open, so that nobody can send mail to the world through it.
OPEN_INVITATIONS = 50

#: Invitations that one address may get within this time, whoever sends them.
OFTEN, OFTEN_WITHIN = 5, timedelta(hours=1)

#: Cost lines of one application.
MOST_LINES = 60

#: Files of one cost line.
MOST_FILES = 5

#: How long after the deadline a page that was opened before it can still be sent.
GRACE = timedelta(minutes=15)


class Task(StrEnum):
    """The pages of an application, in the order in which they are filled in."""

    MEMBERS = "members"
    COSTS = "costs"
    QUOTES = "quotes"
    ABOUT = "about"
    PARTS = "parts"
    CHECK = "check"


class TaskStatus(StrEnum):
    """How far one page of an application is."""

    DONE = "done"
    TO_DO = "to_do"
    OPTIONAL = "optional"
    BLOCKED = "blocked"


def task_statuses(
    *, shares: Sequence[int], quoted: Sequence[bool], about: bool, confirmed: Sequence[bool]
) -> dict[Task, TaskStatus]:
    """How far each page is, given the members' `shares` in basis points, of each cost line whether a file shows it,
    whether all questions `about` the application are answered, and of each member whether it `confirmed` its part.

    Firms confirm what is there, so shares and costs come first; the last page opens when the others are done. Quotes
    are welcome, but nobody is kept from applying for want of one.
    """
    done = {
        Task.MEMBERS: bool(shares) and sum(shares) == WHOLE_BP,
        Task.COSTS: bool(quoted),
        Task.ABOUT: about,
        Task.PARTS: bool(confirmed) and all(confirmed),
    }
    statuses = {task: TaskStatus.DONE if done.get(task) else TaskStatus.TO_DO for task in Task}
    statuses[Task.QUOTES] = TaskStatus.DONE if quoted and all(quoted) else TaskStatus.OPTIONAL
    if not quoted:
        statuses[Task.QUOTES] = TaskStatus.BLOCKED
    if not (done[Task.MEMBERS] and done[Task.COSTS]):
        statuses[Task.PARTS] = TaskStatus.BLOCKED
    statuses[Task.CHECK] = TaskStatus.TO_DO if all(done.values()) else TaskStatus.BLOCKED
    return statuses


def equal_shares(members: int) -> list[int]:
    """Basis points that add up to the whole: 3 members -> 3334, 3333, 3333."""
    return split(WHOLE_BP, [1] * members)


def shares_without(shares: Mapping[int, int], leaving: int) -> dict[int, int]:
    """The shares of those who stay when the firm `leaving` goes: in their old proportion, and again the whole.

    {1: 5000, 2: 2500, 3: 2500} without 1 = {2: 5000, 3: 5000}; empty when nobody stays. Shares that differ only by
    rounding become equal: {1: 3334, 2: 3333, 3: 3333} without 3 = {1: 5000, 2: 5000}.
    """
    staying = {firm_id: share for firm_id, share in shares.items() if firm_id != leaving}
    if not staying:
        return {}
    weights = list(staying.values())
    if max(weights) - min(weights) <= 1:
        weights = [1] * len(weights)
    return dict(zip(staying, split(WHOLE_BP, weights), strict=True))


def may_be_sent(now: datetime, *, call_is_open: bool, change_by: datetime | None) -> bool:
    """Whether an application can be sent: while the call is open, or within the time given for a change."""
    return call_is_open or (change_by is not None and now < change_by)


def parts_by_firm(
    shares: Mapping[int, int], lines: Iterable[tuple[int | None, str, str, int]]
) -> dict[int, tuple[int, list[tuple[int | None, str, str, int]]]]:
    """What each firm agrees to: its share, and the lines (bearer or None for all, class, description, amount) that it
    bears or shares. A firm whose part is another than before has to confirm it anew.
    """
    known = list(lines)
    return {
        firm_id: (share, [line for line in known if line[0] == firm_id or (line[0] is None and share)])
        for firm_id, share in shares.items()
    }


def accept_by(granted_at: datetime, days: int, zone: str) -> datetime:
    """The end (exclusive) of the last day on which an award can be accepted, as clocks in the fair's `zone` show it.

    21 days from 2027-01-15 12:00 in Lima: the end of 5 February in Lima.
    """
    return end_of_day(local_date(granted_at, zone) + timedelta(days=days), zone)


def change_by(closes_at: datetime, now: datetime, zone: str) -> datetime:
    """Until when (exclusive) a returned application may be sent again: the call's end, or later if that leaves little.

    Returned on 15 January after the call has closed: the end of 29 January in the fair's `zone`.
    """
    return max(closes_at, end_of_day(local_date(now, zone) + CHANGE_TIME, zone))


def last_day(ends_at: datetime, zone: str) -> date:
    """The last day before the exclusive end `ends_at` in `zone`: a midnight belongs to the day that it ends."""
    return local_date(ends_at - timedelta(microseconds=1), zone)


def size_of(staff: int) -> Size:
    """Size class by head count (Recommendation 2003/361/EC: below 10 micro, below 50 small, below 250 medium).

    Turnover and balance sheet, its second criterion, are not on record in one currency.
    """
    for most, size in ((10, Size.MICRO), (50, Size.SMALL), (250, Size.MEDIUM)):
        if staff < most:
            return size
    return Size.LARGE


def as_code(text: str) -> str:
    """`text` as a code of the engine: 'Emilia-Romagna' -> 'emilia_romagna', '48 Feria' -> 'x48_feria', '' -> ''."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    code = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    if code and not code[0].isalpha():
        code = f"x{code}"
    return code[:60]


@dataclass(frozen=True, slots=True)
class PastAward:
    """What one firm was awarded by another application, as far as rules look back on it.

    `support_minor` is in `currency`; `granted_on` a day in the fair's zone; `taken_up` whether the award was accepted,
    which makes it a participation.
    """

    firm_id: int
    undertaking: str
    scheme_id: int
    fair_id: int
    fair_code: str
    fair_country: str
    fair_starts_on: date
    granted_on: date
    support_minor: int
    currency: str
    taken_up: bool


def participations(past: Iterable[PastAward]) -> tuple[Participation, ...]:
    """The supported participations among `past`, oldest first."""
    taken_up = sorted((each for each in past if each.taken_up), key=lambda each: (each.fair_starts_on, each.fair_id))
    return tuple(
        Participation(fair=each.fair_code, country=each.fair_country, starts_on=each.fair_starts_on)
        for each in taken_up
    )


def balances(past: Iterable[PastAward], *, scheme_id: int, fair_id: int, year: int, first_month: int) -> Balances:
    """What a firm already has under the scheme: for this edition of the fair, in the scheme year `year`, and ever.

    An award lies in the scheme year, named by the calendar year in which it begins, in which its fair opened.
    """
    of_scheme = [each for each in past if each.scheme_id == scheme_id]
    return Balances(
        fair_minor=sum(each.support_minor for each in of_scheme if each.fair_id == fair_id),
        year_minor=sum(
            each.support_minor for each in of_scheme if scheme_year(each.fair_starts_on, first_month) == year
        ),
        lifetime_minor=sum(each.support_minor for each in of_scheme),
    )
