"""Reads of charges, payments and refunds."""

import uuid
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from fairlink.applications.models import Application, Award, AwardMember
from fairlink.applications.states import ApplicationState
from fairlink.fairs.models import Fair
from fairlink.fairs.states import FairState
from fairlink.payments.models import (
    BankAccount,
    Charge,
    ChargeEntry,
    Payment,
    PaymentPart,
    Refund,
    RefundPart,
    StripeEvent,
)
from fairlink.payments.states import UNSETTLED, ChargeKind, ChargeState, Method, PaymentState, RefundState
from fairlink.subsidies.models import Call

_TO_FAIR = joinedload(Charge.award).joinedload(Award.application).joinedload(Application.call).joinedload(Call.fair)
_IN_LISTS = (
    _TO_FAIR,
    joinedload(Charge.award).joinedload(Award.application).joinedload(Application.group),
    joinedload(Charge.award).joinedload(Award.application).joinedload(Application.lead_firm),
    joinedload(Charge.firm),
)
_HELD = Charge.received_minor - Charge.refunded_minor
#: The order of the staff's list.
DUE_KEYS = (Charge.due_on, Charge.id)


def charge(session: Session, charge_id: int) -> Charge | None:
    """One charge with its fair, its firm and its ledger."""
    query = (
        sa.select(Charge)
        .where(Charge.id == charge_id)
        .options(*_IN_LISTS, joinedload(Charge.agency), selectinload(Charge.entries))
    )
    return session.scalars(query).unique().one_or_none()


def charges_of_firm(firm_id: int) -> sa.Select[Charge]:
    """What a firm owes or has paid, and what the firms of its groups do."""
    return (
        sa.select(Charge)
        .join(Charge.award)
        .join(Award.application)
        .where(sa.or_(Charge.firm_id == firm_id, Application.lead_firm_id == firm_id))
        .options(*_IN_LISTS)
    )


def groups_to_pay_for(session: Session, firm_id: int) -> list[tuple[Application, list[Charge]]]:
    """Applications that a firm leads with several charges not yet paid, and these charges; soonest due first."""
    query = (
        sa.select(Charge)
        .join(Charge.award)
        .join(Award.application)
        .where(Application.lead_firm_id == firm_id, _is_unpaid())
        .options(*_IN_LISTS)
        .order_by(Charge.due_on, Charge.id)
    )
    by_application: dict[int, list[Charge]] = {}
    for each in session.scalars(query).unique():
        by_application.setdefault(each.award.application_id, []).append(each)
    return [(charges[0].application, charges) for charges in by_application.values() if len(charges) > 1]


def unpaid_of_application(session: Session, application_id: int) -> list[Charge]:
    """The charges of a group that are not yet paid."""
    query = (
        sa.select(Charge)
        .join(Charge.award)
        .where(Award.application_id == application_id, _is_unpaid())
        .options(*_IN_LISTS)
        .order_by(Charge.id)
    )
    return list(session.scalars(query).unique())


def charges_of_agency(agency_id: int, state: ChargeState | None, today: date) -> sa.Select[Charge]:
    """What is owed to an agency, of one state if it is given. `today` in UTC stands for all fairs."""
    query = sa.select(Charge).where(Charge.agency_id == agency_id).options(*_IN_LISTS)
    return query if state is None else query.where(_in_state(state, today))


def totals_of_agency(session: Session, agency_id: int, today: date) -> dict[ChargeState, int]:
    """How many charges of an agency are in each state."""
    counts = [sa.func.count().filter(_in_state(state, today)) for state in ChargeState]
    row = session.execute(sa.select(*counts).where(Charge.agency_id == agency_id)).one()
    return dict(zip(ChargeState, row, strict=True))


def _is_unpaid() -> sa.ColumnElement[bool]:
    return sa.and_(Charge.cancelled_at.is_(None), Charge.amount_minor > _HELD)


def _in_state(state: ChargeState, today: date) -> sa.ColumnElement[bool]:
    """`rules.charge_state` as the database reads it."""
    if state == ChargeState.CANCELLED:
        return Charge.cancelled_at.is_not(None)
    if state == ChargeState.PAID:
        return sa.and_(Charge.cancelled_at.is_(None), Charge.amount_minor <= _HELD)
    late = Charge.due_on < today
    return sa.and_(_is_unpaid(), late if state == ChargeState.OVERDUE else sa.not_(late))


