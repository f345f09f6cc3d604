"""Rendering a mail from its templates, in the receiver's language, and composing what goes over the wire."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from fairlink.kernel.words import words
from fairlink.mail.models import MailAttachment, MailMessage

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")
_BLANK_LINES = re.compile(r"\n{3,}")
_CALENDAR = "text/calendar"


@dataclass(frozen=True, slots=True)
class Post:
    """What every mail of this installation shares."""

    #: Public address without a trailing slash; the only source of links in mails.
    base_url: str
    sender_name: str
    sender_email: str

    @property
    def host(self) -> str:
        """The right side of Message-ID and List-Id."""
        return urlsplit(self.base_url).hostname or "localhost"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail's words: the subject on one line, the plain text and the HTML with its style inlined."""

    subject: str
    text: str
    html: str


_post: Post | None = None


def configure(*, base_url: str, sender: str) -> None:
    """Set the public address and the sender (``Name <address>``) of all mails of this process."""
    global _post
    name, address = parseaddr(sender)
    if "@" not in address:
        raise ValueError(f"not a sender: {sender!r}")
    _post = Post(base_url.rstrip("/"), name, address)


def post() -> Post:
    """What `configure` set."""
    if _post is None:
        raise RuntimeError("mail.emails.configure() was not called")
    return _post


def link(path: str) -> str:
    """The public address of `path`, which begins with one slash. Never taken from a request's Host header."""
    if not path.startswith("/") or path.startswith("//"):
        raise ValueError(f"not a path of this platform: {path!r}")
    return post().base_url + path


def one_line(text: str) -> str:
    """`text` without line breaks and control characters, fit for a header."""
    return " ".join(_CONTROL.sub(" ", text).split())


def render(template: str, locale: str, context: Mapping[str, Any], *, unsubscribe_url: str | None = None) -> Rendered:
    """Render ``templates/email/<template>/{subject.txt,body.txt,body.html}`` in `locale`.

    Values of `context` are put in as they are: what a person typed is never read as a template, and HTML is escaped.
    Templates know `_`, `link(path)`, the filters `money`, `rate`, `date`, `time`, `datetime` and `zone_name`, and
    `unsubscribe_url`. Raises jinja2.UndefinedError for a value that is missing.
    """
    environment = _environment(locale)
    shared = {"locale": locale, "unsubscribe_url": unsubscribe_url}
    if clash := shared.keys() & context.keys():
        raise ValueError(f"reserved for every mail: {', '.join(sorted(clash))}")
    values = {**context, **shared}
    subject = one_line(environment.get_template(f"email/{template}/subject.txt").render(values))
    body = environment.get_template(f"email/{template}/body.txt").render(values)
    text = environment.get_template("email/layout.txt").render({**shared, "body": body.strip()})
    html = environment.get_template(f"email/{template}/body.html").render({**values, "subject": subject})
    return Rendered(subject, _BLANK_LINES.sub("\n\n", text).strip() + "\n", _inliner().inline(html))


def compose(message: MailMessage, now: datetime) -> EmailMessage:
    """The mail as it goes over the wire, dated `now`; always under the Message-ID of `message`."""
    house = post()
    # Plain ASCII headers, except for an address that cannot be written in ASCII.
    mail = EmailMessage(policy=SMTP if message.to_email.isascii() else SMTPUTF8)
    mail["Message-ID"] = message.message_id
    mail["Date"] = format_datetime(now)
    mail["From"] = Address(house.sender_name, addr_spec=house.sender_email)
    mail["To"] = _address(message.to_name, message.to_email)
    mail["Subject"] = message.subject
    mail["Auto-Submitted"] = "auto-generated"
    if message.list_id:
        mail["List-Id"] = f"<{message.list_id}.{house.host}>"
    if message.unsubscribe_token:
        mail["List-Unsubscribe"] = f"<{unsubscribe_url(message.unsubscribe_token)}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(message.text, cte="quoted-printable")
    mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
    # Calendars of mail programs look for the invitation among the alternatives, people for a file: it is given as both.
    for item in message.attachments:
        if item.mime == _CALENDAR and item.method:
            _add_invitation(mail, item, item.method)
    for item in message.attachments:
        main, _, sub = item.mime.partition("/")
        parameters = {"method": item.method} if item.method else None
        mail.add_attachment(item.content, main, sub, filename=item.name, params=parameters)
    # Last: setting the content drops every Content- header.
    mail["Content-Language"] = message.locale.replace("_", "-")
    return mail


def unsubscribe_url(token: str) -> str:
    """The page, and the one-click address, by which the receiver of one mail ends its list."""
    return link(f"/unsubscribe/{token}")


def _address(name: str, email: str) -> Address:
    return Address(one_line(name), addr_spec=email)


def _add_invitation(mail: EmailMessage, item: MailAttachment, method: str) -> None:
    content = item.content.decode()
    mail.add_alternative(content, subtype="calendar", cte="base64", params={"method": method})


@cache
def _inliner() -> css_inline.CSSInliner:
    style = (TEMPLATES / "email" / "layout.css").read_text()
    return css_inline.CSSInliner(extra_css=style, load_remote_stylesheets=False)


@cache
def _environment(locale: str) -> Environment:
    """An environment of mails only, so that nothing of a web request can get into them."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html"], default=False),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    reader = words(locale)
    environment.install_gettext_translations(reader.translations, newstyle=True)  # type: ignore[attr-defined]  # by the extension
    environment.globals["link"] = link
    environment.filters.update(
        money=reader.money,
        rate=reader.rate,
        date=reader.date,
        time=reader.time,
        datetime=reader.instant,
        zone_name=reader.zone_name,
    )
    return environment
