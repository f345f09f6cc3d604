"""Pure decisions of the follow-up: when to ask, what an answer is, what an amount is in another currency."""

from fairlink.followup.rules.rates import EURO, RATE_HOLDS, Converted, NotRates, QuotedRate, Rate, convert, read_ecb
from fairlink.followup.rules.replies import SAME_ORDER_WITHIN, Reply, ReportedOrder, same_order
from fairlink.followup.rules.texts import PLACEHOLDERS, fill, unknown
from fairlink.followup.rules.waves import (
    MESSAGES_A_DAY,
    OPEN_FOR,
    REMIND_AFTER,
    SENDING_TIME,
    expires_at,
    wave_instants,
)

__all__ = [
    "EURO",
    "MESSAGES_A_DAY",
    "OPEN_FOR",
    "PLACEHOLDERS",
    "RATE_HOLDS",
    "REMIND_AFTER",
    "SAME_ORDER_WITHIN",
    "SENDING_TIME",
    "Converted",
    "NotRates",
    "QuotedRate",
    "Rate",
    "Reply",
    "ReportedOrder",
    "convert",
    "expires_at",
    "fill",
    "read_ecb",
    "same_order",
    "unknown",
    "wave_instants",
]
