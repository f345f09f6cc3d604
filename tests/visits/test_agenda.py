"""The organiser's agenda through the screen: ordered, made by the worker, changed by hand, published, repaired."""

import re
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.fairs.models import TimeSlot
from fairlink.kernel.errors import Conflict
from fairlink.mail.models import MailMessage
from fairlink.policy import Kind
from fairlink.visits import jobs, queries, service
from fairlink.visits.models import Absence, AgendaEntry, AgendaRun, Meeting, MeetingRequest, Preference
from fairlink.visits.states import (
    AgendaMode,
    AgendaState,
    Half,
    Level,
    MeetingState,
    RequestState,
    Scheduling,
    Side,
)
from tests import factories
from tests.jobs import deferred, run_due_jobs
from tests.visits.conftest import SignIn, exhibitor_at
from tests.visits.forum import Forum, forum_to_come, is_sound, make, present_state, publish, seats, standing

#: Making the app sets the address and the sender of mails.
pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def forum(session: Session) -> Forum:
    return forum_to_come()


@pytest.fixture
def before(forum: Forum) -> datetime:
    return forum.fair.starts_at - timedelta(days=30)


def test_organiser_orders_an_agenda_and_publishes_it(session: Session, forum: Forum, sign_in: SignIn) -> None:
    forum.agree((0, 0), (0, 1), (1, 0), (1, 1), (2, 0))
    browser, path = sign_in(forum.officer), f"/staff/fairs/{forum.fair.id}/agenda"
    assert "5 requests were agreed to." in browser.get(path).text
    assert browser.post(path, data={"mode": "full", "seconds": "10"}).location == path
    assert "An agenda is being made already." in browser.post(path, data={"mode": "full", "seconds": "10"}).text
    assert "An agenda is being made" in browser.get(path).text
    run = session.scalars(sa.select(AgendaRun)).one()
    assert deferred(session, "visits.solve_agenda") == [{"run_id": run.id}]
    run_due_jobs(session, now=forum.fair.starts_at - timedelta(days=30))
    page = browser.get(path).text
    assert ("Proven: no agenda is better" in page, run.state) == (True, AgendaState.DRAFT)
    table = browser.get(f"/staff/agendas/{run.id}").text
    assert all(exhibitor.name in table for exhibitor in forum.exhibitors)
    assert standing(session) == []
    assert browser.post(f"/staff/agendas/{run.id}/publish").location == path
    assert (len(standing(session)), is_sound(standing(session))) == (5, True)
    run_due_jobs(session, now=forum.fair.starts_at - timedelta(days=29))
    mails = session.scalars(sa.select(MailMessage)).all()
    assert [mail.template for mail in mails] == ["meeting_confirmed"] * 10
    assert {mail.attachments[0].method for mail in mails} == {"REQUEST"}
    # The worker may do a job twice; nobody gets a second mail.
    jobs.tell_agenda(
        session, now=run.created_at, kind="confirmed", meeting_ids=[meeting.id for meeting in standing(session)]
    )
    assert session.scalar(sa.select(sa.func.count()).select_from(MailMessage)) == 10
    assert browser.post(f"/staff/agendas/{run.id}/publish").status_code == 409


def test_must_meet_goes_first_and_who_is_left_out_is_told_why(
    session: Session, forum: Forum, before: datetime, sign_in: SignIn
) -> None:
    visits = [factories.visit(forum.fair, factories.owner(Kind.BUYER)) for _ in range(4)]
    forum.visits = visits
    requests = forum.agree((0, 0), (1, 0), (2, 0), (3, 0))
    factories.add(
        Preference(
            visit_id=visits[3].id,
            exhibitor_id=forum.exhibitors[0].id,
            side=Side.FIRM,
            level=Level.MUST_MEET,
            stated_at=factories.MADE_AT,
        )
    )
    # Four want the three times of one exhibitor; that is said by name before any run.
    page = sign_in(forum.officer).get(f"/staff/fairs/{forum.fair.id}/agenda").text
    assert f"{forum.exhibitors[0].name} has 4 meetings but only 3 free slots." in page
    run = make(session, forum, before)
    assert requests[3].id in seats(session, run)
    assert len(seats(session, run)) == 3
    assert "have no free slot left in common" in sign_in(forum.officer).get(f"/staff/agendas/{run.id}/unplaced").text


