"""axe finds nothing on the main pages and on forms that were refused, on a phone and at a desk, by day and by night."""

from typing import Any, Literal

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from fairlink.accounts.models import User
from tests.backdoor import Backdoor
from tests.journeys.platform import Platform
from tests.main_pages import MainPage, main_pages, visit_pages

pytestmark = pytest.mark.browser

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
#: Forms that are sent with nothing in them.
REFUSED = ("/sign-in", "/sign-up")


@pytest.fixture(scope="session")
def pages(inside: Backdoor) -> list[MainPage]:
    return main_pages(inside) + visit_pages(inside)


def sign_in(context: BrowserContext, page: MainPage, platform: Platform, inside: Backdoor) -> None:
    """Let the browser be that of the person whose page it is, or of nobody."""
    context.clear_cookies()
    if page.who:
        user = inside.session.scalars(sa.select(User).where(User.email == page.who)).unique().one()
        cookies = inside.sign_in(user)
        inside.session.commit()
        context.add_cookies([{"name": name, "value": value, "url": platform.base} for name, value in cookies.items()])


def faults(screen: Page, name: str, width: int) -> list[Any]:
    """What is wrong with the page as it is shown."""
    wide = screen.evaluate("document.documentElement.scrollWidth")
    found = [(name, f"is {wide} px wide")] if wide > width else []
    violations = Axe().run(screen, options=RULES).response["violations"]
    return found + [(name, each["id"], [node["html"] for node in each["nodes"]]) for each in violations]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing(
    chromium: Browser,
    demonstration: Platform,
    inside: Backdoor,
    pages: list[MainPage],
    width: int,
    scheme: Literal["light", "dark"],
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    screen = context.new_page()
    complaints: list[str] = []
    screen.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    found = []
    for page in pages:
        sign_in(context, page, demonstration, inside)
        response = screen.goto(demonstration.base + page.address)
        assert response is not None
        assert response.status == 200, page.name
        found += faults(screen, page.name, width)
    assert complaints == []
    context.clear_cookies()
    for address in REFUSED:
        screen.goto(demonstration.base + address)
        with screen.expect_navigation() as navigation:
            screen.locator("main form").first.locator("button[type=submit]").first.click()
        assert navigation.value.status == 422, address
        found += faults(screen, f"{address}, refused", width)
    context.close()
    assert found == []
