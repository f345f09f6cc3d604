"""The unsubscribe page: looking records nothing, one press without session or form token does."""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.mail.models import MailMessage, MailSuppression


@pytest.fixture
def strict(app: Flask, client: FlaskClient) -> Iterator[FlaskClient]:
    """A client whose forms need their token, as in production."""
    app.config["WTF_CSRF_ENABLED"] = True
    yield client
    app.config["WTF_CSRF_ENABLED"] = False


def suppressions(session: Session) -> list[tuple[str, str]]:
    return [
        (email, list_id)
        for email, list_id in session.execute(sa.select(MailSuppression.email, MailSuppression.list_id))
    ]


def test_only_a_press_of_the_button_unsubscribes(
    strict: FlaskClient, session: Session, post: Callable[..., MailMessage]
) -> None:
    message = post(list_id="follow-up", unsubscribable=True)
    address = f"/unsubscribe/{message.unsubscribe_token}"
    for _ in range(3):
        page = strict.get(address)
        assert page.status_code == 200
        assert strict.head(address).status_code == 200
    assert suppressions(session) == []
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "private, no-store"
    for _ in range(2):
        assert strict.post(address, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert suppressions(session) == [("ada@firm.example", "follow-up")]


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_unknown_link_is_not_found(client: FlaskClient, method: str) -> None:
    assert getattr(client, method)("/unsubscribe/unknown").status_code == 404


def test_an_evil_host_header_gets_into_no_mail(app: Flask, session: Session, post: Callable[..., MailMessage]) -> None:
    with app.test_request_context("/", headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"}):
        message = post(list_id="follow-up", unsubscribable=True)
    assert "evil" not in message.text + message.html
    assert "https://fairs.example/unsubscribe/" in message.text
