"""The only hands that write to the ledger, and the only places where a payment or a refund changes its state."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from fairlink.accounts import queries as accounts
from fairlink.accounts.models import User
from fairlink.audit.service import record
from fairlink.kernel.states import next_state
from fairlink.payments import emails, queries
from fairlink.payments.models import Charge, ChargeEntry, Dispute, Payment, Receipt, Refund
from fairlink.payments.states import (
    REFUND_TRANSITIONS,
    TRANSITIONS,
    EntryKind,
    Method,
    PaymentAction,
    RefundAction,
    RefundState,
)


def enter(
    session: Session,
    charge: Charge,
    kind: EntryKind,
    amount_minor: int,
    *,
    by: User | None,
    now: datetime,
    payment: Payment | None = None,
    refund: Refund | None = None,
    dispute: Dispute | None = None,
) -> None:
    """Write one entry and keep the sums of its charge, which must be locked or new."""
    entry = ChargeEntry(
        charge_id=charge.id,
        kind=kind,
        amount_minor=amount_minor,
        at=now,
        payment_id=payment.id if payment else None,
        refund_id=refund.id if refund else None,
        dispute_id=dispute.id if dispute else None,
        actor_id=by.id if by else None,
    )
    session.add(entry)
    if kind == EntryKind.RECEIVED:
        charge.received_minor += amount_minor
    elif kind in (EntryKind.REFUNDED, EntryKind.CHARGED_BACK):
        charge.refunded_minor += amount_minor
    elif kind == EntryKind.REFUND_RETURNED:
        charge.refunded_minor -= amount_minor


def receive(session: Session, payment: Payment, *, by: User | None, now: datetime) -> Receipt:
    """The money of a payment is here: enter it for each of its charges, and send the one receipt."""
    session.flush()
    parts = {part.charge_id: part.amount_minor for part in payment.parts}
    for charge in queries.lock_charges(session, parts):
        enter(session, charge, EntryKind.RECEIVED, parts[charge.id], by=by, now=now, payment=payment)
    receipt = Receipt(payment_id=payment.id, issued_at=now)
    session.add(receipt)
    session.flush()
    reader = payment.made_by if payment.method == Method.CARD else accounts.contact(session, payment.payer_id)
    if reader is not None:
        emails.payment_received(session, payment, receipt, reader, now=now)
    return receipt


def move_payment(
    session: Session, payment: Payment, action: PaymentAction, *, by: User | None, now: datetime, **data: Any
) -> None:
    """Take a payment one step on, with what follows for the ledger."""
    if action == PaymentAction.PAY:
        payment.paid_at = now
    _move_payment(session, payment, action, by=by, now=now, **data)
    if action == PaymentAction.PAY:
        receive(session, payment, by=by, now=now)
    elif action == PaymentAction.RELEASE:
        emails.deposit_released(session, payment, payment.made_by, now=now)


def _move_payment(
    session: Session, payment: Payment, action: PaymentAction, *, by: User | None, now: datetime, **data: Any
) -> None:
    payment.state = next_state(TRANSITIONS, payment.state, action)
    record(session, f"payment:{action}", payment, by=by, now=now, **data)


def move_refund(session: Session, refund: Refund, action: RefundAction, *, by: User | None, now: datetime) -> None:
    """Take a refund one step on, with what follows for the ledger; the payer is told of money on its way back."""
    had_succeeded = refund.state == RefundState.SUCCEEDED
    _move_refund(session, refund, action, by=by, now=now)
    if action == RefundAction.WAIT:
        return
    refund.settled_at = now
    if action == RefundAction.SUCCEED:
        _enter_refund(session, refund, EntryKind.REFUNDED, by=by, now=now)
        reader = accounts.contact(session, refund.payment.payer_id)
        if reader is not None:
            emails.payment_refunded(session, refund, reader, now=now)
    elif had_succeeded:
        _enter_refund(session, refund, EntryKind.REFUND_RETURNED, by=by, now=now)


def _move_refund(session: Session, refund: Refund, action: RefundAction, *, by: User | None, now: datetime) -> None:
    refund.state = next_state(REFUND_TRANSITIONS, refund.state, action)
    record(session, f"refund:{action}", refund, by=by, now=now, amount_minor=refund.amount_minor)


def _enter_refund(session: Session, refund: Refund, kind: EntryKind, *, by: User | None, now: datetime) -> None:
    parts = {part.charge_id: part.amount_minor for part in refund.parts}
    for charge in queries.lock_charges(session, parts):
        enter(session, charge, kind, parts[charge.id], by=by, now=now, refund=refund)
    session.flush()
