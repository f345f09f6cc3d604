"""The verbs that write: charging, paying by card and transfer, settling, giving back."""

from fairlink.payments.service.accounts import connect_account, remove_account, save_keys, seal_anew
from fairlink.payments.service.banking import (
    book,
    import_statement,
    make_refund_files,
    mark_file_sent,
    set_aside,
)
from fairlink.payments.service.cards import ask, keep_deposit, pay_by_card
from fairlink.payments.service.charging import (
    add_price,
    cancel_groundless,
    charge_accepted,
    end_price,
    follow_stands,
    order_extra,
    reduce,
    refund_cancelled,
)
from fairlink.payments.service.hosted import charge_stays, settle_deposits
from fairlink.payments.service.refunds import hand_over, mark_sent, request, send
from fairlink.payments.service.reminding import release_stands, remind, set_terms
from fairlink.payments.service.runs import resume, stop
from fairlink.payments.service.settling import settle_card, settle_dispute, settle_refund, take_in
from fairlink.payments.service.transfers import Sender, record_transfer, save_bank_account

__all__ = [
    "Sender",
    "add_price",
    "ask",
    "book",
    "cancel_groundless",
    "charge_accepted",
    "charge_stays",
    "connect_account",
    "end_price",
    "follow_stands",
    "hand_over",
    "import_statement",
    "keep_deposit",
    "make_refund_files",
    "mark_file_sent",
    "mark_sent",
    "order_extra",
    "pay_by_card",
    "record_transfer",
    "reduce",
    "refund_cancelled",
    "release_stands",
    "remind",
    "remove_account",
    "request",
    "resume",
    "save_bank_account",
    "save_keys",
    "seal_anew",
    "send",
    "set_aside",
    "set_terms",
    "settle_card",
    "settle_deposits",
    "settle_dispute",
    "settle_refund",
    "stop",
    "take_in",
]
