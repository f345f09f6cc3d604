"""Reads of bank accounts."""

from sqlalchemy.orm import Session

from fairlink.payments.models import BankAccount


def bank_account(session: Session, agency_id: int | None) -> BankAccount | None:
    """Where money for an agency is transferred to."""
    return session.get(BankAccount, agency_id)
