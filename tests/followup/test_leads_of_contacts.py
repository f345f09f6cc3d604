"""What exhibitors note at the fair becomes leads by itself, each once, with and without a meeting."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.followup import jobs
from fairlink.followup.models import Lead, Prompt
from fairlink.followup.states import Side
from fairlink.kernel.money import Money
from fairlink.visits.states import Interest, MeetingState
from tests import factories
from tests.jobs import deferred

pytestmark = pytest.mark.usefixtures("app")


def leads(session: Session) -> list[Lead]:
    return list(session.scalars(sa.select(Lead).order_by(Lead.id)))


def test_walk_in_becomes_a_lead_once(session: Session) -> None:
    contact = factories.contact(note="Wants 300 pairs", interest=Interest.LOW)
    for _ in range(3):
        jobs.tick(session, now=factories.MADE_AT + timedelta(hours=1))
    (lead,) = leads(session)
    assert (lead.buyer_id, lead.exhibitor_id, lead.meeting_id) == (contact.buyer_id, contact.exhibitor_id, None)
    assert (lead.interest, lead.note, lead.recorded_side) == (Interest.LOW, "Wants 300 pairs", Side.FIRM)
    assert lead.expected_by(Side.FIRM) == Money(800_000, "EUR")
    assert lead.created_at == contact.received_at


def test_contact_of_a_meeting_is_that_meetings_lead(session: Session) -> None:
    meeting = factories.meeting(state=MeetingState.HELD, marked_at=factories.MADE_AT)
    factories.contact(meeting.exhibitor, buyer_id=meeting.visit.buyer_id, meeting_id=meeting.id)
    jobs.tick(session, now=factories.MADE_AT + timedelta(days=2))
    (lead,) = leads(session)
    assert lead.meeting_id == meeting.id
    assert lead.contact_id is not None


def test_contact_of_a_meeting_that_has_a_lead_makes_no_second_one(session: Session) -> None:
    lead = factories.lead()
    factories.contact(lead.exhibitor, buyer_id=lead.buyer_id, meeting_id=lead.meeting_id)
    jobs.tick(session, now=factories.MADE_AT + timedelta(days=2))
    assert leads(session) == [lead]


def test_walk_in_without_an_account_is_asked_of_the_firm_only(session: Session) -> None:
    contact = factories.contact()
    fair = contact.exhibitor.fair
    jobs.tick(session, now=fair.ends_at - timedelta(hours=1))
    now = fair.ends_at + timedelta(days=15)
    jobs.tick(session, now=now)
    for args in deferred(session, "followup.ask"):
        jobs.ask(session, now=now, **args)
    states = {side.value: state.value for side, state in session.execute(sa.select(Prompt.side, Prompt.state))}
    assert states == {"firm": "sent", "buyer": "suppressed"}
