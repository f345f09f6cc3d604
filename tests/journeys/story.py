"""One fair from its publication to a confirmed order, played by five people over HTTP and SMTP alone.

Prints one JSON object with every link of the chain; exits with 1 when a link is missing. Knows nothing of the code: it
reads pages and mails, fills in forms and presses buttons.
"""

import json
import re
import sys
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.journeys.platform import Platform
from tests.journeys.visitor import Lost, Page, Visitor

PASSWORD = "a-long-enough-secret-7"
FAIR_IN_DAYS = 60
OFFICER, APPROVER, BUYER = "officer@agency.example", "approver@agency.example", "buyer@nordic.example"
LEAD, SECOND, THIRD = "lead@calzados.example", "second@calzados.example", "third@calzados.example"
#: Peruvian RUC numbers of the right form, check digit included.
NUMBERS = {LEAD: "20100000017", SECOND: "20100000025", THIRD: "20100000033"}

LINKS = (
    "fair", "call", "application", "award", "visit", "meeting", "lead", "prompt_firm", "prompt_buyer", "order",
    "confirmation", "support", "order_value",
)  # fmt: skip


class Story:
    """The people, and what they have done so far."""

    def __init__(self, platform: Platform, browser: Callable[[str], Visitor] = Visitor) -> None:
        self.platform, self.browser = platform, browser
        self.links: dict[str, Any] = {}
        self.fair_on = datetime.now(UTC).date() + timedelta(days=FAIR_IN_DAYS)
        self.people = {email: browser(platform.base) for email in (OFFICER, APPROVER, LEAD, SECOND, THIRD, BUYER)}

    def mailed_link(self, to: str, containing: str) -> str:
        """The first link of our own in the newest mail to somebody that contains something."""
        text = self.platform.mail.wait_for(to, containing)
        found = re.search(re.escape(self.platform.base) + r"(/\S*" + re.escape(containing.lstrip("/")) + r"\S*)", text)
        if found is None:
            raise Lost(f"no link with {containing} in the mail to {to}: {text}")
        return found.group(1)

    def sign_in_again(self) -> None:
        """After a restart the browsers are still signed in; after a moved clock some sessions have ended."""
        for email, person in self.people.items():
            page = person.open("/home")
            if page.path != "/home":
                person.fill("/sign-in", email=email, password=PASSWORD)

    # 1 -------------------------------------------------------------------------------------------------------
    def agency_publishes(self) -> None:
        """The officer joins by invitation, invites the approver, and publishes a fair with a call."""
        self.platform.command("agency", "add", "Export Agency", "PE", OFFICER)
        officer = self.people[OFFICER]
        officer.fill(self.mailed_link(OFFICER, "/join/"), name="Olga Officer", password=PASSWORD, zone="America/Lima")
        officer.fill("/organisation/colleagues", email=APPROVER, roles=["approver"])
        self.people[APPROVER].fill(
            self.mailed_link(APPROVER, "/join/"), name="Pablo Approver", password=PASSWORD, zone="America/Lima"
        )
        scheme = officer.fill(
            "/staff/schemes/new",
            name="Fairs together",
            currency="EUR",
            rate="50",
            cap="3000",
            cost_classes=["stand_space", "travel"],
            min_firms="2",
            max_firms="6",
            sunset_on=(self.fair_on + timedelta(days=900)).isoformat(),
        )
        fair = self._make_fair(officer)
        offer = officer.open(f"/staff/fairs/{fair}/calls").links(f"scheme={scheme.number}")[0]
        call = officer.fill(
            offer,
            opens_on=datetime.now(UTC).date().isoformat(),
            closes_on=(self.fair_on - timedelta(days=20)).isoformat(),
            envelope="50000",
            accept_days="21",
        )
        officer.press(officer.open(f"/staff/fairs/{fair}/launch"), "launch")
        self.links["fair"] = fair
        public = self.browser(self.platform.base).open(f"/fairs/{fair}")
        self.links["call"] = self._number(public.links("/calls/"), call)

    def _make_fair(self, officer: Visitor) -> int:
        fair = officer.fill(
            "/staff/fairs/new",
            name="Feria del Cuero",
            edition=str(self.fair_on.year),
            venue="Fenac",
            city="Novo Hamburgo",
            country="BR",
            zone="America/Sao_Paulo",
            starts_on=self.fair_on.isoformat(),
            ends_on=(self.fair_on + timedelta(days=2)).isoformat(),
            opens="09:00",
            closes="18:00",
            slot_minutes="30",
            sector_codes=["footwear", "leather"],
            description="Shoes and **leather**.",
        ).number
        officer.fill(f"/staff/fairs/{fair}/stands", text="4-C01..4-C06")
        return fair

    @staticmethod
    def _number(hrefs: list[str], page: Page) -> int:
        for href in hrefs:
            if found := re.search(r"/(\d+)", href):
                return int(found.group(1))
        raise Lost(f"no link on {page.url}: {hrefs}")

    # 2 -------------------------------------------------------------------------------------------------------
    def firms_apply(self) -> None:
        """Three owners sign up and register; the lead founds a group, the others join; the group applies."""
        for email in (LEAD, SECOND, THIRD):
            self._sign_up(email, "firm", "America/Lima")
            self._register_firm(email)
        lead = self.people[LEAD]
        group = lead.fill("/groups/new", name="Calzados Unidos", description="Shoes by hand").number
        lead.fill(f"/groups/{group}", addresses=f"{SECOND}\n{THIRD}")
        for email in (SECOND, THIRD):
            person = self.people[email]
            invitation = person.open(self.mailed_link(email, "/group-invitations/"))
            person.send(invitation, next(form for form in invitation.forms() if self._is_join(form.action, invitation)))
        application = lead.fill(f"/calls/{self.links['call']}/apply", applicant=str(group)).number
        self.links["application"] = application
        self._cost_lines(lead, application)
        lead.fill(f"/applications/{application}/about", motivation="To find importers for boots.")
        lead.press(lead.open(f"/applications/{application}/parts"), "parts/ask")
        for email in (SECOND, THIRD):
            asked = self.mailed_link(email, f"/applications/{application}/part")
            self.people[email].fill(asked, agrees="y")
        lead.fill(f"/applications/{application}/part", agrees="y")
        check = lead.open(f"/applications/{application}/check")
        if "4,500.00" not in check.text:
            raise Lost(f"the support is not shown before sending: {check.text}")
        lead.press(check, "submit", declared="y")

    @staticmethod
    def _is_join(action: str, page: Page) -> bool:
        return "sign-out" not in action and "decline" not in action and "/group-invitations/" in (action or page.path)

    def _sign_up(self, email: str, kind: str, zone: str) -> None:
        person = self.people[email]
        name = email.split("@")[0].title() + " Owner"
        person.fill("/sign-up", kind=kind, name=name, email=email, password=PASSWORD, zone=zone)
        confirm = person.open(self.mailed_link(email, "/confirm/"))
        person.press(confirm, "")

    def _register_firm(self, email: str) -> None:
        person = self.people[email]
        person.fill(
            "/organisation/new",
            name=f"Calzados {email.split('@')[0].title()}",
            country="PE",
            city="Trujillo",
            company_number=NUMBERS[email],
            sectors=["footwear"],
            phone="+51 1 2345678",
        )
        self._products(person, "640399")
        page = person.open("/organisation/years")
        form = next(form for form in page.forms() if any(name.startswith("years-") for name in form.values))
        figures = {"staff": "12", "turnover": "400000", "exports": "50000"}
        person.send(page, form, **{f"years-0-{name}": value for name, value in figures.items()})

    @staticmethod
    def _products(person: Visitor, code: str) -> None:
        page = person.open("/organisation/products")
        found = person.send(page, page.form("q", "find"), q=code, find="1")
        person.send(found, found.form("products"), products=[code])

    def _cost_lines(self, lead: Visitor, application: int) -> None:
        line = {"lines-0-cost_class": "stand_space", "lines-0-amount": "9000", "lines-0-description": "18 m2"}
        lead.fill(f"/applications/{application}/costs", **line)

    # 3 -------------------------------------------------------------------------------------------------------
    def agency_decides(self) -> None:
        """The officer assesses, the approver approves, the group gets the award by mail and accepts it."""
        application = self.links["application"]
        self.people[OFFICER].fill(
            f"/staff/applications/{application}/assess", score="82", recommendation="award", note="Sound."
        )
        approver = self.people[APPROVER]
        approver.press(approver.open(f"/staff/applications/{application}"), "approve")
        path = self.mailed_link(LEAD, f"/applications/{application}/award")
        award = self.people[LEAD].open(path)
        amount = re.search(r"€\s?([\d,]+\.\d\d)", award.text)
        if amount is None:
            raise Lost(f"no amount in the award: {award.text}")
        self.links["support"] = amount.group(1)
        accepted = self.people[LEAD].press(award, "accept")
        self.links["award"] = accepted.number

    # 4 -------------------------------------------------------------------------------------------------------
    def buyer_books(self) -> None:
        """A buyer signs up, books a visit, finds the group by product, books a slot, moves it; the group confirms."""
        self._sign_up(BUYER, "buyer", "Europe/Stockholm")
        buyer = self.people[BUYER]
        buyer.fill(
            "/organisation/new",
            name="Nordic Shoes",
            country="SE",
            city="Malmö",
            phone="+46 40 123456",
            sectors=["footwear"],
        )
        visit = buyer.fill(f"/fairs/{self.links['fair']}/visit", note="Boots for winter").number
        self.links["visit"] = visit
        found = buyer.fill(f"/visits/{visit}/exhibitors", q="640399")
        exhibitor = buyer.open(found.links("/exhibitors/")[0])
        form = exhibitor.form("slot_id")
        slots = form.options["slot_id"]
        meeting = buyer.send(exhibitor, form, slot_id=slots[0], note="Boots")
        number = self._number([meeting.path, *meeting.links("/meetings/")], meeting)
        self.links["meeting"] = number
        buyer.fill(f"/meetings/{number}/move", slot_id=slots[1])
        invitation = self.platform.mail.wait_for(LEAD, f"/meetings/{number}")
        if "Brasilia Standard Time" not in invitation:
            raise Lost(f"the fair's zone is not named: {invitation}")
        lead = self.people[LEAD]
        lead.press(lead.open(f"/meetings/{number}"), "confirm")
        self._check_calendar()

    def _check_calendar(self) -> None:
        """The buyer's invitations are of one event, with a rising sequence, in UTC."""
        self.platform.mail.wait_for(BUYER, f"/meetings/{self.links['meeting']}")
        calendars = [
            part.get_content()
            for mail in self.platform.mail.mails
            if BUYER in str(mail["To"]) or LEAD in str(mail["To"])
            for part in mail.walk()
            if part.get_content_type() == "text/calendar"
        ]
        uids = {re.search(r"UID:(\S+)", text).group(1) for text in calendars}  # type: ignore[union-attr]  # else it fails, as it should
        sequences = {int(number) for text in calendars for number in re.findall(r"SEQUENCE:(\d+)", text)}
        if len(uids) != 1 or sequences != {0, 1} or not all(re.search(r"DTSTART:\d{8}T\d{6}Z", t) for t in calendars):
            raise Lost(f"calendars: {uids} {sequences} {calendars[:1]}")

    # 5 -------------------------------------------------------------------------------------------------------
    def they_meet(self) -> None:
        """On the day the group marks the meeting held and records the lead."""
        self.platform.restart(f"+{FAIR_IN_DAYS + 1}d")
        self.sign_in_again()
        lead, number = self.people[LEAD], self.links["meeting"]
        page = lead.open(f"/meetings/{number}")
        form = page.form("action", action="mark")
        lead.send(page, form, action="hold")
        made = lead.fill(
            f"/meetings/{number}/lead",
            interest="high",
            products=["640399"],
            expected="8000",
            expected_currency="EUR",
            note="Wants 300 pairs",
        )
        self.links["lead"] = made.number

    # 6 -------------------------------------------------------------------------------------------------------
    def follow_up(self) -> None:
        """Two weeks later both sides are asked; the firm reports an order, the buyer confirms it."""
        self.platform.restart(f"+{FAIR_IN_DAYS + 3 + 15}d")
        to_firm = self.mailed_link(LEAD, "/follow-up/")
        self.links["prompt_firm"] = to_firm.rsplit("/", 1)[1][:6] + "…"
        to_buyer = self.mailed_link(BUYER, "/follow-up/")
        self.links["prompt_buyer"] = to_buyer.rsplit("/", 1)[1][:6] + "…"
        stranger = self.browser(self.platform.base)
        for _scan in range(3):
            stranger.open(to_firm)
        ordered_on = self.fair_on + timedelta(days=3)
        done = stranger.fill(
            to_firm,
            outcome="order",
            value="12000",
            currency="EUR",
            ordered_on=ordered_on.isoformat(),
            without_support="20",
        )
        if "Your answer is recorded" not in done.text:
            raise Lost(f"the answer was not recorded: {done.text}")
        self.browser(self.platform.base).fill(to_buyer, outcome="talking")
        self.sign_in_again()
        lead_page = self.people[LEAD].open(f"/leads/{self.links['lead']}")
        self.links["order"] = self._number(lead_page.links("/orders/"), lead_page)
        confirm = self._confirmation_link(to_buyer)
        page = self.browser(self.platform.base).fill(confirm, agrees="yes")
        if "Your answer is recorded" not in page.text:
            raise Lost(f"the confirmation was not recorded: {page.text}")
        order = self.people[BUYER].open(f"/orders/{self.links['order']}")
        if "Confirmed by both sides" not in order.text:
            raise Lost(f"the order is not confirmed: {order.text}")
        self.links["confirmation"] = "confirmed by both sides"

    def _confirmation_link(self, earlier: str) -> str:
        limit = time.monotonic() + 90
        while time.monotonic() < limit:
            link = self.mailed_link(BUYER, "/follow-up/")
            if link != earlier:
                return link
            time.sleep(0.5)
        raise Lost("the buyer was never asked to confirm the order")

    # 7 -------------------------------------------------------------------------------------------------------
    def agency_sees(self) -> None:
        """The officer has the results worked out anew; the page shows the whole chain."""
        officer, address = self.people[OFFICER], f"/staff/fairs/{self.links['fair']}/results"
        page = officer.press(officer.open(address), "refresh")
        limit = time.monotonic() + 90
        while missing := [figure for figure in ("€4,500", "€12,000", "2.67") if figure not in page.text]:
            if time.monotonic() > limit:
                raise Lost(f"{missing} not on the result page: {page.text}")
            time.sleep(0.5)
            page = officer.open(address)
        self.links["order_value"] = "12,000.00"

    def play(self) -> None:
        """All seven steps. Raises Lost where a page is not as expected."""
        self.agency_publishes()
        self.firms_apply()
        self.agency_decides()
        self.buyer_books()
        self.they_meet()
        self.follow_up()
        self.agency_sees()


def main() -> int:
    """Play the story; print its links."""
    started = time.monotonic()
    with Platform() as platform:
        story = Story(platform)
        try:
            story.play()
        except (Lost, AssertionError, StopIteration, IndexError) as problem:
            traceback.print_exception(problem)
    missing = [link for link in LINKS if link not in story.links]
    print(json.dumps({**story.links, "missing": missing, "seconds": round(time.monotonic() - started, 1)}, indent=2))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
