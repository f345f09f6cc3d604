"""A group's money in the browser: three firms are paid for by card, one pays by transfer; the fair is cancelled."""

import os
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from fairlink.accounts.models import User
from fairlink.applications.states import ApplicationState
from fairlink.kernel.clock import utcnow
from fairlink.payments import jobs, service
from fairlink.payments.models import Charge, Refund, RefundRun
from fairlink.policy import Role
from tests import factories
from tests.backdoor import Backdoor, backdoor
from tests.jobs import run_due_jobs
from tests.journeys.platform import Platform
from tests.payments import stripe_standin
from tests.payments.stripe_standin import StripeStandIn

pytestmark = [pytest.mark.browser, pytest.mark.network]

ACCOUNT = "ES91 2100 0418 4502 0005 1332"


@pytest.fixture(scope="module")
def standin() -> Iterator[StripeStandIn]:
    with stripe_standin.running() as running:
        yield running


@pytest.fixture(scope="module")
def platform(standin: StripeStandIn) -> Iterator[Platform]:
    """A platform that takes cards; without a worker, whose clock the journey is."""
    made = Platform(worker=False)
    made.environment |= {
        "STRIPE_SECRET_KEY": stripe_standin.SECRET_KEY,
        "STRIPE_WEBHOOK_SECRET": stripe_standin.WEBHOOK_SECRET,
        "STRIPE_API_BASE": standin.url,
    }

    def deliver(body: bytes, signature: str) -> int:
        sent = urllib.request.Request(f"{made.base}/stripe/webhook", body, {"Stripe-Signature": signature})
        with urllib.request.urlopen(sent, timeout=10) as answer:
            return int(answer.status)

    standin.deliver = deliver
    with made:
        yield made


@pytest.fixture(scope="module")
def inside(platform: Platform) -> Iterator[Backdoor]:
    with backdoor(platform) as opened:
        yield opened


class Story:
    """One browser that is everybody in turn."""

    def __init__(self, chromium: Browser, platform: Platform, inside: Backdoor, album: Path) -> None:
        self.platform, self.inside, self.album = platform, inside, album
        self.context = chromium.new_context(viewport={"width": 1280, "height": 900})
        self.page: Page = self.context.new_page()

    def become(self, user: User) -> None:
        cookies = self.inside.sign_in(user)
        self.inside.session.commit()
        self.context.clear_cookies()
        self.context.add_cookies(
            [{"name": name, "value": value, "url": self.platform.base} for name, value in cookies.items()]
        )

    def go(self, path: str) -> None:
        self.page.goto(f"{self.platform.base}{path}")

    def picture(self, name: str) -> None:
        for width in (360, 1280):
            self.page.set_viewport_size({"width": width, "height": 900})
            self.page.screenshot(path=self.album / f"payments-{name}-{width}.png", full_page=True)

    def clock(self) -> None:
        """What the worker does within a few minutes."""
        session = self.inside.session
        jobs.tick(session, now=utcnow())
        session.commit()
        jobs.ask_again(session, now=utcnow())
        session.commit()
        run_due_jobs(session, now=utcnow())
        session.commit()


