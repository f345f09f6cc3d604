"""Reading messages and suppressions."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.mail.models import MailHome, MailMessage, MailSuppression
from fairlink.mail.states import FINAL, MailState, SuppressionReason

#: The `list_id` of a suppression that holds for every list.
EVERY_LIST = ""


def mail(session: Session, mail_id: int) -> MailMessage | None:
    """The message, or None."""
    return session.get(MailMessage, mail_id)


def mail_by_key(session: Session, key: str) -> MailMessage | None:
    """The message that was posted under `key`, or None."""
    return session.scalar(sa.select(MailMessage).where(MailMessage.key == key))


def mail_by_token(session: Session, token: str) -> MailMessage | None:
    """The message whose unsubscribe link holds `token`, or None."""
    return session.scalar(sa.select(MailMessage).where(MailMessage.unsubscribe_token == token))


def is_suppressed(session: Session, email: str, list_id: str | None = None) -> bool:
    """Whether `email` gets no more mail of `list_id`; without a list, whether of any list."""
    query = sa.select(MailSuppression.id).where(MailSuppression.email == email).limit(1)
    if list_id is not None:
        query = query.where(MailSuppression.list_id.in_((list_id, EVERY_LIST)))
    return session.scalar(query) is not None


def has_bounced(session: Session, email: str) -> bool:
    """Whether mails to `email` came back for good; who unsubscribed or complained did get them."""
    query = sa.select(MailSuppression.id).where(
        MailSuppression.email == email, MailSuppression.reason == SuppressionReason.BOUNCED
    )
    return session.scalar(query.limit(1)) is not None


def mail_of_report(session: Session, message_id: str, email: str) -> MailMessage | None:
    """The message with that Message-ID, if it was for that address."""
    query = sa.select(MailMessage).where(MailMessage.message_id == message_id, MailMessage.to_email == email)
    return session.scalar(query)


def posted_since(session: Session, email: str, list_id: str, since: datetime) -> int:
    """How many messages of a list were posted to an address after an instant."""
    query = (
        sa.select(sa.func.count())
        .select_from(MailMessage)
        .where(MailMessage.to_email == email, MailMessage.list_id == list_id, MailMessage.created_at > since)
    )
    return session.scalar(query) or 0


def held_message(session: Session, mail_id: int, claim_id: object) -> MailMessage | None:
    """The message, locked until the transaction ends, if `claim_id` still holds it; None if somebody else does."""
    query = (
        sa.select(MailMessage)
        .where(MailMessage.id == mail_id, MailMessage.claim_id == claim_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.scalar(query)


def due_message(session: Session, mail_id: int, now: datetime) -> MailMessage | None:
    """The message, locked, if it waits and its next attempt is due at `now`; None also while somebody else holds it."""
    query = (
        sa.select(MailMessage)
        .where(MailMessage.id == mail_id, MailMessage.state == MailState.QUEUED, MailMessage.next_attempt_at <= now)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return session.scalar(query)


def abandoned(session: Session, claimed_before: datetime, limit: int) -> list[MailMessage]:
    """Claims from before an instant that no live worker holds: a worker locks its row for as long as it sends."""
    query = (
        sa.select(MailMessage)
        .where(MailMessage.state == MailState.CLAIMED, MailMessage.claimed_at < claimed_before)
        .order_by(MailMessage.claimed_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(session.scalars(query))


def overdue_ids(session: Session, due_before: datetime, limit: int) -> list[int]:
    """Messages whose next attempt was due before an instant, the longest due first."""
    query = (
        sa.select(MailMessage.id)
        .where(MailMessage.state == MailState.QUEUED, MailMessage.next_attempt_at < due_before)
        .order_by(MailMessage.next_attempt_at)
        .limit(limit)
    )
    return list(session.scalars(query))


def to_empty(session: Session, now: datetime, keep: timedelta, limit: int) -> list[MailMessage]:
    """Finished messages older than `keep` that still have their words, oldest first."""
    query = (
        sa.select(MailMessage)
        .where(MailMessage.state.in_(FINAL), MailMessage.created_at < now - keep, MailMessage.html != "")
        .order_by(MailMessage.id)
        .limit(limit)
    )
    return list(session.scalars(query))


#: Which database this is: it differs in each copy that `pg_restore` makes, on the same machine too.
THIS_DATABASE = sa.text(
    "SELECT system_identifier || '/' || oid FROM pg_control_system(), pg_database WHERE datname = current_database()"
).columns(sa.column("database", sa.Text))


def is_held(session: Session) -> bool:
    """Whether no mail leaves, since this database is a restored copy that nobody has released yet."""
    this = session.scalar(THIS_DATABASE)
    return bool(session.scalar(sa.select(MailHome.database)) != this)
