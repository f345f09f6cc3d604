"""Contacts noted on a phone without network, sent when it is back: none lost, none twice, nobody else's page kept."""

import os
from pathlib import Path
from urllib.parse import urljoin

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, Page, expect

from fairlink.accounts.models import Membership, User
from fairlink.applications.models import Application, Exhibitor
from fairlink.fairs.models import Fair
from fairlink.kernel.clock import utcnow
from fairlink.visits.models import Contact
from tests.backdoor import Backdoor
from tests.browser.tourist import PHONE
from tests.journeys.platform import Platform

pytestmark = pytest.mark.browser

CONTACTS = 20
KEPT = "caches.open('contact-form').then((cache) => cache.keys()).then((keys) => keys.map((key) => key.url))"


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Where photographs go."""
    folder = Path(os.environ.get("FAIRLINK_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def exhibiting(inside: Backdoor) -> tuple[int, User]:
    """An exhibitor of a fair to come, and one of its people."""
    found = inside.session.execute(
        sa.select(Exhibitor.id, User)
        .join(Application, Application.id == Exhibitor.application_id)
        .join(Membership, Membership.organisation_id == Application.lead_firm_id)
        .join(User, User.id == Membership.user_id)
        .join(Fair, Fair.id == Exhibitor.fair_id)
        .where(Fair.starts_on > utcnow().date(), Exhibitor.withdrawn_at.is_(None), Membership.ended_at.is_(None))
        .order_by(Exhibitor.id)
    ).first()
    assert found is not None, "the demonstration has no exhibitor of a fair to come"
    return found[0], found[1]


def count(inside: Backdoor, exhibitor_id: int) -> int:
    inside.session.rollback()
    query = sa.select(sa.func.count()).where(Contact.exhibitor_id == exhibitor_id)
    return inside.session.scalar(query) or 0


def sign_in(context: BrowserContext, inside: Backdoor, who: User, base: str) -> None:
    cookies = inside.sign_in(who)
    inside.session.commit()
    context.add_cookies([{"name": name, "value": value, "url": base} for name, value in cookies.items()])


def until(page: Page, condition: str) -> None:
    """Wait for a condition that may await something."""
    page.evaluate(f"(async () => {{ while (!({condition})) await new Promise((done) => setTimeout(done, 50)); }})()")


def note(page: Page, company: str) -> None:
    """Fill in the form as it stands on the screen and press its button."""
    page.locator("[name=organisation]").fill(company)
    page.locator("[name=country]").select_option("SE")
    page.locator("[name=interest][value=high]").check()
    page.get_by_role("button", name="Keep the contact").click()


def test_twenty_contacts_of_a_phone_without_network_are_twenty_records(
    chromium: Browser, demonstration: Platform, inside: Backdoor, album: Path
) -> None:
    exhibitor_id, who = exhibiting(inside)
    before = count(inside, exhibitor_id)
    who.locale = "en"
    inside.session.commit()
    address = urljoin(demonstration.base, f"/exhibitors/{exhibitor_id}/contacts/new")
    context = chromium.new_context(locale="en", viewport=PHONE)
    problems: list[str] = []
    sign_in(context, inside, who, demonstration.base)
    page = context.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(address)
    page.wait_for_function("navigator.serviceWorker.ready.then(() => true)")
    until(page, f"(await {KEPT}).some((url) => url.includes('icons.svg'))")
    page.screenshot(path=album / "contact-form-360.png", full_page=True)
    page.close()

    context.set_offline(True)
    page = context.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(address)
    expect(page.get_by_text("No network")).to_be_visible()
    assert who.name not in page.content()
    for number in range(CONTACTS):
        note(page, f"Offline {number}")
        expect(page.locator("[data-unsent-count]")).to_have_text(str(number + 1))
    page.screenshot(path=album / "contact-offline-360.png", full_page=True)
    page.close()
    assert count(inside, exhibitor_id) == before

    context.set_offline(False)
    page = context.new_page()
    page.goto(urljoin(demonstration.base, "/contacts"))
    until(page, "(await outbox.all()).length === 0")
    expect(page.locator("[data-unsent]")).to_be_hidden()
    page.reload()
    page.screenshot(path=album / "contacts-360.png", full_page=True)
    assert count(inside, exhibitor_id) == before + CONTACTS

    # Whoever comes next to this phone finds no form of the one who signed out.
    assert page.evaluate(KEPT)
    page.locator("details.menu summary").last.click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_load_state()
    until(page, "!(await caches.has('contact-form'))")
    assert problems == []
    context.close()
