"""What the clock does with money; all is found by 'due since', so that a pause loses nothing."""

from datetime import datetime, timedelta

from fairlink.kernel.database import Session
from fairlink.kernel.queue import defer
from fairlink.payments import queries, rules, service

#: Rows that one run hands to the queue; the next takes the next.
BATCH = 200
#: A payer has this long before we ask Stripe ourselves.
ASK_AFTER = timedelta(minutes=5)


def tick(session: Session, *, now: datetime) -> None:
    """Charge what was accepted, cancel what has lost its ground or its stand, and give back what was paid for it."""
    service.charge_accepted(session, now=now)
    service.cancel_groundless(session, now=now)
    service.follow_stands(session, now=now)
    service.charge_stays(session, now=now)
    service.settle_deposits(session, now=now)
    service.refund_cancelled(session, now=now)


def remind(session: Session, *, now: datetime) -> None:
    """Remind firms that have not paid, and release stands where that did not help."""
    service.remind(session, now=now)
    service.release_stands(session, now=now)


def ask_again(session: Session, *, now: datetime) -> None:
    """Hand every card payment and refund without an end to a job of its own, so that one failure stops no other."""
    for payment_id in queries.payments_to_ask_about(session, now - ASK_AFTER, BATCH):
        name = f"payment:{payment_id}"
        defer(session, "payments.ask", lock=name, queueing_lock=name, payment_id=payment_id)
    for refund_id in queries.refunds_to_send(session, BATCH):
        service.hand_over(session, refund_id)


def ask(session: Session, *, now: datetime, payment_id: int) -> None:
    """Ask Stripe about one card payment."""
    service.ask(session, payment_id, now=now)


def capture_deposit(session: Session, *, now: datetime, payment_id: int) -> None:
    """Take a hosted buyer's deposit that is put by on a card."""
    payment = queries.payment(session, payment_id)
    if payment is not None and queries.is_to_capture(session, payment_id, now - rules.HOLD_LASTS):
        service.keep_deposit(session, payment, by=None, now=now)


def send_refund(session: Session, *, now: datetime, refund_id: int) -> None:
    """Bring one card refund to Stripe."""
    service.send(session, refund_id, now=now)
