"""A template of the tests' own, and a mail server that answers as told."""

import shutil
import socket
from collections.abc import Callable, Iterator
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy.orm import Session

from fairlink.kernel.money import Money
from fairlink.mail import emails, gateway, service
from fairlink.mail.models import MailMessage

GREETING = {
    "subject.txt": "{{ _('News for %(person)s', person=person) }}",
    "body.txt": "Hello {{ person }},\n\n\n\n{{ value | money }} on {{ day | date }}: {{ link('/x') }}\n",
    "body.html": (
        '{% extends "email/layout.html" %}{% block body %}<p>Hello {{ person }},</p>'
        '<p><a class="button" href="{{ link("/x") }}">{{ value | money }}</a></p>{% endblock %}'
    ),
}


@pytest.fixture
def greeting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The template folder holds the layouts and one template, `greeting`."""
    folder = tmp_path / "templates"
    (folder / "email" / "greeting").mkdir(parents=True)
    for layout in emails.TEMPLATES.glob("email/layout.*"):
        shutil.copy(layout, folder / "email")
    for name, text in GREETING.items():
        (folder / "email" / "greeting" / name).write_text(text)
    monkeypatch.setattr(emails, "TEMPLATES", folder)
    emails._environment.cache_clear()
    monkeypatch.setattr(emails, "_post", None)  # what the application has set comes back afterwards
    emails.configure(base_url="https://fairs.example/", sender="Fairs <no-reply@fairs.example>")
    yield folder
    emails._environment.cache_clear()


@pytest.fixture
def post(session: Session, greeting: Path, now: datetime) -> Callable[..., MailMessage]:
    """Posts a greeting; the arguments replace those of `service.post`."""

    def make(**changes: Any) -> MailMessage:
        context = {"person": "Ada", "value": Money(123450, "EUR"), "day": now.date()} | changes.pop("context", {})
        values = {"to": "ada@firm.example", "name": "Ada", "locale": "en", "now": now, "context": context} | changes
        return service.post(session, "greeting", **values)

    return make


class Server:
    """A real SMTP server on the loopback interface that keeps what it gets and answers as `answers` says."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.receivers: list[str] = []
        self.connections = 0
        #: Answer to RCPT or DATA by its name, instead of taking it.
        self.answers: dict[str, str] = {}
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port, server_hostname="sink.example")

    async def handle_EHLO(  # noqa: N802 aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_RCPT(  # noqa: N802 aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if "RCPT" in self.answers:
            return self.answers["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 aiosmtpd's name
        if "DATA" in self.answers:
            return self.answers["DATA"]
        mail = message_from_bytes(envelope.original_content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.receivers += envelope.rcpt_tos
        return "250 ok"

    @property
    def running(self) -> bool:
        return self.controller.server is not None

    def stop(self) -> None:
        self.controller.stop()
        self.controller.server = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"


@pytest.fixture
def smtp(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A running server, and this process's gateway set to it. Needs the mark `network`."""
    server = Server()
    server.controller.start()
    gateway.configure(server.url, hello="fairs.example")
    yield server
    gateway.gateway().close()
    if server.running:
        server.stop()
