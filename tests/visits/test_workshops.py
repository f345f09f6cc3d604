"""Visits to workshops through the screen: offered, booked alone and as a tour, answered, cancelled, printed."""

import io
import itertools
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from pypdf import PdfReader
from sqlalchemy.orm import Session

from fairlink.fairs.states import FairState
from fairlink.kernel.errors import Conflict
from fairlink.mail.models import MailMessage
from fairlink.visits import jobs, queries, service
from fairlink.visits.models import Preference, Workshop, WorkshopTravel, WorkshopVisit
from fairlink.visits.states import AgendaMode, Level, MeetingState, RequestState, Scheduling, Side
from tests import factories
from tests.visits.conftest import Scene, SignIn, exhibitor_at, slots_of

S = MeetingState
HOUR = timedelta(hours=1)


def bookings(session: Session) -> list[WorkshopVisit]:
    session.expire_all()
    return list(session.scalars(sa.select(WorkshopVisit).order_by(WorkshopVisit.starts_at)))


def mails(session: Session) -> list[tuple[str, str, str | None]]:
    """Receiver, language and iTIP method of each mail about visits to workshops."""
    query = sa.select(MailMessage).where(MailMessage.template == "workshop_visit").order_by(MailMessage.id)
    return [(mail.to_email, mail.locale, mail.attachments[0].method) for mail in session.scalars(query)]


def key(workshop: Workshop, number: int) -> int:
    """The number of a session on the form."""
    return int(workshop.schedule.slots()[number].starts_at.timestamp())


def test_group_offers_a_workshop(session: Session, scene: Scene, sign_in: SignIn) -> None:
    browser, path = sign_in(scene.contact), f"/exhibitors/{scene.exhibitor.id}/workshops/new"
    typed = {
        "name": "Curtume",
        "address": "Rua 7",
        "first_on": "2099-03-09",
        "last_on": "2099-03-10",
        "opens": "09:00",
        "closes": "12:00",
        "visit_minutes": "60",
        "capacity": "6",
        "travel_minutes": "25",
        "languages": ["pt", "es"],
    }
    assert browser.get(path).status_code == 200
    refused = browser.post(path, data=typed | {"closes": "08:00", "languages": []})
    assert (refused.status_code, "Curtume" in refused.text) == (422, True)
    browser.post(path, data=typed)
    (made,) = session.scalars(sa.select(Workshop))
    assert (made.capacity, made.languages, len(made.schedule.slots())) == (6, ["pt", "es"], 6)
    browser.post(f"/workshops/{made.id}/edit", data=typed | {"capacity": "9"})
    browser.post(f"/workshops/{made.id}/close")
    session.expire_all()
    assert (made.capacity, made.closed_at is not None) == (9, True)


def test_buyer_books_a_session_and_the_hosts_confirm(session: Session, scene: Scene, sign_in: SignIn) -> None:
    workshop = factories.workshop(scene.exhibitor)
    buyer, host = sign_in(scene.buyer), sign_in(scene.contact)
    path = f"/workshops/{workshop.id}/visits/new"
    assert workshop.name in buyer.get(f"/visits/{scene.visit.id}/workshops").text
    buyer.post(path, data={"slot_id": key(workshop, 1), "people": "2", "note": "The tannery"})
    (booking,) = bookings(session)
    assert (booking.state, booking.people, booking.ends_at - booking.starts_at) == (S.REQUESTED, 2, HOUR)
    assert workshop.name in host.get(f"/exhibitors/{scene.exhibitor.id}/workshops").text
    assert "The tannery" in host.get(f"/workshop-visits/{booking.id}").text
    host.post(f"/workshop-visits/{booking.id}/confirm", data={"sequence": "0"})
    assert bookings(session)[0].state == S.CONFIRMED
    contact, visitor = (scene.contact.email, "es"), (scene.buyer.email, "en")
    assert mails(session) == [(*contact, "REQUEST"), (*contact, "REQUEST"), (*visitor, "REQUEST")]


