"""A visitor in chromium, who fills in forms by hand and photographs every page on a phone and at a desk."""

import re
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Browser, Error, Locator, Response, ViewportSize

from tests.journeys.visitor import FormOnPage, Lost, Page, Visitor

PHONE, DESK = ViewportSize(width=360, height=740), ViewportSize(width=1280, height=800)


class Tourist(Visitor):
    """The same person as `Visitor`, in a real browser with scripts."""

    def __init__(self, base: str, browser: Browser, album: Path | None = None) -> None:
        self.base = base
        self._context = browser.new_context(locale="en", viewport=PHONE)
        self._page = self._context.new_page()
        self._problems: list[str] = []
        self._page.on("pageerror", lambda error: self._problems.append(f"{self._page.url}: {error}"))
        self._page.on("console", lambda line: self._problems.append(line.text) if line.type == "error" else None)
        self._album = album

    def close(self) -> None:
        self._context.close()

    def bring(self, cookies: dict[str, str]) -> None:
        """Come with cookies, as somebody who has signed in before."""
        self._context.add_cookies([{"name": name, "value": value, "url": self.base} for name, value in cookies.items()])

    def photograph_into(self, album: Path) -> None:
        """Take another album from now on: pages will look different from before."""
        album.mkdir(parents=True, exist_ok=True)
        self._album = album

    def idle(self) -> None:
        """Look at the page until nothing moves on it any more."""
        self._page.wait_for_load_state("networkidle")

    def open(self, address: str, status: int = 200) -> Page:
        target = urljoin(self.base, address)
        response = self._page.goto(target)
        return self._arrived(response, status)

    def send(self, page: Page, form: FormOnPage, /, **filled: str | list[str]) -> Page:
        """Type into the form as it stands on the screen and press its button (or the one that is named)."""
        if self._page.url != page.url:
            self._page.goto(page.url)
        on_screen = self._page.locator("form").nth(form.index)
        self._unfold(on_screen)
        button = on_screen.locator("button:not([type=button]):not([name])").first
        for name, value in filled.items():
            named = on_screen.locator(f"button[name='{name}']")
            if isinstance(value, str) and named.count():
                button = named.and_(on_screen.locator(f"button[value='{value}']")).first
            else:
                self._type(on_screen, name, value)
        with self._page.expect_navigation() as navigation:
            button.click()
        return self._arrived(navigation.value, 200)

    def _unfold(self, form: Locator) -> None:
        """Open what hides the form, as a person would."""
        for details in form.locator("xpath=ancestor::details[not(@open)]").all():
            details.locator("summary").first.click()

    def _type(self, form: Locator, name: str, value: str | list[str]) -> None:
        field = form.locator(f"[name='{name}']")
        if not field.count():
            raise Lost(f"no field {name} on {self._page.url}")
        kind = field.first.get_attribute("type") or ""
        if field.first.evaluate("element => element.tagName") == "SELECT":
            field.first.select_option(value)
        elif kind == "hidden":
            if field.first.get_attribute("value") != value:
                raise Lost(f"{name} is not {value} on {self._page.url}, and nobody can type it")
        elif kind in ("radio", "checkbox"):
            wanted = value if isinstance(value, list) else [value]
            for box in field.all():
                box.set_checked(True) if box.get_attribute("value") in wanted else self._clear(box, kind)
        else:
            assert isinstance(value, str)
            field.first.fill(value)

    @staticmethod
    def _clear(box: Locator, kind: str) -> None:
        if kind == "checkbox":
            box.set_checked(False)

    def _arrived(self, response: Response | None, status: int) -> Page:
        self._page.wait_for_load_state()
        found = response.status if response else 0
        page = Page(self._page.url, found, self._page.content())
        if found != status:
            raise Lost(f"{page.url}: {found} instead of {status}: {page.text[:800]}")
        self._look()
        return page

    def _look(self) -> None:
        """No page may scroll sideways on a phone or complain in the console; photograph it in both sizes."""
        if self._problems:
            raise Lost(f"the browser complains: {self._problems}")
        # One photograph of each kind of page: numbers become 'n', secrets are left out.
        path = re.sub(r"/[A-Za-z0-9_-]{20,}", "", urlsplit(self._page.url).path)
        name = re.sub(r"\d+", "n", path).strip("/").replace("/", "-")
        for size in (DESK, PHONE):
            self._page.set_viewport_size(size)
            try:
                width = self._page.evaluate("document.documentElement.scrollWidth")
            except Error as error:
                raise Lost(f"{self._page.url}: {error}") from error
            if width > size["width"]:
                raise Lost(f"{self._page.url} is {width} px wide on a screen of {size['width']} px")
            if self._album is not None:
                file = self._album / f"{name or 'front'}-{size['width']}.png"
                if not file.exists():
                    self._page.screenshot(path=file, full_page=True)
