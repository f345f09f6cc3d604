"""Taking in what Stripe reports, in whatever order and however often it comes: one function for each kind of report."""

import uuid
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from fairlink.audit.service import record
from fairlink.kernel.errors import Conflict, NotFound
from fairlink.payments import queries, rules
from fairlink.payments.gateway import Event
from fairlink.payments.models import Payment, Refund, RefundPart, StripeEvent
from fairlink.payments.rules import CardReport, RefundReport
from fairlink.payments.service.ledger import move_payment, move_refund
from fairlink.payments.states import PaymentAction, RefundState

#: Makes keys for refunds that somebody made on Stripe's own pages.
_ELSEWHERE = uuid.UUID("5c0c4c5e-7b43-4d0b-9b0d-6b6f8a5b2f11")


def take_in(session: Session, event: Event, *, now: datetime) -> bool:
    """Do what follows from a webhook, once; returns whether it was new.

    A delivery at the same time waits here for the first one's end. Raises NotFound for a session or a refund that we do
    not know, so that nothing is kept and Stripe asks again.
    """
    row = insert(StripeEvent).values(id=event.id, type=event.type, received_at=now).on_conflict_do_nothing()
    if session.scalar(row.returning(StripeEvent.id)) is None:
        return False
    if isinstance(event.report, CardReport):
        settle_card(session, event.report, now=now)
    elif isinstance(event.report, RefundReport):
        settle_refund(session, event.report, now=now)
    return True


def settle_card(session: Session, report: CardReport, *, now: datetime) -> Payment:
    """Take a card payment as far as `report` says; late and repeated reports change nothing.

    The only way to a paid card payment, whoever brings the report: webhook, return page or clock. Raises NotFound for a
    session that is not ours, and Conflict for an amount that is not what was asked.
    """
    payment = queries.lock_payment(session, session_id=report.session_id, key=report.key)
    if payment is None:
        raise NotFound("payment_unknown")
    if not rules.says_more(payment.state, report.action):
        return payment
    if report.action == PaymentAction.PAY:
        if (report.amount_minor, report.currency) != (payment.amount_minor, payment.currency):
            raise Conflict("payment_amount_differs")
        payment.intent_id = report.payment_intent
    payment.session_id = report.session_id
    move_payment(session, payment, report.action, by=None, now=now)
    return payment


def settle_refund(session: Session, report: RefundReport, *, now: datetime) -> Refund:
    """Take a refund as far as `report` says; one that was made on Stripe's own pages is taken over.

    Raises NotFound for a payment that is not (or not yet) known as paid, and Conflict for another amount.
    """
    refund = queries.lock_refund(session, stripe_id=report.refund_id, key=report.key)
    if refund is None:
        refund = _take_over(session, report, now)
    if report.amount_minor != refund.amount_minor or report.currency != refund.currency:
        raise Conflict("payment_amount_differs")
    refund.stripe_id = report.refund_id
    if rules.refund_says_more(refund.state, report.action):
        refund.problem = report.reason
        move_refund(session, refund, report.action, by=None, now=now)
    return refund


def _take_over(session: Session, report: RefundReport, now: datetime) -> Refund:
    payment = queries.lock_payment_of_intent(session, report.payment_intent)
    if payment is None:
        raise NotFound("payment_unknown")
    # Another report about it may have come first while the lock was waited for.
    known = queries.lock_refund(session, stripe_id=report.refund_id, key=report.key)
    if known is not None:
        return known
    charge_ids = [part.charge_id for part in payment.parts]
    queries.lock_charges(session, charge_ids)
    left = {
        charge_id: amount
        for charge_id in charge_ids
        for source, amount in queries.refundable(session, charge_id)
        if source.id == payment.id
    }
    if report.amount_minor > sum(left.values()):
        raise Conflict("payment_amount_differs")
    refund = Refund(
        key=uuid.uuid5(_ELSEWHERE, report.refund_id),
        payment=payment,
        state=RefundState.REQUESTED,
        amount_minor=report.amount_minor,
        currency=report.currency,
        reason="",
        requested_at=now,
        asked_at=now,
        attempt=1,
        stripe_id=report.refund_id,
        parts=[
            RefundPart(charge_id=charge_id, amount_minor=amount)
            for charge_id, amount in rules.spread(report.amount_minor, left).items()
        ],
    )
    session.add(refund)
    record(session, "refund:take_over", refund, by=None, now=now, amount_minor=refund.amount_minor)
    return refund