def test_only_sessions_with_time_for_the_way_are_offered(session: Session, scene: Scene, sign_in: SignIn) -> None:
    # The meeting is from 10:00 to 10:30, the way takes half an hour: free are 9 o'clock not, 11 o'clock and later.
    workshop = factories.workshop(scene.exhibitor)
    scene.meeting(0)
    page = sign_in(scene.buyer).get(f"/workshops/{workshop.id}/visits/new").text
    offered = re.findall(r'name="slot_id"[^>]*value="(\d+)"', page)
    keys = [str(key(workshop, number)) for number in range(24)]
    assert offered == keys[2:]


def test_session_that_the_diary_forbids_is_refused_whatever_is_sent(
    session: Session, scene: Scene, sign_in: SignIn
) -> None:
    workshop = factories.workshop(scene.exhibitor)
    scene.meeting(0)
    browser, path = sign_in(scene.buyer), f"/workshops/{workshop.id}/visits/new"
    for number, status in ((0, 409), (1, 409), (2, 302)):
        assert browser.post(path, data={"slot_id": key(workshop, number), "people": "1"}).status_code == status
    assert browser.post(path, data={"slot_id": "12345", "people": "1"}).status_code == 422
    assert len(bookings(session)) == 1


def test_meeting_is_not_booked_into_a_visit_or_the_way_to_it(session: Session, scene: Scene, sign_in: SignIn) -> None:
    workshop = factories.workshop(scene.exhibitor)
    # 9 to 10, and half an hour back to the fair: of the slots at 10:00, 10:30 ... the first is gone.
    factories.workshop_visit(scene.visit, workshop)
    other = exhibitor_at(scene.fair)
    browser = sign_in(scene.buyer)
    page = browser.get(f"/exhibitors/{other.id}").text
    offered = re.findall(r'name="slot_id"[^>]*value="(\d+)"', page)
    assert offered == [str(slot.id) for slot in scene.slots[1:]]
    answer = browser.post(f"/exhibitors/{other.id}/meetings", data={"slot_id": scene.slots[0].id})
    assert (answer.status_code, "with the way to it" in answer.text) == (409, True)


def test_hosts_receive_no_more_than_they_can(session: Session, scene: Scene, sign_in: SignIn) -> None:
    workshop = factories.workshop(scene.exhibitor, capacity=3)
    factories.workshop_visit(factories.visit(scene.fair), workshop, people=2)
    browser, path = sign_in(scene.buyer), f"/workshops/{workshop.id}/visits/new"
    answer = browser.post(path, data={"slot_id": key(workshop, 0), "people": "2"})
    assert (answer.status_code, "no room left" in answer.text) == (409, True)
    assert browser.post(path, data={"slot_id": key(workshop, 0), "people": "1"}).status_code == 302


def test_tour_of_three_is_booked_as_a_whole(session: Session, scene: Scene, sign_in: SignIn) -> None:
    made = [factories.workshop(scene.exhibitor, name=f"W{number}") for number in range(3)]
    sign_in(scene.contact).post(
        f"/workshops/{made[0].id}/ways",
        data={
            "ways-0-workshop_id": made[1].id,
            "ways-0-minutes": "15",
            "ways-1-workshop_id": made[2].id,
            "ways-1-minutes": "",
        },
    )
    assert session.scalars(sa.select(WorkshopTravel.minutes)).all() == [15]
    browser, path = sign_in(scene.buyer), f"/visits/{scene.visit.id}/workshops"
    tour = {"workshops": [each.id for each in made], "on": "2099-03-10", "people": "2"}
    browser.post(path, data=tour)
    booked = bookings(session)
    assert {each.workshop_id for each in booked} == {each.id for each in made}
    gaps = [later.starts_at - earlier.ends_at for earlier, later in itertools.pairwise(booked)]
    assert min(gaps) >= timedelta(minutes=15)


