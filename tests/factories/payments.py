"""Charges, invoices, bank entries, payments and refunds for tests."""

import uuid
from datetime import date
from typing import Any

from fairlink.accounts.models import Organisation, User
from fairlink.applications.models import Application, Award
from fairlink.fairs.models import Fair
from fairlink.payments.models import (
    BankEntry,
    BankFile,
    Charge,
    ChargeEntry,
    Invoice,
    Payment,
    PaymentPart,
    Price,
    Receipt,
    Refund,
    RefundFile,
    RefundPart,
)
from fairlink.payments.rules import creditor_reference
from fairlink.payments.states import (
    ChargeKind,
    EntryState,
    FileFormat,
    InvoiceKind,
    Method,
    PaymentState,
    PriceUnit,
    RefundState,
)
from fairlink.payments.states import EntryKind as ChargeEntryKind
from tests.factories.making import MADE_AT, add, numbers


def charge(of: Award, firm: Organisation, **values: Any) -> Charge:
    """An own contribution of 1,500.00 EUR, with its entry."""
    kind = values.get("kind", ChargeKind.OWN_CONTRIBUTION)
    defaults = {
        "award_id": of.id,
        "firm_id": firm.id,
        "agency_id": of.application.agency_id,
        "fair_id": of.application.call.fair_id,
        "kind": kind,
        "amount_minor": 150_000,
        "currency": of.currency,
        "due_on": date(2027, 2, 9),
        "reference": creditor_reference(of.id, kind, firm.id),
        "credited_minor": 0,
        "received_minor": 0,
        "refunded_minor": 0,
        "created_at": MADE_AT,
    }
    made = add(Charge(**defaults | values))
    add(ChargeEntry(charge_id=made.id, kind=ChargeEntryKind.CHARGED, amount_minor=made.amount_minor, at=MADE_AT))
    return made


def owing(of: Application) -> Application:
    """An accepted application whose scheme pays the organiser: each firm owes the agency its own part."""
    assert of.award is not None
    of.quote = {
        "members": [
            {"member": str(each.firm_id), "lines": [{"payee": "organiser", "own_minor": each.own_minor}]}
            for each in of.award.members
        ]
    }
    return add(of)


def price(at: Fair, kind: ChargeKind = ChargeKind.EXTRA, **values: Any) -> Price:
    """A chair of 25.00 EUR for each firm that orders it."""
    defaults = {
        "fair_id": at.id,
        "kind": kind,
        "name": "Chair",
        "amount_minor": 2_500,
        "currency": "EUR",
        "unit": PriceUnit.FIRM,
        "due_on": date(2027, 2, 20),
        "created_at": MADE_AT,
    }
    return add(Price(**defaults | values))


def invoice(of: Charge, **values: Any) -> Invoice:
    """Invoice 2027-00001 of a charge."""
    content = {"seller": ["Agency"], "buyer": [of.firm.name], "fair": of.fair.title, "reason": ""}
    defaults = {
        "agency_id": of.agency_id,
        "year": 2027,
        "number": 1,
        "kind": InvoiceKind.INVOICE,
        "charge_id": of.id,
        "amount_minor": of.amount_minor,
        "currency": of.currency,
        "issued_at": MADE_AT,
        "locale": "en",
        "content": content,
    }
    return add(Invoice(**defaults | values))


def bank_entry(of: User, **values: Any) -> BankEntry:
    """10.00 EUR on the statement of the agency of `of`, to be decided."""
    number = next(numbers)
    file = add(
        BankFile(
            agency_id=of.organisation_id,
            digest=str(number),
            name="statement.xml",
            entries=1,
            imported_at=MADE_AT,
            imported_by_id=of.id,
        )
    )
    defaults = {
        "agency_id": of.organisation_id,
        "file_id": file.id,
        "identity": str(number),
        "state": EntryState.OPEN,
        "booked_on": MADE_AT.date(),
        "amount_minor": 1_000,
        "currency": "EUR",
        "payer": "Somebody",
        "account": "DE89370400440532013000",
        "reference": "",
        "text": "",
    }
    return add(BankEntry(**defaults | values))


def refund_file(of: User, **values: Any) -> RefundFile:
    """A table of transfers back, still empty."""
    defaults = {"agency_id": of.organisation_id, "format": FileFormat.CSV, "made_at": MADE_AT, "made_by_id": of.id}
    return add(RefundFile(**defaults | values))


def transfer(of: Charge, by: User, **values: Any) -> Payment:
    """The whole amount of a charge, received by bank transfer."""
    defaults = {
        "key": uuid.uuid4(),
        "fair_id": of.fair_id,
        "payer_id": of.firm_id,
        "method": Method.TRANSFER,
        "state": PaymentState.PAID,
        "amount_minor": of.amount_minor,
        "currency": of.currency,
        "created_at": MADE_AT,
        "made_by_id": by.id,
        "received_on": MADE_AT.date(),
        "paid_at": MADE_AT,
    }
    made = add(Payment(**defaults | values))
    add(PaymentPart(payment_id=made.id, charge_id=of.id, amount_minor=made.amount_minor))
    add(Receipt(payment_id=made.id, issued_at=MADE_AT))
    of.received_minor += made.amount_minor
    kind = ChargeEntryKind.RECEIVED
    add(ChargeEntry(charge_id=of.id, kind=kind, amount_minor=made.amount_minor, at=MADE_AT, payment_id=made.id))
    return made


def refund(of: Payment, **values: Any) -> Refund:
    """10.00 EUR of a payment for one charge, to be sent back."""
    defaults = {
        "key": uuid.uuid4(),
        "payment_id": of.id,
        "state": RefundState.REQUESTED,
        "amount_minor": 1000,
        "currency": of.currency,
        "requested_at": MADE_AT,
        "attempt": 1,
    }
    made = add(Refund(**defaults | values))
    add(RefundPart(refund_id=made.id, charge_id=of.parts[0].charge_id, amount_minor=made.amount_minor))
    return made
