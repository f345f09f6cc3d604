"""Reads of payments, and of what Stripe reported about them."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from fairlink.fairs.models import Fair
from fairlink.payments.models import Charge, Dispute, Payment, PaymentPart, StripeEvent
from fairlink.payments.states import UNSETTLED, DisputeState, PaymentState


def payment(session: Session, payment_id: int) -> Payment | None:
    """One payment with its parts and receipt."""
    query = sa.select(Payment).where(Payment.id == payment_id).options(*_whole_payment())
    return session.scalars(query).unique().one_or_none()


def payments_of_charge(session: Session, charge_id: int) -> list[Payment]:
    """Payments for a charge that came or may still come, oldest first."""
    query = (
        sa.select(Payment)
        .join(Payment.parts)
        .where(PaymentPart.charge_id == charge_id, Payment.state.in_([PaymentState.PAID, *UNSETTLED]))
        .options(*_whole_payment())
        .order_by(Payment.id)
    )
    return list(session.scalars(query).unique())


def _whole_payment() -> tuple[Any, ...]:
    part = selectinload(Payment.parts).joinedload(PaymentPart.charge)
    return (
        joinedload(Payment.receipt),
        joinedload(Payment.payer),
        joinedload(Payment.made_by),
        part.joinedload(Charge.firm),
        part.joinedload(Charge.fair),
        joinedload(Payment.fair).joinedload(Fair.agency),
    )


def lock_payment(session: Session, *, session_id: str, key: str | None) -> Payment | None:
    """The payment of a Checkout Session, locked; a session whose id was never learnt is known by the payment's key."""
    known = [Payment.session_id == session_id]
    if (own := as_key(key)) is not None:
        known.append(sa.and_(Payment.key == own, Payment.session_id.is_(None)))
    return _locked_payment(session, sa.or_(*known))


def lock_payment_of_intent(session: Session, intent_id: str) -> Payment | None:
    """The payment behind a PaymentIntent, locked."""
    return _locked_payment(session, Payment.intent_id == intent_id)


def lock_payment_by_id(session: Session, payment_id: int) -> Payment | None:
    return _locked_payment(session, Payment.id == payment_id)


def _locked_payment(session: Session, condition: sa.ColumnElement[bool]) -> Payment | None:
    query = sa.select(Payment).where(condition).with_for_update(of=Payment)
    return session.scalars(query, execution_options={"populate_existing": True}).one_or_none()


def as_key(text: str | None) -> uuid.UUID | None:
    """`text` as a key of ours; None for anything else."""
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        return None


def event_is_known(session: Session, event_id: str) -> bool:
    return session.get(StripeEvent, event_id) is not None


def unsettled_payments(session: Session, charge_ids: Collection[int]) -> list[Payment]:
    """Card payments for any of these charges whose end is not known."""
    query = (
        sa.select(Payment)
        .join(Payment.parts)
        .where(PaymentPart.charge_id.in_(charge_ids), Payment.state.in_(UNSETTLED))
        .options(selectinload(Payment.parts))
        .order_by(Payment.id)
    )
    return list(session.scalars(query, execution_options={"populate_existing": True}).unique())


def payments_to_ask_about(session: Session, made_before: datetime, limit: int) -> list[int]:
    """Card payments that were begun before that instant and whose end is not known."""
    query = (
        sa.select(Payment.id)
        .where(Payment.state.in_(UNSETTLED), Payment.created_at <= made_before)
        .order_by(Payment.created_at)
        .limit(limit)
    )
    return list(session.scalars(query))


def dispute_by_stripe_id(session: Session, stripe_id: str) -> Dispute | None:
    """A dispute that was reported before; its payment is locked."""
    return session.scalar(sa.select(Dispute).where(Dispute.stripe_id == stripe_id))


def disputes_of_charge(session: Session, charge_id: int) -> Sequence[Dispute]:
    """Disputes about payments for a charge, oldest first."""
    query = (
        sa.select(Dispute)
        .join(Dispute.payment)
        .join(Payment.parts)
        .where(PaymentPart.charge_id == charge_id)
        .options(contains_eager(Dispute.payment).contains_eager(Payment.parts))
        .order_by(Dispute.id)
    )
    return session.scalars(query).unique().all()


def open_disputes(session: Session, agency_id: int) -> Sequence[Dispute]:
    """Disputes that an agency has to answer, the most urgent first."""
    query = (
        sa.select(Dispute)
        .join(Dispute.payment)
        .join(Payment.fair)
        .where(Fair.agency_id == agency_id, Dispute.state == DisputeState.OPEN)
        .options(contains_eager(Dispute.payment).selectinload(Payment.parts))
        .order_by(Dispute.answer_by, Dispute.id)
    )
    return session.scalars(query).unique().all()
