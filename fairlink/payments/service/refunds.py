"""Giving money back: asked for by staff or the clock, sent through Stripe or by the agency's bank."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.audit.service import record
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Conflict, Invalid
from fairlink.kernel.money import Money
from fairlink.kernel.queue import defer
from fairlink.payments import queries
from fairlink.payments.gateway import CardServiceRefused, Gateway, can_reach, gateway
from fairlink.payments.models import Charge, Payment, Refund, RefundPart
from fairlink.payments.rules import RefundReport
from fairlink.payments.service.ledger import move_refund
from fairlink.payments.service.settling import settle_refund
from fairlink.payments.states import Method, RefundAction, RefundState

SEND = "payments.send_refund"
#: A request that Stripe was sent so long ago has ended there. If it left no refund behind, it may be made anew under
#: another key; under the same one Stripe would repeat its answer, a fault of its own included.
ATTEMPT_ENDS = timedelta(minutes=10)


def request(
    session: Session, charge: Charge, amount_minor: int, reason: str, *, key: uuid.UUID, by: User, now: datetime
) -> list[Refund]:
    """Give back `amount_minor` of what was paid for a charge, from the newest payment backwards.

    A second call with the same `key` is a Conflict. Raises Invalid for more than was paid and is not on its way back.
    """
    queries.lock_charges(session, [charge.id])
    sources = queries.refundable(session, charge.id)
    if amount_minor > sum(left for _, left in sources):
        most = Money(sum(left for _, left in sources), charge.currency)
        raise Invalid("refund_above_paid", field="amount", most=most)
    made = []
    for payment, left in sources:
        part = min(left, amount_minor)
        if part == 0:
            break
        made.append(_request(session, charge, payment, part, reason, key=key, by=by, now=now))
        key, amount_minor = uuid.uuid4(), amount_minor - part
    return made


def request_all(session: Session, charge: Charge, *, now: datetime) -> None:
    """Give back everything that was paid for a locked charge and for which no refund was ever tried."""
    for payment, left in queries.refundable(session, charge.id, failed_count=True):
        _request(session, charge, payment, left, "", key=uuid.uuid4(), by=None, now=now)


def _request(
    session: Session,
    charge: Charge,
    payment: Payment,
    amount_minor: int,
    reason: str,
    *,
    key: uuid.UUID,
    by: User | None,
    now: datetime,
) -> Refund:
    refund = Refund(
        key=key,
        payment=payment,
        state=RefundState.REQUESTED,
        amount_minor=amount_minor,
        currency=payment.currency,
        reason=reason,
        requested_at=now,
        requested_by_id=by.id if by else None,
        attempt=1,
        parts=[RefundPart(charge_id=charge.id, amount_minor=amount_minor)],
    )
    session.add(refund)
    record(session, "refund:request", refund, by=by, now=now, amount_minor=amount_minor)
    if payment.method == Method.CARD:
        hand_over(session, refund.id)
    return refund


def hand_over(session: Session, refund_id: int) -> None:
    """Let a worker bring a card refund to Stripe."""
    name = f"refund:{refund_id}"
    defer(session, SEND, lock=name, queueing_lock=name, refund_id=refund_id)


def send(session: Session, refund_id: int, *, now: datetime) -> None:
    """Bring one card refund to Stripe and note the answer. Commits by itself: no lock is held while Stripe is asked.

    It goes back on the account on which it was paid. Nothing is done while that cannot be reached, or while the run
    that it belongs to is stopped. Once Stripe was asked, it is searched for the refund before it is asked again. Raises
    CardServiceAway for an answer that did not come; then it is tried again later.
    """
    with unit_of_work(session):
        refund = queries.lock_refund_by_id(session, refund_id)
        if refund is None or refund.state not in (RefundState.REQUESTED, RefundState.PENDING):
            return
        account = refund.payment.card_account
        if queries.is_stopped(session, refund_id) or not can_reach(account):
            return
        earlier, refund.asked_at = refund.asked_at, refund.asked_at or now
        intent_id = refund.payment.intent_id
    assert intent_id is not None
    stripe = gateway(account)
    report = stripe.find_refund(key=str(refund.key), intent_id=intent_id) if earlier else None
    if report is None:
        if earlier and now - earlier >= ATTEMPT_ENDS:
            with unit_of_work(session):
                refund.attempt, refund.asked_at = refund.attempt + 1, now
        report = _ask(session, stripe, refund, intent_id, now)
    if report is not None:
        with unit_of_work(session):
            settle_refund(session, report, now=now)


def _ask(session: Session, stripe: Gateway, refund: Refund, intent_id: str, now: datetime) -> RefundReport | None:
    try:
        return stripe.refund(
            key=str(refund.key), attempt=refund.attempt, intent_id=intent_id, amount_minor=refund.amount_minor
        )
    except CardServiceRefused as refusal:
        with unit_of_work(session):
            locked = queries.lock_refund_by_id(session, refund.id)
            assert locked is not None
            locked.problem = refusal.reason
            move_refund(session, locked, RefundAction.FAIL, by=None, now=now)
        return None


def mark_sent(session: Session, refund: Refund, *, by: User, now: datetime) -> None:
    """The agency's bank has sent a refund of a transfer back."""
    locked = queries.lock_refund_by_id(session, refund.id)
    assert locked is not None
    if locked.payment.method != Method.TRANSFER:
        raise Conflict("refund_by_card")
    move_refund(session, locked, RefundAction.SUCCEED, by=by, now=now)
