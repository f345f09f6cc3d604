"""Orders in chromium: reported by a mailed link, disputed by the buyer, settled by an officer; and link scanners."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser

from fairlink.accounts.models import User
from fairlink.followup.models import Answer, Lead, Order, Prompt, PromptLink
from fairlink.followup.states import OrderState, PromptState, Side
from fairlink.kernel.tokens import token_hash
from tests import factories
from tests.backdoor import Backdoor
from tests.browser.tourist import Tourist
from tests.journeys.platform import Platform

pytestmark = pytest.mark.browser

ORDERED_ON = "2026-10-01"


def _asked(inside: Backdoor, token: str, *leads: Lead) -> list[Prompt]:
    """Questions to the exhibitor of each lead, all in one mailed message."""
    now = datetime.now(UTC)
    prompts = [
        factories.prompt(lead, Side.FIRM, state=PromptState.SENT, sent_at=now, expires_at=now + timedelta(days=60))
        for lead in leads
    ]
    for prompt in prompts:
        factories.add(PromptLink(prompt_id=prompt.id, token_hash=token_hash(token), created_at=now))
    inside.session.commit()
    return prompts


def _person(platform: Platform, chromium: Browser, inside: Backdoor, user: User, album: Path) -> Tourist:
    person = Tourist(platform.base, chromium, album)
    cookies = inside.sign_in(user)
    inside.session.commit()
    person.bring(cookies)
    return person


def test_order_is_reported_by_the_firm_disputed_by_the_buyer_and_settled_by_an_officer(
    chromium: Browser, demonstration: Platform, inside: Backdoor, tmp_path: Path
) -> None:
    album = Path(os.environ.get("FAIRLINK_SCREENSHOTS") or tmp_path)
    album.mkdir(parents=True, exist_ok=True)
    lead, other = factories.past_lead(), factories.past_lead()
    assert lead.meeting is not None
    token = "a-token-that-was-mailed-to-the-firm"
    first, _second = _asked(inside, token, lead, other)

    firm = Tourist(demonstration.base, chromium, album)
    questions = firm.open(f"/follow-up/{token}")
    assert len(questions.links(f"/follow-up/{token}.")) == 2
    path = f"/follow-up/{token}.{first.id}"
    kept = firm.fill(path, outcome="order", value="about twelve", later="1")
    assert "It is not sent yet" in kept.text
    done = firm.fill(path, outcome="order", value="12,000", currency="EUR", ordered_on=ORDERED_ON, without_support="20")
    assert "Your answer is recorded" in done.text

    order = inside.session.scalars(sa.select(Order).where(Order.lead_id == lead.id)).one()
    buyer = _person(demonstration, chromium, inside, lead.meeting.visit.visitor, album)
    page = buyer.fill(f"/orders/{order.id}", agrees="no", value="9,000", currency="EUR", note="Three crates fewer")
    assert "The two sides disagree" in page.text

    officer = _person(demonstration, chromium, inside, factories.user(lead.fair.agency), album)
    listed = officer.open("/staff/orders")
    assert "€12,000.00" in listed.text
    assert "€9,000.00" in listed.text
    settled = officer.fill(
        f"/staff/orders/{order.id}", finding="order", value="9,000", currency="EUR", reason="The invoice says so."
    )
    assert "Settled by the agency" in settled.text
    for address in ("follow-up", "follow-up/plan", "follow-up/texts"):
        officer.open(f"/staff/fairs/{lead.fair_id}/{address}")
    officer.fill("/staff/rates", currency="PEN", per_euro="4.0125", rated_on=ORDERED_ON)
    officer.open("/staff/mail/suppressed")

    owner = _person(demonstration, chromium, inside, lead.exhibitor.application.contact, album)
    assert "The invoice says so." in owner.open(f"/orders/{order.id}").text
    owner.open(f"/orders/{order.id}/shares")
    owner.open(f"/leads/{lead.id}/orders/new")
    inside.session.refresh(order)
    assert (order.state, order.value_minor) == (OrderState.SETTLED, 900_000)


def test_link_scanners_and_browsers_with_scripts_record_nothing_and_one_press_records_one_answer(
    chromium: Browser, demonstration: Platform, inside: Backdoor
) -> None:
    token = "a-token-that-scanners-follow"
    (prompt,) = _asked(inside, token, factories.lead())
    address = f"{demonstration.base}/follow-up/{token}"

    def answers() -> int:
        inside.session.rollback()
        query = sa.select(sa.func.count()).select_from(Answer).where(Answer.prompt_id == prompt.id)
        return inside.session.scalar(query) or 0

    with httpx.Client() as scanner:
        statuses = {scanner.request(method, address).status_code for method in ("GET", "HEAD") for _ in range(20)}
    visitor = Tourist(demonstration.base, chromium)
    visitor.open(f"/follow-up/{token}")
    visitor.idle()
    assert (statuses, answers()) == ({200}, 0)
    visitor.fill(f"/follow-up/{token}", outcome="talking")
    assert answers() == 1
