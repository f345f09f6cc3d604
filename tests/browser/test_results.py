"""The pages of results in chromium, and an evaluator who takes the pseudonymised data of a call away."""

import io
import os
from pathlib import Path

import pytest
import sqlalchemy as sa
from defusedcsv import csv
from playwright.sync_api import Browser, BrowserContext, Page

from fairlink.accounts.models import Organisation, User
from fairlink.applications.models import Application
from fairlink.audit.models import AuditEvent
from fairlink.policy import Kind
from tests.backdoor import Backdoor
from tests.browser.test_axe import faults
from tests.journeys.platform import Platform

PAGES = tuple(
    f"/staff/results{page}"
    for page in ("", "/time", "/answers", "/concentration", "/hosted", "/evaluations", "/rows?what=firm_parts")
)


def _browser(chromium: Browser, platform: Platform, inside: Backdoor, email: str, width: int) -> BrowserContext:
    """A browser of that width in which somebody of the demonstration is signed in."""
    user = inside.session.scalars(sa.select(User).where(User.email == email)).unique().one()
    context = chromium.new_context(base_url=platform.base, viewport={"width": width, "height": 900}, locale="en")
    for name, value in inside.sign_in(user).items():
        context.add_cookies([{"name": name, "value": value, "url": platform.base}])
    inside.session.commit()
    return context


def _photograph(page: Page, name: str) -> None:
    if album := os.environ.get("FAIRLINK_SCREENSHOTS"):
        page.screenshot(path=Path(album) / f"{name}-{page.viewport_size['width']}.png", full_page=True)  # type: ignore[index]


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
def test_result_pages_fit_and_every_figure_of_the_chain_opens_its_rows(
    chromium: Browser, demonstration: Platform, inside: Backdoor, width: int
) -> None:
    context = _browser(chromium, demonstration, inside, "officer@agency.example", width)
    page = context.new_page()
    for address in PAGES:
        page.goto(address)
        assert faults(page, address, width) == []
        _photograph(page, address.strip("/").replace("/", "-"))
    page.goto(PAGES[0])
    page.locator("table a", has_text="Orders confirmed").first.click()
    assert page.locator("h1").inner_text() == "Orders confirmed"
    assert page.locator("tbody tr").count() > 0
    assert faults(page, "rows", width) == []
    _photograph(page, "rows")
    context.close()


@pytest.mark.browser
def test_evaluator_reads_an_evaluation_and_takes_its_data_without_names(
    chromium: Browser, demonstration: Platform, inside: Backdoor
) -> None:
    context = _browser(chromium, demonstration, inside, "evaluator@agency.example", 1280)
    page = context.new_page()
    call = inside.session.scalars(
        sa.select(Application.call_id).where(Application.submitted_at.is_not(None)).order_by(Application.id)
    ).first()
    page.goto(f"/calls/{call}")
    page.get_by_role("link", name="Evaluation").click()
    page.get_by_role("button", name="Work it out").click()
    assert page.get_by_text("It is being worked out.").count() == 1
    assert faults(page, "evaluation", 1280) == []
    _photograph(page, "evaluation")
    page.get_by_role("link", name="Data for evaluators").click()
    assert faults(page, "data", 1280) == []
    _photograph(page, "evaluation-data")
    with page.expect_download() as download:
        page.get_by_role("button", name="Take the file (CSV)").click()
    text = Path(download.value.path()).read_text("utf-8-sig")
    context.close()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows
    names = inside.session.scalars(sa.select(Organisation.name).where(Organisation.kind == Kind.FIRM)).all()
    assert not [name for name in names if name in text]
    taken = sa.select(AuditEvent.data).where(AuditEvent.action == "evaluation:export")
    assert inside.session.scalars(taken).all() == [{"rows": len(rows)}]
