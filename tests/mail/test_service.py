"""Posting, claiming, finishing and sweeping, without a mail server."""

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.kernel.database import make_engine, make_sessions, unit_of_work
from fairlink.kernel.errors import TransitionNotAllowed
from fairlink.kernel.money import Money
from fairlink.kernel.states import allowed_actions
from fairlink.mail import queries, rules, service
from fairlink.mail.models import MailMessage, MailSuppression
from fairlink.mail.states import FINAL, TRANSITIONS, MailAction, MailState, SuppressionReason
from tests.jobs import deferred

Post = Callable[..., MailMessage]


def held(session: Session, message: MailMessage, now: datetime) -> MailMessage:
    claim = service.claim(session, message.id, now=now)
    assert claim is not None
    again = queries.held_message(session, message.id, claim)
    assert again is not None
    return again


def test_a_post_is_queued_with_a_job_of_its_own(session: Session, post: Post, now: datetime) -> None:
    message = post(attachments=[service.Attachment("a.ics", "text/calendar", b"x", "REQUEST")])
    assert (message.state, message.attempts, message.next_attempt_at) == (MailState.QUEUED, 0, now)
    assert message.message_id.endswith("@fairs.example>")
    assert [(item.name, item.method) for item in message.attachments] == [("a.ics", "REQUEST")]
    assert deferred(session, "mail.deliver") == [{"mail_id": message.id}]


def test_the_same_key_is_posted_once(session: Session, post: Post) -> None:
    first, second, other = post(key="prompt:1"), post(key="prompt:1", to="else@firm.example"), post(key="prompt:2")
    assert second is first
    assert second.to_email == "ada@firm.example"
    assert other is not first
    assert len(deferred(session, "mail.deliver")) == 2


def test_two_transactions_that_post_a_key_at_once_post_one_mail(
    migrated_url: Callable[[str], str], greeting: Path, now: datetime
) -> None:
    engine = make_engine(migrated_url("twice"), pool_size=2)
    sessions = make_sessions(engine)
    context = {"person": "Ada", "value": Money(1, "EUR"), "day": now.date()}
    both = threading.Barrier(2, timeout=10)

    def post_one(to: str) -> str:
        with sessions() as session, unit_of_work(session):
            both.wait()
            mail = service.post(session, "greeting", to=to, name="", locale="en", now=now, key="k", context=context)
            return mail.message_id

    with ThreadPoolExecutor(2) as pool:
        ids = list(pool.map(post_one, ["a@firm.example", "b@firm.example"]))
    with sessions() as session:
        assert session.scalars(sa.select(MailMessage.message_id)).all() == ids[:1] == ids[1:]
        assert len(deferred(session, "mail.deliver")) == 1
    engine.dispose()


def test_only_mail_of_a_list_can_be_unsubscribed_from(post: Post) -> None:
    with pytest.raises(ValueError, match="of a list"):
        post(unsubscribable=True)


def test_who_unsubscribed_gets_no_more_of_that_list(session: Session, post: Post, now: datetime) -> None:
    first = post(list_id="follow-up", unsubscribable=True)
    waiting = post(list_id="follow-up", unsubscribable=True)
    for _ in range(2):
        service.unsubscribe(session, first, now=now)
    assert session.scalar(sa.select(sa.func.count(MailSuppression.id))) == 1
    assert post(list_id="follow-up", to="ADA@firm.example").state == MailState.SUPPRESSED
    assert post(list_id="news").state == MailState.QUEUED
    assert post().state == MailState.QUEUED
    assert service.claim(session, waiting.id, now=now) is None
    assert waiting.state == MailState.SUPPRESSED
    assert queries.is_suppressed(session, "ada@firm.example", "follow-up") is True
    assert queries.is_suppressed(session, "ada@firm.example", "news") is False
    assert queries.is_suppressed(session, "ada@firm.example") is True
    assert queries.is_suppressed(session, "eve@firm.example") is False


def test_a_message_is_claimed_once_and_only_when_due(session: Session, post: Post, now: datetime) -> None:
    message = post()
    assert service.claim(session, message.id, now=now - timedelta(seconds=1)) is None
    claim = service.claim(session, message.id, now=now)
    assert claim is not None
    assert service.claim(session, message.id, now=now) is None
    assert (message.claim_id, message.attempts) == (claim, 1)
    assert queries.held_message(session, message.id, uuid.uuid4()) is None


def test_an_accepted_message_is_sent(session: Session, post: Post, now: datetime) -> None:
    message = held(session, post(), now)
    service.accept(message, now=now)
    session.flush()
    assert (message.state, message.sent_at, message.claim_id) == (MailState.SENT, now, None)
    with pytest.raises(TransitionNotAllowed):
        service.accept(message, now=now)


