"""What is noted of a contact at a fair, and how it becomes a vCard; all pure."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fairlink.kernel.money import Money
from fairlink.visits.states import Interest


@dataclass(frozen=True, slots=True)
class Noted:
    """A contact as a person noted it; the instant is by their phone's clock.

    `badge` is the token of the badge that was read, if any: then who they are is taken from it and not from here.
    `expected` holds what is expected within 3, 6 and 12 months, all in one currency.
    """

    key: uuid.UUID
    captured_at: datetime
    interest: Interest
    badge: str = ""
    organisation: str = ""
    #: ISO 3166-1 alpha-2.
    country: str = ""
    person: str = ""
    email: str = ""
    #: E.164.
    phone: str = ""
    consent: bool = False
    products: Sequence[str] = ()
    expected: Mapping[int, Money] = field(default_factory=dict)
    note: str = ""


#: The longest line of a vCard in bytes, its line end left out (RFC 6350, 3.2).
_LINE = 75


def vcard(*, person: str, organisation: str, email: str, phone: str, note: str) -> bytes:
    """A vCard 4.0 (RFC 6350) that phones take into their address book; empty values are left out."""
    lines = [
        "BEGIN:VCARD",
        "VERSION:4.0",
        f"FN:{_escaped(person or organisation)}",
        f"ORG:{_escaped(organisation)}",
        f"EMAIL:{_escaped(email)}" if email else "",
        f"TEL;VALUE=uri:tel:{phone}" if phone else "",
        f"NOTE:{_escaped(note)}" if note else "",
        "END:VCARD",
    ]
    return b"".join(_folded(line) for line in lines if line)


def _escaped(text: str) -> str:
    for sign in ("\\", ",", ";"):
        text = text.replace(sign, f"\\{sign}")
    return "\\n".join(text.splitlines())


def _folded(line: str) -> bytes:
    """The line in pieces that are short enough, none of which ends within a letter."""
    pieces, piece = [], b""
    for letter in line:
        encoded = letter.encode()
        if len(piece) + len(encoded) > _LINE:
            pieces.append(piece)
            piece = b" "
        piece += encoded
    return b"\r\n".join([*pieces, piece]) + b"\r\n"
