"""Signing in and out."""

import uuid
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts import service
from fairlink.accounts.models import User, UserSession
from tests import factories

PASSWORD = "three goats on a ferry"
HASH = service.hash_password(PASSWORD)


@pytest.fixture
def rosa(session: Session) -> User:
    user = factories.user(email="rosa@quispe.test", password_hash=HASH)
    session.commit()
    return user


def enter(browser: FlaskClient, path: str = "/sign-in", **changed: str) -> "object":
    return browser.post(path, data={"email": "rosa@quispe.test", "password": PASSWORD} | changed)


def signed_in(browser: FlaskClient) -> bool:
    return browser.get("/account").status_code == 200


def copy_of(app: Flask, browser: FlaskClient) -> FlaskClient:
    """Another browser with the same cookie."""
    cookie = browser.get_cookie("fairlink")
    assert cookie is not None
    thief = app.test_client()
    thief.set_cookie("fairlink", cookie.value)
    return thief


@pytest.mark.usefixtures("rosa")
def test_sign_in_takes_the_address_in_any_case(client: FlaskClient) -> None:
    answer = client.post("/sign-in", data={"email": "ROSA@Quispe.test", "password": PASSWORD})
    assert answer.location == "/home"
    assert signed_in(client)


@pytest.mark.usefixtures("rosa")
def test_sign_in_says_the_same_for_unknown_wrong_and_disabled(client: FlaskClient, session: Session) -> None:
    gone = factories.user(email="gone@quispe.test", password_hash=HASH, disabled_at=factories.MADE_AT)
    factories.user(email="empty@quispe.test", password_hash="")
    session.commit()
    tries = [
        ("rosa@quispe.test", "four goats on a ferry"),
        ("nobody@quispe.test", PASSWORD),
        (gone.email, PASSWORD),
        ("empty@quispe.test", PASSWORD),
    ]
    pages = set()
    for email, password in tries:
        answer = client.post("/sign-in", data={"email": email, "password": password})
        assert answer.status_code == 422
        assert "The address or the password is wrong." in answer.text
        pages.add(answer.text.replace(email, "ADDRESS"))
    assert len(pages) == 1
    assert not signed_in(client)


def test_a_hash_of_other_parameters_is_made_anew(client: FlaskClient, session: Session) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    user = factories.user(email="rosa@quispe.test", password_hash=old)
    session.commit()
    enter(client)
    session.refresh(user)
    assert user.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    client.post("/sign-out")
    enter(client)
    assert signed_in(client)


def test_a_look_by_head_is_answered_like_one_by_get(client: FlaskClient) -> None:
    for path in ("/organisation", "/applications/1"):
        assert client.head(path).status_code == client.get(path).status_code == 302
        assert client.head(path).location == f"/sign-in?next={path}"


@pytest.mark.usefixtures("rosa")
@pytest.mark.parametrize("target", ["/fairs?page=2", "/organisation"])
def test_sign_in_goes_on_to_the_page_that_was_asked_for(client: FlaskClient, target: str) -> None:
    asked = client.get(target) if target == "/organisation" else None
    if asked is not None:
        assert asked.location == "/sign-in?next=/organisation"
    answer = client.post(
        "/sign-in", query_string={"next": target}, data={"email": "rosa@quispe.test", "password": PASSWORD}
    )
    assert answer.location == target


@pytest.mark.usefixtures("rosa")
@pytest.mark.parametrize(
    "target",
    [
        "//e.test",
        "\\\\e.test",
        "/\\e.test",
        "javascript:alert(1)",
        "https://e.test",
        "///e.test",
        "/\t/e.test",
        "%2F%2Fe.test",
    ],
)
def test_sign_in_goes_nowhere_foreign(client: FlaskClient, target: str) -> None:
    answer = client.post(
        "/sign-in", query_string={"next": target}, data={"email": "rosa@quispe.test", "password": PASSWORD}
    )
    assert answer.location == "/home"
    again = client.get("/sign-in", query_string={"next": target})
    assert again.location == "/home"


@pytest.mark.usefixtures("rosa")
def test_a_cookie_copied_before_signing_out_is_dead_after_it(app: Flask, client: FlaskClient) -> None:
    enter(client)
    thief = copy_of(app, client)
    assert signed_in(thief)
    client.post("/sign-out")
    assert not signed_in(thief)
    assert not signed_in(client)


@pytest.mark.usefixtures("rosa")
def test_signing_out_in_one_browser_leaves_the_others(app: Flask, client: FlaskClient) -> None:
    enter(client)
    phone = app.test_client()
    enter(phone)
    client.post("/sign-out")
    assert signed_in(phone)


def test_a_session_planted_before_signing_in_is_worth_nothing_after(
    app: Flask, client: FlaskClient, session: Session, rosa: User
) -> None:
    """Session fixation: the attacker's own session, planted in the victim's browser, does not become the victim's."""
    attacker = factories.user(email="mallory@e.test", password_hash=HASH)
    session.commit()
    client.post("/sign-in", data={"email": attacker.email, "password": PASSWORD})
    planted = copy_of(app, client)
    enter(client)
    assert rosa.name in client.get("/account").text
    assert not signed_in(planted)
    ids = session.scalars(sa.select(UserSession.id).where(UserSession.user_id == rosa.id)).all()
    assert len(ids) == 1


@pytest.mark.usefixtures("rosa")
def test_a_cookie_with_the_users_number_or_a_made_up_session_opens_nothing(app: Flask, rosa: User) -> None:
    for value in (str(rosa.id), str(uuid.uuid4()), "", "x" * 500):
        browser = app.test_client()
        with browser.session_transaction() as cookie:
            cookie["_user_id"] = value
            cookie["_fresh"] = True
        assert not signed_in(browser)


def test_a_session_ends_after_thirty_days(sign_in: Callable[[User], FlaskClient], session: Session, rosa: User) -> None:
    made = service.start_session(session, rosa, now=factories.MADE_AT)
    assert (made.expires_at - made.created_at).days == 30
    browser = sign_in(rosa)
    assert signed_in(browser)
    session.execute(sa.update(UserSession).values(expires_at=factories.MADE_AT.replace(year=2020)))
    session.commit()
    assert not signed_in(browser)


def test_a_disabled_account_is_out_at_once(
    sign_in: Callable[[User], FlaskClient], session: Session, rosa: User
) -> None:
    browser = sign_in(rosa)
    assert signed_in(browser)
    rosa.disabled_at = factories.MADE_AT
    session.commit()
    assert not signed_in(browser)


def test_signing_out_needs_a_post(client: FlaskClient) -> None:
    assert client.get("/sign-out").status_code == 405


@pytest.mark.usefixtures("rosa")
def test_pages_of_the_signed_in_are_kept_by_nobody(client: FlaskClient) -> None:
    enter(client)
    assert client.get("/account").headers["Cache-Control"] == "private, no-store"