def test_tour_that_cannot_be_is_refused_as_a_whole(session: Session, scene: Scene, sign_in: SignIn) -> None:
    near, far = factories.workshop(scene.exhibitor), factories.workshop(scene.exhibitor, travel_minutes=600)
    answer = sign_in(scene.buyer).post(
        f"/visits/{scene.visit.id}/workshops",
        data={"workshops": [near.id, far.id], "on": "2099-03-09", "people": "1", "note": "Typed with care"},
    )
    assert (answer.status_code, "Typed with care" in answer.text) == (422, True)
    assert bookings(session) == []


@pytest.mark.parametrize("side", Side)
def test_who_does_not_want_to_meet_is_not_visited_either(
    session: Session, scene: Scene, sign_in: SignIn, side: Side
) -> None:
    workshop, other = factories.workshop(scene.exhibitor), factories.workshop(exhibitor_at(scene.fair))
    pair = {"visit_id": scene.visit.id, "exhibitor_id": scene.exhibitor.id, "side": side}
    factories.add(Preference(**pair, level=Level.NO_THANKS, stated_at=factories.MADE_AT))
    browser, path = sign_in(scene.buyer), f"/workshops/{workshop.id}/visits/new"
    assert 'name="slot_id"' not in browser.get(path).text
    answer = browser.post(path, data={"slot_id": key(workshop, 0), "people": "1"})
    # Nothing gives away why.
    assert (answer.status_code, "The hosts have no room left" in answer.text) == (409, True)
    tour = {"workshops": [workshop.id, other.id], "on": "2099-03-09", "people": "1"}
    assert browser.post(f"/visits/{scene.visit.id}/workshops", data=tour).status_code == 422
    assert bookings(session) == []


def test_visit_to_a_workshop_is_cancelled_before_a_veto(session: Session, scene: Scene, sign_in: SignIn) -> None:
    factories.workshop_visit(scene.visit, factories.workshop(scene.exhibitor))
    answer = sign_in(scene.buyer).post(f"/exhibitors/{scene.exhibitor.id}/veto", data={"note": ""})
    assert (answer.status_code, "Cancel it first" in answer.text) == (422, True)


def test_declined_and_cancelled_visits_free_the_time_and_are_told(
    session: Session, scene: Scene, sign_in: SignIn
) -> None:
    workshop = factories.workshop(scene.exhibitor)
    first = factories.workshop_visit(scene.visit, workshop)
    sign_in(scene.contact).post(f"/workshop-visits/{first.id}/decline", data={"reason": "We are <closed>."})
    later = workshop.schedule.slots()[5]
    second = factories.workshop_visit(scene.visit, workshop, starts_at=later.starts_at, ends_at=later.ends_at)
    sign_in(scene.buyer).post(f"/workshop-visits/{second.id}/cancel", data={"reason": ""})
    assert [each.state for each in bookings(session)] == [S.DECLINED, S.CANCELLED]
    assert [method for *_, method in mails(session)] == ["CANCEL"] * 4
    assert "We are &lt;closed&gt;." in sign_in(scene.buyer).get(f"/workshop-visits/{first.id}").text


def test_visits_end_with_the_buyers_visit_and_with_the_fair(session: Session, scene: Scene, sign_in: SignIn) -> None:
    workshop = factories.workshop(scene.exhibitor)
    factories.workshop_visit(scene.visit, workshop)
    stranger = factories.workshop_visit(factories.visit(scene.fair), workshop)
    sign_in(scene.buyer).post(f"/visits/{scene.visit.id}/cancel")
    assert {each.state for each in bookings(session)} == {S.REQUESTED, S.CANCELLED}
    scene.fair.state = FairState.CANCELLED
    session.flush()
    jobs.tick(session, now=scene.fair.starts_at - timedelta(days=30))
    session.flush()
    assert session.get_one(WorkshopVisit, stranger.id).state == S.CANCELLED