def test_meeting_asked_for_in_the_afternoon_is_held_then_and_put_by_hand_nowhere_else(
    session: Session, forum: Forum, before: datetime, sign_in: SignIn
) -> None:
    late = {factories.time_slot(forum.fair, forum.fair.starts_at + timedelta(hours=hours)).id for hours in (6, 7)}
    browser = sign_in(forum.visits[0].visitor)
    path = f"/exhibitors/{forum.exhibitors[0].id}/requests"
    sent = browser.post(path, data={"level": "meet", "note": "", "half": "pm"})
    assert "Only in the afternoon" in browser.get(sent.location).text
    request = session.scalars(sa.select(MeetingRequest)).one()
    request.state = RequestState.ACCEPTED
    session.flush()
    run = make(session, forum, before)
    assert seats(session, run)[request.id] in late
    entry = session.scalars(sa.select(AgendaEntry)).one()
    page = sign_in(forum.officer).get(f"/staff/agenda-entries/{entry.id}").text
    assert slots_offered(page) == late
    assert "It was asked for in the other half of the day." in page


def test_vetoes_absences_and_other_meetings_are_respected(session: Session, forum: Forum, before: datetime) -> None:
    late = factories.time_slot(forum.fair, forum.fair.starts_at + timedelta(hours=6))
    requests = forum.agree((0, 0), (1, 0), (2, 1))
    pair = {"visit_id": forum.visits[1].id, "exhibitor_id": forum.exhibitors[0].id}
    factories.add(Preference(**pair, side=Side.FIRM, level=Level.NO_THANKS, stated_at=factories.MADE_AT))
    factories.add(Absence(visit_id=forum.visits[0].id, absent_on=forum.fair.starts_on, half=Half.AM))
    factories.meeting(forum.visits[2], exhibitor_at(forum.fair), slot_id=forum.slots[0].id)
    found = seats(session, make(session, forum, before))
    assert found.keys() == {requests[0].id, requests[2].id}
    assert found[requests[0].id] == late.id
    assert found[requests[2].id] != forum.slots[0].id


def test_tables_are_given_out_once_and_no_more_than_there_are(session: Session, forum: Forum, before: datetime) -> None:
    rules = queries.rules_of(session, forum.fair.id)
    rules.tables = 1
    forum.agree((0, 0), (1, 1), (2, 0), (0, 1))
    run = make(session, forum, before)
    entries = queries.all_entries(session, run)
    assert len(entries) == 3
    assert {(entry.slot_id, entry.table_no) for entry in entries} == {(slot.id, 1) for slot in forum.slots}


def slots_offered(page: str) -> set[int]:
    return {int(value) for value in re.findall(r'name="slot_id"[^>]*value="(\d+)"', page)}


def test_draft_is_changed_by_hand_where_nothing_stands_in_the_way(
    session: Session, forum: Forum, before: datetime, sign_in: SignIn
) -> None:
    first, second = forum.agree((0, 0), (1, 0))
    run = make(session, forum, before)
    entry = session.scalars(sa.select(AgendaEntry).where(AgendaEntry.request_id == first.id)).one()
    taken = seats(session, run)[second.id]
    (free,) = {slot.id for slot in forum.slots} - {taken, entry.slot_id}
    browser, path = sign_in(forum.officer), f"/staff/agenda-entries/{entry.id}"
    page = browser.get(path).text
    assert slots_offered(page) == {entry.slot_id, free}
    assert "The exhibitor has another meeting of this agenda then." in page
    refused = browser.post(path, data={"slot_id": taken})
    assert (refused.status_code, "The exhibitor has another meeting" in refused.text) == (409, True)
    assert browser.post(path, data={"slot_id": free}).status_code == 302
    session.refresh(entry)
    assert (entry.slot_id, entry.is_fixed) == (free, True)
    # A new run leaves it where it was put by hand.
    again = make(session, forum, before)
    assert (seats(session, again)[first.id], run.state) == (free, AgendaState.DISCARDED)
    entry = session.scalars(sa.select(AgendaEntry).where(AgendaEntry.run_id == again.id, AgendaEntry.is_fixed)).one()
    assert browser.post(f"/staff/agenda-entries/{entry.id}/fix").status_code == 302
    assert browser.post(f"/staff/agenda-entries/{entry.id}/remove").status_code == 302
    assert "Taken out by hand" in browser.get(f"/staff/agendas/{again.id}/unplaced").text
    placing = f"/staff/agendas/{again.id}/place?request={first.id}"
    assert slots_offered(browser.get(placing).text) >= {free}
    assert browser.post(placing, data={"slot_id": free}).status_code == 302
    assert seats(session, again)[first.id] == free


def test_what_has_changed_since_is_shown_beside_the_draft(
    session: Session, forum: Forum, before: datetime, sign_in: SignIn
) -> None:
    forum.agree((0, 0))
    make(session, forum, before)
    factories.add(Absence(visit_id=forum.visits[0].id, absent_on=forum.fair.starts_on, half=Half.AM))
    page = sign_in(forum.officer).get(f"/staff/fairs/{forum.fair.id}/agenda").text
    assert "What has changed since, or does not fit" in page


