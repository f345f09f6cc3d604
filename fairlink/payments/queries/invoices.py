"""Reads of invoices and of what a firm owes at one fair."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from fairlink.applications.models import Application, Award
from fairlink.payments.models import Charge, Invoice
from fairlink.payments.states import InvoiceKind
from fairlink.subsidies.models import Call


def invoice(session: Session, invoice_id: int) -> Invoice | None:
    """One invoice or credit note with its charge and the invoice that it corrects."""
    query = (
        sa.select(Invoice)
        .where(Invoice.id == invoice_id)
        .options(
            joinedload(Invoice.charge).joinedload(Charge.award).joinedload(Award.application),
            joinedload(Invoice.charge).joinedload(Charge.fair),
            joinedload(Invoice.corrects),
        )
    )
    return session.scalars(query).unique().one_or_none()


def invoices_of_charge(session: Session, charge_id: int) -> Sequence[Invoice]:
    """The invoice of a charge and its credit notes, oldest first."""
    return session.scalars(sa.select(Invoice).where(Invoice.charge_id == charge_id).order_by(Invoice.id)).all()


def invoice_of_charge(session: Session, charge_id: int) -> Invoice | None:
    """The invoice of a charge; charges that are older than invoices have none."""
    query = sa.select(Invoice).where(Invoice.charge_id == charge_id, Invoice.kind == InvoiceKind.INVOICE)
    return session.scalar(query)


def charges_at_fair(session: Session, of: Charge) -> Sequence[Charge]:
    """All charges of the firm of this charge at its fair, each with its ledger, oldest first."""
    application = joinedload(Charge.award).joinedload(Award.application)
    query = (
        sa.select(Charge)
        .where(Charge.firm_id == of.firm_id, Charge.fair_id == of.fair_id)
        .options(
            application.joinedload(Application.call).joinedload(Call.fair),
            joinedload(Charge.fair),
            joinedload(Charge.firm),
            selectinload(Charge.entries),
        )
        .order_by(Charge.id)
    )
    return session.scalars(query).unique().all()
