"""A fair over the night in which clocks change: every time distinct, planned once, and told right."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.fairs.models import Fair, TimeSlot
from fairlink.kernel.clock import utcnow
from fairlink.mail.models import MailMessage
from fairlink.policy import Kind
from fairlink.visits import jobs, queries, service
from fairlink.visits.models import Meeting
from fairlink.visits.states import AgendaMode, RequestState, Scheduling
from tests import factories
from tests.visits.conftest import exhibitor_at

#: Making the app sets the address and the sender of mails.
pytestmark = pytest.mark.usefixtures("app")

#: The first day, and the UTC offsets of the openings of its three days. Clocks change on the second.
CHANGES = {"forward": (date(2027, 3, 27), [1, 2, 2]), "back": (date(2027, 10, 30), [2, 1, 1])}


@pytest.fixture(params=CHANGES)
def fair(request: pytest.FixtureRequest, session: Session) -> tuple[Fair, list[int]]:
    """Three days around the clock change in Milan, open through the night: 00:00 to 06:00."""
    starts_on, offsets = CHANGES[request.param]
    fair = factories.fair(
        zone="Europe/Rome", starts_on=starts_on, ends_on=starts_on + timedelta(days=2), opens=time(0), closes=time(6)
    )
    for slot in fair.schedule.slots():
        factories.time_slot(fair, slot.starts_at)
    factories.meeting_rules(fair, scheduling=Scheduling.ORGANISER)
    return fair, offsets


def test_every_time_is_distinct_and_counted_right(session: Session, fair: tuple[Fair, list[int]]) -> None:
    at, _ = fair
    slots = session.scalars(sa.select(TimeSlot).where(TimeSlot.fair_id == at.id).order_by(TimeSlot.starts_at)).all()
    # Six hours a day of half hours; the night of the change has one hour less or more.
    night = 10 if at.starts_on.month == 3 else 14
    assert len({slot.starts_at for slot in slots}) == len(slots) == 12 + night + 12
    assert all(slot.ends_at - slot.starts_at == timedelta(minutes=30) for slot in slots)


def test_agenda_gives_every_time_once_and_mails_tell_it_right(session: Session, fair: tuple[Fair, list[int]]) -> None:
    at, _ = fair
    exhibitor, officer = exhibitor_at(at), factories.officer(at.agency)
    slots = session.scalars(sa.select(TimeSlot).where(TimeSlot.fair_id == at.id)).all()
    for _number in slots:
        visit = factories.visit(at, factories.owner(Kind.BUYER))
        factories.meeting_request(visit, exhibitor, state=RequestState.ACCEPTED)
    now = at.starts_at - timedelta(days=30)
    run = service.order_run(session, at, AgendaMode.FULL, 10, by=officer, now=now)
    jobs.solve_agenda(session, now=now, run_id=run.id)
    # As many meetings as there are times: each is used, none twice.
    assert {entry.slot_id for entry in queries.all_entries(session, run)} == {slot.id for slot in slots}
    service.publish(session, run, by=officer, now=now)
    meetings = session.scalars(sa.select(Meeting).order_by(Meeting.id)).all()
    jobs.tell_agenda(session, now=utcnow(), kind="confirmed", meeting_ids=[meeting.id for meeting in meetings[:3]])
    for mail in session.scalars(sa.select(MailMessage).where(MailMessage.key.like("%:buyer"))):
        meeting = session.get(Meeting, int(str(mail.key).split(":")[1]))
        assert meeting is not None
        text = mail.attachments[0].content.decode()
        assert f"DTSTART:{meeting.slot.starts_at.astimezone(UTC):%Y%m%dT%H%M%SZ}" in text
        assert f"{meeting.slot.starts_at.astimezone(ZoneInfo('Europe/Rome')):%H:%M}" in mail.text


def test_openings_are_the_same_on_the_walls_and_an_hour_apart_in_utc(
    session: Session, fair: tuple[Fair, list[int]]
) -> None:
    at, offsets = fair
    openings = [day.starts_at for day in at.schedule.days()]
    midnights = [datetime.combine(at.starts_on + timedelta(days=n), time(0), tzinfo=UTC) for n in range(3)]
    # The clocks change after the opening of the second day.
    apart = [(midnight - opening) / timedelta(hours=1) for midnight, opening in zip(midnights, openings, strict=True)]
    assert apart == [offsets[0], offsets[0], offsets[2]]
