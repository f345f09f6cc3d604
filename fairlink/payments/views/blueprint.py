"""The blueprint of this package, and the words that its templates share."""

from typing import Any

from flask import Blueprint, request
from flask_babel import gettext, lazy_gettext

from fairlink.kernel.clock import local_date, utcnow
from fairlink.payments.forms import PRICE_UNITS
from fairlink.payments.states import (
    ENTRY_NAMES,
    KIND_NAMES,
    ChargeFilter,
    ChargeState,
    DisputeState,
    PaymentState,
    RefundState,
)

bp = Blueprint("payments", __name__)

KINDS = {kind: lazy_gettext(name) for kind, name in KIND_NAMES.items()}
ENTRIES = {kind: lazy_gettext(name) for kind, name in ENTRY_NAMES.items()}

CHARGE_STATES = {
    ChargeState.OPEN: lazy_gettext("Open"),
    ChargeState.OVERDUE: lazy_gettext("Overdue"),
    ChargeState.PAID: lazy_gettext("Paid"),
    ChargeState.CANCELLED: lazy_gettext("Cancelled"),
}

CHARGE_FILTERS = {
    ChargeFilter.OPEN: CHARGE_STATES[ChargeState.OPEN],
    ChargeFilter.OVERDUE: CHARGE_STATES[ChargeState.OVERDUE],
    ChargeFilter.PAID: CHARGE_STATES[ChargeState.PAID],
    ChargeFilter.CANCELLED: CHARGE_STATES[ChargeState.CANCELLED],
    ChargeFilter.REFUNDED: lazy_gettext("Given back"),
}

PAYMENT_STATES = {
    PaymentState.CREATED: lazy_gettext("Begun"),
    PaymentState.OPEN: lazy_gettext("Card page open"),
    PaymentState.PENDING: lazy_gettext("On its way"),
    PaymentState.EXPIRED: lazy_gettext("Not paid"),
    PaymentState.FAILED: lazy_gettext("Refused by the bank"),
    PaymentState.HELD: lazy_gettext("Put by on the card"),
    PaymentState.RELEASED: lazy_gettext("Let go"),
    PaymentState.PAID: lazy_gettext("Paid"),
}

DISPUTE_STATES = {
    DisputeState.OPEN: lazy_gettext("To be answered"),
    DisputeState.WON: lazy_gettext("Decided for you"),
    DisputeState.LOST: lazy_gettext("Decided for the payer"),
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
        "charge_filters": CHARGE_FILTERS,
        "charge_kinds": KINDS,
        "charge_states": CHARGE_STATES,
        "price_units": PRICE_UNITS,
        "dispute_states": DISPUTE_STATES,
        "entry_kinds": ENTRIES,
        "payment_states": PAYMENT_STATES,
        "refund_states": REFUND_STATES,
        "state_of": state_of,
        "what_for": what_for,
    }


def wanted_charges() -> ChargeFilter | None:
    """What the list is asked for; None for all."""
    asked = request.args.get("state")
    return ChargeFilter(asked) if asked in {each.value for each in ChargeFilter} else None


def state_of(charge: Any) -> Any:
    """The state of a charge today, where its fair is."""
    return charge.state(local_date(utcnow(), charge.fair.zone))


def what_for(charge: Any) -> str:
    """ "Own contribution", or of the price list: "Extra: 2 × Chair"."""
    kind = str(KINDS[charge.kind])
    return f"{kind}: {charge.label}" if charge.label else kind


def name_of(charge: Any) -> str:
    """A charge on the card page: "Own contribution, FIMEC 2027 (Calzados Andinos)"."""
    values = {"kind": what_for(charge), "fair": charge.fair.title, "firm": charge.firm.name}
    return str(gettext("%(kind)s, %(fair)s (%(firm)s)", **values))
