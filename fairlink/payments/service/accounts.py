"""An agency's account at Stripe: set, tested, removed. Stripe is asked before anything is kept."""

from datetime import datetime

from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.audit.service import record
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Invalid
from fairlink.payments import gateway, queries
from fairlink.payments.models import CardAccount
from fairlink.payments.states import CardAccountKind

_SHOWN = 4


def connect_account(session: Session, agency_id: int, connected_id: str, *, by: User, now: datetime) -> CardAccount:
    """Let new card payments of an agency go to an account that is connected to the platform's. Commits by itself.

    Raises Invalid for one that Stripe does not let us act on, or that is another agency's; CardServiceAway.
    """
    if any(each.agency_id != agency_id for each in queries.accounts_named(session, connected_id)):
        raise Invalid("card_account_taken", field="connected_id")
    try:
        gateway.connected(connected_id).check()
    except gateway.CardServiceRefused as refusal:
        raise Invalid("card_account_refused", field="connected_id") from refusal
    with unit_of_work(session):
        account = CardAccount(
            agency_id=agency_id,
            kind=CardAccountKind.CONNECTED,
            connected_id=connected_id,
            ending=connected_id[-_SHOWN:],
            created_at=now,
            created_by_id=by.id,
        )
        return _replace(session, account, by=by, now=now)


def save_keys(
    session: Session, agency_id: int, secret_key: str, webhook_secret: str, *, by: User, now: datetime
) -> CardAccount:
    """Let new card payments of an agency go to the account of its own keys, which are sealed. Commits by itself.

    Raises Invalid for a key that Stripe does not take; CardServiceAway.
    """
    try:
        gateway.keyed(secret_key).check()
    except gateway.CardServiceRefused as refusal:
        raise Invalid("card_account_refused", field="secret_key") from refusal
    vault = gateway.vault()
    with unit_of_work(session):
        account = CardAccount(
            agency_id=agency_id,
            kind=CardAccountKind.OWN_KEYS,
            sealed_key=vault.seal(secret_key),
            sealed_webhook_secret=vault.seal(webhook_secret),
            ending=secret_key[-_SHOWN:],
            created_at=now,
            created_by_id=by.id,
        )
        return _replace(session, account, by=by, now=now)


def _replace(session: Session, account: CardAccount, *, by: User, now: datetime) -> CardAccount:
    remove_account(session, account.agency_id, by=by, now=now)
    session.add(account)
    # Whoever changes it redirects money: the trail has what the page shows, and never a key.
    record(session, "card_account:save", account, by=by, now=now, kind=account.kind, ending=account.ending)
    return account


def remove_account(session: Session, agency_id: int, *, by: User, now: datetime) -> None:
    """Take no new card payments on an agency's account. What was paid with it is still asked about and given back, for
    which its keys stay sealed; an account without a payment is deleted."""
    account = queries.card_account(session, agency_id)
    if account is None:
        return
    record(session, "card_account:remove", account, by=by, now=now, kind=account.kind, ending=account.ending)
    if queries.has_payments(session, account):
        account.ended_at = now
    else:
        session.delete(account)
    session.flush()


def seal_anew(session: Session) -> int:
    """Seal the keys of all agencies under the newest key of the environment; returns of how many accounts.

    Raises NotOpened if the key under which one was sealed is no longer set.
    """
    vault, accounts = gateway.vault(), queries.keyed_accounts(session)
    for account in accounts:
        account.sealed_key = vault.seal_anew(account.sealed_key or "")
        account.sealed_webhook_secret = vault.seal_anew(account.sealed_webhook_secret or "")
    return len(accounts)
