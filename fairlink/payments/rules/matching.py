"""Which charge is money on the bank's statement for? Certain where the reference says so; else proposals."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from difflib import SequenceMatcher

#: Proposals shown for one entry.
MOST_PROPOSALS = 3
#: How alike two names must be to be taken for the same, from 0 to 1.
ALIKE = 0.72


@dataclass(frozen=True, slots=True)
class Owing:
    """A charge that may be meant; `left_minor` is still to be paid, in `currency`."""

    charge_id: int
    #: Charges of one group that its lead may pay together.
    group: int
    reference: str
    firm: str
    left_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Match:
    """`certain`: to be booked at once. Each proposal is one or several charges that the whole amount may be for."""

    certain: int | None = None
    proposals: tuple[tuple[int, ...], ...] = ()


def match(*, amount_minor: int, currency: str, payer: str, told: str, owing: Collection[Owing]) -> Match:
    """`told` is all that the payer wrote, structured reference included.

    A reference and no more than is left is certain, less included. More than is left is not: the lead of a group may
    have paid for all of it under one reference. Without a reference the amount and the payer's name are all there is.
    """
    found = _by_reference(told, owing)
    if found is None:
        return Match(proposals=_proposals(amount_minor, currency, payer, owing))
    if found.currency == currency and amount_minor <= found.left_minor:
        return Match(certain=found.charge_id)
    group = [each for each in owing if each.group == found.group and each.left_minor and each.currency == currency]
    if len(group) > 1 and sum(each.left_minor for each in group) == amount_minor:
        return Match(proposals=(tuple(each.charge_id for each in group), (found.charge_id,)))
    return Match(proposals=((found.charge_id,),) if found.currency == currency else ())


def _by_reference(told: str, owing: Collection[Owing]) -> Owing | None:
    text = re.sub(r"[^0-9A-Z]", "", told.upper())
    found = [each for each in owing if each.reference in text]
    # One reference may be the beginning of another: the longer one was meant.
    return max(found, key=lambda each: len(each.reference), default=None)


def _proposals(amount_minor: int, currency: str, payer: str, owing: Collection[Owing]) -> tuple[tuple[int, ...], ...]:
    ranked = []
    for each in owing:
        if each.currency != currency or not each.left_minor:
            continue
        alike, exact = likeness(payer, each.firm), each.left_minor == amount_minor
        if exact or alike >= ALIKE:
            ranked.append((exact + alike, -each.charge_id))
    return tuple((-number,) for _, number in sorted(ranked, reverse=True)[:MOST_PROPOSALS])


def likeness(one: str, other: str) -> float:
    """How alike two names are, from 0 to 1, however they are written."""
    first, second = _plain(one), _plain(other)
    return SequenceMatcher(None, first, second).ratio() if first and second else 0.0


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.casefold())
    return " ".join(re.sub(r"[^0-9a-z ]", "", letters).split())
