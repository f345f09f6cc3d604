"""Sending on the worker: claim, commit, send, mark; and the sweeps of what was left lying."""

import time
from datetime import datetime, timedelta

import structlog

from fairlink.kernel.database import Session, aside, unit_of_work
from fairlink.mail import emails, queries, service
from fairlink.mail.gateway import PermanentFailure, TemporaryFailure, gateway, reports, unread_reports
from fairlink.mail.rules import read_report

log = structlog.get_logger()


def deliver(session: Session, *, now: datetime, mail_id: int) -> None:
    """Send one message, if it is due and nobody else does.

    The claim is committed first, so that an attempt is counted even if it kills the worker. Then the row stays locked
    from before the sending until its end is marked: a worker that stands still for hours keeps its message, one that
    dies loses it at once, and one that was swept before it could lock finds its claim gone and sends nothing. Only a
    death between the server's answer and the mark makes a repeat, under the same Message-ID.

    From a restored copy nothing leaves; once it is released, the sweep takes up what waits.
    """
    with unit_of_work(session):
        if queries.is_held(session):
            return
        claim = service.claim(session, mail_id, now=now)
    if claim is None:
        return
    with unit_of_work(session):
        message = queries.held_message(session, mail_id, claim)
        if message is None:
            log.warning("mail_claim_lost", mail_id=mail_id)
            return
        mail = emails.compose(message, now)
        if message.list_id:
            # What somebody needs, such as an award, waits for nothing.
            _await_turn(session, gateway().gap)
        try:
            gateway().deliver(mail, sender=emails.post().sender_email, to=message.to_email)
        except TemporaryFailure as failure:
            service.postpone(session, message, str(failure), now=now)
            log.warning("mail_postponed", mail_id=mail_id, attempts=message.attempts, state=message.state)
        except PermanentFailure as failure:
            service.give_up(session, message, str(failure), bad_address=failure.bad_address, now=now)
            log.warning("mail_refused", mail_id=mail_id, bad_address=failure.bad_address)
        else:
            service.accept(message, now=now)
            # The row itself says so for good; in the log it would drown everything else.
            log.debug("mail_sent", mail_id=mail_id, template=message.template, attempts=message.attempts)


def _await_turn(session: Session, gap: timedelta) -> None:
    """Let mails of lists leave at the rate.

    It is the last thing before the handing over, since whatever took time between would bunch the mails again.
    """
    if gap:
        with aside(session) as turns:
            wait = service.take_turn(turns, gap)
        time.sleep(wait)


def sweep(session: Session, *, now: datetime) -> None:
    """Take up again what dead workers had claimed and what lost its job."""
    if queries.is_held(session):
        log.warning("mail_held", mend="fairlink mail release")
        return
    released = service.release_abandoned(session, now=now)
    deferred = service.defer_overdue(session, now=now)
    if released or deferred:
        log.info("mail_swept", released=released, deferred=deferred)


def read_reports(session: Session, *, now: datetime) -> None:
    """Read the mailbox for bounces, where there is one: each mail's effect is committed before it counts as read."""
    if not reports().mailbox:
        return
    try:
        for content in unread_reports():
            with unit_of_work(session):
                take_reports(session, content, now=now)
    except TemporaryFailure as failure:
        log.warning("mailbox_away", error=str(failure))


def take_reports(session: Session, content: bytes, *, now: datetime) -> int:
    """Act on one received mail; the number of addresses that get no mails because of it."""
    return sum(service.take_report(session, report, now=now) for report in read_report(content))


def empty_old(session: Session, *, now: datetime) -> None:
    """Remove the words of old mails."""
    if count := service.empty_old(session, now=now):
        log.info("mail_emptied", count=count)
