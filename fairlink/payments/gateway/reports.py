"""What Stripe's objects say, in our words. The SDK types what an event holds as a mapping only: hence Any."""

from datetime import UTC, datetime
from typing import Any

from fairlink.payments.rules import CardReport, DisputeReport, RefundReport
from fairlink.payments.states import DisputeAction, PaymentAction, RefundAction

_SESSION_EVENTS = {
    "checkout.session.completed": None,
    "checkout.session.async_payment_succeeded": PaymentAction.PAY,
    "checkout.session.async_payment_failed": PaymentAction.FAIL,
    "checkout.session.expired": PaymentAction.EXPIRE,
}
_REFUND_EVENTS = frozenset({"refund.created", "refund.updated", "refund.failed"})
_DISPUTE_EVENTS = frozenset({"charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed"})
_DISPUTE_ACTIONS = {
    "won": DisputeAction.WIN,
    "warning_closed": DisputeAction.WIN,
    "prevented": DisputeAction.WIN,
    "lost": DisputeAction.LOSE,
}
_REFUND_ACTIONS = {
    "pending": RefundAction.WAIT,
    "requires_action": RefundAction.WAIT,
    "succeeded": RefundAction.SUCCEED,
    "failed": RefundAction.FAIL,
    "canceled": RefundAction.FAIL,
}


def event_report(event: Any) -> CardReport | RefundReport | DisputeReport | None:
    """What an event says; None for kinds that nothing follows from."""
    thing = event.data.object
    if event.type in _SESSION_EVENTS:
        return session_report(thing, _SESSION_EVENTS[event.type])
    if event.type in _REFUND_EVENTS:
        return refund_report(thing)
    if event.type in _DISPUTE_EVENTS:
        return dispute_report(thing)
    return None


def session_report(session: Any, action: PaymentAction | None = None) -> CardReport:
    """What a Checkout Session says; `action` where the event about it says more."""
    return CardReport(
        session_id=session.id,
        key=session.client_reference_id,
        action=action or _action(session),
        amount_minor=session.amount_total or 0,
        currency=str(session.currency or "").upper(),
        payment_intent=_id(session.payment_intent),
    )


def _action(session: Any) -> PaymentAction:
    """What a session says of its payment; that a debit failed shows in the intent behind it."""
    if session.payment_status == "paid":
        return PaymentAction.PAY
    if session.status == "complete":
        failed = getattr(session.payment_intent, "status", "") in ("requires_payment_method", "canceled")
        return PaymentAction.FAIL if failed else PaymentAction.WAIT
    return PaymentAction.EXPIRE if session.status == "expired" else PaymentAction.OPEN


def refund_report(refund: Any) -> RefundReport:
    """What a refund says."""
    return RefundReport(
        refund_id=refund.id,
        key=refund.metadata["refund"] if refund.metadata and "refund" in refund.metadata else None,
        payment_intent=_id(refund.payment_intent) or "",
        action=_REFUND_ACTIONS[refund.status or "pending"],
        amount_minor=refund.amount,
        currency=refund.currency.upper(),
        reason=getattr(refund, "failure_reason", None) or "",
    )


def dispute_report(dispute: Any) -> DisputeReport:
    """What a dispute says."""
    due_by = getattr(getattr(dispute, "evidence_details", None), "due_by", None)
    return DisputeReport(
        dispute_id=dispute.id,
        payment_intent=_id(dispute.payment_intent) or "",
        action=_DISPUTE_ACTIONS.get(dispute.status),
        amount_minor=dispute.amount,
        currency=dispute.currency.upper(),
        reason=dispute.reason,
        answer_by=datetime.fromtimestamp(due_by, UTC) if due_by else None,
    )


def _id(thing: Any) -> str | None:
    """The id of something that Stripe gives as an id or as the whole object."""
    return thing if thing is None or isinstance(thing, str) else str(thing.id)
