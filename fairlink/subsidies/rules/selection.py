"""How a call chooses among eligible applications: the order of each method, and how an order meets the money."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from fairlink.kernel.money import divide_half_up, portion, split
from fairlink.subsidies.rules.terms import Method

#: Scores are whole hundredths of a point, so that means stay comparable without fractions.
HUNDREDTHS = 100


class Outcome(StrEnum):
    """What selection says of an application."""

    AWARDED = "awarded"
    RESERVE = "reserve"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An eligible application with the support its quote gives it, in minor units of the call's currency.

    `in_quota` tells whether the condition of the reserved quota holds; `score` is in hundredths of a point, `stratum`
    for a lottery only.
    """

    application: str
    amount_minor: int
    received_at: datetime
    in_quota: bool = False
    score: int | None = None
    stratum: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A recorded decision to award or refuse against the score."""

    application: str
    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True)
class Place:
    """What became of one application. `rank` counts from 1 in the order of the method; `reason` is a stable code."""

    application: str
    outcome: Outcome
    rank: int
    amount_minor: int
    reason: str


@dataclass(frozen=True, slots=True)
class Selection:
    """The result of a selection; `places` are in the order of the method.

    `cut_off` is the frozen score of a scored call: the lowest that the money reached before any override. `paid` and
    `asked` make the pay-out factor of a pro rata call, ``paid / asked``.
    """

    method: Method
    places: tuple[Place, ...]
    cut_off: int | None = None
    paid: int | None = None
    asked: int | None = None

    def with_outcome(self, outcome: Outcome) -> tuple[str, ...]:
        """The applications with `outcome`, in order."""
        return tuple(place.application for place in self.places if place.outcome is outcome)

    @property
    def awarded_minor(self) -> int:
        return sum(place.amount_minor for place in self.places if place.outcome is Outcome.AWARDED)


def allocate(order: Sequence[Candidate], envelope_minor: int, *, quota_bp: int = 0) -> dict[str, str]:
    """Who is awarded, with the reason code, when `order` meets the money.

    First the reserved quota (`quota_bp` of the envelope) is offered to those in it, then the rest of the envelope, with
    what the quota left, to all who are still without. Each offer goes down the order and ends at the first whose amount
    no longer fits: nobody is passed by a smaller one behind.
    """
    quota = portion(envelope_minor, quota_bp)
    in_quota, left = offer([each for each in order if each.in_quota and quota], quota)
    others, _ = offer([each for each in order if each.application not in in_quota], envelope_minor - quota + left)
    return dict.fromkeys(in_quota, "quota") | dict.fromkeys(others, "envelope")


def offer(order: Iterable[Candidate], pot: int) -> tuple[list[str], int]:
    """Those whom `pot` reaches going down `order` to the first that does not fit, and what is left of it."""
    awarded: list[str] = []
    for candidate in order:
        if candidate.amount_minor > pot:
            break
        pot -= candidate.amount_minor
        awarded.append(candidate.application)
    return awarded, pot


def places_of(order: Sequence[Candidate], awarded: Mapping[str, str], reserves: int) -> tuple[Place, ...]:
    """The places in `order`: the awarded with their reason codes, then `reserves` who wait, the others refused."""
    places: list[Place] = []
    for rank, candidate in enumerate(order, start=1):
        if candidate.application in awarded:
            outcome, amount, reason = Outcome.AWARDED, candidate.amount_minor, awarded[candidate.application]
        elif reserves > 0:
            outcome, amount, reason = Outcome.RESERVE, 0, "envelope_exhausted"
            reserves -= 1
        else:
            outcome, amount, reason = Outcome.REFUSED, 0, "envelope_exhausted"
        places.append(Place(candidate.application, outcome, rank, amount, reason))
    return tuple(places)


def by_arrival(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The order of arrival; of two that arrived at the same instant the smaller id comes first."""
    return sorted(candidates, key=lambda each: (each.received_at, each.application))


def first_come(
    candidates: Iterable[Candidate], envelope_minor: int, *, reserves: int = 0, quota_bp: int = 0
) -> Selection:
    """Award in the order of arrival; the next `reserves` wait in order."""
    order = by_arrival(candidates)
    awarded = allocate(order, envelope_minor, quota_bp=quota_bp)
    return Selection(Method.FIRST_COME, places_of(order, awarded, reserves))


def next_reserves(order: Sequence[Candidate], left_minor: int) -> tuple[str, ...]:
    """The reserves that money given back now reaches, in their order; the first that does not fit ends the offer."""
    return tuple(offer(order, left_minor)[0])


