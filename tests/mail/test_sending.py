"""Sending over a real SMTP connection, as the worker does it."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.kernel.database import make_engine, make_sessions, unit_of_work
from fairlink.kernel.money import Money
from fairlink.mail import gateway, jobs, queries, rules, service
from fairlink.mail.gateway import Gateway, TemporaryFailure
from fairlink.mail.gateway import Server as Settings
from fairlink.mail.models import MailHome, MailMessage
from fairlink.mail.states import MailState
from tests.jobs import run_due_jobs
from tests.mail.conftest import Server

pytestmark = pytest.mark.network

Post = Callable[..., MailMessage]


def send(session: Session, now: datetime) -> list[str]:
    return run_due_jobs(session, now=now, without=())


def test_a_posted_mail_arrives_as_posted(session: Session, post: Post, smtp: Server, now: datetime) -> None:
    message = post(name="Ada Müller")
    assert send(session, now) == ["mail.deliver"]
    (mail,) = smtp.mails
    assert mail["Message-ID"] == message.message_id
    assert mail["To"].addresses[0].display_name == "Ada Müller"
    assert smtp.receivers == ["ada@firm.example"]
    assert (message.state, message.attempts, message.last_error) == (MailState.SENT, 1, None)


def test_a_job_that_runs_twice_sends_once(session: Session, post: Post, smtp: Server, now: datetime) -> None:
    message = post()
    send(session, now)
    jobs.deliver(session, now=now, mail_id=message.id)
    assert len(smtp.mails) == 1


def test_the_connection_is_kept(session: Session, post: Post, smtp: Server, now: datetime) -> None:
    for _ in range(3):
        post()
    send(session, now)
    assert (len(smtp.mails), smtp.connections) == (3, 1)


def test_a_connection_that_the_server_closed_is_replaced(
    session: Session, post: Post, smtp: Server, now: datetime
) -> None:
    post()
    send(session, now)
    for connection in gateway.gateway()._idle:
        assert connection.sock is not None
        connection.sock.shutdown(2)
    post()
    send(session, now)
    assert (len(smtp.mails), smtp.connections) == (2, 2)


def test_a_busy_server_is_tried_again_later_under_the_same_id(
    session: Session, post: Post, smtp: Server, now: datetime
) -> None:
    message = post()
    smtp.answers["DATA"] = "451 4.3.0 try later"
    send(session, now)
    assert (message.state, message.last_error) == (MailState.QUEUED, "451 4.3.0 try later")
    assert message.next_attempt_at - now == pytest.approx(timedelta(minutes=1), abs=timedelta(seconds=5))
    smtp.answers.clear()
    send(session, now + timedelta(minutes=2))
    assert [mail["Message-ID"] for mail in smtp.mails] == [message.message_id]
    assert (message.state, message.attempts) == (MailState.SENT, 2)


def test_a_server_that_is_away_costs_nothing_but_time(
    session: Session, post: Post, smtp: Server, now: datetime
) -> None:
    smtp.stop()
    message = post()
    send(session, now)
    assert (message.state, message.attempts) == (MailState.QUEUED, 1)
    assert "refused" in (message.last_error or "")


@pytest.mark.parametrize(
    ("answer", "state", "suppressed"),
    [
        ("550 5.1.1 no such user", MailState.FAILED, True),
        ("550 5.7.1 relaying denied", MailState.QUEUED, False),
        ("452 4.2.2 mailbox full", MailState.QUEUED, False),
    ],
)
def test_a_refused_address(
    session: Session, post: Post, smtp: Server, now: datetime, answer: str, state: MailState, suppressed: bool
) -> None:
    smtp.answers["RCPT"] = answer
    message = post()
    send(session, now)
    assert (message.state, message.last_error) == (state, answer)
    assert queries.is_suppressed(session, "ada@firm.example") is suppressed
    assert smtp.mails == []


def test_a_refused_content_is_given_up_without_blaming_the_address(
    session: Session, post: Post, smtp: Server, now: datetime
) -> None:
    smtp.answers["DATA"] = "554 5.6.0 not this"
    message = post()
    send(session, now)
    assert message.state == MailState.FAILED
    assert queries.is_suppressed(session, "ada@firm.example") is False


def test_a_worker_that_stood_still_neither_loses_its_mail_nor_sends_a_second(
    migrated_url: Callable[[str], str], greeting: Any, smtp: Server, now: datetime
) -> None:
    """The sweep leaves a locked claim alone; a claim that it took sends nothing any more."""
    engine = make_engine(migrated_url("standstill"))
    sessions = make_sessions(engine)
    context = {"person": "Ada", "value": Money(123450, "EUR"), "day": now.date()}
    with sessions() as session, unit_of_work(session):
        message = service.post(
            session, "greeting", to="ada@firm.example", name="Ada", locale="en", now=now, context=context
        )
    reached, go_on = threading.Event(), threading.Event()
    deliver = Gateway.deliver

    def stand_still(self: Gateway, mail: Any, **where: Any) -> None:
        reached.set()
        assert go_on.wait(10)
        deliver(self, mail, **where)

    Gateway.deliver = stand_still  # type: ignore[method-assign]  # a SIGSTOP in the worst place
    try:
        with sessions() as session:
            worker = threading.Thread(target=jobs.deliver, args=(session,), kwargs={"now": now, "mail_id": message.id})
            worker.start()
            assert reached.wait(10)
            with sessions() as other, unit_of_work(other):
                assert service.release_abandoned(other, now=now + rules.CLAIM_LEASE * 10) == 0
            go_on.set()
            worker.join(10)
    finally:
        Gateway.deliver = deliver  # type: ignore[method-assign]  # as it was
    with sessions() as session:
        assert session.scalars(sa.select(MailMessage.state)).all() == [MailState.SENT]
    assert len(smtp.mails) == 1
    engine.dispose()


def test_signing_in_is_required_where_it_is_configured(smtp: Server) -> None:
    with_password = smtp.url.replace("smtp://", "smtp://me:secret@")
    with pytest.raises(TemporaryFailure, match="SMTPNotSupportedError"):
        Gateway(with_password, hello="x.example").check()
    assert Gateway(smtp.url, hello="x.example").check() == "sink.example"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://127.0.0.1:8025", Settings("127.0.0.1", 8025, False, False, None, None)),
        ("smtp://a%40b:p%3Aw@mail.example?tls=starttls", Settings("mail.example", 587, False, True, "a@b", "p:w")),
        ("smtps://mail.example", Settings("mail.example", 465, True, False, None, None)),
        ("smtp://mail.example", Settings("mail.example", 25, False, False, None, None)),
    ],
)
def test_addresses_of_mail_servers(url: str, expected: Settings) -> None:
    assert gateway.parse(url) == expected


@pytest.mark.parametrize("url", ["http://mail.example", "smtp://", "smtp://mail.example?tls=maybe"])
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="SMTP_URL"):
        gateway.parse(url)


def test_mails_take_turns_over_all_workers(session: Session) -> None:
    gap = timedelta(seconds=30)
    waits = [service.take_turn(session, gap) for _ in range(3)]
    assert waits[0] == 0
    assert 20 < waits[1] <= 30 < 50 < waits[2] <= 60


def test_turns_that_nobody_took_are_no_credit(session: Session) -> None:
    session.execute(sa.text("INSERT INTO mail_pace VALUES (1, now() - interval '48 hours')"))
    gap = timedelta(seconds=30)
    waits = [service.take_turn(session, gap) for _ in range(3)]
    assert waits[0] == 0
    assert waits[2] > 50


def test_what_somebody_needs_takes_no_turn(session: Session, post: Post, smtp: Server, now: datetime) -> None:
    gateway.configure(smtp.url, "fairs.example", rate=0.5)
    post()
    post()
    send(session, now)
    assert len(smtp.mails) == 2
    assert session.scalar(sa.text("SELECT count(*) FROM mail_pace")) == 0


def test_paced_mail_arrives(session: Session, post: Post, smtp: Server, now: datetime) -> None:
    gateway.configure(smtp.url, "fairs.example", rate=1000)
    for _ in range(3):
        post(list_id="news")
    send(session, now)
    assert len(smtp.mails) == 3


def test_a_restored_copy_sends_nothing_until_it_is_released(
    session: Session, post: Post, smtp: Server, now: datetime
) -> None:
    message = post()
    session.execute(sa.update(MailHome).values(database="another/1"))
    send(session, now)
    jobs.sweep(session, now=now + timedelta(days=1))
    assert (queries.is_held(session), message.state, smtp.mails) == (True, MailState.QUEUED, [])
    service.release_held(session, now=now)
    send(session, now)
    assert (queries.is_held(session), message.state, len(smtp.mails)) == (False, MailState.SENT, 1)
