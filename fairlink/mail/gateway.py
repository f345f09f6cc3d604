"""The mail server: handing over one composed mail, over a connection that is kept."""

import imaplib
import smtplib
import ssl
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from urllib.parse import parse_qs, unquote, urlsplit

#: Seconds to wait for the server at each step.
TIMEOUT = 20


class TemporaryFailure(Exception):
    """Not sent for the time being: no connection, server busy, or something the operator must mend."""


class PermanentFailure(Exception):
    """Refused for good. `bad_address` says that the receiver does not exist, rather than that the mail was disliked."""

    def __init__(self, message: str, *, bad_address: bool) -> None:
        super().__init__(message)
        self.bad_address = bad_address


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server and how to sign in to it."""

    host: str
    port: int
    #: TLS from the first byte (smtps://).
    implicit_tls: bool
    #: TLS after STARTTLS (?tls=starttls).
    start_tls: bool
    user: str | None
    password: str | None


def parse(url: str) -> Server:
    """Read ``smtp://user:password@host:587?tls=starttls`` or ``smtps://user:password@host``.

    Raises ValueError for anything else.
    """
    parts = urlsplit(url)
    tls = parse_qs(parts.query).get("tls", [""])[0]
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or tls not in ("", "starttls"):
        raise ValueError("SMTP_URL must look like smtp://user:password@host:587?tls=starttls or smtps://...")
    implicit = parts.scheme == "smtps"
    return Server(
        host=parts.hostname,
        port=parts.port or (465 if implicit else 587 if tls else 25),
        implicit_tls=implicit,
        start_tls=tls == "starttls",
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


class Gateway:
    """Connections of one process to one mail server; may be used by several threads."""

    def __init__(self, url: str, hello: str, rate: float = 0) -> None:
        """`hello` is the name by which to introduce oneself (EHLO); `rate` limits the mails of lists a second."""
        #: Between two mails of lists, over all workers; zero for no limit.
        self.gap = timedelta(seconds=1 / rate) if rate else timedelta()
        self._server = parse(url)
        self._hello = hello
        self._idle: deque[smtplib.SMTP] = deque()

    def deliver(self, mail: EmailMessage, *, sender: str, to: str) -> None:
        """Hand `mail` over to the mail server for the address `to`.

        Raises TemporaryFailure or PermanentFailure; after either the mail was not taken. An answer that is lost on the
        way counts as a temporary failure, though the server may have taken the mail.
        """
        content = mail.as_bytes()
        try:
            connection = self._begin(sender, () if to.isascii() else ("SMTPUTF8", "BODY=8BITMIME"))
        except (OSError, smtplib.SMTPException) as error:
            raise TemporaryFailure(_words(error)) from error
        try:
            code, text = connection.rcpt(to)
            refused_address = code >= 400
            if not refused_address:
                code, text = connection.data(content)
        except smtplib.SMTPDataError as error:
            code, text, refused_address = error.smtp_code, _bytes(error.smtp_error), False
        except (OSError, smtplib.SMTPException) as error:
            _close(connection)
            raise TemporaryFailure(_words(error)) from error
        self._keep(connection, clean=code < 400)
        if code >= 400:
            raise _failure(code, text, of_address=refused_address)

    def check(self) -> str:
        """Connect, introduce and sign in; returns the server's name. Raises TemporaryFailure with the reason."""
        try:
            connection = self._connect()
        except (OSError, smtplib.SMTPException) as error:
            raise TemporaryFailure(_words(error)) from error
        name = (connection.ehlo_resp or b"").split(b"\n")[0].decode(errors="replace")
        _close(connection)
        return name

    def close(self) -> None:
        """End the idle connections politely."""
        while self._idle:
            _close(self._idle.pop())

    def _begin(self, sender: str, options: tuple[str, ...]) -> smtplib.SMTP:
        """A connection on which the server has accepted the sender."""
        if self._idle:
            # It may have been closed meanwhile. Nothing has been handed over yet, so trying anew is safe.
            connection = self._idle.pop()
            try:
                if connection.mail(sender, options)[0] == 250:
                    return connection
            except (OSError, smtplib.SMTPException):
                pass
            _close(connection)
        connection = self._connect()
        code, text = connection.mail(sender, options)
        if code != 250:
            # Even a 5xx is no fault of the receiver: the operator has to mend it, and the mail must not be lost.
            _close(connection)
            raise smtplib.SMTPSenderRefused(code, text, sender)
        return connection

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        context = ssl.create_default_context() if server.implicit_tls or server.start_tls else None
        connection: smtplib.SMTP
        if server.implicit_tls:
            connection = smtplib.SMTP_SSL(server.host, server.port, self._hello, timeout=TIMEOUT, context=context)
        else:
            connection = smtplib.SMTP(server.host, server.port, self._hello, timeout=TIMEOUT)
        try:
            if server.start_tls:
                connection.starttls(context=context)
            connection.ehlo_or_helo_if_needed()
            if server.user is not None:
                connection.login(server.user, server.password or "")
        except BaseException:
            _close(connection)
            raise
        return connection

    def _keep(self, connection: smtplib.SMTP, *, clean: bool) -> None:
        try:
            if not clean:
                connection.rset()
        except (OSError, smtplib.SMTPException):
            _close(connection)
        else:
            self._idle.append(connection)


