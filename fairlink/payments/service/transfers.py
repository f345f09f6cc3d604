"""Bank transfers: the agency's account, and what came in on it."""

import uuid
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


def record_transfer(
    session: Session, charge: Charge, amount: Money, received_on: date, *, key: uuid.UUID, by: User, now: datetime
) -> Payment:
    """Money for a charge has come in on the agency's account; the firm gets its receipt.

    More or less than is owed is taken as it is: the money is there. A second call with the same `key` is a Conflict.
    Raises Invalid for another currency or nothing.
    """
    (locked,) = queries.lock_charges(session, [charge.id])
    if amount.currency != locked.currency or amount.minor <= 0:
        raise Invalid("amount_not_positive", field="amount")
    payment = Payment(
        key=key,
        fair_id=locked.fair_id,
        payer_id=locked.firm_id,
        method=Method.TRANSFER,
        state=PaymentState.PAID,
        amount_minor=amount.minor,
        currency=amount.currency,
        created_at=now,
        made_by=by,
        received_on=received_on,
        paid_at=now,
        parts=[PaymentPart(charge=locked, amount_minor=amount.minor)],
    )
    session.add(payment)
    record(session, "payment:record_transfer", payment, by=by, now=now, amount_minor=amount.minor)
    receive(session, payment, by=by, now=now)
    return payment
