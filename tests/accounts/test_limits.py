"""Limits on passwords tried and on mails caused, per sender and per receiver."""

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts import service
from fairlink.accounts.states import Kind
from tests import factories
from tests.accounts.conftest import Mails
from tests.accounts.test_sign_up import ANSWERS

PASSWORD = "three goats on a ferry"


def browser_at(app: Flask, address: str) -> FlaskClient:
    browser = app.test_client()
    browser.environ_base["REMOTE_ADDR"] = address
    return browser


def test_passwords_of_one_account_are_tried_ten_times_from_wherever(limited: Flask, session: Session) -> None:
    factories.user(email="rosa@quispe.test", password_hash=service.hash_password(PASSWORD))
    session.commit()
    data = {"email": "rosa@quispe.test", "password": "wrong words here"}
    answers = [browser_at(limited, f"192.0.2.{number}").post("/sign-in", data=data) for number in range(11)]
    assert [answer.status_code for answer in answers] == [422] * 10 + [429]
    assert "Too many tries" in answers[-1].text
    right = {"email": "ROSA@quispe.test ", "password": PASSWORD}
    assert browser_at(limited, "192.0.2.99").post("/sign-in", data=right).status_code == 429
    other = {"email": "luz@quispe.test", "password": PASSWORD}
    assert browser_at(limited, "192.0.2.1").post("/sign-in", data=other).status_code == 422


def test_a_forged_forwarding_header_does_not_reset_a_limit(limited: Flask) -> None:
    browser = browser_at(limited, "192.0.2.1")
    codes = [
        browser.post("/confirm/x", headers={"X-Forwarded-For": f"198.51.100.{number}"}).status_code
        for number in range(11)
    ]
    assert codes == [404] * 10 + [429]


@pytest.mark.parametrize("path", ["/sign-up", "/forgotten"])
def test_mails_to_one_receiver_are_limited_from_wherever(limited: Flask, mails: Mails, path: str) -> None:
    codes = [
        browser_at(limited, f"192.0.2.{number}").post(path, data=ANSWERS | {"email": "Rosa@quispe.test"}).status_code
        for number in range(6)
    ]
    assert codes == [302] * 5 + [429]
    assert len(mails("rosa@quispe.test")) == 5


def test_one_sender_causes_few_mails(limited: Flask) -> None:
    browser = browser_at(limited, "192.0.2.1")
    codes = [browser.post("/forgotten", data={"email": f"n{number}@e.test"}).status_code for number in range(61)]
    assert codes == [302] * 60 + [429]


def test_one_person_invites_twenty_an_hour_and_one_receiver_gets_five(
    limited: Flask, session: Session, mails: Mails
) -> None:
    owner = factories.owner(Kind.BUYER)
    key = factories.user_session(owner).id
    session.commit()
    browser = limited.test_client()
    with browser.session_transaction() as cookie:
        cookie["_user_id"] = str(key)
    codes = []
    for number in range(16):
        data = {"email": f"n{number}@e.test", "role": "member"}
        codes.append(browser.post("/organisation/colleagues", data=data).status_code)
    same = {"email": "same@e.test", "role": "member"}
    codes += [browser.post("/organisation/colleagues", data=same).status_code for _ in range(5)]
    assert codes == [302] * 20 + [429]
    assert len(mails("same@e.test")) == 4


def test_limits_fail_closed(limited: Flask, engine: sa.Engine) -> None:
    """Where tries cannot be counted, none is let through."""
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE rate_limit RENAME TO rate_limit_away"))
    try:
        answer = limited.test_client().post("/forgotten", data={"email": "rosa@quispe.test"})
        assert answer.status_code in (500, 503)
    finally:
        with engine.begin() as connection:
            connection.execute(sa.text("ALTER TABLE rate_limit_away RENAME TO rate_limit"))
