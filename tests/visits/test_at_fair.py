"""The day at the fair on a phone, what is printed for it, and what is said of meetings there."""

import io
from datetime import UTC, date, datetime, time, timedelta

import pytest
from pypdf import PdfReader
from sqlalchemy.orm import Session

from fairlink.kernel.clock import local_date, utcnow
from fairlink.policy import Kind
from fairlink.visits.models import Badge
from fairlink.visits.states import MeetingState, Scheduling
from tests import factories
from tests.jobs import clock_at
from tests.visits.conftest import Scene, SignIn, exhibitor_at

S = MeetingState


@pytest.fixture
def on_scene(session: Session) -> Scene:
    """A fair that is on today, all day long."""
    today = local_date(utcnow(), "UTC")
    fair = factories.fair(zone="UTC", starts_on=today - timedelta(days=1), ends_on=today + timedelta(days=1))
    contact, buyer = factories.owner(Kind.FIRM), factories.owner(Kind.BUYER)
    exhibitor = exhibitor_at(fair, contact)
    midnight = datetime.combine(today, time(), UTC)
    slots = [factories.time_slot(fair, midnight + timedelta(hours=hours)) for hours in (-20, 10, 11, 30)]
    return Scene(fair, exhibitor, contact, factories.visit(fair, buyer), buyer, slots)


def at(scene: Scene, hour: float) -> datetime:
    """An instant of the fair's second day."""
    return datetime.combine(scene.fair.starts_on + timedelta(days=1), time(), UTC) + timedelta(hours=hour)


def test_only_todays_meetings_are_shown_to_both(session: Session, on_scene: Scene, sign_in: SignIn) -> None:
    for slot in range(4):
        on_scene.meeting(slot)
    for person in (on_scene.contact, on_scene.buyer):
        page = sign_in(person).get("/at-the-fair").text
        assert [hour in page for hour in (">04:00<", ">10:00<", ">11:00<", ">06:00<")] == [False, True, True, False]
    assert "Note a contact" in sign_in(on_scene.contact).get("/at-the-fair").text
    assert "My badge" in sign_in(on_scene.buyer).get("/at-the-fair").text


def test_what_goes_on_and_what_comes_next_is_marked(session: Session, on_scene: Scene, sign_in: SignIn) -> None:
    on_scene.meeting(1)
    on_scene.meeting(2)
    browser = sign_in(on_scene.contact)
    seen = []
    for hour in (9, 10.2, 10.8, 12):
        with clock_at(at(on_scene, hour)):
            page = browser.get("/at-the-fair").text
        tags = {tag: page.index(f"{tag}</span>") for tag in ("Now", "Next") if f"</svg>{tag}</span>" in page}
        seen += [
            (tag, page[:place].rindex("10:00</time>") > page[:place].rfind("11:00</time>"))
            for tag, place in tags.items()
        ]
    assert seen == [("Next", True), ("Now", True), ("Next", False)]


def test_marks_stand_beside_a_meeting_that_has_begun(session: Session, on_scene: Scene, sign_in: SignIn) -> None:
    meeting = on_scene.meeting(1)
    browser = sign_in(on_scene.buyer)
    with clock_at(at(on_scene, 10.1)):
        page = browser.get("/at-the-fair").text
        assert "They were not there" in page
        browser.post(f"/meetings/{meeting.id}/mark", data={"action": "miss_exhibitor"})
    session.expire(meeting)
    assert meeting.state == S.EXHIBITOR_NO_SHOW


def test_before_the_fair_its_first_day_is_shown_and_without_one_what_to_do(
    session: Session, scene: Scene, past_scene: Scene, sign_in: SignIn
) -> None:
    scene.meeting()
    page = sign_in(scene.buyer).get("/at-the-fair").text
    assert "The first day" in page
    assert ">10:00<" in page
    assert "No fair of yours is on" in sign_in(past_scene.contact).get("/at-the-fair").text


def test_firm_with_two_groups_has_a_day_for_each(session: Session, on_scene: Scene, sign_in: SignIn) -> None:
    second = exhibitor_at(on_scene.fair, on_scene.contact, name="Second group")
    on_scene.meeting(1)
    factories.meeting(on_scene.visit, second, slot_id=on_scene.slots[2].id)
    page = sign_in(on_scene.contact).get("/at-the-fair").text
    assert [page.count(hour) for hour in (">10:00</time>", ">11:00</time>")] == [1, 1]
    factories.add(Badge(visit_id=on_scene.visit.id, token="t" * 43, consented_at=factories.MADE_AT))
    form = sign_in(on_scene.contact).get(f"/exhibitors/{second.id}/contacts/new?badge={'t' * 43}").text
    assert f'href="/exhibitors/{on_scene.exhibitor.id}/contacts/new?badge={"t" * 43}"' in form


def test_badge_leads_to_the_group_that_the_visitor_meets(session: Session, on_scene: Scene, sign_in: SignIn) -> None:
    second = exhibitor_at(on_scene.fair, on_scene.contact, name="Second group")
    factories.meeting(on_scene.visit, second, slot_id=on_scene.slots[2].id)
    factories.add(Badge(visit_id=on_scene.visit.id, token="t" * 43, consented_at=factories.MADE_AT))
    answer = sign_in(on_scene.contact).get(f"/b/{'t' * 43}")
    assert answer.location.startswith(f"/exhibitors/{second.id}/contacts/new")