def scene(inside: Backdoor) -> tuple[list[Charge], dict[str, User]]:
    """A group of four firms with an accepted award, its officer and its finance officer."""
    firms = [factories.organisation(name=name) for name in ("Calzados Andinos", "Cueros Sur", "Lana Alta", "Cacao Río")]
    owners = [factories.user(firm) for firm in firms]
    group = factories.group(*firms, name="Hecho en los Andes")
    application = factories.application(
        of=group, contact=owners[0], state=ApplicationState.ACCEPTED, decided_at=factories.MADE_AT
    )
    factories.award(application, accepted_at=factories.MADE_AT, amount_minor=600_000)
    factories.owing(application)
    agency = application.call.fair.agency
    people = {"officer": factories.officer(agency), "finance": factories.officer(agency, Role.FINANCE)}
    people |= {"lead": owners[0], "member": owners[3]}
    session = inside.session
    service.save_bank_account(
        session,
        agency.id,
        holder="Export Agency",
        number=ACCOUNT,
        bank="",
        bic="",
        by=people["finance"],
        now=utcnow(),
    )
    service.charge_accepted(session, now=utcnow())
    session.commit()
    return list(session.scalars(sa.select(Charge).order_by(Charge.id))), people


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Where photographs go."""
    folder = Path(os.environ.get("FAIRLINK_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def pay_by_transfer(story: Story, people: dict[str, User]) -> None:
    """One firm reads its reference, and finance imports the bank's statement."""
    page = story.page
    story.become(people["member"])
    story.go("/payments")
    page.get_by_role("link", name="Own contribution").click()
    reference = page.locator("#reference").inner_text()
    expect(page.get_by_role("img", name="Code with account")).to_be_visible()
    story.picture("transfer")
    story.become(people["finance"])
    story.go("/staff/payments/statements")
    table = f"date,amount,currency,name,text\n2026-11-20,1500.00,EUR,Cacao Rio,{reference}\n2026-11-20,77.00,EUR,?,?\n"
    page.get_by_label("Bank statement").set_input_files(
        {"name": "statement.csv", "mimeType": "text/csv", "buffer": table.encode()}
    )
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("2 new payments, 1 booked at once.")).to_be_visible()
    story.picture("statements")


def pay_for_three_by_card(story: Story, people: dict[str, User], fair_id: int) -> None:
    """The lead pays for all that is still owed."""
    page = story.page
    story.become(people["lead"])
    story.go("/payments")
    story.picture("own")
    page.get_by_role("button", name="Pay for all by card").click()
    page.get_by_role("button", name="Pay").click()
    expect(page.get_by_text("Thank you. The money has arrived.")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="€1,500.00")).to_have_count(3)
    story.picture("made")
    story.become(people["finance"])
    story.go(f"/staff/fairs/{fair_id}/payments?state=paid")
    expect(page.locator("main").get_by_role("link", name="Calzados Andinos")).to_be_visible()
    story.picture("fair")


def cancel_and_give_back(story: Story, people: dict[str, User], fair_id: int) -> None:
    """The fair is cancelled; cards go back by themselves, the transfer by a file for the bank."""
    page, session = story.page, story.inside.session
    story.become(people["officer"])
    story.go(f"/staff/fairs/{fair_id}")
    page.get_by_text("Cancel the fair").first.click()
    page.get_by_role("button", name="Yes, cancel the fair").click()
    page.wait_for_load_state()
    session.expire_all()
    for _ in range(2):
        story.clock()
    story.become(people["finance"])
    run = session.scalars(sa.select(RefundRun)).one()
    story.go(f"/staff/refund-runs/{run.id}")
    expect(page.get_by_text("It is under way.")).to_be_visible()
    story.picture("run")
    page.get_by_role("link", name="Transfers back").click()
    page.get_by_role("button", name="Make a file for your bank").click()
    story.picture("refunds")
    page.get_by_role("button", name="Our bank has sent it").click()
    page.wait_for_load_state()
    story.clock()
    story.go(f"/staff/refund-runs/{run.id}")
    expect(page.get_by_text("Everything that was paid has gone back.")).to_be_visible()


def test_a_group_pays_and_gets_its_money_back_once(
    chromium: Browser, platform: Platform, inside: Backdoor, standin: StripeStandIn, album: Path
) -> None:
    charges, people = scene(inside)
    story = Story(chromium, platform, inside, album)
    pay_by_transfer(story, people)
    pay_for_three_by_card(story, people, charges[0].fair_id)
    assert standin.received == 450_000
    cancel_and_give_back(story, people, charges[0].fair_id)
    inside.session.expire_all()
    assert [(each.received_minor, each.refunded_minor) for each in charges] == [(150_000, 150_000)] * 4
    assert (standin.received, standin.refunded) == (450_000, 450_000)
    assert inside.session.scalar(sa.select(sa.func.count(Refund.id))) == 4
    story.become(people["lead"])
    story.go(f"/payments/{charges[0].id}/statement")
    story.picture("statement")
    story.context.close()
