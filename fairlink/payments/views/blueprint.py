"""The blueprint of this package, and the words that its templates share."""

from typing import Any

from flask import Blueprint
from flask_babel import gettext, lazy_gettext

from fairlink.kernel.clock import local_date, utcnow
from fairlink.payments.forms import CHARGE_STATES
from fairlink.payments.states import ChargeKind, EntryKind, PaymentState, RefundState

bp = Blueprint("payments", __name__)

KINDS = {
    ChargeKind.OWN_CONTRIBUTION: lazy_gettext("Own contribution"),
    ChargeKind.STAND: lazy_gettext("Stand"),
    ChargeKind.DEPOSIT: lazy_gettext("Deposit"),
}

ENTRIES = {
    EntryKind.CHARGED: lazy_gettext("Charged"),
    EntryKind.CANCELLED: lazy_gettext("Cancelled"),
    EntryKind.RECEIVED: lazy_gettext("Received"),
    EntryKind.REFUNDED: lazy_gettext("Given back"),
    EntryKind.REFUND_RETURNED: lazy_gettext("Refund came back"),
}

PAYMENT_STATES = {
    PaymentState.CREATED: lazy_gettext("Begun"),
    PaymentState.OPEN: lazy_gettext("Card page open"),
    PaymentState.PENDING: lazy_gettext("On its way"),
    PaymentState.EXPIRED: lazy_gettext("Not paid"),
    PaymentState.FAILED: lazy_gettext("Refused by the bank"),
    PaymentState.PAID: lazy_gettext("Paid"),
}

REFUND_STATES = {
    RefundState.REQUESTED: lazy_gettext("To be sent"),
    RefundState.PENDING: lazy_gettext("On its way"),
    RefundState.SUCCEEDED: lazy_gettext("Sent back"),
    RefundState.FAILED: lazy_gettext("Failed"),
}


@bp.context_processor
def words() -> dict[str, Any]:
    """What the templates of this package share."""
    return {
        "charge_kinds": KINDS,
        "charge_states": CHARGE_STATES,
        "entry_kinds": ENTRIES,
        "payment_states": PAYMENT_STATES,
        "refund_states": REFUND_STATES,
        "state_of": state_of,
    }


def state_of(charge: Any) -> Any:
    """The state of a charge today, where its fair is."""
    return charge.state(local_date(utcnow(), charge.fair.zone))


def name_of(charge: Any) -> str:
    """A charge on the card page: "Own contribution, FIMEC 2027 (Calzados Andinos)"."""
    values = {"kind": KINDS[charge.kind], "fair": charge.fair.title, "firm": charge.firm.name}
    return str(gettext("%(kind)s, %(fair)s (%(firm)s)", **values))
