"""Pure decisions about charges: when they are due, their bank reference, and what a report from Stripe means."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from stdnum.iso7064 import mod_97_10

from fairlink.kernel.money import minor_digits, split
from fairlink.kernel.states import allowed_actions
from fairlink.payments.states import (
    REFUND_TRANSITIONS,
    TRANSITIONS,
    ChargeKind,
    ChargeState,
    DisputeAction,
    PaymentAction,
    PaymentState,
    RefundAction,
    RefundState,
)
from fairlink.subsidies.rules.terms import Payee

#: A firm has this long to pay, but never beyond the day before the fair.
TERM = timedelta(days=30)
#: Stripe lets go of an amount that was put by after seven days; a day is left for staff to decide.
HOLD_LASTS = timedelta(days=6)
#: A card page stays open for this long; Stripe allows 30 minutes to 24 hours.
CARD_PAGE_LIFE = timedelta(hours=2)

#: What Stripe counts in whole units. The list is its own and differs from ISO 4217 in some currencies.
_STRIPE_WITHOUT_DECIMALS = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"}
)
_LETTERS = {
    ChargeKind.OWN_CONTRIBUTION: "C",
    ChargeKind.STAND: "S",
    ChargeKind.EXTRA: "X",
    ChargeKind.DEPOSIT: "D",
}


def own_due(quote: Mapping[str, Any], firm_id: int) -> int:
    """What a firm owes the agency of a granted quote, in minor units: its own part of the costs for which the agency
    pays the organiser. `quote` is what `subsidies.rules.Quote.to_dict` wrote."""
    return sum(
        line["own_minor"]
        for member in quote["members"]
        if member["member"] == str(firm_id)
        for line in member["lines"]
        if line["payee"] == Payee.ORGANISER
    )


def price_part(price_minor: int, area_m2: int, shares: Mapping[int, int], firm_id: int) -> int:
    """A firm's part of a price for each square metre of a stand, by its share of the common costs in basis points.

    (100_00, 12, {1: 5000, 2: 5000}, 1) = 600_00. The parts of all firms add up to the whole.
    """
    ids = sorted(shares)
    return split(price_minor * area_m2, [shares[each] for each in ids])[ids.index(firm_id)]


def due_on(accepted_on: date, fair_starts_on: date) -> date:
    """The last day to pay: 30 days after acceptance or the day before the fair, whichever is earlier; never before
    the day of acceptance itself. Accepted on 1 March for a fair on 9 March: 8 March."""
    return max(accepted_on, min(accepted_on + TERM, fair_starts_on - timedelta(days=1)))


def creditor_reference(
    award_id: int, kind: ChargeKind, firm_id: int, price_id: int | None = None, *, earlier: int = 0
) -> str:
    """The ISO 11649 reference that a transfer for this charge carries: (12, own contribution, 34) -> "RF..12C34".

    The letters keep the numbers apart, so that no two charges share one; 21 characters hold numbers of six digits.
    `earlier` charges for the same were cancelled: the second has the letter A more, the twenty-eighth ZA.
    """
    again = "Z" * (earlier // 26) + ("" if earlier % 26 == 0 else chr(ord("A") - 1 + earlier % 26))
    body = f"{award_id}{_LETTERS[kind]}{again}{firm_id}" + (f"P{price_id}" if price_id else "")
    return _referring(body)


def deposit_reference(stay_id: int, buyer_id: int) -> str:
    """The ISO 11649 reference of a hosted buyer's deposit: (12, 34) -> "RF..12H34"."""
    return _referring(f"{stay_id}H{buyer_id}")


def _referring(body: str) -> str:
    return f"RF{mod_97_10.calc_check_digits(body + 'RF')}{body}"


def is_card_currency(currency: str) -> bool:
    """Whether Stripe counts this ISO 4217 currency in the same minor unit as the platform; others go by transfer."""
    return minor_digits(currency) == (0 if currency in _STRIPE_WITHOUT_DECIMALS else 2)


def charge_state(*, owed_minor: int, held_minor: int, cancelled: bool, due: date, today: date) -> ChargeState:
    """What has become of a charge of which `held_minor` was received and not given back."""
    if cancelled:
        return ChargeState.CANCELLED
    if held_minor >= owed_minor:
        return ChargeState.PAID
    return ChargeState.OVERDUE if today > due else ChargeState.OPEN


@dataclass(frozen=True, slots=True)
class CardReport:
    """What Stripe says about one Checkout Session; `amount_minor` in `currency`, ISO 4217."""

    session_id: str
    #: The key of our payment, given when the session was made.
    key: str | None
    action: PaymentAction
    amount_minor: int
    currency: str
    payment_intent: str | None


@dataclass(frozen=True, slots=True)
class RefundReport:
    """What Stripe says about one refund."""

    refund_id: str
    #: The key of our refund; None for one that was made on Stripe's own pages.
    key: str | None
    payment_intent: str
    action: RefundAction
    amount_minor: int
    currency: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DisputeReport:
    """What Stripe says about a dispute; `action` is None while it is open."""

    dispute_id: str
    payment_intent: str
    action: DisputeAction | None
    amount_minor: int
    currency: str
    reason: str
    answer_by: datetime | None


def can_hold(kinds: Collection[ChargeKind], fair_ends_at: datetime, now: datetime) -> bool:
    """Whether the amount is only put by on the card: for deposits alone, and when the fair is over before a hold ends.

    A deposit that is paid earlier is taken, and given back after the fair.
    """
    return set(kinds) == {ChargeKind.DEPOSIT} and fair_ends_at - now <= HOLD_LASTS


def says_more(state: PaymentState, action: PaymentAction) -> bool:
    """Whether a report leads on from `state`; what comes late or twice does not."""
    return action in allowed_actions(TRANSITIONS, state)


def refund_says_more(state: RefundState, action: RefundAction) -> bool:
    """Whether a report about a refund leads on from `state`."""
    return action in allowed_actions(REFUND_TRANSITIONS, state)


def spread(amount_minor: int, left: Mapping[int, int]) -> dict[int, int]:
    """Split a refund over the charges of its payment, in proportion to what is `left` of each; parts of zero left out.

    30 over {1: 40, 2: 20} = {1: 20, 2: 10}. Raises ValueError for more than is left.
    """
    if amount_minor > sum(left.values()):
        raise ValueError("more than is left")
    ids: Sequence[int] = sorted(left)
    parts = split(amount_minor, [left[each] for each in ids])
    return {each: part for each, part in zip(ids, parts, strict=True) if part}
