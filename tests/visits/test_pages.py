"""Pages of visits: what they show, to whom, and with how many statements."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.policy import Kind
from fairlink.visits import queries
from fairlink.visits.states import MeetingState, VisitState
from tests import factories
from tests.visits.conftest import Scene, SignIn, exhibitor_at


def test_buyer_books_a_visit_once(session: Session, scene: Scene, sign_in: SignIn) -> None:
    person = factories.owner(Kind.BUYER)
    browser = sign_in(person)
    path = f"/fairs/{scene.fair.id}/visit"
    assert browser.get(path).status_code == 200
    answer = browser.post(path, data={"note": "Boots"})
    visit = queries.booked_visit(session, scene.fair.id, person)
    assert visit is not None
    assert (answer.location, visit.note) == (f"/visits/{visit.id}/exhibitors", "Boots")
    assert browser.post(path, data={"note": "Again"}).location == f"/visits/{visit.id}"


def test_nobody_books_a_visit_to_a_fair_that_is_over(session: Session, past_scene: Scene, sign_in: SignIn) -> None:
    browser = sign_in(factories.owner(Kind.BUYER))
    path = f"/fairs/{past_scene.fair.id}/visit"
    assert "This fair is over." in browser.get(path).text
    assert browser.post(path, data={"note": ""}).status_code == 409


def test_visit_to_a_fair_that_is_over_stays_on_record(session: Session, past_scene: Scene, sign_in: SignIn) -> None:
    visit = past_scene.visit
    browser = sign_in(past_scene.buyer)
    assert "Cancel the visit" not in browser.get(f"/visits/{visit.id}").text
    answer = browser.post(f"/visits/{visit.id}/cancel")
    assert (answer.status_code, "it can no longer be cancelled" in answer.text) == (409, True)
    session.refresh(visit)
    assert visit.state == VisitState.BOOKED


def test_firm_cannot_book_a_visit(session: Session, scene: Scene, sign_in: SignIn) -> None:
    assert sign_in(scene.contact).post(f"/fairs/{scene.fair.id}/visit").status_code == 403


def test_agenda_shows_fair_time_first_and_own_time_second(session: Session, scene: Scene, sign_in: SignIn) -> None:
    scene.meeting()
    page = sign_in(scene.buyer).get(f"/visits/{scene.visit.id}").text
    assert "Sao Paulo time" in page
    # Ten o'clock in São Paulo is 14:00 in Stockholm.
    assert page.index(">10:00</time>") < page.index("(14:00)")


def test_exhibitors_are_found_by_product_name_and_sector(session: Session, scene: Scene, sign_in: SignIn) -> None:
    firm = factories.organisation(name="Açaí do Pará", sectors=["food"], products=["200989"])
    owner = factories.user(firm)
    found = exhibitor_at(scene.fair, owner, name="Frutas Amazônicas")
    session.commit()
    browser = sign_in(scene.buyer)

    def names(**wanted: str) -> list[str]:
        page = browser.get(f"/visits/{scene.visit.id}/exhibitors", query_string=wanted).text
        return [each.name for each in (found, scene.exhibitor) if each.name in page]

    assert names() == [found.name, scene.exhibitor.name]
    for wanted in ({"q": "amazonicas"}, {"q": "acai"}, {"q": "2009"}, {"q": "2009.89"}, {"sector": "food"}):
        assert names(**wanted) == [found.name], wanted
    assert names(q="nothing like it") == []
    assert names(sector="no such") == [found.name, scene.exhibitor.name]


def test_exhibitor_page_names_firms_but_no_people(session: Session, scene: Scene, sign_in: SignIn, client) -> None:  # type: ignore[no-untyped-def]
    organisation = scene.contact.organisation
    assert organisation is not None
    organisation.phone = "+5551999990000"
    session.commit()
    factories.meeting(scene.visit, scene.exhibitor, slot_id=scene.slots[0].id)
    session.commit()
    hidden = (scene.contact.name, scene.contact.email, scene.buyer.name, scene.buyer.email, organisation.phone)
    for browser in (client, sign_in(factories.owner(Kind.BUYER)), sign_in(scene.buyer)):
        page = browser.get(f"/exhibitors/{scene.exhibitor.id}").text
        assert organisation.name in page
        own = {scene.buyer.name} if scene.buyer.name in page and browser is not client else set()
        assert [text for text in hidden if text in page and text not in own] == []


def test_buyer_without_a_visit_is_sent_to_book_one(session: Session, scene: Scene, sign_in: SignIn) -> None:
    page = sign_in(factories.owner(Kind.BUYER)).get(f"/exhibitors/{scene.exhibitor.id}").text
    assert f'href="/fairs/{scene.fair.id}/visit"' in page
    assert 'name="slot_id"' not in page


def test_free_times_are_free_for_both(session: Session, scene: Scene) -> None:
    scene.meeting(0, state=MeetingState.REQUESTED)
    factories.meeting(scene.visit, exhibitor_at(scene.fair), slot_id=scene.slots[1].id)
    scene.meeting(2, state=MeetingState.CANCELLED)
    now = scene.fair.starts_at - timedelta(days=1)
    free = queries.free_slots(session, scene.exhibitor, scene.visit, now=now)
    assert [slot.id for slot in free] == [scene.slots[2].id, scene.slots[3].id]
    later = scene.slots[2].starts_at
    assert [slot.id for slot in queries.free_slots(session, scene.exhibitor, scene.visit, now=later)] == [
        scene.slots[3].id
    ]


def test_diary_puts_requests_to_answer_on_top(session: Session, scene: Scene, sign_in: SignIn) -> None:
    asked = scene.meeting(1, state=MeetingState.REQUESTED)
    scene.meeting(0)
    page = sign_in(scene.contact).get(f"/exhibitors/{scene.exhibitor.id}/diary").text
    assert page.index(f"/meetings/{asked.id}/confirm") < page.index(">10:00</time>")
    assert page.count("/confirm") == 1


@pytest.mark.parametrize("action", ["", "/calendar.ics", "/decline", "/move", "/cancel"])
def test_meetings_of_others_are_not_there(session: Session, scene: Scene, sign_in: SignIn, action: str) -> None:
    meeting = scene.meeting(state=MeetingState.REQUESTED)
    staff = factories.officer(scene.fair.agency)
    for person in (factories.owner(Kind.BUYER), factories.owner(Kind.FIRM), staff):
        assert sign_in(person).get(f"/meetings/{meeting.id}{action}").status_code == 404


@pytest.mark.parametrize("action", ["confirm", "decline", "move", "cancel", "mark"])
def test_meetings_of_others_cannot_be_changed(session: Session, scene: Scene, sign_in: SignIn, action: str) -> None:
    meeting = scene.meeting(state=MeetingState.REQUESTED)
    data = {"sequence": 0, "reason": "x", "slot_id": scene.slots[1].id, "action": "hold"}
    for person in (factories.owner(Kind.BUYER), factories.owner(Kind.FIRM)):
        assert sign_in(person).post(f"/meetings/{meeting.id}/{action}", data=data).status_code == 404
    session.expire(meeting)
    assert (meeting.state, meeting.slot_id) == (MeetingState.REQUESTED, scene.slots[0].id)


def test_visits_and_diaries_of_others_are_not_there(session: Session, scene: Scene, sign_in: SignIn) -> None:
    browser = sign_in(factories.owner(Kind.BUYER))
    assert [
        browser.get(f"/visits/{scene.visit.id}").status_code,
        browser.get(f"/visits/{scene.visit.id}/exhibitors").status_code,
        browser.post(f"/visits/{scene.visit.id}/cancel").status_code,
        browser.get(f"/exhibitors/{scene.exhibitor.id}/diary").status_code,
    ] == [404, 404, 404, 404]
    assert sign_in(factories.owner(Kind.FIRM)).get(f"/exhibitors/{scene.exhibitor.id}/diary").status_code == 404


def test_member_firms_of_the_group_share_its_diary(session: Session, scene: Scene, sign_in: SignIn) -> None:
    member = scene.exhibitor.application.members[1].firm
    assert sign_in(factories.user(member)).get(f"/exhibitors/{scene.exhibitor.id}/diary").status_code == 200


def count_of(statements: list[str], sign_in: SignIn, person: User, path: str) -> int:
    browser = sign_in(person)
    statements.clear()
    assert browser.get(path).status_code == 200
    return len(statements)


@pytest.mark.parametrize("items", [1, 3])
def test_lists_take_a_constant_number_of_statements(
    session: Session, scene: Scene, sign_in: SignIn, statements: list[str], items: int
) -> None:
    for number in range(items):
        scene.meeting(number)
    for _ in range(items - 1):
        at = factories.fair()
        exhibitor_at(at, scene.contact)
        factories.visit(at, scene.buyer, state=VisitState.CANCELLED)
        exhibitor_at(scene.fair)
    paths = {
        "/visits": scene.buyer,
        f"/visits/{scene.visit.id}": scene.buyer,
        f"/visits/{scene.visit.id}/exhibitors": scene.buyer,
        "/exhibits": scene.contact,
        f"/exhibitors/{scene.exhibitor.id}/diary": scene.contact,
    }
    counts = [count_of(statements, sign_in, person, path) for path, person in paths.items()]
    assert counts == [3, 6, 11, 6, 9]
