"""Pure decisions: what is owed and when, what a report from Stripe means, what a bank's statement says."""

from fairlink.payments.rules.charges import (
    CARD_PAGE_LIFE,
    HOLD_LASTS,
    CardReport,
    DisputeReport,
    RefundReport,
    can_hold,
    charge_state,
    creditor_reference,
    deposit_reference,
    due_on,
    is_card_currency,
    own_due,
    price_part,
    refund_says_more,
    says_more,
    spread,
)
from fairlink.payments.rules.matching import Match, Owing, match
from fairlink.payments.rules.statements import BankLine, read_statement

__all__ = [
    "CARD_PAGE_LIFE",
    "HOLD_LASTS",
    "BankLine",
    "CardReport",
    "DisputeReport",
    "Match",
    "Owing",
    "RefundReport",
    "can_hold",
    "charge_state",
    "creditor_reference",
    "deposit_reference",
    "due_on",
    "is_card_currency",
    "match",
    "own_due",
    "price_part",
    "read_statement",
    "refund_says_more",
    "says_more",
    "spread",
]
