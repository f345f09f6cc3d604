"""The applications of the demonstration, in every state, made by the people who would make them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from fairlink.applications import service as applications
from fairlink.applications.models import Application, ProducerGroup
from fairlink.applications.states import ApplicationState, Recommendation
from fairlink.demo.names import Names
from fairlink.demo.people import Firm, People
from fairlink.demo.programme import OPEN, OVER, SOON, Programme
from fairlink.subsidies.models import Call

_S = ApplicationState

_MOTIVATION = (
    "To meet importers who buy twice a year, to show the new collection, and to learn which certificates they ask for."
)


class Grants:
    """Takes applications as far as they are to go, each step on its own day."""

    def __init__(self, session: Session, names: Names, people: People, now: datetime) -> None:
        self.session, self.names, self.people, self.now = session, names, people, now

    def apply(
        self, call: Call, group: ProducerGroup | None, firms: Sequence[Firm], to: ApplicationState
    ) -> Application:
        """The application of a group, or of one firm alone, in state `to`."""
        lead = firms[0].owner
        day = call.opens_at + timedelta(days=6, hours=self.names.random.randrange(1, 30))
        application = applications.start(self.session, call, group, by=lead, now=day)
        self.session.flush()
        self._fill(application, firms, day)
        if to == _S.DRAFT:
            self._confirm(application, firms[:-1], day)
            return application
        self._confirm(application, firms, day)
        applications.submit(
            self.session, application, version=application.version, by=lead, now=day + timedelta(days=1)
        )
        if to == _S.SUBMITTED:
            return application
        if to == _S.WITHDRAWN:
            applications.withdraw(self.session, application, by=lead, now=day + timedelta(days=3))
            return application
        self._decide(application, to, day + timedelta(days=8))
        self._answer(application, to, firms, day + timedelta(days=12))
        return application

    def _fill(self, application: Application, firms: Sequence[Firm], day: datetime) -> None:
        pick, lead = self.names.random, firms[0].owner
        count = len(firms)
        lines = [
            applications.NewLine("stand_space", "", pick.randrange(180_000, 260_000) * count, None),
            applications.NewLine("stand_build", "Shell scheme with lights", 65_000 * count, None),
            applications.NewLine("freight", "Samples", pick.randrange(30_000, 60_000) * count, None),
        ]
        lines += [
            applications.NewLine("travel", "One person", pick.randrange(90_000, 190_000), firm.organisation.id)
            for firm in firms
        ]
        applications.save_costs(self.session, application, lines, version=application.version, by=lead, now=day)
        self.session.flush()
        applications.save_about(self.session, application, _MOTIVATION, version=application.version, by=lead, now=day)
        self.session.flush()

    def _confirm(self, application: Application, firms: Sequence[Firm], day: datetime) -> None:
        for firm in firms:
            applications.confirm_part(
                self.session,
                application,
                answers={},
                aid=[],
                lines={},
                version=application.version,
                by=firm.owner,
                now=day,
            )

    def _decide(self, application: Application, to: ApplicationState, day: datetime) -> None:
        staff = self.people.staff
        refused = to == _S.REFUSED
        score = self.names.random.randrange(35, 50) if refused else self.names.random.randrange(62, 95)
        criteria = application.call.criteria
        applications.assess(
            self.session,
            application,
            score=None if criteria else score,
            points={each.id: applications.GivenPoints(score * each.max_score // 100) for each in criteria},
            recommendation=Recommendation.REFUSE if refused else Recommendation.AWARD,
            note="Costs are in line with the market." if not refused else "The products do not fit this fair.",
            by=staff["assessor"],
            now=day,
        )
        if refused:
            reason = "The products of the group do not fit this fair. Another fair may suit you better."
            applications.refuse(self.session, application, reason, by=staff["approver"], now=day + timedelta(days=1))
        elif to != _S.ASSESSED:
            applications.approve(self.session, application, by=staff["approver"], now=day + timedelta(days=1))

    def _answer(self, application: Application, to: ApplicationState, firms: Sequence[Firm], day: datetime) -> None:
        lead = firms[0].owner
        if to == _S.ACCEPTED:
            applications.accept(self.session, application, by=lead, now=day)
        elif to == _S.DECLINED:
            applications.decline(self.session, application, by=lead, now=day)
        elif to == _S.LAPSED:
            applications.lapse_overdue(self.session, day + timedelta(days=40))


def make_grants(session: Session, names: Names, people: People, programme: Programme, now: datetime) -> None:
    """Applications to the calls of the story: all decided where the fair is over or soon, in every state where not."""
    grants = Grants(session, names, people, now)
    groups, calls = people.groups, programme.calls
    plans: list[tuple[tuple[str, str], int, ApplicationState]] = [
        ((OVER, "group"), 0, _S.ACCEPTED),
        ((OVER, "group"), 1, _S.ACCEPTED),
        ((OVER, "group"), 2, _S.ACCEPTED),
        ((OVER, "group"), 5, _S.ACCEPTED),
        ((OVER, "group"), 7, _S.REFUSED),
        ((OVER, "group"), 9, _S.WITHDRAWN),
        ((SOON, "group"), 3, _S.ACCEPTED),
        ((SOON, "group"), 8, _S.ACCEPTED),
        ((SOON, "region"), 4, _S.ACCEPTED),
        ((SOON, "region"), 6, _S.DECLINED),
        ((OPEN, "group"), 0, _S.AWARDED),
        ((OPEN, "group"), 1, _S.ASSESSED),
        ((OPEN, "group"), 2, _S.SUBMITTED),
        ((OPEN, "region"), 5, _S.REFUSED),
        ((OPEN, "group"), 10, _S.DRAFT),
        ((OPEN, "region"), 3, _S.WITHDRAWN),
    ]
    for key, number, state in plans:
        grants.apply(calls[key], groups[number][0], groups[number][1], state)
    single = people.firms[-8:]
    for firm, state in zip(single, (_S.ACCEPTED, _S.ACCEPTED, _S.REFUSED, _S.LAPSED), strict=False):
        grants.apply(calls[OVER, "first"], None, [firm], state)
    for firm, state in zip(single[4:], (_S.SUBMITTED, _S.ASSESSED, _S.DRAFT), strict=False):
        grants.apply(calls[OPEN, "first"], None, [firm], state)