def bank_account(session: Session, agency_id: int | None) -> BankAccount | None:
    """Where money for an agency is transferred to."""
    return session.get(BankAccount, agency_id)


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
        part.joinedload(Charge.award)
        .joinedload(Award.application)
        .joinedload(Application.call)
        .joinedload(Call.fair)
        .joinedload(Fair.agency),
    )


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
    whole = (joinedload(Refund.payment).joinedload(Payment.award), selectinload(Refund.parts))
    return session.scalars(sa.select(Refund).where(Refund.id == refund_id).options(*whole)).unique().one_or_none()


def lock_charges(session: Session, charge_ids: Collection[int]) -> Sequence[Charge]:
    """These charges, locked in one order, as they are now."""
    query = sa.select(Charge).where(Charge.id.in_(charge_ids)).order_by(Charge.id).with_for_update(of=Charge)
    return session.scalars(query, execution_options={"populate_existing": True}).all()


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
    left = sa.cast(PaymentPart.amount_minor - back, sa.BigInteger)
    query = (
        sa.select(Payment, left)
        .join(Payment.parts)
        .where(PaymentPart.charge_id == charge_id, Payment.state == PaymentState.PAID, left > 0)
        .order_by(Payment.id.desc())
    )
    return [(payment, int(amount)) for payment, amount in session.execute(query)]


def members_to_charge(session: Session, limit: int) -> list[tuple[Award, AwardMember]]:
    """Firms of accepted awards that owe a contribution and have not been charged."""
    charged = sa.exists().where(
        Charge.award_id == Award.id, Charge.firm_id == AwardMember.firm_id, Charge.kind == ChargeKind.OWN_CONTRIBUTION
    )
    query = (
        sa.select(Award, AwardMember)
        .join(AwardMember, AwardMember.award_id == Award.id)
        .join(Award.application)
        .join(Application.call)
        .join(Call.fair)
        .where(
            Application.state == ApplicationState.ACCEPTED,
            Fair.state != FairState.CANCELLED,
            Award.accepted_at.is_not(None),
            AwardMember.own_minor > 0,
            ~charged,
        )
        .options(
            contains_eager(Award.application)
            .contains_eager(Application.call)
            .contains_eager(Call.fair)
            .joinedload(Fair.agency),
            joinedload(AwardMember.firm),
        )
        .order_by(AwardMember.id)
        .limit(limit)
    )
    return [(award, member) for award, member in session.execute(query)]


def groundless_charges(session: Session, limit: int) -> list[int]:
    """Charges whose award was given up or whose fair was cancelled, and that still stand."""
    query = (
        sa.select(Charge.id)
        .join(Charge.award)
        .join(Award.application)
        .join(Application.call)
        .join(Call.fair)
        .where(
            Charge.cancelled_at.is_(None),
            sa.or_(Application.state != ApplicationState.ACCEPTED, Fair.state == FairState.CANCELLED),
        )
        .order_by(Charge.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def cancelled_with_money(session: Session, limit: int) -> list[int]:
    """Cancelled charges that hold money for which no refund was asked."""
    asked = (
        sa.select(sa.func.coalesce(sa.func.sum(RefundPart.amount_minor), 0))
        .join(RefundPart.refund)
        .where(RefundPart.charge_id == Charge.id, Refund.state != RefundState.SUCCEEDED)
        .scalar_subquery()
    )
    query = sa.select(Charge.id).where(Charge.cancelled_at.is_not(None), asked < _HELD).order_by(Charge.id).limit(limit)
    return list(session.scalars(query))


def payments_to_ask_about(session: Session, made_before: datetime, limit: int) -> list[int]:
    """Card payments that were begun before that instant and whose end is not known."""
    query = (
        sa.select(Payment.id)
        .where(Payment.state.in_(UNSETTLED), Payment.created_at <= made_before)
        .order_by(Payment.created_at)
        .limit(limit)
    )
    return list(session.scalars(query))


def refunds_to_send(session: Session, limit: int) -> list[int]:
    """Card refunds that Stripe has not yet finished."""
    query = (
        sa.select(Refund.id)
        .join(Refund.payment)
        .where(Payment.method == Method.CARD, Refund.state.in_([RefundState.REQUESTED, RefundState.PENDING]))
        .order_by(Refund.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def entry_sums(session: Session, charge_id: int) -> dict[str, int]:
    """The sum of the entries of each kind of a charge, in minor units; what its own columns must agree with."""
    query = (
        sa.select(ChargeEntry.kind, sa.func.sum(ChargeEntry.amount_minor))
        .where(ChargeEntry.charge_id == charge_id)
        .group_by(ChargeEntry.kind)
    )
    return {kind: int(total) for kind, total in session.execute(query)}
