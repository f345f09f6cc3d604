"""What no page may do, whoever looks at it and whatever people have typed."""

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.kernel.database import Base
from tests.security.conftest import Walk

#: Closes whatever it may stand in: attribute, script, text area, line of a header or of a calendar file.
HOSTILE = "\"'></script></textarea><img src=x onerror=alert(1)>{{7*7}}\r\nX-Evil: 1"
#: Words of ours, not of people; and what people typed, in a form that was checked.
NOT_TYPED = {
    "sector", "hs_code", "mail_message", "mail_attachment", "mail_suppression", "audit_event", "rate_limit",
    "worker_heartbeat",
}  # fmt: skip
CHECKED = {
    "seed",
    "key",
    "sha256",
    "email",
    "locale",
    "zone",
    "phone",
    "cost_class",
    "password_hash",
    "token_hash",
    "browser_hash",
}

#: A file that is given out to be saved may do nothing at all.
FILE_POLICY = "default-src 'none'; sandbox"

# Each walks through all pages as eight people.
pytestmark = pytest.mark.journey


class Markup(HTMLParser):
    """Collects what runs or loads something by itself, and where links lead."""

    def __init__(self) -> None:
        super().__init__()
        self.running: list[str] = []
        self.loaded: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        self.running += [f"{tag} {name}" for name in at if name.startswith("on") or name == "style"]
        if tag == "script" and "src" not in at and at.get("type") != "application/ld+json":
            self.running.append(tag)
        if tag in ("a", "form", "area", "base"):
            self.links.append(at.get("href") or at.get("action") or "")
        elif address := at.get("src") or at.get("href"):
            self.loaded.append(address)


def markup(page: str) -> Markup:
    reader = Markup()
    reader.feed(page)
    return reader


def make_hostile(session: Session) -> int:
    """Put hostile words into every text that people type; how many columns there were."""
    session.flush()
    # Rows that are never changed could have been written so: their triggers look away until the commit.
    session.execute(sa.text("SET LOCAL session_replication_role = replica"))
    columns = 0
    for table in Base.metadata.sorted_tables:
        typed = [
            column
            for column in table.columns
            if isinstance(column.type, sa.String)
            and not isinstance(column.type, sa.Enum)
            and column.type.length is None
            and not column.primary_key
            and not column.foreign_keys
            and column.computed is None
            and column.name not in CHECKED
        ]
        if table.name in NOT_TYPED or not typed:
            continue
        number = sa.cast(table.columns["id"], sa.Text) if "id" in table.columns else sa.literal("")
        values = {column: sa.literal(HOSTILE) + number for column in typed}
        if "website" in table.columns:
            values[table.columns["website"]] = sa.literal("javascript:alert(1)")
        session.execute(sa.update(table).values(values))
        columns += len(values)
    session.execute(sa.text("SET LOCAL session_replication_role = origin"))
    session.commit()
    session.expire_all()
    return columns


def test_stored_script_stays_text_on_every_page(session: Session, walk: Walk) -> None:
    assert make_hostile(session) > 30
    seen, wrong = 0, []
    for page in walk():
        # Documents are no text.
        text = page.response.get_data().decode(errors="replace")
        seen += "onerror=alert(1)" in text
        if page.response.status_code >= 500 and page.row.rule != "/readyz":
            wrong.append((page.name, page.response.status))
        of_lines = page.response.mimetype in ("text/calendar", "text/vcard")
        if "X-Evil" in page.response.headers or (of_lines and re.search(r"^X-Evil", text, re.MULTILINE)):
            wrong.append((page.name, "a line of its own"))
        if page.response.mimetype == "text/html":
            found = markup(text)
            wrong += [(page.name, each) for each in found.running]
            wrong += [(page.name, each) for each in found.links + found.loaded if "script:" in each.lower()]
            wrong += [(page.name, "<img") for each in found.loaded if each == "x"]
            wrong += [(page.name, "a template was run") for each in ("49\r\nX-Evil", "49\nX-Evil") if each in text]
    assert wrong == []
    assert seen > 50


def test_looking_writes_nothing(walk: Walk, statements: list[str]) -> None:
    """GET and HEAD change nothing: no answer, no unsubscribe, no confirmation, no draft."""
    writes = []
    for method in ("GET", "HEAD"):
        for page in walk(method):
            words = [statement.split(maxsplit=1)[0].upper() for statement in statements]
            writes += [(page.name, method, word) for word in words if word in ("INSERT", "UPDATE", "DELETE")]
            statements.clear()
    assert writes == []


def test_pages_load_nothing_from_elsewhere_and_forbid_it(walk: Walk) -> None:
    wrong = []
    for page in walk():
        headers = page.response.headers
        if headers["X-Content-Type-Options"] != "nosniff":
            wrong.append((page.name, "may be sniffed"))
        policy = headers["Content-Security-Policy"]
        if policy == FILE_POLICY and headers["Content-Disposition"].startswith("attachment"):
            continue
        if not policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';") or "unsafe" in policy:
            wrong.append((page.name, policy))
        if page.response.mimetype == "text/html":
            found = markup(page.response.text)
            wrong += [(page.name, each) for each in found.loaded if urlsplit(each).netloc]
            wrong += [(page.name, each) for each in found.running]
    assert wrong == []


def test_pages_with_a_secret_address_tell_it_nobody(walk: Walk) -> None:
    pages = [page for page in walk() if "<token>" in page.row.rule]
    assert len(pages) == 8
    kept = {
        (page.name, page.response.headers["Referrer-Policy"], page.response.headers["Cache-Control"])
        for page in pages
        if page.response.headers["Referrer-Policy"] != "no-referrer"
        or page.response.headers["Cache-Control"] != "private, no-store"
    }
    assert kept == set()
    foreign = [each for page in pages for each in markup(page.response.text).links if urlsplit(each).netloc]
    assert foreign == []


def test_a_signed_in_page_is_kept_nowhere(walk: Walk) -> None:
    kept = {
        (page.name, page.response.headers["Cache-Control"])
        for page in walk()
        # The same script for everybody, asked for anew each time.
        if page.row.rule != "/service-worker.js"
        and page.response.headers["Cache-Control"] != "private, no-store"
        and (page.walker != "stranger" or page.response.headers["Cache-Control"] != "private, no-cache")
    }
    assert kept == set()


def test_an_evil_host_is_repeated_on_no_page(walk: Walk) -> None:
    repeated = [
        page.name
        for page in walk(base_url="http://evil.example", headers={"X-Forwarded-Host": "evil.example"})
        if b"evil.example" in page.response.get_data() or "evil.example" in str(page.response.headers)
    ]
    assert repeated == []
