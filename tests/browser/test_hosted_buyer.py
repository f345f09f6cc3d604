"""A hosted buyer's claim in chromium: files and costs handed in, judged by the meetings, approved by two people."""

import os
from pathlib import Path
from urllib.parse import urljoin

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from fairlink.accounts.models import User
from fairlink.applications.models import Disbursement
from fairlink.fairs.models import Fair
from fairlink.kernel.clock import utcnow
from fairlink.subsidies.models import Call
from fairlink.subsidies.states import CallState
from fairlink.visits import queries
from fairlink.visits.models import HostedStay, Visit
from fairlink.visits.states import HostedState
from tests import factories
from tests.backdoor import Backdoor
from tests.browser.tourist import DESK, PHONE
from tests.files import samples
from tests.journeys.platform import Platform

pytestmark = pytest.mark.browser


def promised(inside: Backdoor) -> HostedStay:
    """A stay at the fair that is over: a visit whose meetings went well, its support promised."""
    session = inside.session
    query = sa.select(Visit).join(Fair).where(Fair.ends_on < utcnow().date()).order_by(Visit.id)
    for visit in session.scalars(query).unique():
        call = session.scalars(
            sa.select(Call).where(Call.fair_id == visit.fair_id, Call.state == CallState.PUBLISHED)
        ).first()
        if call is None:
            continue
        offer = factories.hosting_offer(call, claim_within_days=700)
        stay = factories.hosted_stay(visit, offer, state=HostedState.GRANTED)
        went = queries.attendance_of(session, stay)
        if went.held >= offer.meetings_required and went.missed < 2:
            call.committed_minor += stay.ceiling_minor
            session.commit()
            return stay
        session.delete(stay)
        session.delete(offer)
        session.flush()
    raise AssertionError("the demonstration has no buyer whose meetings were held")


def test_hosted_buyer_claims_and_two_people_approve(
    chromium: Browser, demonstration: Platform, inside: Backdoor, tmp_path: Path
) -> None:
    album = Path(os.environ.get("FAIRLINK_SCREENSHOTS") or tmp_path)
    album.mkdir(parents=True, exist_ok=True)
    stay = promised(inside)
    ticket = tmp_path / "boarding pass.pdf"
    ticket.write_bytes(samples.pdf())
    context = chromium.new_context(locale="en", viewport=PHONE)
    page = context.new_page()

    def become(who: User) -> None:
        context.clear_cookies()
        cookies = inside.sign_in(who)
        inside.session.commit()
        context.add_cookies(
            [{"name": name, "value": value, "url": demonstration.base} for name, value in cookies.items()]
        )

    def photograph(page: Page, name: str) -> None:
        for size in (DESK, PHONE):
            page.set_viewport_size(size)
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
            page.screenshot(path=album / f"{name}-{size['width']}.png", full_page=True)

    become(stay.visit.visitor)
    page.goto(urljoin(demonstration.base, f"/visits/{stay.visit_id}/hosting?lang=en"))
    page.locator("[name=files]").set_input_files(ticket)
    page.get_by_role("button", name="Hand in").click()
    expect(page.get_by_text("boarding pass.pdf")).to_be_visible()
    photograph(page, "hosted-claim")
    page.locator("[name=travel]").fill("1000")
    page.locator("[name=lodging]").fill("500")
    page.get_by_role("button", name="Send the claim").click()
    expect(page.get_by_text("Your claim is sent.")).to_be_visible()

    staff = {
        email: inside.session.scalars(sa.select(User).where(User.email == email)).unique().one()
        for email in ("officer@agency.example", "approver@agency.example")
    }
    address = urljoin(demonstration.base, f"/staff/hosting/{stay.id}?lang=en")
    become(staff["officer@agency.example"])
    page.goto(address)
    photograph(page, "hosted-check")
    page.get_by_role("button", name="Check the claim").click()
    become(staff["approver@agency.example"])
    page.goto(address)
    page.get_by_role("button", name="Approve the payment").click()
    expect(page.get_by_text("Payment ordered")).to_be_visible()
    photograph(page, "hosted-approved")
    inside.session.rollback()
    paid = inside.session.scalars(sa.select(Disbursement).where(Disbursement.reference == f"hosted:{stay.id}")).one()
    assert paid.amount_minor == 90_000
    context.close()
