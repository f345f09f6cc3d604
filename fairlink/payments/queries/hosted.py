"""Reads of deposits of hosted buyers."""

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, joinedload

from fairlink.fairs.models import Fair
from fairlink.fairs.states import FairState
from fairlink.payments.models import Charge, Payment, PaymentPart
from fairlink.payments.states import PaymentState
from fairlink.visits.models import HostedStay, HostingOffer, Visit
from fairlink.visits.states import DEPOSITS, Deposit, Forfeit

_DUE = [state for state, fate in DEPOSITS.items() if fate == Deposit.DUE]
#: As `HostedStay.deposit_fate` has it: whose meetings were held has it back, claimed or not.
_KEPT = sa.and_(
    HostedStay.state.in_([state for state, fate in DEPOSITS.items() if fate == Deposit.KEEP]),
    HostedStay.reason != Forfeit.NOT_CLAIMED.value,
)


def stays_to_charge(session: Session, today: date, limit: int) -> Sequence[HostedStay]:
    """Stays with a deposit that is due and was never charged, at fairs that are not over; `today` in UTC."""
    query = (
        sa.select(HostedStay)
        .join(HostedStay.offer)
        .join(HostingOffer.fair)
        .where(
            HostedStay.state.in_(_DUE),
            HostingOffer.deposit_minor > 0,
            Fair.state != FairState.CANCELLED,
            Fair.ends_on >= today,
            ~sa.exists().where(Charge.stay_id == HostedStay.id),
        )
        .options(
            contains_eager(HostedStay.offer).contains_eager(HostingOffer.fair).joinedload(Fair.agency),
            contains_eager(HostedStay.offer).joinedload(HostingOffer.call),
            joinedload(HostedStay.visit).joinedload(Visit.buyer),
        )
        .order_by(HostedStay.id)
        .limit(limit)
    )
    return session.scalars(query).all()


def deposits_to_return(session: Session, limit: int) -> list[int]:
    """Charges for deposits that are to go back: by the fate of their stay, or since the fair was cancelled."""
    query = (
        sa.select(Charge.id)
        .join(Charge.stay)
        .join(Charge.fair)
        .where(
            Charge.cancelled_at.is_(None),
            sa.or_(sa.not_(sa.or_(HostedStay.state.in_(_DUE), _KEPT)), Fair.state == FairState.CANCELLED),
        )
        .order_by(Charge.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def holds_to_capture(session: Session, begun_before: datetime, limit: int) -> list[int]:
    """Payments whose deposit is put by on a card and is forfeited, or has been put by since before that instant."""
    return list(session.scalars(_to_capture(begun_before).order_by(Payment.id).limit(limit)))


def is_to_capture(session: Session, payment_id: int, begun_before: datetime) -> bool:
    """Whether that still holds of one payment."""
    return bool(session.scalar(sa.select(_to_capture(begun_before).where(Payment.id == payment_id).exists())))


def _to_capture(begun_before: datetime) -> sa.Select[int]:
    ends_soon = sa.and_(HostedStay.state.in_(_DUE), Payment.created_at <= begun_before)
    return (
        sa.select(Payment.id)
        .join(Payment.parts)
        .join(PaymentPart.charge)
        .join(Charge.stay)
        .where(Payment.state == PaymentState.HELD, Charge.cancelled_at.is_(None))
        .where(sa.or_(_KEPT, ends_soon))
    )
