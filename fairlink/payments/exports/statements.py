"""The account of one firm at one fair: all that was charged, paid and given back, with the balance after each."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from fairlink.kernel.money import Money
from fairlink.payments.models import Charge, ChargeEntry
from fairlink.payments.states import RAISES, EntryKind


@dataclass(frozen=True, slots=True)
class Movement:
    """One entry as the firm reads it: `amount` above zero is owed, below zero was paid or is no longer owed."""

    at: datetime
    charge: Charge
    kind: EntryKind
    amount: Money
    balance: Money


@dataclass(frozen=True, slots=True)
class Account:
    """The movements in one currency, oldest first, and what is owed after the last."""

    movements: tuple[Movement, ...]
    balance: Money


def statement(charges: Iterable[Charge]) -> list[Account]:
    """One account for each currency of these charges, by its code."""
    by_currency: dict[str, list[ChargeEntry]] = defaultdict(list)
    for charge in charges:
        by_currency[charge.currency] += charge.entries
    return [_account(currency, by_currency[currency]) for currency in sorted(by_currency)]


def _account(currency: str, entries: list[ChargeEntry]) -> Account:
    balance = Money.zero(currency)
    movements = []
    for entry in sorted(entries, key=lambda each: (each.at, each.id)):
        amount = entry.amount if entry.kind in RAISES else -entry.amount
        balance += amount
        movements.append(Movement(entry.at, entry.charge, entry.kind, amount, balance))
    return Account(tuple(movements), balance)
