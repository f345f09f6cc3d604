"""Taking in what Stripe reports, in whatever order and however often it comes: one function for each kind of report."""

import uuid
from collections.abc import Collection
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from fairlink.audit.service import record
from fairlink.kernel.errors import Conflict, NotFound
from fairlink.kernel.states import next_state
from fairlink.payments import queries, rules
from fairlink.payments.gateway import Event, NotFromStripe
from fairlink.payments.models import Dispute, Payment, Refund, RefundPart, StripeEvent
from fairlink.payments.rules import CardReport, DisputeReport, RefundReport
from fairlink.payments.service.ledger import enter, move_payment, move_refund
from fairlink.payments.states import (
    DISPUTE_TRANSITIONS,
    DisputeAction,
    DisputeState,
    EntryKind,
    PaymentAction,
    PaymentState,
    RefundState,
)

#: Makes keys for refunds that somebody made on Stripe's own pages.
_ELSEWHERE = uuid.UUID("5c0c4c5e-7b43-4d0b-9b0d-6b6f8a5b2f11")


def take_in(session: Session, event: Event, accounts: Collection[int | None], *, now: datetime) -> bool:
    """Do what follows from a webhook, once; returns whether it was new.

    `accounts` are the ids of those that it may speak for, None among them for the platform's own. A delivery at the
    same time waits here for the first one's end. Raises NotFromStripe for a payment made with another account, and
    NotFound for a session or a refund that we do not know, so that nothing is kept and Stripe asks again.
    """
    row = insert(StripeEvent).values(id=event.id, type=event.type, received_at=now).on_conflict_do_nothing()
    if session.scalar(row.returning(StripeEvent.id)) is None:
        return False
    payment = _settle(session, event.report, now)
    if payment is not None and payment.card_account_id not in accounts:
        raise NotFromStripe
    return True


def _settle(
    session: Session, report: CardReport | RefundReport | DisputeReport | None, now: datetime
) -> Payment | None:
    """Take a report in; returns the payment that it is about."""
    if isinstance(report, CardReport):
        return settle_card(session, report, now=now)
    if isinstance(report, RefundReport):
        return settle_refund(session, report, now=now).payment
    if isinstance(report, DisputeReport):
        return settle_dispute(session, report, now=now).payment
    return None


def settle_card(session: Session, report: CardReport, *, now: datetime) -> Payment:
    """Take a card payment as far as `report` says; late and repeated reports change nothing.

    The only way to a paid card payment, whoever brings the report: webhook, return page or clock. Raises NotFound for a
    session that is not ours, and Conflict for an amount that is not what was asked.
    """
    payment = queries.lock_payment(session, session_id=report.session_id, key=report.key)
    if payment is None:
        raise NotFound("payment_unknown")
    action = _of_hold(payment, report.action) if payment.is_hold else report.action
    if not rules.says_more(payment.state, action):
        return payment
    if action in (PaymentAction.PAY, PaymentAction.HOLD):
        if (report.amount_minor, report.currency) != (payment.amount_minor, payment.currency):
            raise Conflict("payment_amount_differs")
        payment.intent_id = report.payment_intent
    payment.session_id = report.session_id
    move_payment(session, payment, action, by=None, now=now)
    return payment


def _of_hold(payment: Payment, action: PaymentAction) -> PaymentAction:
    """What a report means for an amount that is put by: a payer who is through has it held, and a payment that ends
    thereafter has let go of it."""
    if action == PaymentAction.WAIT:
        return PaymentAction.HOLD
    is_over = payment.state == PaymentState.HELD and action in (PaymentAction.FAIL, PaymentAction.EXPIRE)
    return PaymentAction.RELEASE if is_over else action


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
    left = _left_of(session, payment)
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


def _left_of(session: Session, payment: Payment) -> dict[int, int]:
    """What of a payment has not gone back and is not on its way back, by its charges, which are locked."""
    charge_ids = [part.charge_id for part in payment.parts]
    queries.lock_charges(session, charge_ids)
    return {
        charge_id: amount
        for charge_id in charge_ids
        for source, amount in queries.refundable(session, charge_id)
        if source.id == payment.id
    }


def settle_dispute(session: Session, report: DisputeReport, *, now: datetime) -> Dispute:
    """Take a dispute as far as `report` says; one that is lost takes its money out of the ledger, once.

    Raises NotFound for a payment that is not (or not yet) known.
    """
    payment = queries.lock_payment_of_intent(session, report.payment_intent)
    if payment is None:
        raise NotFound("payment_unknown")
    dispute = queries.dispute_by_stripe_id(session, report.dispute_id)
    if dispute is None:
        dispute = Dispute(
            payment=payment,
            stripe_id=report.dispute_id,
            state=DisputeState.OPEN,
            amount_minor=report.amount_minor,
            currency=report.currency,
            reason=report.reason,
            opened_at=now,
        )
        session.add(dispute)
        record(session, "dispute:open", dispute, by=None, now=now, amount_minor=report.amount_minor)
    dispute.answer_by = report.answer_by
    if report.action is not None and dispute.state == DisputeState.OPEN:
        _move_dispute(session, dispute, report.action, now=now)
        if report.action == DisputeAction.LOSE:
            _charge_back(session, dispute, now)
    return dispute


def _move_dispute(session: Session, dispute: Dispute, action: DisputeAction, *, now: datetime) -> None:
    dispute.state, dispute.closed_at = next_state(DISPUTE_TRANSITIONS, dispute.state, action), now
    record(session, f"dispute:{action}", dispute, by=None, now=now)


def _charge_back(session: Session, dispute: Dispute, now: datetime) -> None:
    left = _left_of(session, dispute.payment)
    # What has gone back already cannot be taken once more.
    amount_minor = min(dispute.amount_minor, sum(left.values()))
    parts = rules.spread(amount_minor, left)
    for charge in queries.lock_charges(session, parts):
        enter(session, charge, EntryKind.CHARGED_BACK, parts[charge.id], by=None, now=now, dispute=dispute)
