"""Reminders by 'due since', and stands that are released with notice beforehand."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.applications.models import Exhibitor
from fairlink.mail.models import MailMessage
from fairlink.payments import jobs, service
from fairlink.payments.models import Charge, PaymentTerms
from fairlink.policy import Role
from tests import factories
from tests.payments.conftest import ACCEPTED_AT, accepted

SignIn = Callable[[User], FlaskClient]
#: All is due on 9 February 2027.
WEEK_BEFORE = datetime(2027, 2, 2, 9, tzinfo=UTC)
DAY_AFTER = datetime(2027, 2, 11, 9, tzinfo=UTC)


def owing(session: Session, *, release_days: int | None = None) -> tuple[list[Charge], Exhibitor]:
    """Three firms that owe 1,500.00 EUR each, with their stand."""
    application = accepted()
    for member in application.members:
        if member.firm_id != application.lead_firm_id:
            factories.user(member.firm)
    exhibitor = factories.exhibitor(application)
    if release_days:
        factories.add(PaymentTerms(fair_id=application.call.fair_id, release_days=release_days))
    service.charge_accepted(session, now=ACCEPTED_AT)
    return list(session.scalars(sa.select(Charge).order_by(Charge.id))), exhibitor


def has_stand(exhibitor: Exhibitor) -> bool:
    return exhibitor.stand_id is not None


def mails(session: Session, template: str) -> list[tuple[str, str]]:
    query = sa.select(MailMessage.to_name, MailMessage.text).where(MailMessage.template == template)
    return [(name, text) for name, text in session.execute(query.order_by(MailMessage.id))]


def test_each_firm_is_reminded_once_and_told_once(session: Session, app: object) -> None:
    charges, _ = owing(session)
    factories.transfer(charges[0], factories.officer(charges[0].agency, Role.FINANCE))
    for now in (WEEK_BEFORE - timedelta(days=1), WEEK_BEFORE, WEEK_BEFORE + timedelta(days=1)):
        jobs.remind(session, now=now)
    assert len(mails(session, "payment_reminder")) == 2
    for now in (DAY_AFTER, DAY_AFTER + timedelta(days=30)):
        jobs.remind(session, now=now)
    # The lead has paid its own and is told of both that are late, in one mail.
    late = mails(session, "payment_reminder")[2:]
    assert sorted(text.count("RF") for _, text in late) == [1, 1, 2]
    assert "the stand goes to somebody else" not in str(late)


def test_a_clock_that_stood_still_tells_what_is_late_and_no_more(session: Session, app: object) -> None:
    owing(session)
    jobs.remind(session, now=DAY_AFTER + timedelta(days=10))
    assert {
        "Not paid yet" in each.subject
        for each in session.scalars(sa.select(MailMessage).where(MailMessage.template == "payment_reminder"))
    } == {True}


def test_nobody_is_late_before_their_own_midnight(session: Session, app: object) -> None:
    owing(session)
    jobs.remind(session, now=datetime(2027, 2, 10, 11, tzinfo=UTC))
    assert [text for _, text in mails(session, "payment_reminder") if "is over" in text] == []


def test_a_stand_is_released_only_after_notice(session: Session, app: object) -> None:
    charges, exhibitor = owing(session, release_days=5)
    jobs.remind(session, now=DAY_AFTER)
    assert "If it is not paid by 16 February 2027, the stand goes to somebody else." in str(
        mails(session, "payment_reminder")
    )
    jobs.remind(session, now=DAY_AFTER + timedelta(days=4))
    assert has_stand(exhibitor)
    jobs.remind(session, now=DAY_AFTER + timedelta(days=5))
    jobs.remind(session, now=DAY_AFTER + timedelta(days=6))
    assert not has_stand(exhibitor)
    assert len(mails(session, "stand_released")) == len(charges)


def test_who_pays_in_time_keeps_the_stand(session: Session, app: object) -> None:
    charges, exhibitor = owing(session, release_days=5)
    jobs.remind(session, now=DAY_AFTER)
    for charge in charges:
        factories.transfer(charge, factories.officer(charge.agency, Role.FINANCE))
    jobs.remind(session, now=DAY_AFTER + timedelta(days=9))
    assert has_stand(exhibitor)


def test_without_terms_no_stand_is_released(session: Session, app: object) -> None:
    _, exhibitor = owing(session)
    jobs.remind(session, now=DAY_AFTER)
    jobs.remind(session, now=DAY_AFTER + timedelta(days=20))
    assert has_stand(exhibitor)


def test_officer_says_when_stands_are_released(session: Session, sign_in: SignIn) -> None:
    fair = factories.fair()
    browser = sign_in(factories.officer(fair.agency))
    address = f"/staff/fairs/{fair.id}/payment-terms"
    answer = browser.post(address, data={"release_days": "91"})
    assert (answer.status_code, 'value="91"' in answer.text) == (422, True)
    assert browser.post(address, data={"release_days": "7"}).status_code == 303
    assert 'value="7"' in browser.get(f"/staff/fairs/{fair.id}/prices").text
    assert browser.post(address, data={"release_days": ""}).status_code == 303
    session.expire_all()
    assert session.get_one(PaymentTerms, fair.id).release_days is None
