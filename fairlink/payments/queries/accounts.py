"""Reads of agencies' accounts at Stripe."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.payments.models import CardAccount, Payment
from fairlink.payments.states import CardAccountKind


def card_account(session: Session, agency_id: int) -> CardAccount | None:
    """The account to which new card payments for an agency go; None if it has none of its own."""
    return card_accounts(session, [agency_id]).get(agency_id)


def card_accounts(session: Session, agency_ids: Collection[int]) -> dict[int, CardAccount]:
    """The accounts of these agencies, by agency; those without one are left out."""
    query = sa.select(CardAccount).where(CardAccount.agency_id.in_(agency_ids), CardAccount.ended_at.is_(None))
    return {account.agency_id: account for account in session.scalars(query)}


def keyed_accounts(session: Session, agency_id: int | None = None) -> Sequence[CardAccount]:
    """Accounts with keys of their own, ended ones too, newest first; of one agency or of all."""
    query = sa.select(CardAccount).where(CardAccount.kind == CardAccountKind.OWN_KEYS)
    if agency_id is not None:
        query = query.where(CardAccount.agency_id == agency_id)
    return session.scalars(query.order_by(CardAccount.id.desc())).all()


def accounts_named(session: Session, connected_id: str) -> Sequence[CardAccount]:
    """Every row of one connected account, ended ones too."""
    return session.scalars(sa.select(CardAccount).where(CardAccount.connected_id == connected_id)).all()


def has_payments(session: Session, account: CardAccount) -> bool:
    """Whether anything was paid, or begun to be paid, with an account."""
    return bool(session.scalar(sa.select(sa.exists().where(Payment.card_account_id == account.id))))
