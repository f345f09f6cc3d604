"""Pages that show the mails which the development sink has received; never registered in production."""

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from flask import Blueprint, Response, current_app, make_response, render_template, request
from flask.typing import ResponseReturnValue

from fairlink.kernel.errors import NotFound
from fairlink.policy import Can
from fairlink.web.access import guarded
from fairlink.web.security import CONTENT_SECURITY_POLICY

bp = Blueprint("mailbox", __name__)

#: Mails on the list; older ones stay in the folder.
SHOWN = 200
_MAIL_ID = re.compile(r"^[0-9a-z-]{8,64}$")

#: The HTML part may show itself, and its links open in the whole window; nothing else.
_FRAME_POLICY = (
    "sandbox allow-top-navigation-by-user-activation; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)


@dataclass(frozen=True, slots=True)
class File:
    """An attached file; `text` is None for one that is not text."""

    name: str
    mime: str
    size: int
    text: str | None


@dataclass(frozen=True, slots=True)
class Mail:
    """One received mail, taken apart for showing."""

    id: str
    sender: str
    to: str
    subject: str
    at: datetime | None
    text: str
    html: str | None
    files: tuple[File, ...]
    headers: tuple[tuple[str, str], ...]


def read_mail(path: Path) -> Mail:
    """The mail in the file `path`."""
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    return Mail(
        id=path.stem,
        sender=str(message["From"]),
        to=str(message["To"]),
        subject=str(message["Subject"]),
        at=parsedate_to_datetime(str(message["Date"])) if message["Date"] else None,
        text=plain.get_content() if plain else "",
        html=html.get_content() if html else None,
        files=tuple(map(_file, message.iter_attachments())),
        headers=tuple((name, str(value)) for name, value in message.items()),
    )


def _file(part: EmailMessage) -> File:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    text = content.decode(errors="replace") if part.get_content_maintype() == "text" else None
    return File(part.get_filename() or "", part.get_content_type(), len(content), text)


@bp.get("/dev/mailbox")
@guarded(Can.PUBLIC_READ)
def index() -> ResponseReturnValue:
    """The newest mails first; ``?to=`` shows those to one address."""
    to = request.args.get("to", "").strip().lower()
    mails = []
    for path in sorted(_folder().glob("*.eml"), reverse=True):
        mail = read_mail(path)
        if to in mail.to.lower():
            mails.append(mail)
        if len(mails) == SHOWN:
            break
    return render_template("dev/mailbox.html", mails=mails, to=to)


@bp.get("/dev/mailbox/<mail_id>")
@guarded(Can.PUBLIC_READ)
def show(mail_id: str) -> ResponseReturnValue:
    """One mail: its HTML in a frame of its own, its text, files and headers."""
    response = make_response(render_template("dev/mail.html", mail=_mail(mail_id)))
    response.headers["Content-Security-Policy"] = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
    return response


@bp.get("/dev/mailbox/<mail_id>/html")
@guarded(Can.PUBLIC_READ)
def html(mail_id: str) -> ResponseReturnValue:
    """The HTML part alone, for the frame."""
    mail = _mail(mail_id)
    if mail.html is None:
        raise NotFound("not_found")
    # Without this a link would open inside the frame, where no page of ours shows itself.
    page = mail.html.replace("<head>", '<head><base target="_top">', 1)
    return Response(page, headers={"Content-Security-Policy": _FRAME_POLICY}, mimetype="text/html")


def _folder() -> Path:
    folder: Path = current_app.config["SETTINGS"].mailbox_folder
    return folder


def _mail(mail_id: str) -> Mail:
    path = _folder() / f"{mail_id}.eml"
    if not _MAIL_ID.match(mail_id) or not path.is_file():
        raise NotFound("not_found")
    return read_mail(path)
