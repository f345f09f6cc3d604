"""Reminders of meetings: due since, once each, for the time that stands."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.mail.models import MailMessage
from fairlink.visits import jobs, service
from fairlink.visits.models import Meeting
from fairlink.visits.rules.reminders import window
from fairlink.visits.states import MeetingState, ReminderKind
from tests import factories
from tests.visits.conftest import Scene

pytestmark = pytest.mark.usefixtures("app")

HOUR = timedelta(hours=1)


def reminders(session: Session) -> list[MailMessage]:
    query = sa.select(MailMessage).where(MailMessage.template == "meeting_reminder").order_by(MailMessage.id)
    return list(session.scalars(query))


def tick(session: Session, at: datetime) -> int:
    """How many reminders the clock posts at an instant."""
    before = len(reminders(session))
    jobs.tick(session, now=at)
    return len(reminders(session)) - before


def test_windows_follow_each_other_without_gap_or_overlap() -> None:
    now = datetime(2027, 3, 9, 13, tzinfo=UTC)
    day, hour = window(ReminderKind.DAY, now), window(ReminderKind.HOUR, now)
    assert (hour.after, hour.until, day.after, day.until) == (now, now + HOUR, now + HOUR, now + 24 * HOUR)


def test_both_sides_are_reminded_the_day_before_and_an_hour_before(session: Session, scene: Scene) -> None:
    scene.meeting()
    begins = scene.slots[0].starts_at
    posted = [tick(session, begins - before) for before in (25 * HOUR, 24 * HOUR, 23 * HOUR, HOUR, HOUR / 2)]
    assert posted == [0, 2, 0, 2, 0]
    assert {mail.to_email for mail in reminders(session)} == {scene.buyer.email, scene.contact.email}


def test_reminder_is_in_the_receivers_language_and_the_fairs_time(session: Session, scene: Scene) -> None:
    scene.meeting()
    tick(session, scene.slots[0].starts_at - HOUR)
    to_contact = next(mail for mail in reminders(session) if mail.to_email == scene.contact.email)
    assert to_contact.locale == "es"
    assert "10:00 (hora estándar de Brasilia)" in to_contact.text
    assert to_contact.unsubscribe_token


def test_after_a_pause_only_the_nearer_one_comes_and_none_for_what_is_over(session: Session, scene: Scene) -> None:
    scene.meeting()
    begins = scene.slots[0].starts_at
    assert [tick(session, begins - HOUR / 2), tick(session, begins + HOUR)] == [2, 0]


def test_moved_meeting_is_reminded_of_at_its_new_time(session: Session, scene: Scene) -> None:
    meeting = scene.meeting()
    tick(session, scene.slots[0].starts_at - 24 * HOUR)
    moved_at = scene.slots[0].starts_at - 23.5 * HOUR
    service.reschedule(session, meeting, slot_id=scene.slots[3].id, by=scene.buyer, now=moved_at)
    session.flush()
    # Not agreed on yet.
    assert tick(session, moved_at) == 0
    service.confirm(session, meeting, sequence=1, by=scene.contact, now=moved_at)
    session.flush()
    begins = scene.slots[3].starts_at
    assert [tick(session, begins - before) for before in (24.5 * HOUR, 24 * HOUR, 2 * HOUR, HOUR)] == [0, 2, 0, 2]
    assert "11:30" in reminders(session)[-1].text


@pytest.mark.parametrize("state", [MeetingState.REQUESTED, MeetingState.DECLINED, MeetingState.CANCELLED])
def test_nobody_is_reminded_of_what_does_not_stand(session: Session, scene: Scene, state: MeetingState) -> None:
    scene.meeting(state=state)
    assert tick(session, scene.slots[0].starts_at - 24 * HOUR) == 0


def test_who_has_just_agreed_needs_no_reminder(session: Session, scene: Scene) -> None:
    scene.meeting(answered_at=scene.slots[0].starts_at - HOUR / 2)
    assert tick(session, scene.slots[0].starts_at - HOUR / 4) == 0


def test_both_sides_are_reminded_of_a_visit_to_a_workshop_at_the_time_that_stands(
    session: Session, scene: Scene
) -> None:
    workshop = factories.workshop(scene.exhibitor)
    booking = factories.workshop_visit(scene.visit, workshop, state=MeetingState.CONFIRMED)
    begins, later = booking.starts_at, workshop.schedule.slots()[5]

    def posted(at: datetime) -> list[MailMessage]:
        known = sa.select(MailMessage).where(MailMessage.template == "workshop_reminder").order_by(MailMessage.id)
        before = len(session.scalars(known).all())
        jobs.tick(session, now=at)
        return list(session.scalars(known).all()[before:])

    assert [len(posted(begins - before)) for before in (25 * HOUR, 24 * HOUR, 23 * HOUR)] == [0, 2, 0]
    moved_at, slot_id = begins - 22 * HOUR, int(later.starts_at.timestamp())
    service.move_workshop_visit(session, booking, slot_id=slot_id, by=scene.buyer, now=moved_at)
    # Not agreed on yet.
    assert posted(begins - HOUR) == []
    service.confirm_workshop_visit(session, booking, sequence=1, by=scene.contact, now=moved_at)
    session.flush()
    reminders = posted(later.starts_at - HOUR)
    assert {mail.to_email for mail in reminders} == {scene.buyer.email, scene.contact.email}
    to_contact = next(mail for mail in reminders if mail.to_email == scene.contact.email)
    assert (to_contact.locale, to_contact.unsubscribe_token is not None) == ("es", True)
    assert "14:00 (hora estándar de Brasilia)" in to_contact.text


def test_many_reminders_are_posted_in_turns(session: Session, scene: Scene) -> None:
    for number in range(3):
        factories.meeting(factories.visit(scene.fair), scene.exhibitor, slot_id=scene.slots[number].id)
    at = scene.slots[0].starts_at - 24 * HOUR + 2 * HOUR
    assert [service.remind(session, now=at, limit=2) for _ in range(3)] == [2, 1, 0]
    assert session.scalar(sa.select(sa.func.count()).select_from(Meeting)) == 3
