"""Bank transfers: the agency's account, and what came in on it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.audit.service import record
from fairlink.kernel.errors import Invalid
from fairlink.kernel.money import Money
from fairlink.payments import queries
from fairlink.payments.models import BankAccount, Charge, Payment, PaymentPart
from fairlink.payments.service.ledger import receive
from fairlink.payments.states import Method, PaymentState


def save_bank_account(
    session: Session, agency_id: int, *, holder: str, number: str, bank: str, bic: str, by: User, now: datetime
) -> BankAccount:
    """Say where firms transfer money to."""
    account = queries.bank_account(session, agency_id)
    if account is None:
        account = BankAccount(agency_id=agency_id)
        session.add(account)
    account.holder, account.number, account.bank, account.bic = holder, number, bank, bic
    account.changed_at, account.changed_by_id = now, by.id
    session.flush()
    # Whoever changes it redirects money: the trail keeps the number itself.
    record(session, "bank_account:save", by, by=by, now=now, agency_id=agency_id, number=number)
    return account


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose account a transfer came from, as far as it is known: money that goes back goes there."""

    holder: str = ""
    number: str = ""


def record_transfer(
    session: Session,
    charge: Charge,
    amount: Money,
    received_on: date,
    sender: Sender = Sender(),
    *,
    key: uuid.UUID,
    by: User,
    now: datetime,
) -> Payment:
    """Money for a charge has come in on the agency's account; the firm gets its receipt.

    More or less than is owed is taken as it is: the money is there. A second call with the same `key` is a Conflict.
    Raises Invalid for another currency or nothing.
    """
    if amount.currency != charge.currency or amount.minor <= 0:
        raise Invalid("amount_not_positive", field="amount")
    return take_transfer(session, {charge.id: amount.minor}, received_on, sender, key=key, by=by, now=now)


def take_transfer(
    session: Session,
    parts: Mapping[int, int],
    received_on: date,
    sender: Sender,
    *,
    by: User,
    now: datetime,
    key: uuid.UUID | None = None,
) -> Payment:
    """One transfer for charges of one fair and currency: minor units by the charge's id.

    It counts as paid by the firm that owes it, or by the lead where it is for several firms.
    """
    charges = queries.lock_charges(session, parts)
    firms = {charge.firm_id for charge in charges}
    amount_minor = sum(parts.values())
    application = charges[0].application
    payment = Payment(
        key=key or uuid.uuid4(),
        fair_id=charges[0].fair_id,
        payer_id=charges[0].firm_id if len(firms) == 1 or application is None else application.lead_firm_id,
        method=Method.TRANSFER,
        state=PaymentState.PAID,
        amount_minor=amount_minor,
        currency=charges[0].currency,
        created_at=now,
        made_by=by,
        received_on=received_on,
        paid_at=now,
        account_holder=sender.holder,
        account_number=sender.number,
        parts=[PaymentPart(charge=charge, amount_minor=parts[charge.id]) for charge in charges],
    )
    session.add(payment)
    record(session, "payment:record_transfer", payment, by=by, now=now, amount_minor=amount_minor)
    receive(session, payment, by=by, now=now)
    return payment
