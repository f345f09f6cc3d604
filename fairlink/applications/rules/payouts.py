"""Pure decisions on paying out: which bank file carries a payment, and on which day the bank shall act."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from stdnum import iban
from stdnum.exceptions import ValidationError

from fairlink.applications.states.money import FileKind
from fairlink.kernel.money import portion, split
from fairlink.subsidies.rules import Quote
from fairlink.subsidies.rules.terms import Payee

#: Countries and territories whose banks take part in SEPA (EPC409-09), by the first letters of their IBANs.
# fmt: off
SEPA = frozenset({
    "AD", "AL", "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR",
    "GB", "GI", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MC", "MD",
    "ME", "MK", "MT", "NL", "NO", "PL", "PT", "RO", "RS", "SE", "SI", "SK", "SM", "VA",
})
# fmt: on


def is_iban(number: str) -> bool:
    """Whether `number` is an IBAN whose form and check digits are right."""
    try:
        iban.validate(number)
    except ValidationError:
        return False
    return True


def file_kind(currency: str, from_number: str, to_number: str) -> FileKind:
    """What carries a payment between two accounts: euros between SEPA accounts go as pain.001, the rest as a table."""
    if currency == "EUR" and all(is_iban(each) and iban.compact(each)[:2] in SEPA for each in (from_number, to_number)):
        return FileKind.PAIN_001
    return FileKind.CSV


def execution_day(today: date) -> date:
    """The next day on which banks work, Monday to Friday: on a Friday, the Monday after."""
    day = today + timedelta(days=1)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    return day


@dataclass(frozen=True, slots=True)
class PayeePart:
    """What one payee gets for one firm on a claim, in minor units; `firm_id` None for the handling fee.

    ``support + due_back = advance + retained + payable``
    """

    firm_id: int | None
    payee: Payee
    support_minor: int
    advance_minor: int
    retained_minor: int
    payable_minor: int
    due_back_minor: int


Key = tuple[int | None, Payee]


def support_by_payee(quote: Quote) -> dict[Key, int]:
    """The support of a quote for each firm and payee; the handling fee stands under no firm."""
    sums: dict[Key, int] = {}
    for member in quote.members:
        for line in member.lines:
            key = (int(member.member), line.payee)
            sums[key] = sums.get(key, 0) + line.support_minor
    if quote.handling_fee is not None:
        sums[None, quote.handling_fee.payee] = quote.handling_fee.support_minor
    return sums


def advance_parts(quote: Quote, promised: Mapping[int | None, int], advance_bp: int) -> list[PayeePart]:
    """What is paid ahead on an award: `advance_bp` of what each firm was promised, split over its payees as its support
    is; nothing of the handling fee, which stands under None."""
    by_payee = support_by_payee(quote)
    parts = []
    for firm_id, minor in promised.items():
        payees = [key for key in by_payee if key[0] == firm_id]
        if firm_id is None or not payees:
            continue
        shares = split(portion(minor, advance_bp), [by_payee[key] for key in payees])
        parts += [PayeePart(*key, share, 0, 0, share, 0) for key, share in zip(payees, shares, strict=True) if share]
    return parts


def final_parts(
    actual: Quote, promised: Mapping[int | None, int], advances: Mapping[Key, int], *, retention_bp: int
) -> list[PayeePart]:
    """What is paid on a final claim: for each firm the lower of what its accepted costs give and of what was promised.

    The advance that was paid is taken off, then `retention_bp` of the support kept back from the rest. Example:
    1,000.00 awarded, 900.00 by actual costs, 500.00 paid ahead, 10% kept: 310.00 now and 90.00 later.
    """
    found = support_by_payee(actual)
    parts = []
    for firm_id in dict.fromkeys(key[0] for key in (*found, *advances)):
        keys = list(dict.fromkeys(key for key in (*found, *advances) if key[0] == firm_id))
        weights = [found.get(key, 0) for key in keys]
        supports = split(min(sum(weights), promised.get(firm_id, 0)), weights)
        parts += [
            _part(key, support, advances.get(key, 0), retention_bp)
            for key, support in zip(keys, supports, strict=True)
            if support or advances.get(key)
        ]
    return parts


def _part(key: Key, support: int, advance: int, retention_bp: int) -> PayeePart:
    rest = max(0, support - advance)
    retained = min(portion(support, retention_bp), rest)
    return PayeePart(*key, support, advance, retained, rest - retained, max(0, advance - support))
