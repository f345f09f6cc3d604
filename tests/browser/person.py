"""Somebody in chromium who is signed in already, and who uploads and saves files."""

from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from fairlink.accounts.models import User
from tests.backdoor import Backdoor
from tests.browser.test_axe import RULES
from tests.browser.tourist import Tourist
from tests.journeys.platform import Platform


class Person(Tourist):
    """A tourist on whose pages axe finds nothing."""

    def __init__(self, platform: Platform, browser: Browser, inside: Backdoor, user: User, album: Path) -> None:
        super().__init__(platform.base, browser, album)
        self.bring(inside.sign_in(user))
        inside.session.commit()

    def _look(self) -> None:
        super()._look()
        found = Axe().run(self._page, options=RULES).response["violations"]
        assert [(self._page.url, each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []

    def upload(self, address: str, file: Path, **chosen: str) -> None:
        """Send a file with what is chosen beside it."""
        self.open(address)
        for name, value in chosen.items():
            self._page.locator(f"[name={name}]").select_option(value)
        field = self._page.locator("input[type=file]")
        field.set_input_files(file)
        with self._page.expect_navigation() as navigation:
            field.locator("xpath=ancestor::form").locator("button[type=submit]").first.click()
        self._arrived(navigation.value, 200)

    def save(self, address: str) -> bytes:
        """What a link to a file gives."""
        return self._context.request.get(self.base + address).body()
