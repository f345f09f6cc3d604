"""Reads of bank accounts, of money on bank statements, and of refund files."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from fairlink.accounts.models import Organisation
from fairlink.fairs.models import Fair
from fairlink.payments.models import BankAccount, BankEntry, BankFile, Charge, Payment, Refund, RefundFile
from fairlink.payments.rules import Owing
from fairlink.payments.states import EntryState, Method, RefundState

#: Files shown.
NEWEST = 10
#: The order of what waits for a decision.
ENTRY_KEYS = (BankEntry.booked_on, BankEntry.id)


def bank_account(session: Session, agency_id: int | None) -> BankAccount | None:
    """Where money for an agency is transferred to."""
    return session.get(BankAccount, agency_id)


def owing(session: Session, agency_id: int) -> list[Owing]:
    """Every charge of an agency as money on its statement is compared with; soonest due first."""
    owed = Charge.amount_minor - Charge.credited_minor - Charge.received_minor + Charge.refunded_minor
    group = sa.func.coalesce(Charge.award_id, -Charge.stay_id)
    query = (
        sa.select(Charge.id, group, Charge.reference, Organisation.name, owed, Charge.currency)
        .join(Organisation, Organisation.id == Charge.firm_id)
        .where(Charge.agency_id == agency_id)
        .order_by(Charge.due_on, Charge.id)
    )
    return [Owing(*row[:4], max(0, row[4]), row[5]) for row in session.execute(query)]


def open_entries(agency_id: int) -> sa.Select[BankEntry]:
    """Money on an agency's statements that waits for a decision."""
    return sa.select(BankEntry).where(BankEntry.agency_id == agency_id, BankEntry.state == EntryState.OPEN)


def bank_files(session: Session, agency_id: int) -> Sequence[BankFile]:
    """The statements that were imported last."""
    query = sa.select(BankFile).where(BankFile.agency_id == agency_id).options(joinedload(BankFile.imported_by))
    return session.scalars(query.order_by(BankFile.id.desc()).limit(NEWEST)).unique().all()


def bank_entry(session: Session, entry_id: int) -> BankEntry | None:
    return session.get(BankEntry, entry_id)


def lock_entry(session: Session, entry_id: int) -> BankEntry:
    """One entry, locked, as it is now."""
    return session.get_one(BankEntry, entry_id, with_for_update={"of": BankEntry}, populate_existing=True)


def charges_named(session: Session, agency_id: int, charge_ids: Sequence[int]) -> Sequence[Charge]:
    """These charges, as far as they are the agency's."""
    query = sa.select(Charge).where(Charge.agency_id == agency_id, Charge.id.in_(charge_ids))
    return session.scalars(query.options(joinedload(Charge.firm)).order_by(Charge.id)).all()


def charges_by_reference(session: Session, agency_id: int, text: str) -> Sequence[Charge]:
    """The agency's charges with these references, however they are spaced and with commas between them."""
    spelt = ["".join(each.split()).upper() for each in text.split(",")]
    query = sa.select(Charge).where(Charge.agency_id == agency_id, Charge.reference.in_(spelt))
    return session.scalars(query.order_by(Charge.id)).all()


def transfers_back(session: Session, agency_id: int) -> Sequence[Refund]:
    """Refunds that the agency's bank has yet to send, oldest first."""
    query = (
        sa.select(Refund)
        .join(Refund.payment)
        .join(Payment.fair)
        .where(
            Fair.agency_id == agency_id,
            Payment.method == Method.TRANSFER,
            Refund.state == RefundState.REQUESTED,
        )
        .options(
            joinedload(Refund.payment).joinedload(Payment.payer), joinedload(Refund.payment).joinedload(Payment.fair)
        )
        .order_by(Refund.id)
    )
    return session.scalars(query).unique().all()


def refund_file(session: Session, file_id: int) -> RefundFile | None:
    return session.get(RefundFile, file_id)


def refunds_in_file(session: Session, file_id: int) -> Sequence[Refund]:
    """What a file tells the bank to send."""
    query = (
        sa.select(Refund)
        .where(Refund.file_id == file_id)
        .options(
            joinedload(Refund.payment).joinedload(Payment.payer), joinedload(Refund.payment).joinedload(Payment.fair)
        )
        .order_by(Refund.id)
    )
    return session.scalars(query).unique().all()


def refund_files(session: Session, agency_id: int) -> Sequence[tuple[RefundFile, int]]:
    """The files that were made last, each with how many of its refunds are still to be sent."""
    waits = sa.func.count(Refund.id).filter(Refund.state == RefundState.REQUESTED)
    query = (
        sa.select(RefundFile, waits)
        .outerjoin(Refund, Refund.file_id == RefundFile.id)
        .where(RefundFile.agency_id == agency_id)
        .group_by(RefundFile.id)
        .order_by(RefundFile.id.desc())
        .limit(NEWEST)
    )
    return [(file, int(count)) for file, count in session.execute(query)]
