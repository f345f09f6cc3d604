"""A fair whose agency hosts buyers: what the tests of travel support begin with."""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.fairs.models import Fair
from fairlink.mail.models import MailMessage
from fairlink.policy import Kind, Role
from fairlink.subsidies.models import Call
from fairlink.visits.models import HostedStay, HostingOffer, Visit
from fairlink.visits.states import MeetingState
from tests import factories
from tests.visits.conftest import exhibitor_at


@dataclass
class Hosts:
    """An agency's people, a call that pays, and a buyer from Sweden with a visit."""

    fair: Fair
    call: Call
    officer: User
    approver: User
    buyer: User
    visit: Visit

    def offer(self) -> HostingOffer:
        return factories.hosting_offer(self.call)

    def stay(self, **values: object) -> HostedStay:
        return factories.hosted_stay(self.visit, self.offer(), **values)


def hosts(fair: Fair) -> Hosts:
    call = factories.call(fair)
    agency = fair.agency
    buyer = factories.owner(Kind.BUYER, country="SE")
    officer, approver = factories.officer(agency), factories.officer(agency, Role.OFFICER, Role.APPROVER)
    return Hosts(fair, call, officer, approver, buyer, factories.visit(fair, buyer))


def hosts_to_come() -> Hosts:
    """Of a fair that is to come for a long time."""
    return hosts(factories.fair(starts_on=date(2099, 3, 9), ends_on=date(2099, 3, 11)))


def told(session: Session) -> list[tuple[str, str]]:
    """Subject and text of each mail about travel support, in order."""
    query = sa.select(MailMessage.subject, MailMessage.text).where(MailMessage.template.startswith("hosting_"))
    return [(subject, text) for subject, text in session.execute(query.order_by(MailMessage.id))]


def seen(session: Session, stay: HostedStay) -> HostedStay:
    session.expire_all()
    return session.get_one(HostedStay, stay.id)


def meetings(at: Hosts, *states: MeetingState) -> None:
    for state in states:
        factories.meeting(at.visit, exhibitor_at(at.fair), state=state)
