"""Points and scores of assessments, and who sees them when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fairlink.kernel.money import divide_half_up

#: How long a group may appeal against a refusal.
APPEAL_TIME = timedelta(days=30)

#: Points of the whole scale, and their hundredths in which scores are compared.
WHOLE, HUNDREDTHS = 100, 100


@dataclass(frozen=True, slots=True)
class Points:
    """What one assessor gave for one criterion: `points` of at most `most`, weighing `weight_bp` of the whole."""

    points: int
    most: int
    weight_bp: int


def score_of(given: Iterable[Points]) -> int:
    """One assessor's whole score in hundredths of a point from 0 to 10000, rounded half up once.

    8 of 10 points at 60% and 50 of 100 at 40%: 48 + 20 = 68 points = 6800.
    """
    known = list(given)
    common = 1
    for each in known:
        common *= each.most
    weighted = sum(each.weight_bp * each.points * (common // each.most) for each in known)
    return divide_half_up(weighted, common)


def mean_score(scores: Sequence[int]) -> int | None:
    """The mean of several assessors' scores in hundredths, rounded half up; None without any."""
    return divide_half_up(sum(scores), len(scores)) if scores else None


def may_appeal(decided_at: datetime | None, now: datetime) -> bool:
    """Whether a refusal of `decided_at` can still be appealed against."""
    return decided_at is not None and now < decided_at + APPEAL_TIME


def sees_scores(*, has_assessed: bool, may_assess: bool, is_assessed: bool) -> bool:
    """Whether somebody of the staff sees the scores: who may still give one does not, so that each scores alone."""
    return has_assessed or not may_assess or is_assessed