def test_who_has_fewer_meetings_than_wanted_is_named_beside_the_draft(
    session: Session, forum: Forum, before: datetime, sign_in: SignIn
) -> None:
    queries.rules_of(session, forum.fair.id).buyer_minimum = 2
    forum.agree((0, 0), (0, 1), (1, 0))
    make(session, forum, before)
    page = sign_in(forum.officer).get(f"/staff/fairs/{forum.fair.id}/agenda").text
    said = " has 1 of the 2 meetings wanted at least."
    assert f"{forum.visits[1].buyer.name}{said}" in page
    assert page.count(said) == 1


def test_no_agenda_puts_a_meeting_into_the_past(session: Session, forum: Forum, before: datetime) -> None:
    forum.agree((0, 0))
    run = make(session, forum, before)
    (slot_id,) = seats(session, run).values()
    begun = session.get_one(TimeSlot, slot_id).starts_at
    with pytest.raises(Conflict, match="agenda_late"):
        service.publish(session, run, by=forum.officer, now=begun)
    assert (run.state, standing(session)) == (AgendaState.DRAFT, [])


def cancel(browser: FlaskClient, meeting: Meeting) -> None:
    assert browser.post(f"/meetings/{meeting.id}/cancel", data={"reason": "Ill"}).status_code == 302


def test_repair_after_a_cancellation_changes_as_little_as_can_be(
    session: Session, forum: Forum, before: datetime, sign_in: SignIn
) -> None:
    requests = forum.agree((0, 0), (1, 0), (2, 0), (0, 1), (1, 1))
    publish(session, make(session, forum, before), forum, before)
    known = {meeting.id: (meeting.slot_id, meeting.uid, meeting.sequence) for meeting in standing(session)}
    waiting = factories.meeting_request(
        factories.visit(forum.fair, factories.owner(Kind.BUYER)), forum.exhibitors[0], state=RequestState.ACCEPTED
    )
    gone = session.get(Meeting, requests[0].meeting_id)
    assert gone is not None
    cancel(sign_in(forum.visits[0].visitor), gone)
    run = make(session, forum, before, AgendaMode.REPAIR)
    # The one who waited gets the time that is free, and nobody else has to move.
    assert seats(session, run)[waiting.id] == gone.slot_id
    publish(session, run, forum, before)
    after = {meeting.id: (meeting.slot_id, meeting.uid, meeting.sequence) for meeting in standing(session)}
    assert {key: after[key] for key in after if key in known} == {key: known[key] for key in known if key != gone.id}
    assert len(after) == 5


def test_published_meetings_change_places_and_keep_their_calendar_entry(
    session: Session, forum: Forum, before: datetime
) -> None:
    first, second = forum.agree((0, 0), (1, 0))
    publish(session, make(session, forum, before), forum, before)
    one, other = (session.get(Meeting, request.meeting_id) for request in (first, second))
    assert one is not None
    assert other is not None
    places, uids = (one.slot_id, other.slot_id), (one.uid, other.uid)
    run = make(session, forum, before, AgendaMode.REPAIR)
    entries = {entry.request_id: entry for entry in queries.all_entries(session, run)}
    # As if the organiser had swapped the two by way of the third time.
    spare = next(slot.id for slot in forum.slots if slot.id not in places)
    for entry, slot_id in ((entries[first.id], spare), (entries[second.id], places[0]), (entries[first.id], places[1])):
        service.shift(session, entry, slot_id=slot_id, by=forum.officer, now=before)
        session.flush()
    publish(session, run, forum, before)
    session.expire_all()
    assert (one.slot_id, other.slot_id) == (places[1], places[0])
    assert (one.uid, other.uid, one.sequence, other.sequence) == (*uids, 1, 1)
    assert {one.state, other.state} == {MeetingState.CONFIRMED}
    run_due_jobs(session, now=before, without=("mail.deliver", "visits.solve_agenda"))
    moved = session.scalars(sa.select(MailMessage).where(MailMessage.template == "meeting_moved")).all()
    assert len(moved) == 4
    assert all("The organiser has given it this time" in mail.text for mail in moved)


def test_run_for_free_times_touches_nothing_that_is_published(session: Session, forum: Forum, before: datetime) -> None:
    forum.agree((0, 0), (1, 1))
    publish(session, make(session, forum, before), forum, before)
    known = {meeting.id: meeting.slot_id for meeting in standing(session)}
    factories.add(Absence(visit_id=forum.visits[0].id, absent_on=forum.fair.starts_on, half=Half.AM))
    forum.agree((2, 0))
    run = make(session, forum, before, AgendaMode.UNBOOKED)
    publish(session, run, forum, before)
    after = {meeting.id: meeting.slot_id for meeting in standing(session)}
    assert (len(after), {key: after[key] for key in known}) == (3, known)


