"""Reads of refunds."""

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from fairlink.payments.models import Charge, ChargeEntry, Dispute, Payment, PaymentPart, Refund, RefundPart, RefundRun
from fairlink.payments.queries.payments import as_key
from fairlink.payments.states import Method, PaymentState, RefundState


def refunds_of_charge(session: Session, charge_id: int) -> list[Refund]:
    """Refunds that take from a charge, oldest first."""
    query = (
        sa.select(Refund)
        .join(Refund.parts)
        .where(RefundPart.charge_id == charge_id)
        .options(contains_eager(Refund.parts), joinedload(Refund.payment))
        .order_by(Refund.id)
    )
    return list(session.scalars(query).unique())


def refund(session: Session, refund_id: int) -> Refund | None:
    """One refund with its payment and parts."""
    whole = (joinedload(Refund.payment).joinedload(Payment.fair), selectinload(Refund.parts))
    return session.scalars(sa.select(Refund).where(Refund.id == refund_id).options(*whole)).unique().one_or_none()


def lock_refund(session: Session, *, stripe_id: str, key: str | None) -> Refund | None:
    """The refund that Stripe speaks of, locked."""
    known = [Refund.stripe_id == stripe_id]
    if (own := as_key(key)) is not None:
        known.append(sa.and_(Refund.key == own, Refund.stripe_id.is_(None)))
    query = sa.select(Refund).where(sa.or_(*known)).with_for_update(of=Refund)
    return session.scalars(query, execution_options={"populate_existing": True}).one_or_none()


def lock_refund_by_id(session: Session, refund_id: int) -> Refund | None:
    query = sa.select(Refund).where(Refund.id == refund_id).with_for_update(of=Refund)
    return session.scalars(query, execution_options={"populate_existing": True}).one_or_none()


def refundable(session: Session, charge_id: int, *, failed_count: bool = False) -> list[tuple[Payment, int]]:
    """What of each payment for a charge has not gone back and is not on its way back, newest first; in minor units.

    With `failed_count` a refund that failed counts as on its way: it waits for somebody, not for the clock.
    """
    given = [RefundState.REQUESTED, RefundState.PENDING, RefundState.SUCCEEDED]
    back = (
        sa.select(sa.func.coalesce(sa.func.sum(RefundPart.amount_minor), 0))
        .join(RefundPart.refund)
        .where(
            RefundPart.charge_id == charge_id,
            Refund.payment_id == PaymentPart.payment_id,
            Refund.state.in_([*given, RefundState.FAILED] if failed_count else given),
        )
        .scalar_subquery()
    )
    taken = (
        sa.select(sa.func.coalesce(sa.func.sum(ChargeEntry.amount_minor), 0))
        .join(Dispute, Dispute.id == ChargeEntry.dispute_id)
        .where(ChargeEntry.charge_id == charge_id, Dispute.payment_id == PaymentPart.payment_id)
        .scalar_subquery()
    )
    left = sa.cast(PaymentPart.amount_minor - back - taken, sa.BigInteger)
    query = (
        sa.select(Payment, left)
        .join(Payment.parts)
        .where(PaymentPart.charge_id == charge_id, Payment.state == PaymentState.PAID, left > 0)
        .order_by(Payment.id.desc())
    )
    return [(payment, int(amount)) for payment, amount in session.execute(query)]


def _of_stopped_runs() -> sa.Select[int]:
    stopped = sa.select(RefundPart.refund_id).join(RefundPart.charge).join(RefundRun, RefundRun.id == Charge.run_id)
    return stopped.where(RefundRun.stopped_at.is_not(None))


def is_stopped(session: Session, refund_id: int) -> bool:
    """Whether a refund belongs to a run that somebody has stopped."""
    return bool(session.scalar(sa.select(_of_stopped_runs().where(RefundPart.refund_id == refund_id).exists())))


def refunds_to_send(session: Session, limit: int) -> list[int]:
    """Card refunds that Stripe has not yet finished."""
    query = (
        sa.select(Refund.id)
        .join(Refund.payment)
        .where(
            Payment.method == Method.CARD,
            Refund.state.in_([RefundState.REQUESTED, RefundState.PENDING]),
            Refund.id.not_in(_of_stopped_runs()),
        )
        .order_by(Refund.id)
        .limit(limit)
    )
    return list(session.scalars(query))
