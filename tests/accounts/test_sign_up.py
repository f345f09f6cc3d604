"""Opening an account and confirming its address."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts import queries, service
from fairlink.accounts.models import EmailToken, User, UserSession
from fairlink.accounts.states import Kind, TokenPurpose
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Invalid
from tests import factories
from tests.accounts.conftest import Mails, TokenIn

PASSWORD = "three goats on a ferry"
ANSWERS = {
    "kind": "firm",
    "name": "Rosa Quispe",
    "email": "rosa@quispe.test",
    "password": PASSWORD,
    "locale": "es",
    "zone": "America/Lima",
}


def signed_in(browser: FlaskClient) -> bool:
    return browser.get("/account").status_code == 200


def test_sign_up_mails_a_link_that_confirms_and_signs_in(
    client: FlaskClient, session: Session, mails: Mails, token_in: TokenIn
) -> None:
    assert client.post("/sign-up", data=ANSWERS).location == "/sign-up/sent"
    (mail,) = mails("rosa@quispe.test")
    assert (mail.template, mail.locale, mail.to_name) == ("confirm_email", "es", "Rosa Quispe")
    link = f"/confirm/{token_in('rosa@quispe.test', 'confirm')}"
    assert "rosa@quispe.test" in client.get(link).text
    assert not signed_in(client)
    assert client.post(link).location == "/home"
    assert signed_in(client)
    user = queries.user_by_email(session, "ROSA@quispe.test")
    assert user is not None
    assert user.email_confirmed_at is not None
    assert (user.name, user.locale, user.zone, user.intended_kind) == ("Rosa Quispe", "es", "America/Lima", Kind.FIRM)
    assert user.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_opening_the_mailed_link_confirms_nothing(client: FlaskClient, session: Session, token_in: TokenIn) -> None:
    client.post("/sign-up", data=ANSWERS)
    link = f"/confirm/{token_in('rosa@quispe.test', 'confirm')}"
    for _ in range(20):
        assert client.get(link).status_code == 200
        assert client.head(link).status_code == 200
    user = queries.user_by_email(session, "rosa@quispe.test")
    assert user is not None
    assert user.email_confirmed_at is None


def test_confirm_works_once_and_not_for_ever(client: FlaskClient, session: Session, token_in: TokenIn) -> None:
    client.post("/sign-up", data=ANSWERS)
    link = f"/confirm/{token_in('rosa@quispe.test', 'confirm')}"
    client.post(link)
    assert client.post(link).status_code == 404
    client.post("/sign-out")
    client.post("/sign-up", data=ANSWERS | {"email": "old@quispe.test"})
    session.execute(sa.update(EmailToken).values(expires_at=utcnow() - timedelta(seconds=1)))
    session.commit()
    assert client.post(f"/confirm/{token_in('old@quispe.test', 'confirm')}").status_code == 404


def test_token_pages_send_no_referer_and_are_kept_nowhere(client: FlaskClient, token_in: TokenIn) -> None:
    client.post("/sign-up", data=ANSWERS)
    client.post("/forgotten", data={"email": "rosa@quispe.test"})
    for answer in (client.get("/confirm/wrong"), client.get(f"/reset/{token_in('rosa@quispe.test', 'reset')}")):
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.headers["X-Robots-Tag"] == "noindex"


def test_sign_up_says_the_same_to_a_known_address(client: FlaskClient, mails: Mails) -> None:
    known = factories.user(email="known@example.test", password_hash="unchanged")
    answers = [client.post("/sign-up", data=ANSWERS | {"email": email}) for email in ("new@quispe.test", known.email)]
    seen = {(answer.status_code, answer.location, answer.data) for answer in answers}
    assert len(seen) == 1
    assert [mail.template for mail in mails(known.email)] == ["already_registered"]
    assert (known.name, known.password_hash) != ("Rosa Quispe", "")
    assert known.password_hash == "unchanged"


def test_sign_up_sets_a_cookie_of_one_kind_for_known_and_unknown_addresses(app: Flask, client: FlaskClient) -> None:
    known = factories.user()
    names = []
    for email in ("new@quispe.test", known.email):
        browser = app.test_client()
        browser.post("/sign-up", data=ANSWERS | {"email": email})
        with browser.session_transaction() as cookie:
            names.append(sorted(cookie))
    assert names[0] == names[1] != []


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"password": "short"}, "Use at least 10 characters."),
        ({"password": "password123"}, "Many people use this password"),
        ({"password": "rosaquispe1"}, "Do not use your own name or address."),
        ({"email": "rosa"}, "Enter an e-mail address like"),
        ({"name": "Win at https://e.test"}, "A name has no web address in it."),
        ({"zone": "Mars/Olympus"}, "Choose one of these."),
        ({"kind": "agency"}, "Choose one of these."),
        ({"name": "  "}, "Enter this."),
    ],
)
def test_sign_up_refuses_and_keeps_what_was_typed(
    client: FlaskClient, session: Session, changed: dict[str, str], message: str
) -> None:
    answer = client.post("/sign-up", data=ANSWERS | changed)
    assert answer.status_code == 422
    assert message in answer.text
    assert "<title>Error:" in answer.text
    kept = "America/Lima" if "zone" not in changed else "Rosa Quispe"
    assert kept in answer.text
    assert PASSWORD not in answer.text
    assert session.scalar(sa.select(sa.func.count(User.id))) == 0


def test_a_stranger_cannot_have_a_foreign_address_confirmed_by_its_owner(
    app: Flask, client: FlaskClient, session: Session, token_in: TokenIn
) -> None:
    """Somebody signs up with another's address and waits for the owner to follow the link."""
    attacker = app.test_client()
    attacker.post("/sign-up", data=ANSWERS | {"password": "attackers own words"})
    link = f"/confirm/{token_in('rosa@quispe.test', 'confirm')}"
    owner = client
    page = owner.get(link)
    assert "in another browser than the one you signed up with" in page.text
    assert owner.post(link).status_code == 422
    assert owner.post(link, data={"password": PASSWORD}).status_code == 422
    user = queries.user_by_email(session, "rosa@quispe.test")
    assert user is not None
    assert user.email_confirmed_at is None
    assert not signed_in(owner)


