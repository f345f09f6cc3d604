"""Forgotten and changed passwords, and the rest of one's account."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts import service
from fairlink.accounts.models import EmailToken, User
from fairlink.kernel.clock import utcnow
from tests import factories
from tests.accounts.conftest import Mails, TokenIn

PASSWORD = "three goats on a ferry"
NEW = "seven lamps beside rivers"
HASH = service.hash_password(PASSWORD)


@pytest.fixture
def rosa(session: Session) -> User:
    user = factories.user(email="rosa@quispe.test", password_hash=HASH, locale="pt")
    session.commit()
    return user


def signed_in(browser: FlaskClient) -> bool:
    return browser.get("/account").status_code == 200


def enter(browser: FlaskClient, password: str) -> int:
    return browser.post("/sign-in", data={"email": "rosa@quispe.test", "password": password}).status_code


@pytest.mark.usefixtures("rosa")
def test_reset_sets_the_password_once_and_ends_all_sessions(
    app: Flask, client: FlaskClient, mails: Mails, token_in: TokenIn
) -> None:
    thief = app.test_client()
    enter(thief, PASSWORD)
    assert client.post("/forgotten", data={"email": "Rosa@quispe.test"}).location == "/forgotten/sent"
    link = f"/reset/{token_in('rosa@quispe.test', 'reset')}"
    assert client.get(link).status_code == 200
    assert client.post(link, data={"password": NEW}).location == "/sign-in"
    assert not signed_in(thief)
    assert client.post(link, data={"password": PASSWORD}).status_code == 404
    assert enter(client, PASSWORD) == 422
    assert enter(client, NEW) == 302
    assert [(mail.template, mail.locale) for mail in mails("rosa@quispe.test")] == [
        ("reset_password", "pt"),
        ("password_changed", "pt"),
    ]


def test_forgotten_says_the_same_for_an_unknown_address(client: FlaskClient, mails: Mails, rosa: User) -> None:
    answers = [client.post("/forgotten", data={"email": email}) for email in (rosa.email, "nobody@quispe.test")]
    assert len({(answer.status_code, answer.location, answer.data) for answer in answers}) == 1
    assert [mail.template for mail in mails("nobody@quispe.test")] == ["no_account"]


@pytest.mark.usefixtures("rosa")
def test_a_newer_link_and_an_hour_kill_a_reset_link(client: FlaskClient, session: Session, token_in: TokenIn) -> None:
    client.post("/forgotten", data={"email": "rosa@quispe.test"})
    first = token_in("rosa@quispe.test", "reset")
    client.post("/forgotten", data={"email": "rosa@quispe.test"})
    second = token_in("rosa@quispe.test", "reset")
    assert client.post(f"/reset/{first}", data={"password": NEW}).status_code == 404
    lifetime = sa.select(EmailToken.expires_at).order_by(EmailToken.id.desc()).limit(1)
    assert timedelta(minutes=59) < session.scalars(lifetime).one() - utcnow() <= timedelta(hours=1)
    session.execute(sa.update(EmailToken).values(expires_at=utcnow()))
    session.commit()
    assert client.get(f"/reset/{second}").status_code == 404


@pytest.mark.usefixtures("rosa")
def test_a_link_for_one_purpose_does_not_serve_another(client: FlaskClient, token_in: TokenIn) -> None:
    client.post("/forgotten", data={"email": "rosa@quispe.test"})
    assert client.get(f"/confirm/{token_in('rosa@quispe.test', 'reset')}").status_code == 404


@pytest.mark.usefixtures("rosa")
def test_reset_refuses_an_easy_password_and_keeps_the_link(client: FlaskClient, token_in: TokenIn) -> None:
    client.post("/forgotten", data={"email": "rosa@quispe.test"})
    link = f"/reset/{token_in('rosa@quispe.test', 'reset')}"
    assert client.post(link, data={"password": "password123"}).status_code == 422
    assert client.post(link, data={"password": NEW}).status_code == 302


def test_only_the_hash_of_a_link_is_kept(client: FlaskClient, session: Session, rosa: User, token_in: TokenIn) -> None:
    client.post("/forgotten", data={"email": rosa.email})
    token = token_in(rosa.email, "reset")
    stored = session.scalars(sa.select(EmailToken.token_hash)).all()
    assert len(stored) == 1
    assert token not in stored[0]


@pytest.mark.usefixtures("rosa")
def test_changing_the_password_asks_for_the_present_one_and_ends_other_sessions(
    app: Flask, client: FlaskClient, mails: Mails
) -> None:
    other = app.test_client()
    enter(client, PASSWORD)
    enter(other, PASSWORD)
    wrong = client.post("/account/password?lang=en", data={"current": NEW, "new": NEW})
    assert wrong.status_code == 422
    assert "This is not your password." in wrong.text
    assert client.post("/account/password", data={"current": PASSWORD, "new": "short"}).status_code == 422
    assert signed_in(other)
    assert client.post("/account/password", data={"current": PASSWORD, "new": NEW}).location == "/account"
    assert signed_in(client)
    assert not signed_in(other)
    assert [mail.template for mail in mails("rosa@quispe.test")] == ["password_changed"]
    assert enter(other, NEW) == 302


def test_a_profile_is_changed_by_its_owner(
    sign_in: Callable[[User], FlaskClient], session: Session, rosa: User
) -> None:
    browser = sign_in(rosa)
    data = {"name": "Rosa María", "locale": "es", "zone": "America/La_Paz"}
    assert browser.post("/account", data=data).location == "/account"
    session.refresh(rosa)
    assert (rosa.name, rosa.locale, rosa.zone) == ("Rosa María", "es", "America/La_Paz")
    refused = browser.post("/account", data=data | {"locale": "xx"})
    assert refused.status_code == 422
    assert "Rosa María" in refused.text
