"""Reads of disbursements, bank files and accounts."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from fairlink.applications.models import Award, Disbursement, DisbursementBatch, PayoutAccount
from fairlink.applications.states.money import DisbursementState
from fairlink.fairs.models import Fair
from fairlink.subsidies.models import Call

_WHOLE = (
    joinedload(Disbursement.call).joinedload(Call.fair).joinedload(Fair.agency),
    joinedload(Disbursement.payee),
    joinedload(Disbursement.award),
)


def payout_account(session: Session, organisation_id: int | None) -> PayoutAccount | None:
    """Where an organisation is paid, or an agency pays from."""
    return None if organisation_id is None else session.get(PayoutAccount, organisation_id)


def payout_accounts(session: Session, organisation_ids: Collection[int]) -> dict[int, PayoutAccount]:
    """The accounts of several organisations by their ids; those without one are left out."""
    query = sa.select(PayoutAccount).where(PayoutAccount.organisation_id.in_(organisation_ids))
    return {each.organisation_id: each for each in session.scalars(query)}


def disbursement(session: Session, disbursement_id: int) -> Disbursement | None:
    """One disbursement with its envelope's call and fair."""
    query = sa.select(Disbursement).where(Disbursement.id == disbursement_id).options(*_WHOLE)
    return session.scalars(query).one_or_none()


def disbursement_by_reference(session: Session, reference: str) -> Disbursement | None:
    """What was ordered under this reference."""
    return session.scalars(sa.select(Disbursement).where(Disbursement.reference == reference)).one_or_none()


def disbursements_of_agency(agency_id: int, state: DisbursementState | None) -> sa.Select[Disbursement]:
    """An agency's disbursements, in one state if given, to be shown page by page."""
    query = sa.select(Disbursement).where(Disbursement.agency_id == agency_id).options(*_WHOLE)
    return query if state is None else query.where(Disbursement.state == state)


def disbursement_counts(session: Session, agency_id: int) -> dict[DisbursementState, int]:
    """How many disbursements of an agency are in each state; states without any are left out."""
    query = sa.select(Disbursement.state, sa.func.count().label("payments")).where(Disbursement.agency_id == agency_id)
    return {row.state: row.payments for row in session.execute(query.group_by(Disbursement.state))}


def waiting_of_agency(session: Session, agency_id: int) -> Sequence[Disbursement]:
    """What waits for a bank file, oldest first."""
    query = sa.select(Disbursement).where(
        Disbursement.agency_id == agency_id, Disbursement.state == DisbursementState.WAITING
    )
    return session.scalars(query.options(*_WHOLE).order_by(Disbursement.id)).all()


def lock_waiting(session: Session, agency_id: int, currency: str) -> Sequence[Disbursement]:
    """What waits for a bank file in one currency, locked, by envelope: envelopes are always drawn in one order."""
    query = sa.select(Disbursement).where(
        Disbursement.agency_id == agency_id,
        Disbursement.currency == currency,
        Disbursement.state == DisbursementState.WAITING,
    )
    return _locked(session, query.order_by(Disbursement.call_id, Disbursement.id))


def lock_batch(session: Session, batch_id: int) -> Sequence[Disbursement]:
    """The payments of one bank file, locked."""
    query = sa.select(Disbursement).where(Disbursement.batch_id == batch_id)
    return _locked(session, query.order_by(Disbursement.id))


def waiting_of_award(session: Session, award_id: int) -> Sequence[Disbursement]:
    """The orders of an award that are in no bank file yet, locked."""
    query = sa.select(Disbursement).where(
        Disbursement.award_id == award_id, Disbursement.state == DisbursementState.WAITING
    )
    return _locked(session, query.order_by(Disbursement.id))


def _locked(session: Session, query: sa.Select[Disbursement]) -> Sequence[Disbursement]:
    return session.scalars(query.with_for_update(), execution_options={"populate_existing": True}).all()


def disbursements_of_award(session: Session, award_id: int) -> Sequence[Disbursement]:
    """Everything that was ordered for an award, oldest first."""
    query = sa.select(Disbursement).where(Disbursement.award_id == award_id).options(joinedload(Disbursement.payee))
    return session.scalars(query.order_by(Disbursement.id)).all()


def paid_by_firm(session: Session, award: Award) -> dict[int, int]:
    """What was paid on an award for each firm, to whomever, or is on its way, in minor units."""
    total = sa.func.sum(Disbursement.amount_minor).label("paid_minor")
    query = sa.select(Disbursement.firm_id, total).where(
        Disbursement.award_id == award.id,
        Disbursement.firm_id.is_not(None),
        Disbursement.state.in_((DisbursementState.SENT, DisbursementState.PAID)),
    )
    return {row.firm_id: int(row.paid_minor) for row in session.execute(query.group_by(Disbursement.firm_id))}


def batch(session: Session, batch_id: int) -> DisbursementBatch | None:
    """One bank file with its payments, without its bytes."""
    query = (
        sa.select(DisbursementBatch)
        .where(DisbursementBatch.id == batch_id)
        .options(
            joinedload(DisbursementBatch.made_by),
            selectinload(DisbursementBatch.disbursements).joinedload(Disbursement.payee),
        )
    )
    return session.scalars(query).one_or_none()


def batches_of_agency(session: Session, agency_id: int) -> Sequence[DisbursementBatch]:
    """The latest bank files of an agency, the newest first."""
    query = sa.select(DisbursementBatch).where(DisbursementBatch.agency_id == agency_id)
    return session.scalars(query.order_by(DisbursementBatch.id.desc()).limit(50)).all()
