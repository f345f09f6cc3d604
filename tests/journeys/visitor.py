"""A person with a browser that knows no scripts: follows links, fills in forms, keeps cookies."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx


class Lost(Exception):
    """A page was not as a person would expect it; says which, and what stood there."""


@dataclass
class FormOnPage:
    """A form with the values that its fields show."""

    action: str
    method: str
    #: Name to values, in order of appearance.
    values: dict[str, list[str]] = field(default_factory=dict)
    #: Every name a person could fill in, with the options of choices.
    options: dict[str, list[str]] = field(default_factory=dict)
    text: str = ""
    #: Which form of its page it is, counted from 0.
    index: int = 0


class _Reader(HTMLParser):
    """Collects the forms, links and text of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[FormOnPage] = []
        self.links: list[tuple[str, str]] = []
        self.text: list[str] = []
        self._form: FormOnPage | None = None
        self._select = self._area = self._href = ""
        self._option: str | None = None
        self._silent = 0
        self._link_text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if tag in ("script", "style"):
            self._silent += 1
        elif tag == "form":
            self._form = FormOnPage(at.get("action", ""), at.get("method", "get").lower(), index=len(self.forms))
            self.forms.append(self._form)
        elif tag == "a" and "href" in at:
            self._href, self._link_text = at["href"], []
        elif self._form is not None and at.get("name"):
            self._control(tag, at, self._form)
        elif tag == "option" and self._form is not None and self._select:
            self._choice(at, self._form)

    def _control(self, tag: str, at: dict[str, str], form: FormOnPage) -> None:
        name, kind = at["name"], at.get("type", "text")
        if tag == "select":
            self._select = name
            form.options.setdefault(name, [])
        elif tag == "textarea":
            self._area = name
            form.values.setdefault(name, [""])
        elif tag == "input" and kind in ("radio", "checkbox"):
            form.options.setdefault(name, []).append(at.get("value", "on"))
            if "checked" in at:
                form.values.setdefault(name, []).append(at.get("value", "on"))
        elif tag == "input" and kind not in ("submit", "file"):
            form.values.setdefault(name, []).append(at.get("value", ""))
        elif tag == "button" or kind == "submit":
            form.options.setdefault(name, []).append(at.get("value", ""))

    def _choice(self, at: dict[str, str], form: FormOnPage) -> None:
        value = at.get("value", "")
        form.options[self._select].append(value)
        if "selected" in at or self._select not in form.values:
            form.values[self._select] = [value]

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._silent -= 1
        elif tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""
        elif tag == "a" and self._href:
            self.links.append((" ".join("".join(self._link_text).split()), self._href))
            self._href = ""

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if self._area and self._form is not None:
            # The first line end after the tag belongs to the markup.
            typed = self._form.values[self._area][0] + data
            self._form.values[self._area] = [typed.removeprefix("\r").removeprefix("\n")]
            return
        if self._href:
            self._link_text.append(data)
        if self._form is not None:
            self._form.text += data
        self.text.append(data)


class Page:
    """A page that was loaded."""

    def __init__(self, url: str, status: int, html: str) -> None:
        self.url, self.status = url, status
        self._reader = _Reader()
        self._reader.feed(html)
        self.text = " ".join(" ".join(self._reader.text).split())

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def number(self) -> int:
        """The object number in the address of the page: 12 for /calls/12."""
        numbers = [int(part) for part in self.path.split("/") if part.isdecimal()]
        if not numbers:
            raise Lost(f"no number in {self.path}")
        return numbers[-1]

    def links(self, part: str) -> list[str]:
        """Addresses with `part` in them, each once."""
        return list(dict.fromkeys(href for _text, href in self._reader.links if part in href))

    def forms(self) -> Iterator[FormOnPage]:
        yield from self._reader.forms

    def form(self, *names: str, action: str = "") -> FormOnPage:
        """The form that has all these fields and whose action contains `action`."""
        for form in self._reader.forms:
            if action in form.action and all(name in form.values or name in form.options for name in names):
                return form
        known = [(form.action, sorted({*form.values, *form.options})) for form in self._reader.forms]
        raise Lost(f"no form with {names} {action} on {self.url} ({self.status}); there are {known}; {self.text[:600]}")


class Visitor:
    """Somebody at a browser."""

    def __init__(self, base: str, language: str = "en") -> None:
        self.base = base
        self._client = httpx.Client(
            base_url=base, follow_redirects=True, timeout=60, headers={"Accept-Language": language}
        )

    def close(self) -> None:
        self._client.close()

    def open(self, address: str, status: int = 200) -> Page:
        """Load a page, following redirects, and expect `status`."""
        return _expected(self._client.get(urljoin(self.base, address)), status)

    def send(self, page: Page, form: FormOnPage, /, **filled: str | list[str]) -> Page:
        """Fill in a form of `page` and send it, expecting 200; fields that are not named keep what they show."""
        unknown = [name for name in filled if name not in form.values and name not in form.options]
        if unknown:
            raise Lost(
                f"no field {unknown} in the form of {page.url}; there are {sorted({*form.values, *form.options})}"
            )
        values: dict[str, list[str]] = dict(form.values)
        values |= {name: value if isinstance(value, list) else [value] for name, value in filled.items()}
        target = urljoin(page.url, form.action or page.url)
        if form.method == "get":
            pairs: list[tuple[str, str | int | float | bool | None]] = [
                (name, value) for name, many in values.items() for value in many
            ]
            return _expected(self._client.get(target, params=pairs), 200)
        return _expected(self._client.post(target, data=values), 200)

    def fill(self, address: str, /, **filled: str | list[str]) -> Page:
        """Open a page and send its form that has these fields."""
        page = self.open(address)
        return self.send(page, page.form(*filled), **filled)

    def press(self, page: Page, action: str, /, **filled: str | list[str]) -> Page:
        """Press the button of the form whose action contains `action`."""
        return self.send(page, page.form(action=action), **filled)


def _expected(response: httpx.Response, status: int) -> Page:
    page = Page(str(response.url), response.status_code, response.text)
    if page.status != status:
        raise Lost(f"{response.request.method} {page.url}: {page.status} instead of {status}: {page.text[:800]}")
    return page