def test_what_a_draft_no_longer_has_is_called_off_as_its_page_says(
    session: Session, forum: Forum, before: datetime, sign_in: SignIn
) -> None:
    (request,) = forum.agree((0, 0))
    publish(session, make(session, forum, before), forum, before)
    run = make(session, forum, before, AgendaMode.REPAIR)
    (entry,) = queries.all_entries(session, run)
    path, said = f"/staff/fairs/{forum.fair.id}/agenda", "Publishing it calls that meeting off."
    assert said not in sign_in(forum.officer).get(path).text
    service.remove(session, entry, by=forum.officer, now=before)
    session.commit()
    assert said in sign_in(forum.officer).get(path).text
    publish(session, run, forum, before)
    session.expire_all()
    assert (standing(session), request.state) == ([], RequestState.WITHDRAWN)


def test_who_left_meanwhile_is_not_published(session: Session, forum: Forum, before: datetime) -> None:
    requests = forum.agree((0, 0), (1, 0))
    run = make(session, forum, before)
    requests[0].state = RequestState.WITHDRAWN
    session.flush()
    publish(session, run, forum, before)
    assert [meeting.visit_id for meeting in standing(session)] == [forum.visits[1].id]


def test_waiting_is_ended_and_the_best_kept(session: Session, forum: Forum, before: datetime, sign_in: SignIn) -> None:
    forum.agree((0, 0))
    run = service.order_run(session, forum.fair, AgendaMode.FULL, 10, by=forum.officer, now=before)
    session.commit()
    browser = sign_in(forum.officer)
    assert browser.post(f"/staff/agendas/{run.id}/stop").status_code == 302
    jobs.solve_agenda(session, now=before, run_id=run.id)
    assert (run.state, len(seats(session, run))) == (AgendaState.DRAFT, 1)
    assert browser.post(f"/staff/agendas/{run.id}/stop").status_code == 409
    assert browser.post(f"/staff/agendas/{run.id}/discard").status_code == 302
    # Done twice, a job changes nothing.
    jobs.solve_agenda(session, now=before, run_id=run.id)
    session.refresh(run)
    assert run.state == AgendaState.DISCARDED


def test_run_whose_job_was_given_up_stands_in_nobodys_way(session: Session, forum: Forum, before: datetime) -> None:
    run = service.order_run(session, forum.fair, AgendaMode.FULL, 10, by=forum.officer, now=before)
    session.commit()
    jobs.tick(session, now=before)
    assert present_state(session, run) == AgendaState.QUEUED
    service.start_run(session, run.id, now=before)
    session.execute(sa.text("UPDATE procrastinate_jobs SET status = 'failed' WHERE task_name = 'visits.solve_agenda'"))
    jobs.tick(session, now=before)
    assert present_state(session, run) == AgendaState.DISCARDED
    forum.agree((0, 0))
    assert make(session, forum, before).state == AgendaState.DRAFT


def test_self_scheduled_fair_has_no_agenda_to_make(session: Session, forum: Forum, sign_in: SignIn) -> None:
    queries.rules_of(session, forum.fair.id).scheduling = Scheduling.SELF
    session.commit()
    browser, path = sign_in(forum.officer), f"/staff/fairs/{forum.fair.id}/agenda"
    assert "choose times themselves" in browser.get(path).text
    assert browser.post(path, data={"mode": "full", "seconds": "10"}).status_code == 422


@pytest.mark.parametrize("items", [1, 3])
def test_agenda_pages_take_a_constant_number_of_statements(
    session: Session, forum: Forum, sign_in: SignIn, statements: list[str], items: int
) -> None:
    run = factories.agenda_run(forum.fair, forum.officer)
    pairs = [(v, e) for v in range(3) for e in range(2)]
    requests = forum.agree(*pairs[: 2 * items])
    for request, slot in zip(requests[::2], forum.slots, strict=False):
        factories.agenda_entry(run, request, slot)
    browser = sign_in(forum.officer)
    counts = []
    for path in (
        f"/staff/fairs/{forum.fair.id}/agenda",
        f"/staff/agendas/{run.id}",
        f"/staff/agendas/{run.id}/unplaced",
    ):
        session.expire_all()
        statements.clear()
        assert browser.get(path).status_code == 200
        counts.append(len(statements))
    assert counts == [21, 5, 5]
