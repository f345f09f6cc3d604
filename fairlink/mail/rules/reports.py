"""Reports about mails that were sent: delivery status notifications, complaints, and a provider's signed ones."""

import hashlib
import hmac
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import Message

#: Seconds for which a signature counts.
SIGNED_FOR = 300
_DETAIL = 300
_SIGNATURE = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one mail to one address: it bounced for good, or its receiver called it spam."""

    email: str
    #: Of the mail that was sent, with its angle brackets: the proof that the report is about one of ours.
    message_id: str
    complaint: bool
    #: What the other mail server said.
    detail: str = ""

    @classmethod
    def heard(cls, email: str, message_id: str, *, complaint: bool, detail: str) -> "Report":
        """A report in the words of a stranger: whatever they wrote can be looked up and stored."""
        return cls(_plain(email), _plain(message_id), complaint, _plain(detail)[:_DETAIL])


def read_report(content: bytes) -> list[Report]:
    """What a received mail reports: RFC 3464 failures and RFC 5965 complaints; empty for anything else.

    Failures that may pass (status 4.x.x, delayed) report nothing: the sending server tries on.
    """
    # The old policy takes headers as they are; the new one reads them, and some of strangers' make it raise.
    mail = message_from_bytes(content, policy=policy.compat32)
    if mail.get_content_type() != "multipart/report":
        return []
    parts = list(mail.walk())
    message_id = _original_id(parts)
    if message_id is None:
        return []
    return [
        Report.heard(email, message_id, complaint=complaint, detail=detail)
        for part in parts
        for email, complaint, detail in _of_part(part)
    ]


def sign(body: bytes, secret: str, at: datetime) -> str:
    """The signature of `body` made at an instant: ``t=<seconds>,v1=<HMAC-SHA256 of 't.body'>``."""
    seconds = int(at.timestamp())
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


def signed(body: bytes, signature: str, secret: str, now: datetime) -> bool:
    """Whether `signature` was made of `body` with `secret`, at most five minutes before or after `now`."""
    found = _SIGNATURE.fullmatch(signature)
    if found is None or abs(now.timestamp() - int(found[1])) > SIGNED_FOR:
        return False
    digest = hmac.new(secret.encode(), f"{found[1]}.".encode() + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(digest, found[2])


def _of_part(part: Message) -> Iterator[tuple[str, bool, str]]:
    """Address, whether it is a complaint, and what was said, of one part of a report."""
    if part.get_content_type() == "message/delivery-status":
        for group in part.get_payload():
            if not isinstance(group, Message) or str(group.get("Action", "")).strip().lower() != "failed":
                continue
            status = str(group.get("Status", "")).strip()
            email = _address(group.get("Original-Recipient") or group.get("Final-Recipient"))
            if status.startswith("5") and email:
                yield email, False, f"{status} {group.get('Diagnostic-Code', '')}"
    elif part.get_content_type() == "message/feedback-report":
        fields = _fields(part)
        email = _address(fields.get("Original-Rcpt-To") or fields.get("Removal-Recipient"))
        if email:
            yield email, True, str(fields.get("Feedback-Type", ""))


def _fields(part: Message) -> Message:
    payload = part.get_payload()
    if isinstance(payload, list) and payload and isinstance(payload[0], Message):
        return payload[0]
    return message_from_bytes(str(payload).encode(errors="replace"))


def _original_id(parts: Sequence[Message]) -> str | None:
    """The Message-ID of the mail that a report is about, from the copy of it that comes along."""
    for part in parts:
        if part.get_content_type() in ("message/rfc822", "text/rfc822-headers"):
            payload = part.get_payload()
            inner = (
                payload[0] if isinstance(payload, list) else message_from_bytes(str(payload).encode(errors="replace"))
            )
            if isinstance(inner, Message) and inner.get("Message-ID"):
                return str(inner["Message-ID"]).strip()
    return None


def _address(field: object) -> str:
    """The address in ``rfc822; ana@firm.example`` or ``<ana@firm.example>``."""
    return str(field or "").rpartition(";")[2].strip().strip("<>")


def _plain(text: str) -> str:
    """One line that a database takes: no NUL, no half characters."""
    return " ".join(text.replace("\0", " ").encode(errors="replace").decode().split())
