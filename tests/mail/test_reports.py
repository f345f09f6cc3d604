"""Bounces and complaints: read from mails and from a provider, and believed only about mails of ours."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.kernel.clock import utcnow
from fairlink.mail import gateway, jobs, rules
from fairlink.mail.models import MailMessage, MailSuppression
from fairlink.mail.states import MailState

Post = Callable[..., MailMessage]
SECRET = "a-secret-of-the-test"  # a made-up value


def bounce(message: MailMessage, *, status: str = "5.1.1", action: str = "failed", to: str | None = None) -> bytes:
    """A delivery status notification about a message, as mail servers write it."""
    return f"""From: MAILER-DAEMON@mx.example
To: no-reply@fairs.example
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="b"
MIME-Version: 1.0

--b
Content-Type: text/plain

I'm sorry.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {to or message.to_email}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} No such user
 here

--b
Content-Type: text/rfc822-headers

Message-ID: {message.message_id}
Subject: News

--b--
""".encode()


def complaint(message: MailMessage) -> bytes:
    return f"""From: fbl@provider.example
Content-Type: multipart/report; report-type=feedback-report; boundary="b"
MIME-Version: 1.0

--b
Content-Type: text/plain

This is spam.

--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Provider/1.0
Version: 1
Original-Rcpt-To: <{message.to_email}>

--b
Content-Type: message/rfc822

Message-ID: {message.message_id}
Subject: News

Hello
--b--
""".encode()


def suppressed(session: Session) -> list[tuple[str, str, str]]:
    rows = session.execute(sa.select(MailSuppression.email, MailSuppression.list_id, MailSuppression.reason))
    return [(email, list_id, reason.value) for email, list_id, reason in rows]


def test_bounce_for_good_suppresses_the_address_of_every_list(session: Session, post: Post, now: datetime) -> None:
    message = post(list_id="news")
    assert jobs.take_reports(session, bounce(message), now=now) == 1
    assert suppressed(session) == [("ada@firm.example", "", "bounced")]
    (detail,) = session.scalars(sa.select(MailSuppression.detail))
    assert detail == "5.1.1 smtp; 550 5.1.1 No such user here"
    assert post(list_id="news").state == MailState.SUPPRESSED


def test_complaint_suppresses_its_list(session: Session, post: Post, now: datetime) -> None:
    assert jobs.take_reports(session, complaint(post(list_id="news")), now=now) == 1
    assert suppressed(session) == [("ada@firm.example", "news", "complained")]


@pytest.mark.parametrize("change", [{"status": "4.4.7"}, {"action": "delayed"}, {"to": "somebody@else.example"}])
def test_passing_failure_or_another_address_suppresses_nothing(
    session: Session, post: Post, now: datetime, change: dict[str, str]
) -> None:
    assert jobs.take_reports(session, bounce(post(list_id="news"), **change), now=now) == 0
    assert suppressed(session) == []


def test_report_about_a_mail_that_is_not_ours_suppresses_nothing(session: Session, post: Post, now: datetime) -> None:
    message = post(list_id="news")
    forged = bounce(message).replace(message.message_id.encode(), b"<guessed@fairs.example>")
    assert jobs.take_reports(session, forged, now=now) == 0


def test_other_mails_report_nothing() -> None:
    mail = EmailMessage()
    mail["Subject"] = "Out of office"
    mail.set_content("Back on Monday.")
    for content in (mail.as_bytes(), b"", b"Content-Type: multipart/report\n\n", b"\xff\x00"):
        assert rules.read_report(content) == []


@pytest.mark.parametrize(
    ("part", "instead"),
    [
        (b"Message-ID: <", b'Message-ID: <<"(=?utf-8?q?'),
        (b"rfc822; ", b"rfc822; [\x00\xff"),
        (b"From: MAILER-DAEMON@mx.example", b'From: ,<@:"('),
        (b"Content-Type: multipart/report;", b"Content-Type: multipart/report; x*0*==;"),
        (b"No such user", b"\xf0\x9f No \x00 user"),
    ],
)
def test_mail_that_is_badly_made_holds_up_no_other(
    session: Session, post: Post, now: datetime, part: bytes, instead: bytes
) -> None:
    content = bounce(post(list_id="news"))
    assert part in content
    assert jobs.take_reports(session, content.replace(part, instead), now=now) in (0, 1)
    jobs.take_reports(session, content, now=now)
    assert suppressed(session) == [("ada@firm.example", "", "bounced")]


@pytest.fixture
def webhook(client: FlaskClient) -> Iterator[FlaskClient]:
    before = gateway.reports()
    gateway.configure_reports("", SECRET)
    yield client
    gateway.configure_reports(before.mailbox, before.secret)


def _event(message: MailMessage, **changes: str) -> bytes:
    event = {"type": "bounce", "email": message.to_email, "message_id": message.message_id, "detail": "550"} | changes
    return json.dumps({"events": [event]}).encode()


def test_signed_event_suppresses(webhook: FlaskClient, session: Session, post: Post) -> None:
    body = _event(post(list_id="news"))
    headers = {"X-FairLink-Signature": rules.sign(body, SECRET, utcnow())}
    for _ in range(2):
        assert webhook.post("/mail/events", data=body, headers=headers).status_code == 204
    assert suppressed(session) == [("ada@firm.example", "", "bounced")]


def test_signed_event_with_characters_that_no_database_takes_is_no_error(
    webhook: FlaskClient, session: Session, post: Post
) -> None:
    body = _event(post(list_id="news"), detail="\0\ud800", message_id="<\0\ud800>")
    headers = {"X-FairLink-Signature": rules.sign(body, SECRET, utcnow())}
    assert webhook.post("/mail/events", data=body, headers=headers).status_code == 204
    assert suppressed(session) == []


@pytest.mark.parametrize("fault", ["none", "forged", "old", "changed", "unreadable"])
def test_event_that_is_not_signed_just_now_is_refused(
    webhook: FlaskClient, session: Session, post: Post, fault: str
) -> None:
    body = b"[]" if fault == "unreadable" else _event(post(list_id="news"))
    age = timedelta(seconds=301 if fault == "old" else 0)
    signature = rules.sign(body, "another" if fault == "forged" else SECRET, utcnow() - age)
    sent = body + b" " if fault == "changed" else body
    headers = {} if fault == "none" else {"X-FairLink-Signature": signature}
    assert webhook.post("/mail/events", data=sent, headers=headers).status_code == 400
    assert suppressed(session) == []


def test_without_a_secret_there_is_no_such_address(client: FlaskClient) -> None:
    assert client.post("/mail/events", data=b"{}").status_code == 404