def test_the_last_sign_up_decides_about_an_unconfirmed_account(
    app: Flask, client: FlaskClient, session: Session, token_in: TokenIn
) -> None:
    attacker = app.test_client()
    attacker.post("/sign-up", data=ANSWERS | {"password": "attackers own words"})
    early = token_in("rosa@quispe.test", "confirm")
    attacker.post("/sign-in", data={"email": "rosa@quispe.test", "password": "attackers own words"})
    assert signed_in(attacker)
    client.post("/sign-up", data=ANSWERS)
    assert not signed_in(attacker)
    assert client.get(f"/confirm/{early}").status_code == 404
    client.post(f"/confirm/{token_in('rosa@quispe.test', 'confirm')}")
    assert signed_in(client)
    words = {"email": "rosa@quispe.test", "password": "attackers own words"}
    assert attacker.post("/sign-in", data=words).status_code == 422


def test_confirm_in_another_browser_asks_for_the_password(app: Flask, client: FlaskClient, token_in: TokenIn) -> None:
    client.post("/sign-up", data=ANSWERS)
    link = f"/confirm/{token_in('rosa@quispe.test', 'confirm')}"
    phone = app.test_client()
    assert phone.post(link, data={"password": "wrong words here"}).status_code == 422
    assert phone.post(link, data={"password": PASSWORD}).location == "/home"
    assert signed_in(phone)


def test_confirming_ends_the_sessions_from_before(
    app: Flask, session: Session, client: FlaskClient, token_in: TokenIn
) -> None:
    client.post("/sign-up", data=ANSWERS)
    other = app.test_client()
    other.post("/sign-in", data={"email": "rosa@quispe.test", "password": PASSWORD})
    assert signed_in(other)
    client.post(f"/confirm/{token_in('rosa@quispe.test', 'confirm')}")
    assert not signed_in(other)
    assert session.scalar(sa.select(sa.func.count()).where(UserSession.ended_at.is_(None))) == 1


def test_the_confirmation_can_be_sent_again(client: FlaskClient, mails: Mails, token_in: TokenIn) -> None:
    client.post("/sign-up", data=ANSWERS)
    first = token_in("rosa@quispe.test", "confirm")
    client.post("/sign-in", data={"email": "rosa@quispe.test", "password": PASSWORD})
    assert "Confirm your address" in client.get("/home?lang=en").text
    assert client.post("/account/confirmation").location == "/home"
    assert client.get(f"/confirm/{first}").status_code == 404
    assert client.post(f"/confirm/{token_in('rosa@quispe.test', 'confirm')}").location == "/home"
    client.post("/account/confirmation")
    assert len(mails("rosa@quispe.test")) == 2


def test_an_unconfirmed_person_can_register_nothing(client: FlaskClient) -> None:
    client.post("/sign-up", data=ANSWERS)
    client.post("/sign-in", data={"email": "rosa@quispe.test", "password": PASSWORD})
    assert client.get("/organisation/new").status_code == 403


def test_confirm_used_in_the_same_instant_by_two_counts_once(
    client: FlaskClient, session: Session, token_in: TokenIn
) -> None:
    client.post("/sign-up", data=ANSWERS)
    found = queries.email_token(
        session, TokenPurpose.CONFIRM_EMAIL, token_in("rosa@quispe.test", "confirm"), now=utcnow()
    )
    assert found is not None
    with unit_of_work(session):
        service.confirm_email(session, found, browser=None, password=PASSWORD, now=utcnow())
    with pytest.raises(Invalid, match="link_used"):
        service.confirm_email(session, found, browser=None, password=PASSWORD, now=utcnow())


def test_a_form_without_its_token_is_refused(app: Flask, client: FlaskClient) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    assert client.post("/sign-up", data=ANSWERS).status_code == 400
    assert client.post("/sign-in", data=ANSWERS).status_code == 400


def test_mails_do_not_read_names_as_templates_or_carry_headers(client: FlaskClient, mails: Mails) -> None:
    """Attack 7: braces stay text, line ends add no header."""
    factories.user(email="known@example.test", name="{{7*7}}\r\nBcc: x@e.test <script>")
    client.post("/sign-up", data=ANSWERS | {"email": "known@example.test"})
    (mail,) = mails("known@example.test")
    assert "{{7*7}}" in mail.text
    assert "&lt;script&gt;" in mail.html
    assert "\n" not in mail.to_name
    assert "\r" not in mail.to_name
