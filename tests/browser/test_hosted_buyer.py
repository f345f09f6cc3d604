"""A hosted buyer's claim in chromium: files and costs handed in, judged by the meetings, approved by two people."""

import os
from pathlib import Path
from urllib.parse import urljoin

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from fairlink.accounts.models import User
from fairlink.applications.models import Disbursement
from fairlink.visits.models import HostedStay
from fairlink.visits.states import Forfeit, HostedState
from tests.backdoor import Backdoor
from tests.browser.tourist import DESK, PHONE
from tests.files import samples
from tests.journeys.platform import Platform

pytestmark = pytest.mark.browser


def promised(inside: Backdoor) -> HostedStay:
    """A stay at the fair that is over whose support is promised still, with time to claim; its meetings went well."""
    session = inside.session
    stay = session.scalars(sa.select(HostedStay).where(HostedStay.reason == Forfeit.NOT_CLAIMED.value)).one()
    stay.state, stay.reason, stay.offer.claim_within_days = HostedState.GRANTED, "", 700
    stay.offer.call.committed_minor += stay.ceiling_minor
    session.commit()
    return stay


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
    assert paid.amount_minor == 112_500
    context.close()
