"""Nobody can have the platform send floods of mail: invitations and bookings are limited per sender and receiver."""

from datetime import date

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.mail.models import MailMessage
from fairlink.policy import Kind
from tests import factories
from tests.visits.conftest import exhibitor_at


def browser_of(app: Flask, session: Session, user: User) -> FlaskClient:
    """A browser of the application with limits, in which somebody is signed in."""
    key = factories.user_session(user).id
    session.commit()
    browser = app.test_client()
    with browser.session_transaction() as cookie:
        cookie["_user_id"] = str(key)
    return browser


def mails_to(session: Session, email: str) -> int:
    query = sa.select(sa.func.count()).select_from(MailMessage).where(MailMessage.to_email == email)
    return session.scalar(query) or 0


def test_one_person_invites_to_groups_twenty_times_an_hour(limited: Flask, session: Session) -> None:
    owner = factories.owner(Kind.FIRM)
    assert owner.organisation is not None
    group = factories.group(owner.organisation)
    browser = browser_of(limited, session, owner)
    codes = [
        browser.post(f"/groups/{group.id}/invite", data={"addresses": f"n{number}@e.test"}).status_code
        for number in range(21)
    ]
    assert codes == [302] * 20 + [429]


def test_one_address_is_invited_to_groups_five_times_an_hour_by_all_together(limited: Flask, session: Session) -> None:
    codes = []
    for _ in range(3):
        owner = factories.owner(Kind.FIRM)
        assert owner.organisation is not None
        group = factories.group(owner.organisation)
        browser = browser_of(limited, session, owner)
        for _ in range(2):
            answer = browser.post(f"/groups/{group.id}/invite", data={"addresses": "Same@e.test\nother@e.test"})
            codes.append(answer.status_code)
    assert codes == [302] * 5 + [422]
    assert "has been invited often" in answer.text
    assert mails_to(session, "same@e.test") == 5


def test_one_buyer_asks_for_sixty_meetings_an_hour(limited: Flask, session: Session) -> None:
    """Whatever comes of each: here the buyer has not booked a visit."""
    exhibitor = exhibitor_at(factories.fair(starts_on=date(2099, 3, 9), ends_on=date(2099, 3, 11)))
    browser = browser_of(limited, session, factories.owner(Kind.BUYER))
    address, data = f"/exhibitors/{exhibitor.id}/meetings", {"slot_id": "1"}
    codes = [browser.post(address, data=data).status_code for _ in range(61)]
    assert codes == [409] * 60 + [429]