def pro_rata(candidates: Iterable[Candidate], envelope_minor: int) -> Selection:
    """Award all, each in proportion to its amount where the envelope cannot bear the whole.

    Parts by largest remainder, so that they add up to the envelope to the minor unit.
    """
    order = by_arrival(candidates)
    asked = sum(each.amount_minor for each in order)
    paid = min(asked, envelope_minor)
    parts = split(paid, [each.amount_minor for each in order]) if asked else [0] * len(order)
    reason = "in_full" if paid == asked else "pro_rata"
    places = tuple(
        Place(each.application, Outcome.AWARDED, rank, part, reason)
        for rank, (each, part) in enumerate(zip(order, parts, strict=True), start=1)
    )
    return Selection(Method.PRO_RATA, places, paid=paid, asked=asked)


def pay_out_factor(selection: Selection) -> Fraction:
    """What a pro rata call pays of each amount: 1 where the envelope bears the whole."""
    if not selection.asked:
        return Fraction(1)
    return Fraction(selection.paid or 0, selection.asked)


def weighted_score(
    weights_bp: Mapping[str, int], assessments: Sequence[Mapping[str, int]], most: Mapping[str, int] | None = None
) -> int:
    """The mean of the assessors' weighted scores in hundredths of a point, rounded half up once.

    `assessments` hold points by criterion, one mapping per assessor: 0 to 100, or to what `most` says of a criterion,
    whose points are brought to 100 first. Raises ValueError where an assessor left out a criterion or there is no
    assessor. 60/40 weights, 80 and 50 points: 68 points = 6800; 4 of at most 5 points count as 80.
    """
    if not assessments:
        raise ValueError("no assessment")
    if any(set(each) != set(weights_bp) for each in assessments):
        raise ValueError("an assessment is incomplete")
    summed = sum(
        Fraction(weights_bp[code] * points * 100, (most or {}).get(code, 100))
        for each in assessments
        for code, points in each.items()
    )
    return divide_half_up(summed.numerator * HUNDREDTHS, summed.denominator * 10_000 * len(assessments))


def by_score(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The highest score first; of equal scores the earlier arrival. Raises ValueError for a missing score."""
    found = list(candidates)
    if any(each.score is None for each in found):
        raise ValueError("an application has no score")
    return sorted(found, key=lambda each: (-(each.score or 0), each.received_at, each.application))


def scored(
    candidates: Iterable[Candidate],
    envelope_minor: int,
    *,
    least_score: int = 0,
    reserves: int = 0,
    quota_bp: int = 0,
    overrides: Sequence[Override] = (),
) -> Selection:
    """Award by score; below `least_score` (hundredths) refused. The cut-off is frozen before overrides are looked at.

    An override that awards takes its amount before the order begins, one that refuses gives its place to the next;
    both keep the rank their score gave. Raises ValueError for an override of an unknown application, two for one, or
    awards by override that the envelope cannot bear.
    """
    order = by_score(candidates)
    passed = [each for each in order if (each.score or 0) >= least_score]
    reached = allocate(passed, envelope_minor, quota_bp=quota_bp)
    cut_off = min((each.score or 0 for each in passed if each.application in reached), default=None)
    decided = _decided(order, overrides)
    if not decided:
        awarded = reached
    else:
        forced = [each for each in order if decided.get(each.application) is Outcome.AWARDED]
        taken = sum(each.amount_minor for each in forced)
        if taken > envelope_minor:
            raise ValueError("overrides award more than the envelope")
        free = [each for each in passed if each.application not in decided]
        awarded = dict.fromkeys((each.application for each in forced), "override")
        awarded |= allocate(free, envelope_minor - taken, quota_bp=quota_bp)
    waiting = [each for each in passed if decided.get(each.application) is not Outcome.REFUSED]
    placed = {place.application: place for place in places_of(waiting, awarded, reserves)}
    return Selection(Method.SCORED, _ranked(order, placed, awarded, decided), cut_off=cut_off)


def _decided(order: Sequence[Candidate], overrides: Sequence[Override]) -> dict[str, Outcome]:
    decided = {each.application: each.outcome for each in overrides}
    if len(decided) != len(overrides) or not set(decided) <= {each.application for each in order}:
        raise ValueError("an override is doubled or of an unknown application")
    if Outcome.RESERVE in decided.values():
        raise ValueError("an override awards or refuses")
    return decided


def _ranked(
    order: Sequence[Candidate],
    placed: Mapping[str, Place],
    awarded: Mapping[str, str],
    decided: Mapping[str, Outcome],
) -> tuple[Place, ...]:
    """The places in the order of scores, with those that the score or an override keeps out."""
    found: list[Place] = []
    for rank, candidate in enumerate(order, start=1):
        name = candidate.application
        if name in awarded:
            found.append(Place(name, Outcome.AWARDED, rank, candidate.amount_minor, awarded[name]))
        elif decided.get(name) is Outcome.REFUSED:
            found.append(Place(name, Outcome.REFUSED, rank, 0, "override"))
        elif name in placed:
            found.append(Place(name, placed[name].outcome, rank, 0, placed[name].reason))
        else:
            found.append(Place(name, Outcome.REFUSED, rank, 0, "below_least_score"))
    return tuple(found)