def test_itinerary_names_ways_times_and_the_way_back(session: Session, scene: Scene, sign_in: SignIn) -> None:
    near, far = factories.workshop(scene.exhibitor, name="Near"), factories.workshop(scene.exhibitor, name="Far")
    later = far.schedule.slots()[4]
    factories.workshop_visit(scene.visit, near, state=S.CONFIRMED)
    factories.workshop_visit(scene.visit, far, starts_at=later.starts_at, ends_at=later.ends_at)
    browser = sign_in(scene.buyer)
    pdf = PdfReader(io.BytesIO(browser.get(f"/visits/{scene.visit.id}/itinerary.pdf").data))
    text = " ".join("\n".join(page.extract_text() for page in pdf.pages).split())
    for part in ("Near, Rua das Flores 7", "60 minutes", "9:00", "Back to the fair: Fenac", "Not answered yet"):
        assert part in text
    assert "Near" in browser.get(f"/visits/{scene.visit.id}").text


def test_visit_is_in_the_calendars_of_both(session: Session, scene: Scene, sign_in: SignIn) -> None:
    factories.workshop_visit(scene.visit, factories.workshop(scene.exhibitor))
    for person in (scene.buyer, scene.contact):
        browser = sign_in(person)
        found = re.search(r"/calendar/[\w-]+\.ics", browser.post("/account/calendar").text)
        assert found is not None
        assert "DTSTART:20990309T120000Z" in browser.get(found[0]).text


def test_buyer_moves_a_visit_and_the_hosts_confirm_the_new_time(
    session: Session, scene: Scene, sign_in: SignIn
) -> None:
    workshop = factories.workshop(scene.exhibitor, capacity=1)
    booking = factories.workshop_visit(scene.visit, workshop, state=S.CONFIRMED, answered_at=factories.MADE_AT)
    taken = workshop.schedule.slots()[4]
    factories.workshop_visit(factories.visit(scene.fair), workshop, starts_at=taken.starts_at, ends_at=taken.ends_at)
    buyer, host = sign_in(scene.buyer), sign_in(scene.contact)
    path = f"/workshop-visits/{booking.id}/move"
    assert f'href="{path}"' in buyer.get(f"/workshop-visits/{booking.id}").text
    offered = re.findall(r'name="slot_id"[^>]*value="(\d+)"', buyer.get(path).text)
    # Its own hour does not stand in the way of the next one; the one it has and the full one are left out.
    assert str(key(workshop, 1)) in offered
    assert {str(key(workshop, 0)), str(key(workshop, 4))} & set(offered) == set()
    refused = [buyer.post(path, data={"slot_id": slot}).status_code for slot in (key(workshop, 4), "12345", "")]
    assert refused == [409, 422, 422]
    buyer.post(path, data={"slot_id": key(workshop, 1)})
    moved = next(each for each in bookings(session) if each.id == booking.id)
    assert (moved.state, moved.sequence, int(moved.starts_at.timestamp())) == (S.REQUESTED, 1, key(workshop, 1))
    # Who saw the old time cannot confirm the new one.
    answers = [
        host.post(f"/workshop-visits/{booking.id}/confirm", data={"sequence": sequence}).status_code
        for sequence in ("0", "", "1")
    ]
    assert answers == [409, 422, 302]
    contact, visitor = (scene.contact.email, "es", "REQUEST"), (scene.buyer.email, "en", "REQUEST")
    assert mails(session) == [contact, visitor] * 2
    sent = session.scalars(sa.select(MailMessage).where(MailMessage.template == "workshop_visit")).all()
    assert "The hosts still have to confirm the new time." in sent[1].text
    assert all(b"SEQUENCE:1" in mail.attachments[0].content for mail in sent)


