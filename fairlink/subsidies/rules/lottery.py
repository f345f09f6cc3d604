"""Lotteries by strata that an outsider can draw again: seed, commitment, draw, and what the draw awards."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fairlink.kernel.money import portion, split
from fairlink.subsidies.rules.selection import Candidate, Selection, offer, places_of
from fairlink.subsidies.rules.terms import Method

#: A seed is 32 bytes, written as 64 hexadecimal digits.
SEED_DIGITS = 64


def commitment(seed: str) -> str:
    """The SHA-256 of the seed's 32 bytes, in hexadecimal: published before the call opens, while the seed is secret.

    Raises ValueError where `seed` is not 64 hexadecimal digits.
    """
    if len(seed) != SEED_DIGITS:
        raise ValueError("a seed has 64 hexadecimal digits")
    return hashlib.sha256(bytes.fromhex(seed)).hexdigest()


def ticket(seed: str, stratum: str, application: str) -> str:
    """The number an application draws: SHA-256 of seed, stratum and application, joined by line feeds, as UTF-8."""
    return hashlib.sha256(f"{seed.lower()}\n{stratum}\n{application}".encode()).hexdigest()


def draw(frame: Iterable[tuple[str, str]], seed: str) -> dict[str, list[str]]:
    """The order of the applications in each stratum: smallest ticket first. `frame` is (application, stratum).

    Raises ValueError for a bad seed, an application that is in the frame twice, or a name with a line feed.
    """
    commitment(seed)
    pairs = list(frame)
    names = [application for application, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError("an application is in the frame twice")
    if any("\n" in part for pair in pairs for part in pair):
        raise ValueError("a name holds a line feed")
    drawn: dict[str, list[str]] = {}
    for application, stratum in sorted(pairs, key=lambda pair: (pair[1], ticket(seed, pair[1], pair[0]))):
        drawn.setdefault(stratum, []).append(application)
    return drawn


def lottery(
    candidates: Sequence[Candidate], envelope_minor: int, seed: str, *, reserves: int = 0, quota_bp: int = 0
) -> Selection:
    """Award by lot. The strata share the envelope in proportion to the amounts asked for in them.

    1. The reserved quota goes to those in it, in the order of tickets over all strata.
    2. The rest of the envelope is split over the strata by largest remainder, strata in the order of their names, by
       the amounts of those still without an award; in each stratum the order of tickets decides.
    3. What quota and strata left goes to all still without, in the order of tickets. Each offer ends at the first that
       does not fit; the reserves are the next in that order.
    """
    drawn = draw(((each.application, each.stratum) for each in candidates), seed)
    order = sorted(candidates, key=lambda each: ticket(seed, each.stratum, each.application))
    awarded: dict[str, str] = {}

    def take(reason: str, among: Iterable[Candidate], pot: int) -> int:
        found, left = offer([each for each in among if each.application not in awarded], pot)
        awarded.update(dict.fromkeys(found, reason))
        return left

    quota = portion(envelope_minor, quota_bp)
    pot = envelope_minor - quota + take("quota", (each for each in order if each.in_quota and quota), quota)
    strata = [[each for each in order if each.stratum == name] for name in sorted(drawn)]
    asked = [sum(each.amount_minor for each in among if each.application not in awarded) for among in strata]
    if any(asked):
        pot = sum(take("stratum", among, part) for among, part in zip(strata, split(pot, asked), strict=True))
    take("envelope", order, pot)
    return Selection(Method.LOTTERY, places_of(order, awarded, reserves))


@dataclass(frozen=True, slots=True)
class Published:
    """What an agency publishes of a lottery: commitment (before), frame, seed and draw (after)."""

    commitment: str
    seed: str
    frame: tuple[tuple[str, str], ...]
    drawn: Mapping[str, Sequence[str]]

    def to_dict(self) -> dict[str, Any]:
        """As the JSON file that `fairlink lottery verify` and the program in docs/schemes.md read."""
        return {
            "commitment": self.commitment,
            "seed": self.seed,
            "frame": [{"application": application, "stratum": stratum} for application, stratum in self.frame],
            "drawn": {stratum: list(names) for stratum, names in self.drawn.items()},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Published":
        """The publication that `to_dict` wrote; raises KeyError or TypeError for anything else."""
        frame = tuple((str(each["application"]), str(each["stratum"])) for each in data["frame"])
        drawn = {str(stratum): [str(name) for name in names] for stratum, names in data["drawn"].items()}
        return cls(str(data["commitment"]), str(data["seed"]), frame, drawn)


def publish(candidates: Iterable[Candidate], seed: str) -> Published:
    """What to publish after the draw."""
    frame = tuple(sorted((each.application, each.stratum) for each in candidates))
    return Published(commitment(seed), seed, frame, draw(frame, seed))


def faults(published: Published) -> list[str]:
    """Codes of what is wrong with a published lottery; empty when an outsider comes to the same draw."""
    try:
        drawn = draw(published.frame, published.seed)
    except ValueError:
        return ["seed_or_frame"]
    found = [] if commitment(published.seed) == published.commitment.lower() else ["commitment"]
    same = {stratum: list(names) for stratum, names in published.drawn.items()} == drawn
    return found if same else [*found, "drawn"]
