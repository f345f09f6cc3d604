"""Rendering and composing: languages, hostile values, headers."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from jinja2 import UndefinedError

from fairlink.kernel import words
from fairlink.kernel.money import Money
from fairlink.mail import emails
from fairlink.mail.models import MailAttachment, MailMessage

NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
CONTEXT = {"person": "Ada", "value": Money(123450, "EUR"), "day": date(2027, 3, 1)}


def render(locale: str = "en", **changes: Any) -> emails.Rendered:
    return emails.render("greeting", locale, CONTEXT | changes)


def test_a_mail_speaks_text_and_html_with_localised_values(greeting: Path) -> None:
    mail = render()
    assert mail.subject == "News for Ada"
    assert mail.text == (
        "Hello Ada,\n\n€1,234.50 on 1 March 2027: https://fairs.example/x\n\n-- \nFairLink\nhttps://fairs.example/\n"
    )
    assert '<a class="button" href="https://fairs.example/x" style="' in mail.html
    assert "€1,234.50" in mail.html
    assert "<style" not in mail.html


def test_a_mail_is_in_the_language_of_its_receiver(
    greeting: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = Catalog(locale="es")
    catalogue.add("News for %(person)s", "Noticias para %(person)s")
    folder = tmp_path / "es" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, catalogue)
    monkeypatch.setattr(words, "TRANSLATIONS", tmp_path)
    monkeypatch.setattr(emails, "words", words.Words)
    assert render("es").subject == "Noticias para Ada"
    assert render("es_MX").subject == "Noticias para Ada"
    assert "1.234,50\xa0€ on 1 de marzo de 2027" in render("es").text
    assert render("pt").subject == "News for Ada"


@pytest.mark.parametrize(
    "hostile", ["{{ 7*7 }}", "{x.__init__.__globals__}", "%(person)s", "<script>alert(1)</script>"]
)
def test_what_people_typed_stays_text(greeting: Path, hostile: str) -> None:
    mail = render(person=hostile)
    assert mail.subject == f"News for {hostile}"
    assert mail.text.startswith(f"Hello {hostile},")
    assert "<script" not in mail.html
    assert "49" not in mail.html.replace("1,234.50", "")


def test_a_missing_value_is_an_error(greeting: Path) -> None:
    with pytest.raises(UndefinedError):
        emails.render("greeting", "en", {"person": "Ada"})


def test_shared_names_cannot_be_given(greeting: Path) -> None:
    with pytest.raises(ValueError, match="reserved"):
        render(unsubscribe_url="https://evil.example/")


@pytest.mark.parametrize("path", ["x", "//evil.example/x", "https://evil.example/"])
def test_links_lead_only_to_the_platform(greeting: Path, path: str) -> None:
    with pytest.raises(ValueError, match="not a path"):
        emails.link(path)


def message(**changes: Any) -> MailMessage:
    values: dict[str, Any] = {
        "message_id": "<1@fairs.example>",
        "to_email": "ada@firm.example",
        "to_name": "Ada",
        "locale": "pt_BR",
        "template": "greeting",
        "subject": "News",
        "text": "Olá\n",
        "html": "<p>Olá</p>",
    }
    return MailMessage(**values | changes)


def over_the_wire(mail: EmailMessage) -> EmailMessage:
    received = message_from_bytes(mail.as_bytes(), policy=policy.default)
    assert isinstance(received, EmailMessage)
    return received


def test_a_composed_mail_has_its_headers_and_two_parts(greeting: Path) -> None:
    mail = over_the_wire(emails.compose(message(), NOW))
    assert dict(mail.items()) == {
        "Message-ID": "<1@fairs.example>",
        "Date": "Mon, 01 Mar 2027 12:00:00 +0000",
        "From": "Fairs <no-reply@fairs.example>",
        "To": "Ada <ada@firm.example>",
        "Subject": "News",
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
        "Content-Type": mail["Content-Type"],
        "Content-Language": "pt-BR",
    }
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert [part.get_content() for part in mail.iter_parts()] == ["Olá\r\n", "<p>Olá</p>\r\n"]
    assert mail.as_bytes().isascii()


def test_line_breaks_in_names_and_subjects_add_no_header(post: Callable[..., MailMessage]) -> None:
    evil = "Ada\r\nBcc: all@evil.example\u2028\x07"
    posted = post(name=evil, context={"person": evil})
    mail = over_the_wire(emails.compose(posted, NOW))
    assert mail["Bcc"] is None
    assert mail["Subject"] == "News for Ada Bcc: all@evil.example"
    assert str(mail["To"]) == '"Ada Bcc: all@evil.example" <ada@firm.example>'


def test_mail_of_a_list_can_be_ended_with_one_click(greeting: Path) -> None:
    mail = emails.compose(message(list_id="follow-up", unsubscribe_token="abc"), NOW)
    assert mail["List-Id"] == "<follow-up.fairs.example>"
    assert mail["List-Unsubscribe"] == "<https://fairs.example/unsubscribe/abc>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_an_invitation_goes_as_alternative_and_as_file(greeting: Path) -> None:
    calendar = b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"
    invite = MailAttachment(name="meeting.ics", mime="text/calendar", method="REQUEST", content=calendar)
    letter = MailAttachment(name="award é.pdf", mime="application/pdf", method=None, content=b"%PDF-\x00")
    mail = over_the_wire(emails.compose(message(attachments=[invite, letter]), NOW))
    assert [part.get_content_type() for part in mail.walk()] == [
        *("multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar"),
        *("text/calendar", "application/pdf"),
    ]
    files = list(mail.iter_attachments())
    assert [(file.get_filename(), file.get_content()) for file in files][1] == ("award é.pdf", b"%PDF-\x00")
    calendars = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    assert [part.get_param("method") for part in calendars] == ["REQUEST", "REQUEST"]
    assert [part.get_payload(decode=True) for part in calendars] == [calendar, calendar]
    assert calendars[1].get_filename() == "meeting.ics"


def test_instants_are_shown_in_the_zone_that_is_named(greeting: Path) -> None:
    (greeting / "email" / "greeting" / "subject.txt").write_text("{{ at | datetime('Europe/Madrid') }}")
    at = datetime(2027, 6, 30, 22, 15, tzinfo=UTC)
    assert render(at=at).subject == "Thursday, 1 July 2027, 00:15 (Central European Summer Time)"


def test_a_day_is_told_with_the_zone_it_ends_in(greeting: Path) -> None:
    (greeting / "email" / "greeting" / "subject.txt").write_text("{{ day | date }} ({{ zone | zone_name }})")
    assert render(zone="America/Lima").subject == "1 March 2027 (Peru Time)"
