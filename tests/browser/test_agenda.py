"""From the catalogue to a published agenda: a buyer on a phone asks, an exhibitor agrees, an organiser plans."""

import os
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from fairlink.accounts.models import User
from fairlink.applications.models import Exhibitor
from fairlink.fairs.models import Fair
from fairlink.policy import Kind
from fairlink.visits.models import AgendaRun, Meeting, MeetingRequest
from tests import factories
from tests.backdoor import Backdoor, backdoor
from tests.browser.tourist import DESK, PHONE
from tests.journeys.platform import Platform

pytestmark = [pytest.mark.browser, pytest.mark.journey]


class Person:
    """Somebody in a browser of their own, who photographs what they see."""

    def __init__(self, chromium: Browser, inside: Backdoor, base: str, who: User, *, phone: bool, album: Path) -> None:
        context = chromium.new_context(viewport=PHONE if phone else DESK, locale="en")
        cookies = inside.sign_in(who)
        inside.session.commit()
        context.add_cookies([{"name": name, "value": value, "url": base} for name, value in cookies.items()])
        self.page: Page = context.new_page()
        self.base, self.album, self.phone, self.seen = base, album, phone, 0

    def open(self, address: str) -> None:
        self.page.goto(self.base + address)

    def press(self, name: str) -> None:
        """Press the first button or link of this name, and look at the page it leads to."""
        control = self.page.get_by_role("main").locator("button, a, summary").filter(has_text=name)
        control.first.click()
        self.page.wait_for_load_state()

    def photograph(self, name: str) -> None:
        width = 360 if self.phone else 1280
        assert self.page.evaluate("document.documentElement.scrollWidth") <= width
        self.page.screenshot(path=self.album / f"agenda-{name}-{width}.png", full_page=True)


@pytest.fixture
def album(tmp_path: Path) -> Path:
    folder = Path(os.environ.get("FAIRLINK_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_buyer_gets_from_the_catalogue_to_a_published_agenda(chromium: Browser, album: Path) -> None:
    with Platform(demo=True) as platform, backdoor(platform) as inside:
        session = inside.session
        fair = session.scalars(sa.select(Fair).join(AgendaRun, AgendaRun.fair_id == Fair.id)).one()
        exhibitor = session.scalars(
            sa.select(Exhibitor).where(Exhibitor.fair_id == fair.id).order_by(Exhibitor.id).limit(1)
        ).one()
        officer = session.scalars(sa.select(User).where(User.email == "officer@agency.example")).unique().one()
        contact = session.get(User, exhibitor.application.contact_id)
        assert contact is not None
        # Whoever presses buttons by their names here reads English.
        contact.locale = officer.locale = "en"
        newcomer = factories.owner(Kind.BUYER)
        session.commit()

        def person(who: User, *, phone: bool = False) -> Person:
            return Person(chromium, inside, platform.base, who, phone=phone, album=album)

        buyer = person(newcomer, phone=True)
        _ask(buyer, fair, exhibitor)
        request = session.scalars(sa.select(MeetingRequest).order_by(MeetingRequest.id.desc()).limit(1)).one()
        _agree(person(contact, phone=True), request)
        organiser = person(officer)
        _plan(organiser, fair)
        session.rollback()
        meeting = session.scalars(
            sa.select(Meeting).where(Meeting.visit_id == request.visit_id).execution_options(populate_existing=True)
        ).one()
        buyer.open(f"/visits/{request.visit_id}")
        expect(buyer.page.get_by_text(f"Table {meeting.table_no}")).to_be_visible()
        expect(buyer.page.get_by_text(exhibitor.name)).to_be_visible()
        buyer.photograph("published")
        assert platform.mail.wait_for(newcomer.email, "is confirmed")


def _ask(buyer: Person, fair: Fair, exhibitor: Exhibitor) -> None:
    """Find the fair and the exhibitor, and ask for a meeting, having read until when they can answer."""
    buyer.open("/fairs?q=" + fair.name)
    buyer.press(fair.name)
    buyer.press("Book a visit")
    buyer.photograph("book")
    buyer.press("Book the visit")
    buyer.photograph("exhibitors")
    buyer.press(exhibitor.name)
    expect(buyer.page.get_by_text("If they do not answer, your request ends on")).to_be_visible()
    buyer.page.locator("[name=level][value=must_meet]").check()
    buyer.page.locator("[name=note]").fill("Boots for winter")
    buyer.photograph("ask")
    buyer.press("Send the request")
    expect(buyer.page.get_by_text("Waiting for their answer")).to_be_visible()
    buyer.photograph("asked")


def _agree(firm: Person, request: MeetingRequest) -> None:
    """The exhibitor sees on its diary that somebody waits, and accepts."""
    firm.open(f"/exhibitors/{request.exhibitor_id}/diary")
    firm.photograph("diary")
    firm.open(f"/requests/{request.id}")
    firm.photograph("answer")
    firm.press("Accept")
    expect(firm.page.get_by_text("You have agreed to meet.")).to_be_visible()


def _plan(organiser: Person, fair: Fair) -> None:
    """Make an agenda, move one meeting by hand, publish."""
    organiser.open(f"/staff/fairs/{fair.id}/agenda")
    organiser.photograph("before")
    organiser.page.locator("[name=seconds]").select_option("10")
    organiser.press("Make the agenda")
    organiser.photograph("running")
    look_again = organiser.page.get_by_role("main").get_by_text("Look again")
    for _ in range(100):
        if not look_again.count():
            break
        look_again.click()
    expect(organiser.page.get_by_text("The draft")).to_be_visible()
    organiser.photograph("draft")
    organiser.press("See and change it")
    organiser.photograph("table")
    organiser.press("Change")
    organiser.page.locator("[name=slot_id]:not(:checked)").first.check()
    organiser.photograph("change")
    organiser.press("Move it there")
    expect(organiser.page.get_by_text("stays where you put it")).to_be_visible()
    organiser.open(f"/staff/fairs/{fair.id}/agenda")
    organiser.press("Publish")
    organiser.press("Yes, publish")
    expect(organiser.page.get_by_text("The agenda is published")).to_be_visible()
    organiser.photograph("after")