def test_a_postponed_message_waits_longer_each_time_and_is_given_up(
    session: Session, post: Post, now: datetime
) -> None:
    message = post()
    waits = []
    for _ in range(len(rules.PAUSES) + 1):
        start = max(now, message.next_attempt_at)
        service.postpone(session, held(session, message, start), "421 busy", now=start)
        session.flush()
        waits.append(message.next_attempt_at - start)
    assert waits == [*rules.PAUSES, timedelta(0)]
    assert (message.state, message.last_error) == (MailState.FAILED, "421 busy")
    assert len(deferred(session, "mail.deliver")) == 1 + len(rules.PAUSES)


def test_a_bad_address_gets_no_more_mail_of_any_list(session: Session, post: Post, now: datetime) -> None:
    message = held(session, post(), now)
    service.give_up(session, message, "550 5.1.1 unknown", bad_address=True, now=now)
    session.flush()
    assert message.state == MailState.FAILED
    assert session.scalars(sa.select(MailSuppression.reason)).all() == [SuppressionReason.BOUNCED]
    assert post(list_id="follow-up").state == MailState.SUPPRESSED
    assert post().state == MailState.QUEUED


def test_a_refused_mail_does_not_make_the_address_bad(session: Session, post: Post, now: datetime) -> None:
    service.give_up(session, held(session, post(), now), "554 spam", bad_address=False, now=now)
    assert queries.is_suppressed(session, "ada@firm.example") is False


def test_the_sweep_takes_claims_of_the_dead_and_spares_those_being_sent(
    engine: sa.Engine, session: Session, post: Post, now: datetime
) -> None:
    message = post()
    old = service.claim(session, message.id, now=now)
    later = now + rules.CLAIM_LEASE
    assert service.release_abandoned(session, now=later) == 0
    assert service.release_abandoned(session, now=later + timedelta(seconds=1)) == 1
    session.flush()
    assert message.state == MailState.QUEUED
    assert deferred(session, "mail.deliver") == [{"mail_id": message.id}] * 2
    new = service.claim(session, message.id, now=later + timedelta(seconds=1))
    assert queries.held_message(session, message.id, old) is None
    assert queries.held_message(session, message.id, new) is message


def test_a_message_that_kills_its_workers_is_given_up(session: Session, post: Post, now: datetime) -> None:
    message = post()
    message.attempts = len(rules.PAUSES)
    service.claim(session, message.id, now=now)
    service.release_abandoned(session, now=now + timedelta(minutes=1))
    session.flush()
    assert (message.state, message.last_error) == (MailState.FAILED, "abandoned")


def test_a_message_without_a_job_gets_one_again(session: Session, post: Post, now: datetime) -> None:
    message = post()
    session.execute(sa.text("DELETE FROM procrastinate_jobs"))
    assert service.defer_overdue(session, now=now + rules.JOB_GRACE) == 0
    assert service.defer_overdue(session, now=now + rules.JOB_GRACE * 2) == 1
    assert service.defer_overdue(session, now=now + rules.JOB_GRACE * 2) == 0
    assert deferred(session, "mail.deliver") == [{"mail_id": message.id}]


def test_the_words_of_finished_mails_are_removed_in_time(session: Session, post: Post, now: datetime) -> None:
    sent, waiting = post(attachments=[service.Attachment("a.txt", "text/plain", b"x")]), post()
    service.accept(held(session, sent, now), now=now)
    session.flush()
    assert service.empty_old(session, now=now + rules.KEEP_WORDS) == 0
    assert service.empty_old(session, now=now + rules.KEEP_WORDS + timedelta(days=1)) == 1
    session.flush()
    assert (sent.text, sent.html, sent.attachments) == ("", "", [])
    assert waiting.html != ""


@pytest.mark.parametrize("state", MailState)
@pytest.mark.parametrize("action", MailAction)
def test_the_grid_of_states_and_actions(state: MailState, action: MailAction) -> None:
    after = {
        ("queued", "claim"): "claimed",
        ("queued", "suppress"): "suppressed",
        ("claimed", "accept"): "sent",
        ("claimed", "postpone"): "queued",
        ("claimed", "give_up"): "failed",
        ("claimed", "release"): "queued",
    }
    assert TRANSITIONS.get((state, action)) == after.get((state.value, action.value))


def test_final_states_lead_nowhere() -> None:
    assert {state for state in MailState if not allowed_actions(TRANSITIONS, state)} == FINAL


@pytest.mark.parametrize(("attempts", "minutes"), [(1, 1), (2, 5), (8, 1440), (9, None)])
def test_pauses(attempts: int, minutes: int | None) -> None:
    assert rules.pause_after(attempts) == (None if minutes is None else timedelta(minutes=minutes))
