"""The development mailbox: a real sink receives, the pages show."""

import re
import smtplib
import socket
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

import config
from fairlink.app import create_app
from fairlink.dev import sink
from fairlink.web.session import Database

pytestmark = pytest.mark.network


@pytest.fixture
def browser(
    settings: config.Settings,
    engine: sa.Engine,
    session: Session,
    sessions: sessionmaker[Session],
    tmp_path: Path,
) -> FlaskClient:
    app = create_app(replace(settings, mailbox=True, var=tmp_path), Database(engine, sessions))
    return app.test_client()


@pytest.fixture
def smtp(tmp_path: Path) -> Iterator[smtplib.SMTP]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = sink.controller(tmp_path / "mailbox", port)
    controller.start()
    with smtplib.SMTP("127.0.0.1", port, "localhost") as connection:
        yield connection
    controller.stop()


def mail(to: str, subject: str, *, html: str | None = None) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "no-reply@fairs.example", to, subject
    message["Date"] = "Mon, 01 Mar 2027 12:00:00 +0000"
    message.set_content("Open http://127.0.0.1:8000/follow-up/abc\n<script>alert(1)</script>\n")
    if html:
        message.add_alternative(html, subtype="html")
    return message


def test_a_received_mail_is_listed_and_shown(browser: FlaskClient, smtp: smtplib.SMTP) -> None:
    html = "<html><head></head><body><script>alert(1)</script>Hello</body></html>"
    smtp.send_message(mail("ada@firm.example", "First", html=html))
    smtp.send_message(mail("eve@firm.example", "Second <b>"))
    page = browser.get("/dev/mailbox").text
    assert re.findall(r"<bdi>(First|Second.*?)</bdi>", page) == ["Second &lt;b&gt;", "First"]
    page = browser.get("/dev/mailbox?to=ADA@").text
    (address,) = re.findall(r'href="(/dev/mailbox/[^"]+)"', page)
    shown = browser.get(address)
    assert '<a href="http://127.0.0.1:8000/follow-up/abc"' in shown.text
    assert "<script>alert" not in shown.text
    frame = browser.get(f"{address}/html")
    assert "Hello" in frame.text
    policy = frame.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-top-navigation-by-user-activation; default-src 'none'")
    assert "allow-scripts" not in policy


def test_an_empty_mailbox_says_so(browser: FlaskClient) -> None:
    page = browser.get("/dev/mailbox")
    assert page.status_code == 200
    assert "No mail yet." in page.text


@pytest.mark.parametrize("mail_id", ["unknown-mail", "..%2f..%2fetc", "0" * 30])
def test_other_addresses_are_not_found(browser: FlaskClient, mail_id: str) -> None:
    assert browser.get(f"/dev/mailbox/{mail_id}").status_code == 404


def test_there_is_no_mailbox_unless_it_is_asked_for(app: Flask, client: FlaskClient) -> None:
    assert client.get("/dev/mailbox").status_code == 404
    assert [rule for rule in app.url_map.iter_rules() if "mailbox" in rule.rule] == []