def test_visit_is_not_moved_to_where_the_diary_has_no_time(session: Session, scene: Scene, sign_in: SignIn) -> None:
    workshop = factories.workshop(scene.exhibitor)
    later = workshop.schedule.slots()[5]
    booking = factories.workshop_visit(scene.visit, workshop, starts_at=later.starts_at, ends_at=later.ends_at)
    scene.meeting(0)
    answer = sign_in(scene.buyer).post(f"/workshop-visits/{booking.id}/move", data={"slot_id": key(workshop, 1)})
    assert (answer.status_code, bookings(session)[0].sequence) == (409, 0)


@pytest.mark.parametrize(("action", "state"), [("hold", S.HELD), ("miss_buyer", S.BUYER_NO_SHOW)])
def test_hosts_say_whether_the_buyer_came(
    session: Session, past_scene: Scene, sign_in: SignIn, action: str, state: MeetingState
) -> None:
    booking = factories.workshop_visit(past_scene.visit, factories.workshop(past_scene.exhibitor), state=S.CONFIRMED)
    buyer, host, path = sign_in(past_scene.buyer), sign_in(past_scene.contact), f"/workshop-visits/{booking.id}"
    assert f'value="{action}"' in host.get(path).text
    assert f'value="{action}"' not in buyer.get(path).text
    for nothing in ("", "miss_exhibitor", "call_off"):
        assert host.post(f"{path}/mark", data={"action": nothing}).status_code == 422
    host.post(f"{path}/mark", data={"action": action})
    assert bookings(session)[0].state == state
    if state is S.BUYER_NO_SHOW:
        host.post(f"{path}/mark", data={"action": "hold"})
        assert bookings(session)[0].state == S.HELD


def test_nobody_marks_a_visit_that_has_not_begun(session: Session, scene: Scene, sign_in: SignIn) -> None:
    booking = factories.workshop_visit(scene.visit, factories.workshop(scene.exhibitor), state=S.CONFIRMED)
    answer = sign_in(scene.contact).post(f"/workshop-visits/{booking.id}/mark", data={"action": "hold"})
    assert (answer.status_code, bookings(session)[0].state) == (409, S.CONFIRMED)


@pytest.mark.parametrize("workshops", [1, 3])
def test_list_takes_few_statements(
    session: Session, scene: Scene, sign_in: SignIn, statements: list[str], workshops: int
) -> None:
    for _ in range(workshops):
        factories.workshop(scene.exhibitor)
    browser = sign_in(scene.buyer)
    session.expunge_all()
    statements.clear()
    assert browser.get(f"/visits/{scene.visit.id}/workshops").text.count("visits/new") == workshops
    assert len(statements) <= 7


def test_agenda_leaves_time_for_visits_to_workshops_and_the_way(session: Session) -> None:
    fair = factories.fair()
    factories.meeting_rules(fair, scheduling=Scheduling.ORGANISER)
    exhibitor, visit, officer = exhibitor_at(fair), factories.visit(fair), factories.officer(fair.agency)
    slots, now = slots_of(fair, 3), fair.starts_at - timedelta(days=30)
    request = factories.meeting_request(visit, exhibitor, state=RequestState.ACCEPTED)
    # 9 to 10, and half an hour back: the fair's first slot, at ten, is lost.
    workshop = factories.workshop(exhibitor)
    factories.workshop_visit(visit, workshop)
    run = service.order_run(session, fair, AgendaMode.FULL, 10, by=officer, now=now)
    jobs.solve_agenda(session, now=now, run_id=run.id)
    assert [(entry.request_id, entry.slot_id) for entry in queries.all_entries(session, run)] in (
        [(request.id, slots[1].id)],
        [(request.id, slots[2].id)],
    )
    # A tour that is booked once the draft is there keeps it from being published.
    later = workshop.schedule.slots()[2]
    factories.workshop_visit(visit, workshop, starts_at=later.starts_at, ends_at=later.ends_at)
    with pytest.raises(Conflict, match="agenda_on_tour"):
        service.publish(session, run, by=officer, now=now)
