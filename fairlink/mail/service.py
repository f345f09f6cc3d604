"""The verbs of mail: post, claim, finish, sweep, unsubscribe."""

import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from fairlink.kernel.queue import defer
from fairlink.kernel.states import next_state
from fairlink.mail import emails, queries, rules
from fairlink.mail.models import MailAttachment, MailHome, MailMessage, MailPace, MailSuppression
from fairlink.mail.states import TRANSITIONS, MailAction, MailState, SuppressionReason

DELIVER = "mail.deliver"
#: A queue of its own, which each worker works off one by one: a killed worker has one mail in hand at most.
QUEUE = "mail"
#: Mails of lists make way for those that somebody waits for, such as a new password.
LATER = -1
#: Mails that one sweep looks at; the next one takes the next.
SWEEP = 500


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to go with a mail; `method` is the iTIP method (REQUEST, CANCEL) of a ``text/calendar`` file."""

    name: str
    mime: str
    content: bytes
    method: str | None = None


def post(
    session: Session,
    template: str,
    *,
    to: str,
    name: str,
    locale: str,
    now: datetime,
    key: str | None = None,
    context: Mapping[str, Any],
    attachments: Sequence[Attachment] = (),
    list_id: str | None = None,
    unsubscribable: bool = False,
) -> MailMessage:
    """Render the mail `template` for one person and let a worker send it once the transaction has committed.

    The same `key` is posted once: a second post returns the first message and changes nothing. `list_id` names the
    kind of mail for those that come without having been asked for; with `unsubscribable` its receiver can end it with
    one click. To somebody who did, the message is recorded as suppressed. `locale` is the receiver's.
    """
    if unsubscribable and not list_id:
        raise ValueError("only mail of a list can be unsubscribed from")
    if key is not None and (earlier := queries.mail_by_key(session, key)):
        return earlier
    token = secrets.token_urlsafe(24) if unsubscribable else None
    way_out = emails.unsubscribe_url(token) if token else None
    values = {
        "message_id": f"<{uuid.uuid4()}@{emails.post().host}>",
        "key": key,
        "to_email": emails.one_line(to),
        "to_name": emails.one_line(name),
        "locale": locale,
        "template": template,
        **asdict(emails.render(template, locale, context, unsubscribe_url=way_out)),
        "list_id": list_id,
        "unsubscribe_token": token,
        "state": MailState.QUEUED,
        "next_attempt_at": now,
        "created_at": now,
    }
    message, is_new = _insert(session, values)
    if not is_new:
        return message
    message.attachments += [MailAttachment(**asdict(item)) for item in attachments]
    if _is_unwanted(session, message):
        _move(message, MailAction.SUPPRESS)
    else:
        _defer(session, message)
    session.flush()
    return message


def take_turn(session: Session, gap: timedelta) -> float:
    """Seconds to wait before a mail of a list may leave, so that at least `gap` lies between two of all workers.

    Each worker has one mail in hand and waits for its own turn only: however many are overdue after a pause, they
    leave one by one.
    """
    # The database's clock: all workers share it.
    there, pause = sa.func.clock_timestamp(), sa.literal(gap, sa.Interval())
    first = insert(MailPace).values(id=1, next_at=there + pause)
    row = first.on_conflict_do_update(
        index_elements=["id"], set_={"next_at": sa.func.greatest(MailPace.next_at, there) + pause}
    ).returning(sa.func.extract("epoch", MailPace.next_at - pause - there))
    return max(0.0, float(session.scalar(row) or 0))


def claim(session: Session, mail_id: int, *, now: datetime) -> uuid.UUID | None:
    """Take one due message for an attempt of one's own; commit before sending.

    Returns the claim by which `queries.held_message` gives it out, or None if there is nothing to do: sent, taken by
    somebody else, not due, or not wanted any more.
    """
    message = queries.due_message(session, mail_id, now)
    if message is None:
        return None
    if _is_unwanted(session, message):
        _move(message, MailAction.SUPPRESS)
        return None
    _move(message, MailAction.CLAIM)
    message.claim_id, message.claimed_at = uuid.uuid4(), now
    message.attempts += 1
    return message.claim_id


def accept(message: MailMessage, *, now: datetime) -> None:
    """The mail server has taken the claimed message."""
    _move(message, MailAction.ACCEPT)
    _drop_claim(message)
    message.sent_at, message.last_error = now, None


def postpone(session: Session, message: MailMessage, error: str, *, now: datetime) -> None:
    """The claimed message could not be sent for the time being: try again later, at last give up."""
    message.last_error = error
    pause = rules.pause_after(message.attempts)
    _move(message, MailAction.GIVE_UP if pause is None else MailAction.POSTPONE)
    _drop_claim(message)
    if pause is not None:
        message.next_attempt_at = now + pause
        _defer(session, message, schedule_at=message.next_attempt_at)


def give_up(session: Session, message: MailMessage, error: str, *, bad_address: bool, now: datetime) -> None:
    """The claimed message is refused for good; a bad address gets no more mail of any list."""
    message.last_error = error
    _move(message, MailAction.GIVE_UP)
    _drop_claim(message)
    if bad_address:
        _suppress(session, message, queries.EVERY_LIST, SuppressionReason.BOUNCED, now, error)


def release_abandoned(session: Session, *, now: datetime) -> int:
    """Give the claims of dead workers back to the queue; returns how many."""
    messages = queries.abandoned(session, now - rules.CLAIM_LEASE, SWEEP)
    for message in messages:
        if rules.pause_after(message.attempts) is None:
            # It has taken a worker down with it each time.
            message.last_error = "abandoned"
            _move(message, MailAction.GIVE_UP)
            _drop_claim(message)
        else:
            _move(message, MailAction.RELEASE)
            _drop_claim(message)
            message.next_attempt_at = now
            _defer(session, message)
    return len(messages)


def defer_overdue(session: Session, *, now: datetime) -> int:
    """Give messages whose job was lost a new one; returns how many."""
    lost = [
        mail_id
        for mail_id in queries.overdue_ids(session, now - rules.JOB_GRACE, SWEEP)
        # Without the lock each sweep would add a job until a worker comes.
        if defer(session, DELIVER, queue=QUEUE, priority=LATER, queueing_lock=f"mail:{mail_id}", mail_id=mail_id)
    ]
    return len(lost)


def empty_old(session: Session, *, now: datetime) -> int:
    """Remove the words and files of mails that were finished long ago; returns how many."""
    messages = queries.to_empty(session, now, rules.KEEP_WORDS, SWEEP)
    for message in messages:
        message.text = message.html = ""
        message.attachments.clear()
    return len(messages)


def unsubscribe(session: Session, message: MailMessage, *, now: datetime) -> None:
    """The receiver of `message` wants no more mail of its list; harmless when repeated."""
    if message.list_id is None:
        raise ValueError("not a mail of a list")
    _suppress(session, message, message.list_id, SuppressionReason.UNSUBSCRIBED, now)


def take_report(session: Session, report: rules.Report, *, now: datetime) -> bool:
    """Suppress the address of a mail that bounced for good (all lists) or was complained of (its list).

    Nothing happens, and False is returned, unless the report names a mail that we sent to that very address: anybody
    can write a report.
    """
    message = queries.mail_of_report(session, report.message_id, report.email)
    if message is None:
        return False
    if report.complaint:
        list_id, reason = message.list_id or queries.EVERY_LIST, SuppressionReason.COMPLAINED
    else:
        list_id, reason = queries.EVERY_LIST, SuppressionReason.BOUNCED
    _suppress(session, message, list_id, reason, now, report.detail)
    return True


def lift(session: Session, suppression: MailSuppression) -> None:
    """Let an address get mails again."""
    session.delete(suppression)


def _insert(session: Session, values: dict[str, Any]) -> tuple[MailMessage, bool]:
    """The new message and True; or, if another transaction has posted its key meanwhile, that one's and False."""
    # The index decides; waiting for the other transaction is left to the database.
    statement = insert(MailMessage).values(values).on_conflict_do_nothing(index_elements=["key"])
    message: MailMessage | None = session.scalar(statement.returning(MailMessage))
    if message is not None:
        return message, True
    winner = queries.mail_by_key(session, values["key"])
    assert winner is not None
    return winner, False


