"""Invoices and credit notes, numbered without a gap for each agency and year."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from fairlink.accounts import queries as accounts
from fairlink.accounts.models import Organisation
from fairlink.payments import queries
from fairlink.payments.models import Charge, Invoice, InvoiceCounter
from fairlink.payments.states import InvoiceKind


def issue(session: Session, charge: Charge, *, now: datetime) -> Invoice:
    """The invoice of a new charge."""
    return _write(session, charge, InvoiceKind.INVOICE, charge.amount_minor, None, "", now)


def credit(session: Session, charge: Charge, amount_minor: int, reason: str, *, now: datetime) -> None:
    """A credit note for `amount_minor` of a charge. A charge from before there were invoices gets none."""
    invoice = queries.invoice_of_charge(session, charge.id)
    if invoice is not None and amount_minor:
        _write(session, charge, InvoiceKind.CREDIT_NOTE, amount_minor, invoice, reason, now)


def _write(
    session: Session,
    charge: Charge,
    kind: InvoiceKind,
    amount_minor: int,
    corrects: Invoice | None,
    reason: str,
    now: datetime,
) -> Invoice:
    reader = accounts.contact(session, charge.firm_id)
    invoice = Invoice(
        agency_id=charge.agency_id,
        year=now.year,
        number=_next_number(session, charge.agency_id, now.year),
        kind=kind,
        charge=charge,
        corrects=corrects,
        amount_minor=amount_minor,
        currency=charge.currency,
        issued_at=now,
        locale=reader.locale if reader else "en",
        content={
            "seller": _address(charge.agency),
            "buyer": _address(charge.firm),
            "fair": charge.fair.title,
            "reason": reason,
        },
    )
    session.add(invoice)
    session.flush()
    return invoice


def _next_number(session: Session, agency_id: int, year: int) -> int:
    """The next number, whose counter stays locked until the caller's transaction ends: it is used, or given back."""
    first = insert(InvoiceCounter).values(agency_id=agency_id, year=year, last_number=1)
    count = first.on_conflict_do_update(
        index_elements=["agency_id", "year"], set_={"last_number": InvoiceCounter.last_number + 1}
    )
    return int(session.scalars(count.returning(InvoiceCounter.last_number)).one())


def _address(of: Organisation) -> list[str]:
    lines = [of.name, of.company_number or "", ", ".join(filter(None, (of.city, of.country)))]
    return [line for line in lines if line]
