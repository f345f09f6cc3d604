"""`make bench-pages`: what the ten main pages cost the reader's line and the database, against their budget.

Bytes are those on the wire: status line, headers and gzipped body (what browsers accept without TLS). A later page is
one after a first visit, when what may be kept for ever is kept. SQL statements are counted in the same application on
the same database. Exit status 1 when a page is over its budget.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin

import httpx
import sqlalchemy as sa

from fairlink.accounts.models import User
from tests.backdoor import Backdoor, backdoor
from tests.journeys.platform import Platform
from tests.main_pages import MainPage, main_pages

KB = 1024
#: HTML, first visit and later page in bytes; requests of the first visit.
BUDGET = {"html": 14 * KB, "first": 50 * KB, "requests": 6, "later": 15 * KB}


class Assets(HTMLParser):
    """Collects what a browser loads for a page by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: dict[str, None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = dict(attrs)
        loads = tag in ("script", "img", "source", "iframe", "use", "image", "video", "audio", "embed")
        rel = set((at.get("rel") or "").split())
        loads = loads or (tag == "link" and bool(rel & {"stylesheet", "icon", "preload", "modulepreload", "manifest"}))
        address = at.get("src") or at.get("href") or at.get("xlink:href") or ""
        if loads and urldefrag(address).url and not address.startswith("data:"):
            self.addresses[urldefrag(address).url] = None


@dataclass(frozen=True)
class Cost:
    """One page, in bytes, requests and statements."""

    name: str
    html: int
    first: int
    requests: int
    later: int
    statements: int

    @property
    def over(self) -> list[str]:
        """The parts of the budget that it passes."""
        return [part for part, most in BUDGET.items() if getattr(self, part) > most]


class Line:
    """A browser's line to the platform, on which bytes are counted."""

    def __init__(self, platform: Platform, cookie: dict[str, str]) -> None:
        self._base = platform.base
        self._client = httpx.Client(cookies=cookie, headers={"Accept-Encoding": "gzip, deflate"}, timeout=60)

    def load(self, address: str) -> tuple[httpx.Response, int]:
        """The answer, and what it weighs."""
        target = urljoin(self._base, address)
        assert target.startswith(self._base), f"{address} is at a third party"
        with self._client.stream("GET", target) as response:
            response.read()
        assert response.status_code == 200, f"{address}: {response.status_code}"
        headers = sum(len(name) + len(value) + 4 for name, value in response.headers.raw)
        return response, len("HTTP/1.1 200 OK\r\n\r\n") + headers + response.num_bytes_downloaded

    def assets(self, page: httpx.Response) -> Iterator[tuple[httpx.Response, int]]:
        """What the page loads, and what its style sheets load."""
        reader = Assets()
        reader.feed(page.text)
        for address in reader.addresses:
            response, weight = self.load(address)
            yield response, weight
            if response.headers["Content-Type"].startswith("text/css"):
                for inner in re.findall(r"url\(['\"]?([^)'\"]+)", response.text):
                    if not inner.startswith(("data:", "#")):
                        yield self.load(urljoin(str(response.url), inner))


def is_kept(response: httpx.Response) -> bool:
    """Whether a browser keeps it and never asks again."""
    return "immutable" in response.headers.get("Cache-Control", "")


def statements(inside: Backdoor, address: str, cookie: dict[str, str]) -> int:
    """SQL statements of one request, without those that begin and end its transaction."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    browser = inside.app.test_client()
    for name, value in cookie.items():
        browser.set_cookie(name, value)
    # Once before, so that statements of a first use do not count.
    browser.get(address)
    engine = inside.session.get_bind()
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        assert browser.get(address).status_code == 200, address
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    return len(seen)


def measure(platform: Platform, inside: Backdoor, page: MainPage) -> Cost:
    cookie = {}
    if page.who:
        user = inside.session.scalars(sa.select(User).where(User.email == page.who)).unique().one()
        cookie = inside.sign_in(user)
        inside.session.commit()
    line = Line(platform, cookie)
    html, weight = line.load(page.address)
    assets = list(line.assets(html))
    return Cost(
        name=page.name,
        html=weight,
        first=weight + sum(each for _, each in assets),
        requests=1 + len(assets),
        later=weight + sum(each for response, each in assets if not is_kept(response)),
        statements=statements(inside, page.address, cookie),
    )


def table(costs: list[Cost]) -> str:
    """The costs as text, in bytes, with the budget beneath; what is over is named at the end of its row."""
    lines = [f"{'page':36}{'HTML':>8}{'first visit':>13}{'requests':>10}{'later page':>12}{'SQL':>6}"]
    for cost in costs:
        row = f"{cost.name:36}{cost.html:8}{cost.first:13}{cost.requests:10}{cost.later:12}{cost.statements:6}"
        lines.append(row + (f"  OVER: {', '.join(cost.over)}" if cost.over else ""))
    most = BUDGET
    lines.append(f"{'at most':36}{most['html']:8}{most['first']:13}{most['requests']:10}{most['later']:12}")
    return "\n".join(lines)


def main() -> int:
    with Platform(demo=True, worker=False) as platform, backdoor(platform) as inside:
        costs = [measure(platform, inside, page) for page in main_pages(inside)]
    print(table(costs))
    return 1 if any(cost.over for cost in costs) else 0


if __name__ == "__main__":
    sys.exit(main())
