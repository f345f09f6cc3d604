"""A fair to come, with an exhibitor, a visiting buyer, and times to meet."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.applications.models import Exhibitor
from fairlink.applications.states import ApplicationState
from fairlink.fairs.models import Fair, TimeSlot
from fairlink.policy import Kind
from fairlink.visits.models import Meeting, Visit
from tests import factories

SignIn = Callable[[User], FlaskClient]


@dataclass
class Scene:
    """Who is at the fair, and the times there are; the fair lies so far ahead that pages see it as to come."""

    fair: Fair
    exhibitor: Exhibitor
    contact: User
    visit: Visit
    buyer: User
    slots: list[TimeSlot]

    def meeting(self, slot: int = 0, **values: object) -> Meeting:
        return factories.meeting(self.visit, self.exhibitor, slot_id=self.slots[slot].id, **values)


def exhibitor_at(fair: Fair, contact: User | None = None, **values: object) -> Exhibitor:
    """A group of two firms at `fair`; `contact` owns the first."""
    contact = contact or factories.owner(Kind.FIRM)
    assert contact.organisation is not None
    group = factories.group(contact.organisation, factories.organisation(), **values)
    application = factories.application(
        factories.call(fair), group, contact, state=ApplicationState.ACCEPTED, decided_at=factories.MADE_AT
    )
    return factories.exhibitor(application)


def slots_of(fair: Fair, count: int) -> list[TimeSlot]:
    """The first half hours of the fair."""
    return [factories.time_slot(fair, fair.starts_at + timedelta(minutes=30 * number)) for number in range(count)]


@pytest.fixture
def scene(session: Session) -> Scene:
    fair = factories.fair(starts_on=date(2099, 3, 9), ends_on=date(2099, 3, 11))
    contact = factories.user(factories.organisation(), locale="es", zone="Europe/Madrid")
    buyer = factories.user(factories.organisation(Kind.BUYER), zone="Europe/Stockholm")
    exhibitor = exhibitor_at(fair, contact)
    return Scene(fair, exhibitor, contact, factories.visit(fair, buyer), buyer, slots_of(fair, 4))


@pytest.fixture
def past_scene(session: Session) -> Scene:
    """The same, of a fair that is over."""
    fair = factories.fair(starts_on=date(2020, 3, 9), ends_on=date(2020, 3, 11))
    contact, buyer = factories.owner(Kind.FIRM), factories.owner(Kind.BUYER)
    exhibitor = exhibitor_at(fair, contact)
    return Scene(fair, exhibitor, contact, factories.visit(fair, buyer), buyer, slots_of(fair, 4))


@pytest.fixture
def before_fair(scene: Scene) -> datetime:
    """An instant at which the fair is still to come."""
    return scene.fair.starts_at - timedelta(days=30)
