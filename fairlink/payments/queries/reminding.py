"""Reads of what is due soon, of what is late, and of stands that are to be released."""

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from fairlink.applications.models import Application, Award, Exhibitor
from fairlink.fairs.models import Fair
from fairlink.fairs.states import FairState
from fairlink.payments.models import Charge, Payment, PaymentPart, PaymentTerms
from fairlink.payments.states import ChargeKind, PaymentState

_IS_HELD = sa.exists().where(
    PaymentPart.charge_id == Charge.id, PaymentPart.payment_id == Payment.id, Payment.state == PaymentState.HELD
)
_UNPAID = sa.and_(
    Charge.cancelled_at.is_(None),
    Charge.amount_minor - Charge.credited_minor > Charge.received_minor - Charge.refunded_minor,
    ~_IS_HELD,
)
_TO_TELL = (joinedload(Charge.fair), joinedload(Charge.award).joinedload(Award.application))
#: What a stand stands and falls with.
_FOR_A_STAND = (ChargeKind.OWN_CONTRIBUTION, ChargeKind.STAND)


def due_soon(session: Session, by: date, made_before: datetime, limit: int) -> Sequence[Charge]:
    """Unpaid charges due on or before `by` whose firms were not reminded; not those that were made only just now."""
    query = sa.select(Charge).where(
        _UNPAID,
        Charge.due_on <= by,
        Charge.reminded_at.is_(None),
        Charge.warned_at.is_(None),
        Charge.created_at <= made_before,
    )
    return session.scalars(query.options(*_TO_TELL).order_by(Charge.id).limit(limit)).unique().all()


def late(session: Session, today: date, limit: int) -> Sequence[Charge]:
    """Unpaid charges that were due before `today` whose firms were not told."""
    query = sa.select(Charge).where(_UNPAID, Charge.due_on < today, Charge.warned_at.is_(None))
    return session.scalars(query.options(*_TO_TELL).order_by(Charge.id).limit(limit)).unique().all()


def terms(session: Session, fair_id: int) -> PaymentTerms | None:
    return session.get(PaymentTerms, fair_id)


def terms_of_fairs(session: Session, fair_ids: Sequence[int]) -> dict[int, int]:
    """Days until a stand is released, by fair; fairs that release none are left out."""
    query = sa.select(PaymentTerms.fair_id, PaymentTerms.release_days).where(
        PaymentTerms.fair_id.in_(fair_ids), PaymentTerms.release_days.is_not(None)
    )
    return {fair_id: int(days or 0) for fair_id, days in session.execute(query)}


def stands_to_release(session: Session, now: datetime, limit: int) -> Sequence[Exhibitor]:
    """Exhibitors with a stand of which a firm was told long enough ago that it is late, and has not paid since."""
    days = sa.func.make_interval(0, 0, 0, PaymentTerms.release_days)
    is_late = sa.exists().where(
        Charge.award_id == Award.id, Charge.kind.in_(_FOR_A_STAND), _UNPAID, Charge.warned_at + days <= now
    )
    query = (
        sa.select(Exhibitor)
        .join(Exhibitor.application)
        .join(Application.award)
        .join(Exhibitor.fair)
        .join(PaymentTerms, PaymentTerms.fair_id == Fair.id)
        .where(
            Exhibitor.stand_id.is_not(None),
            Exhibitor.withdrawn_at.is_(None),
            Fair.state == FairState.PUBLISHED,
            # Nobody is put out of a hall that is being set up.
            Fair.starts_on > now.date(),
            is_late,
        )
        .options(
            joinedload(Exhibitor.fair),
            joinedload(Exhibitor.stand),
            joinedload(Exhibitor.application).selectinload(Application.members),
        )
        .order_by(Exhibitor.id)
        .limit(limit)
    )
    return session.scalars(query).unique().all()
