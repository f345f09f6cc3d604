"""Calls of two years ago: one drawn by lot, one scored, with the yearly exports by which their effect is judged."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from fairlink.accounts.models import FirmYear, Membership, Organisation, Sector, User
from fairlink.applications import service as applications
from fairlink.applications.models import Application, ApplicationMember, Assessment, CostLine, SelectionRun
from fairlink.applications.states import ApplicationState, Recommendation
from fairlink.demo.names import Names, email_of
from fairlink.demo.people import People
from fairlink.demo.programme import FACTS, make_call, make_fair
from fairlink.fairs.models import Fair
from fairlink.monitoring import service as monitoring
from fairlink.policy import Kind, Role
from fairlink.subsidies.models import Call
from fairlink.subsidies.rules import simple_rules
from fairlink.subsidies.rules.document import Criterion, SelectionRules
from fairlink.subsidies.rules.selection import Outcome
from fairlink.subsidies.rules.terms import Method
from fairlink.subsidies.service import create_scheme

_NAME = "Expoartesanías"
#: Applicants by lot and by score: of the first there are enough for an estimate, of the second there are not.
_DRAWN, _SCORED = 44, 14
_GRANT = 150_000
#: What a place at the fair adds to a firm's exports of the year after, in the demonstration's made-up world.
_EFFECT = 2_400_000
_CRITERION = Criterion(code="plan", weight_bp=10_000, question="Is the export plan sound?")
_PLAN = (
    "**Outcome:** exports in the year after the fair, per firm, in euros.\n\n"
    "**Compared with:** firms that applied and were not chosen: all of them where lots decided, those just below the "
    "cut-off where scores did.\n\n"
    "**Against it would speak:** sides that were unlike before, or more figures missing on one of them."
)
_SELECTIONS = {
    "Stands by lot": SelectionRules(method=Method.LOTTERY),
    "Best plans": SelectionRules(method=Method.SCORED, criteria=(_CRITERION,), cut_off=40),
}


class Earlier:
    """Makes the applicants of one past fair in few statements, and lets its calls choose as people would."""

    def __init__(self, session: Session, names: Names, people: People, password_hash: str, now: datetime) -> None:
        self.session, self.names, self.people = session, names, people
        self.password_hash, self.now = password_hash, now

    def fair(self) -> Fair:
        """The fair, two calendar years ago, so that the year after it is whole."""
        fact = next(each for each in json.loads(FACTS.read_text())["fairs"] if each["name"] == _NAME)
        return make_fair(self.session, fact, date(self.now.year - 2, 9, 11), self.people.staff["officer"], self.now)

    def call(self, fair: Fair, name: str, envelope: int) -> Call:
        """A published call of single firms with a selection of its own."""
        rules = simple_rules(
            name=name,
            currency="EUR",
            rate_bp=5000,
            cap_per_firm_minor=_GRANT,
            min_firms=1,
            max_firms=1,
            sunset_on=date(self.now.year + 4, 12, 31),
        )
        officer, made_at = self.people.staff["officer"], fair.starts_at - timedelta(days=190)
        document = replace(rules, selection=_SELECTIONS[name])
        scheme = create_scheme(self.session, document, "Half of the cost of a firm's stand.", by=officer, now=made_at)
        return make_call(self.session, fair, scheme, (-160, -80), envelope, officer, made_at, plan=_PLAN)

    def apply(self, call: Call, number: int) -> list[Application]:
        """`number` firms with their figures until the year before the fair, each with an assessed application."""
        day = call.opens_at + timedelta(days=9)
        firms = self._firms(call, number, day)
        contacts = self._contacts(firms, day)
        made = [
            Application(
                call_id=call.id,
                lead_firm_id=firm.id,
                contact_id=contact.id,
                state=ApplicationState.ASSESSED,
                motivation="To find buyers abroad.",
                locale="es",
                created_at=day,
                submitted_at=day + timedelta(hours=place),
                members=[
                    ApplicationMember(firm_id=firm.id, share_bp=10_000, confirmed_at=day, confirmed_by_id=contact.id)
                ],
                lines=[CostLine(position=1, cost_class="stand_space", amount_minor=2 * _GRANT)],
                assessments=[self._assessment(day)],
            )
            for place, (firm, contact) in enumerate(zip(firms, contacts, strict=True))
        ]
        self.session.add_all(made)
        self.session.flush()
        return made

    def _firms(self, call: Call, number: int, day: datetime) -> list[Organisation]:
        pick, year = self.names.random, call.fair.starts_on.year
        sector = self.session.get_one(Sector, "handicrafts")
        firms = [
            Organisation(
                kind=Kind.FIRM,
                name=self.names.firm("handicrafts"),
                country="PE",
                company_number=self.names.company_number("PE"),
                city=pick.choice(("Cusco", "Puno", "Piura")),
                founded_year=year - pick.randrange(3, 30),
                created_at=day,
                sectors=[sector],
            )
            for _ in range(number)
        ]
        for firm in firms:
            exports = pick.randrange(800_000, 9_000_000)
            staff = pick.randrange(3, 40)
            firm.years = [self._year(year - 2, staff, exports), self._year(year - 1, staff, exports * 21 // 20)]
        self.session.add_all(firms)
        self.session.flush()
        return firms

    def _year(self, year: int, staff: int, exports: int) -> FirmYear:
        return FirmYear(year=year, staff=staff, turnover_minor=3 * exports, exports_minor=exports, currency="EUR")

    def _contacts(self, firms: Sequence[Organisation], day: datetime) -> list[User]:
        users = []
        for firm in firms:
            person = self.names.person()
            users.append(
                User(
                    email=email_of(person, "earlier"),
                    name=person,
                    password_hash=self.password_hash,
                    locale="es",
                    zone="America/Lima",
                    created_at=day,
                    email_confirmed_at=day,
                    memberships=[Membership(organisation=firm, roles=[Role.OWNER.value], started_at=day)],
                )
            )
        self.session.add_all(users)
        self.session.flush()
        return users

    def _assessment(self, day: datetime) -> Assessment:
        assessor, score = self.people.staff["assessor"], self.names.random.randrange(25, 96)
        return Assessment(
            assessor_id=assessor.id, score=score, recommendation=Recommendation.AWARD, at=day + timedelta(days=20)
        )

    def choose(self, call: Call) -> SelectionRun:
        """The selection; whoever was chosen takes part, and all settled its costs afterwards."""
        chosen_at = call.closes_at + timedelta(days=3)
        run = applications.select(self.session, call, by=self.people.staff["approver"], now=chosen_at)
        for place in run.places:
            if place.outcome == Outcome.AWARDED:
                contact = place.application.contact
                applications.accept(self.session, place.application, by=contact, now=chosen_at + timedelta(days=4))
                assert place.application.award is not None
                place.application.award.closed_at = call.fair.ends_at + timedelta(days=90)
        return run

    def report(self, call: Call, made: Sequence[Application], run: SelectionRun) -> None:
        """The exports of the year after the fair: those chosen grew by what the fair gave them, and all by chance."""
        pick, year = self.names.random, call.fair.starts_on.year
        chosen = {place.application_id for place in run.places if place.outcome == Outcome.AWARDED}
        for application in made:
            firm = application.lead_firm
            before = max(each.exports_minor for each in firm.years)
            effect = _EFFECT if application.id in chosen else 0
            exports = before * pick.randrange(90, 116) // 100 + effect + pick.randrange(0, 600_000)
            firm.years.append(self._year(year + 1, firm.years[0].staff, exports))
        self.session.flush()


def make_earlier(session: Session, names: Names, people: People, password_hash: str, now: datetime) -> Sequence[Call]:
    """A past fair with two calls, whose effect can be judged by now."""
    earlier = Earlier(session, names, people, password_hash, now)
    fair = earlier.fair()
    calls = []
    for name, number, envelope in (
        ("Stands by lot", _DRAWN, _GRANT * _DRAWN // 2),
        ("Best plans", _SCORED, _GRANT * _SCORED // 2),
    ):
        call = earlier.call(fair, name, envelope)
        made = earlier.apply(call, number)
        earlier.report(call, made, earlier.choose(call))
        calls.append(call)
    monitoring.refresh_fair(session, fair.id, now=now)
    return calls


def ask_evaluations(session: Session, people: People, calls: Sequence[Call], now: datetime) -> None:
    """Have the effect of past calls worked out by the worker, which takes longer than all of the loading."""
    for call in calls:
        monitoring.ask_evaluation(session, call, by=people.staff["officer"], now=now)