def _defer(session: Session, message: MailMessage, schedule_at: datetime | None = None) -> None:
    priority = 0 if message.list_id is None else LATER
    defer(session, DELIVER, queue=QUEUE, priority=priority, schedule_at=schedule_at, mail_id=message.id)


def _is_unwanted(session: Session, message: MailMessage) -> bool:
    """Only mail of a list can be: what somebody needs, such as an award or a new password, is always tried."""
    return message.list_id is not None and queries.is_suppressed(session, message.to_email, message.list_id)


def _suppress(
    session: Session,
    message: MailMessage,
    list_id: str,
    reason: SuppressionReason,
    now: datetime,
    detail: str = "",
) -> None:
    values = {
        "email": message.to_email,
        "list_id": list_id,
        "reason": reason,
        "mail_id": message.id,
        "detail": detail,
        "created_at": now,
    }
    session.execute(insert(MailSuppression).values(values).on_conflict_do_nothing())


def _move(message: MailMessage, action: MailAction) -> None:
    message.state = next_state(TRANSITIONS, message.state, action)


def _drop_claim(message: MailMessage) -> None:
    message.claim_id = message.claimed_at = None


def release_held(session: Session, *, now: datetime) -> None:
    """Let mail leave from this database, be it a restored copy: from now on it is the one that sends what is due."""
    there = sa.func.clock_timestamp()
    values = {"database": session.scalar(queries.THIS_DATABASE), "released_at": there}
    row = insert(MailHome).values(id=1, **values)
    session.execute(row.on_conflict_do_update(index_elements=["id"], set_=values))
    # At once, and not when a sweep takes their jobs for lost; it takes up the rest of very many.
    defer_overdue(session, now=now + rules.JOB_GRACE + timedelta(microseconds=1))