def test_visits_to_workshops_are_part_of_the_day(session: Session, on_scene: Scene, sign_in: SignIn) -> None:
    workshop = factories.workshop(on_scene.exhibitor, name="The dye house")
    for hour in (15, 39):
        times = {"starts_at": at(on_scene, hour), "ends_at": at(on_scene, hour + 1)}
        factories.workshop_visit(on_scene.visit, workshop, **times)
    for person, said in ((on_scene.buyer, "The dye house"), (on_scene.contact, on_scene.visit.buyer.name)):
        page = sign_in(person).get("/at-the-fair").text
        assert page.count('href="/workshop-visits/') == 1
        assert said in page


@pytest.mark.parametrize("meetings", [1, 2])
def test_day_takes_few_statements(
    session: Session, on_scene: Scene, sign_in: SignIn, statements: list[str], meetings: int
) -> None:
    for number in range(1, meetings + 1):
        on_scene.meeting(number)
    browser = sign_in(on_scene.contact)
    session.expunge_all()
    statements.clear()
    browser.get("/at-the-fair")
    assert len(statements) <= 9


def test_colleague_may_come_instead(session: Session, past_scene: Scene, sign_in: SignIn) -> None:
    meeting = past_scene.meeting()
    browser = sign_in(past_scene.contact)
    browser.post(f"/meetings/{meeting.id}/mark", data={"action": "hold", "substitute": "Ms <Other>"})
    session.expire(meeting)
    assert (meeting.state, meeting.substitute) == (S.HELD, "Ms <Other>")
    assert "Ms &lt;Other&gt;" in browser.get(f"/meetings/{meeting.id}").text


def test_meeting_called_off_on_the_spot_is_neither_held_nor_missed(
    session: Session, past_scene: Scene, sign_in: SignIn
) -> None:
    meeting = past_scene.meeting()
    sign_in(past_scene.buyer).post(f"/meetings/{meeting.id}/mark", data={"action": "call_off"})
    session.expire(meeting)
    assert (meeting.state, meeting.marked_by_id) == (S.CANCELLED, past_scene.buyer.id)


def text_of(pdf: bytes) -> str:
    """Its words, in whatever lines they stand."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_agenda_is_printed_in_the_readers_language_and_the_fairs_time(
    session: Session, scene: Scene, sign_in: SignIn
) -> None:
    scene.meeting(state=S.REQUESTED)
    factories.add(Badge(visit_id=scene.visit.id, token="t" * 43, consented_at=factories.MADE_AT))
    answer = sign_in(scene.buyer).get(f"/visits/{scene.visit.id}/agenda.pdf")
    text = text_of(answer.data)
    assert answer.mimetype == "application/pdf"
    assert scene.exhibitor.name in text
    assert "10:00" in text
    assert "Not answered yet" in text
    diary = text_of(sign_in(scene.contact).get(f"/exhibitors/{scene.exhibitor.id}/agenda.pdf").data)
    assert scene.visit.buyer.name in diary
    assert "hora de Brasilia" in diary


def test_both_sides_read_on_screen_and_paper_at_which_table_they_meet(
    session: Session, on_scene: Scene, sign_in: SignIn
) -> None:
    on_scene.meeting(1, table_no=7)
    for person, paper in (
        (on_scene.buyer, f"/visits/{on_scene.visit.id}/agenda.pdf"),
        (on_scene.contact, f"/exhibitors/{on_scene.exhibitor.id}/agenda.pdf"),
    ):
        browser = sign_in(person)
        assert "Table 7" in browser.get("/at-the-fair").text
        assert "Table 7" in text_of(browser.get(paper).data)


def test_every_exhibitor_has_a_table_sign(session: Session, scene: Scene, sign_in: SignIn) -> None:
    other = exhibitor_at(scene.fair)
    browser = sign_in(factories.officer(scene.fair.agency))
    pages = PdfReader(io.BytesIO(browser.get(f"/staff/fairs/{scene.fair.id}/signs.pdf").data)).pages
    assert len(pages) == 2
    text = "\n".join(page.extract_text() for page in pages)
    for exhibitor in (scene.exhibitor, other):
        assert exhibitor.name in text
        assert exhibitor.stand is not None
        assert exhibitor.stand.label in text


def test_tables_have_numbered_signs_where_the_organiser_gives_the_times(
    session: Session, scene: Scene, sign_in: SignIn
) -> None:
    factories.meeting_rules(scene.fair, scheduling=Scheduling.ORGANISER, tables=2)
    answer = sign_in(factories.officer(scene.fair.agency)).get(f"/staff/fairs/{scene.fair.id}/signs.pdf")
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages]
    assert len(pages) == 3
    assert all(said in page for said, page in zip(("Table 1", "Table 2", scene.exhibitor.name), pages, strict=True))


def test_fair_without_exhibitors_has_no_signs_and_says_why(session: Session, sign_in: SignIn) -> None:
    fair = factories.fair(starts_on=date(2099, 3, 9), ends_on=date(2099, 3, 11))
    answer = sign_in(factories.officer(fair.agency)).get(f"/staff/fairs/{fair.id}/signs.pdf")
    assert (answer.status_code, "Nobody exhibits at this fair yet" in answer.text) == (409, True)
