"""Pure decisions of the follow-up: when to ask, what an answer is, what an amount is in another currency."""

from fairlink.followup.rules.rates import Converted, NotRates, QuotedRate, Rate, convert, read_ecb
from fairlink.followup.rules.replies import SAME_ORDER_WITHIN, Reply, ReportedOrder, same_order
from fairlink.followup.rules.waves import OPEN_FOR, REMIND_AFTER, expires_at, wave_instants

__all__ = [
    "OPEN_FOR",
    "REMIND_AFTER",
    "SAME_ORDER_WITHIN",
    "Converted",
    "NotRates",
    "QuotedRate",
    "Rate",
    "Reply",
    "ReportedOrder",
    "convert",
    "expires_at",
    "read_ecb",
    "same_order",
    "wave_instants",
]
