"""An officer builds a scheme without a line of JSON, tries it, and reads it as applicants will."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from fairlink.accounts.models import User
from tests.backdoor import Backdoor
from tests.browser.test_axe import RULES
from tests.browser.tourist import DESK, PHONE
from tests.journeys.platform import Platform
from tests.main_pages import OFFICER

pytestmark = pytest.mark.journey


class Officer:
    """At a screen, where no page may scroll sideways or give axe cause to complain."""

    def __init__(self, screen: Page) -> None:
        self.screen = screen
        self.seen = 0

    def look(self) -> None:
        """At the page in both sizes; photographs go where FAIRLINK_ALBUM says."""
        self.seen += 1
        for size in (DESK, PHONE):
            self.screen.set_viewport_size(size)
            width = self.screen.evaluate("document.documentElement.scrollWidth")
            assert width <= size["width"], self.screen.url
            if album := os.environ.get("FAIRLINK_ALBUM"):
                name = re.sub(r"[^a-z]+", "-", self.screen.url.split("/staff/")[1].lower()).strip("-")
                self.screen.screenshot(path=Path(album) / f"{self.seen:02}-{name}-{size['width']}.png", full_page=True)
        violations = Axe().run(self.screen, options=RULES).response["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in violations] == [], self.screen.url

    def fill(self, name: str, value: str) -> None:
        """Type into a field, or choose, and unfold what hides it."""
        field = self.screen.locator(f"[name='{name}']").first
        for details in field.locator("xpath=ancestor::details[not(@open)]").all():
            details.locator("summary").first.click()
        if field.evaluate("element => element.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)

    def press(self, button: Locator) -> None:
        with self.screen.expect_navigation():
            button.click()
        self.look()

    def save(self) -> None:
        self.press(self.screen.locator("main .actions button[type=submit]").first)

    def section(self, title: str) -> None:
        self.screen.get_by_role("main").get_by_role("link", name=title, exact=True).click()


@pytest.fixture
def officer(chromium: Browser, demonstration: Platform, inside: Backdoor) -> Iterator[Officer]:
    """The officer of the demonstration, signed in, on the page of a new scheme."""
    context = chromium.new_context(viewport=DESK)
    user = inside.session.scalars(sa.select(User).where(User.email == OFFICER)).unique().one()
    cookies = inside.sign_in(user)
    inside.session.commit()
    context.add_cookies([{"name": name, "value": value, "url": demonstration.base} for name, value in cookies.items()])
    screen = context.new_page()
    screen.goto(f"{demonstration.base}/staff/schemes/new")
    yield Officer(screen)
    context.close()


def test_a_scheme_is_built_and_tried(officer: Officer) -> None:
    screen = officer.screen
    main = screen.get_by_role("main")
    begin(officer)
    say_who_may_apply(officer)
    say_rates(officer)
    expect(main).to_contain_text("Only if the region of the firm is puno or cusco.")
    expect(main).to_contain_text("Nothing after 5 full years since the first award.")
    officer.section("Selection")
    officer.fill("selection-method", "lottery")
    officer.save()

    screen.get_by_role("link", name="Try it").click()
    officer.look()
    officer.save()
    expect(main).to_contain_text("As it stands, this cannot be supported")
    for number in range(5):
        officer.fill(f"firms-{number}-founded_on", "2015-03-01")
    officer.save()
    expect(main).to_contain_text("Handling fee")
    expect(main).to_contain_text("Meets all 1 conditions.")


def begin(officer: Officer) -> None:
    """The simple part: a quarter of the cost for groups of five to thirty."""
    for name, value in (
        ("name", "Andean producers abroad"),
        ("currency", "EUR"),
        ("rate", "25"),
        ("min_firms", "5"),
        ("max_firms", "30"),
        ("sunset_on", "2031-12-31"),
    ):
        officer.fill(name, value)
    officer.save()


def say_who_may_apply(officer: Officer) -> None:
    """Small firms that have traded for a year; the reason is forgotten first."""
    screen = officer.screen
    officer.section("Who may apply")
    officer.fill("group-size_band-most_outside_bp", "30")
    screen.get_by_label("Micro").check()
    screen.get_by_label("Small", exact=True).check()
    officer.press(screen.get_by_role("button", name="Add another: Condition for each firm"))
    officer.fill("eligibility-0-require-fact", "firm.years_trading")
    officer.fill("eligibility-0-require-comparison", ">=")
    officer.fill("eligibility-0-require-value", "1")
    officer.save()
    expect(screen.get_by_role("alert")).to_contain_text("Enter this.")
    officer.fill("eligibility-0-reason", "A firm trades for a year first.")
    officer.save()


def say_rates(officer: Officer) -> None:
    """More the first time and for two regions, nothing after five years, a fee for the association."""
    screen = officer.screen
    officer.section("Rates")
    officer.press(screen.get_by_role("button", name="Add another: Uplift"))
    officer.fill("rates-uplifts-0-add_bp", "5")
    officer.fill("rates-uplifts-0-when-fact", "firm.participations")
    officer.fill("rates-uplifts-0-when-value", "0")
    officer.fill("rates-time_limit-years", "5")
    officer.press(screen.get_by_role("button", name="Add another: Uplift"))
    officer.fill("rates-uplifts-1-add_bp", "10")
    officer.fill("rates-uplifts-1-when-fact", "firm.region")
    officer.fill("rates-uplifts-1-when-value", "puno, cusco")
    officer.fill("add_ons-handling_fee-share_bp", "15")
    officer.save()