@dataclass(frozen=True, slots=True)
class Reports:
    """How reports about sent mails come in; either may be empty."""

    #: The mailbox that bounces go to: ``imaps://user:password@host/INBOX``.
    mailbox: str = ""
    #: Signs what a provider posts to /mail/events.
    secret: str = ""


_reports = Reports()


def configure_reports(mailbox: str, secret: str) -> None:
    """Set where reports about sent mails come from."""
    global _reports
    _reports = Reports(mailbox, secret)


def reports() -> Reports:
    """What `configure_reports` set."""
    return _reports


def unread_reports() -> Iterator[bytes]:
    """The unread mails of the mailbox for bounces; each counts as read once the next one is asked for.

    Raises TemporaryFailure when the mailbox cannot be reached.
    """
    parts = urlsplit(_reports.mailbox)
    try:
        secure = parts.scheme == "imaps"
        connect = imaplib.IMAP4_SSL if secure else imaplib.IMAP4
        with connect(parts.hostname or "", parts.port or (993 if secure else 143), timeout=TIMEOUT) as box:
            box.login(unquote(parts.username or ""), unquote(parts.password or ""))
            box.select(unquote(parts.path.strip("/")) or "INBOX")
            _ok, (numbers, *_rest) = box.search(None, "UNSEEN")
            for number in numbers.split():
                _ok, data = box.fetch(number.decode(), "(BODY.PEEK[])")
                yield from (item[1] for item in data if isinstance(item, tuple))
                box.store(number.decode(), "+FLAGS", "\\Seen")
    except (OSError, imaplib.IMAP4.error) as error:
        raise TemporaryFailure(_words(error)) from error


_gateway: Gateway | None = None


def configure(smtp_url: str, hello: str, rate: float = 0) -> None:
    """Set the mail server of this process, and how many mails of lists all processes may hand over a second."""
    global _gateway
    if _gateway is not None:
        _gateway.close()
    _gateway = Gateway(smtp_url, hello, rate)


def gateway() -> Gateway:
    """What `configure` set."""
    if _gateway is None:
        raise RuntimeError("mail.gateway.configure() was not called")
    return _gateway


def _failure(code: int, text: bytes, *, of_address: bool) -> TemporaryFailure | PermanentFailure:
    words = f"{code} {text.decode(errors='replace')}"
    # 5.7.x is about rights (relaying denied, blocked sender): for the operator to mend, not the receiver's fault.
    if code < 500 or text.startswith(b"5.7."):
        return TemporaryFailure(words)
    return PermanentFailure(words, bad_address=of_address and code in (550, 551, 553))


def _close(connection: smtplib.SMTP) -> None:
    try:
        connection.quit()
    except (OSError, smtplib.SMTPException):
        connection.close()


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode()
