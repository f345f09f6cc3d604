"""What staff do to fairs on their screens."""

import re
from collections.abc import Callable
from datetime import date, time
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.audit.queries import history
from fairlink.fairs.models import Fair, Stand, TimeSlot
from fairlink.fairs.states import FairState
from fairlink.policy import Role
from tests import factories

SignIn = Callable[[User], FlaskClient]

TYPED = {
    "name": "  FIMEC ",
    "edition": "2099",
    "sector_codes": ["footwear", "leather"],
    "website": "https://fimec.example",
    "description": "The **leather** fair.\r\n\r\n- one\r\n- two",
    "venue": "Fenac",
    "city": "Novo Hamburgo",
    "country": "BR",
    "zone": "America/Sao_Paulo",
    "starts_on": "2099-03-09",
    "ends_on": "2099-03-11",
    "opens": "10:00",
    "closes": "18:00",
    "last_day_closes": "14:00",
    "slot_minutes": "30",
}


@pytest.fixture
def officer(session: Session) -> User:
    return factories.officer()


@pytest.fixture
def staff(sign_in: SignIn, officer: User) -> FlaskClient:
    return sign_in(officer)


@pytest.fixture
def fair(officer: User) -> Fair:
    """A draft in the far future, of the officer's agency."""
    return factories.fair(
        officer.organisation,
        state=FairState.DRAFT,
        published_at=None,
        starts_on=date(2099, 3, 9),
        ends_on=date(2099, 3, 11),
    )


def slots(session: Session, fair: Fair) -> int:
    return session.scalar(sa.select(sa.func.count()).where(TimeSlot.fair_id == fair.id)) or 0


def changed(fair: Fair, **values: Any) -> dict[str, Any]:
    """What the edit form of `fair` sends, with some fields changed."""
    return TYPED | {"name": fair.name, "edition": fair.edition, "last_day_closes": ""} | values


def test_new_fair_is_a_draft_of_the_officers_agency_and_leads_to_its_stands(
    staff: FlaskClient, session: Session, officer: User
) -> None:
    response = staff.post("/staff/fairs/new", data=TYPED)
    fair = session.scalars(sa.select(Fair)).one()
    assert response.status_code == 302
    assert response.location == f"/staff/fairs/{fair.id}/stands"
    assert (fair.title, fair.state, fair.agency_id) == ("FIMEC 2099", FairState.DRAFT, officer.organisation_id)
    assert (fair.opens, fair.closes, fair.last_day_closes) == (time(10), time(18), time(14))
    assert [sector.code for sector in fair.sectors] == ["footwear", "leather"]
    assert fair.description == "The **leather** fair.\n\n- one\n- two"
    assert [event.action for event in history(session, "fair", fair.id)] == ["fair:create"]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", " ", "Enter this."),
        ("sector_codes", [], "Choose one of these."),
        ("ends_on", "2099-03-08", "The last day must not be before the first."),
        ("ends_on", "2099-04-30", "A fair lasts at most 31 days."),
        ("closes", "10:00", "It must close after it opens."),
        ("last_day_closes", "09:00", "It must close after it opens."),
        ("zone", "Mars/Base", "Choose one of these."),
        ("country", "QQ", "Choose one of these."),
        ("website", "javascript:alert(1)", "Enter an address that begins with https:// or http://."),
        ("slot_minutes", "4", "Enter a number from 5 to 240."),
        ("starts_on", "soon", "Enter a date like"),
    ],
)
def test_new_fair_that_makes_no_sense_keeps_what_was_typed(
    staff: FlaskClient, session: Session, field: str, value: Any, message: str
) -> None:
    response = staff.post("/staff/fairs/new", data=TYPED | {field: value})
    assert response.status_code == 422
    assert message in response.text
    assert "<title>Error:" in response.text
    assert 'value="Novo Hamburgo"' in response.text
    assert session.scalar(sa.select(sa.func.count(Fair.id))) == 0


def test_new_fair_without_room_for_a_meeting_is_refused(staff: FlaskClient) -> None:
    response = staff.post(
        "/staff/fairs/new", data=TYPED | {"closes": "10:30", "last_day_closes": "", "slot_minutes": "45"}
    )
    assert response.status_code == 422
    assert "No meeting of this length fits into the opening hours." in response.text


def test_new_fair_of_a_known_edition_is_refused_beside_its_field(staff: FlaskClient) -> None:
    factories.fair(name="FIMEC", edition="2099")
    response = staff.post("/staff/fairs/new", data=TYPED)
    assert response.status_code == 422
    assert 'href="#edition">Edition: This edition of the fair exists already.' in response.text


def test_description_is_shown_set_and_safe(staff: FlaskClient, session: Session) -> None:
    staff.post(
        "/staff/fairs/new", data=TYPED | {"description": "A **bold** <script>alert(1)</script> [x](javascript:1)"}
    )
    page = staff.get(f"/staff/fairs/{session.scalars(sa.select(Fair.id)).one()}").text
    assert "<strong>bold</strong>" in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert 'href="javascript:' not in page


def test_publishing_makes_the_time_slots_and_shows_the_fair(
    staff: FlaskClient, client: FlaskClient, session: Session, fair: Fair
) -> None:
    session.commit()
    assert client.get(f"/fairs/{fair.id}").status_code == 404
    assert staff.post(f"/staff/fairs/{fair.id}/publish").status_code == 302
    session.refresh(fair)
    assert (fair.state, slots(session, fair)) == (FairState.PUBLISHED, 3 * 16)
    assert client.get(f"/fairs/{fair.id}").status_code == 200
    assert [event.action for event in history(session, "fair", fair.id)] == ["fair:publish"]


def test_publishing_across_a_change_of_clocks_makes_distinct_slots(
    staff: FlaskClient, session: Session, officer: User
) -> None:
    # Clocks in Madrid go back on 2099-10-25.
    fair = factories.fair(
        officer.organisation, state=FairState.DRAFT, zone="Europe/Madrid", country="ES", slot_minutes=20,
        starts_on=date(2099, 10, 24), ends_on=date(2099, 10, 26),
    )  # fmt: skip
    staff.post(f"/staff/fairs/{fair.id}/publish")
    starts = session.scalars(sa.select(TimeSlot.starts_at).where(TimeSlot.fair_id == fair.id)).all()
    assert len(set(starts)) == len(starts) == 72


def test_publishing_twice_is_a_conflict(staff: FlaskClient, fair: Fair) -> None:
    assert staff.post(f"/staff/fairs/{fair.id}/publish").status_code == 302
    assert staff.post(f"/staff/fairs/{fair.id}/publish").status_code == 409


def test_fair_that_is_over_cannot_be_published(staff: FlaskClient, officer: User) -> None:
    fair = factories.fair(
        officer.organisation, state=FairState.DRAFT, starts_on=date(2020, 3, 9), ends_on=date(2020, 3, 11)
    )
    response = staff.post(f"/staff/fairs/{fair.id}/publish")
    assert response.status_code == 409
    assert "This fair is over." in response.text


def test_edit_of_a_draft_leaves_the_sequence(staff: FlaskClient, session: Session, fair: Fair) -> None:
    response = staff.post(f"/staff/fairs/{fair.id}/edit", data=changed(fair, city="Canela", last_day_closes=""))
    assert response.status_code == 302
    session.refresh(fair)
    assert (fair.city, fair.last_day_closes, fair.sequence, slots(session, fair)) == ("Canela", None, 0, 0)


def test_edit_form_shows_what_is_stored(staff: FlaskClient, fair: Fair) -> None:
    page = staff.get(f"/staff/fairs/{fair.id}/edit").text
    assert 'value="2099-03-09"' in page
    assert 'value="10:00"' in page
    assert re.search(r'<input[^>]*\bchecked\b[^>]*value="footwear"', page)
    assert '<option selected value="America/Sao_Paulo">' in page


def test_edit_of_a_published_fair_fits_its_slots_and_raises_the_sequence(
    staff: FlaskClient, session: Session, fair: Fair
) -> None:
    staff.post(f"/staff/fairs/{fair.id}/publish")
    staff.post(f"/staff/fairs/{fair.id}/edit", data=changed(fair, ends_on="2099-03-10", slot_minutes="20"))
    session.refresh(fair)
    assert (fair.sequence, slots(session, fair)) == (1, 2 * 24)


def test_edit_that_takes_away_a_booked_time_is_refused_whole(staff: FlaskClient, session: Session, fair: Fair) -> None:
    staff.post(f"/staff/fairs/{fair.id}/publish")
    last = session.scalars(sa.select(TimeSlot).where(TimeSlot.fair_id == fair.id).order_by(TimeSlot.id.desc())).first()
    assert last is not None
    exhibitor = factories.exhibitor(factories.application(factories.call(fair)))
    factories.meeting(factories.visit(fair), exhibitor, slot_id=last.id)
    session.commit()
    response = staff.post(f"/staff/fairs/{fair.id}/edit", data=changed(fair, ends_on="2099-03-10", city="Canela"))
    assert response.status_code == 422
    assert "Meetings are booked at times that would go." in response.text
    assert 'value="Canela"' in response.text
    session.refresh(fair)
    assert (fair.city, fair.sequence, slots(session, fair)) == ("Novo Hamburgo", 0, 48)


def test_edit_that_keeps_booked_times_goes_through(staff: FlaskClient, session: Session, fair: Fair) -> None:
    staff.post(f"/staff/fairs/{fair.id}/publish")
    first = session.scalars(sa.select(TimeSlot).where(TimeSlot.fair_id == fair.id).order_by(TimeSlot.id)).first()
    assert first is not None
    exhibitor = factories.exhibitor(factories.application(factories.call(fair)))
    factories.meeting(factories.visit(fair), exhibitor, slot_id=first.id)
    session.commit()
    response = staff.post(f"/staff/fairs/{fair.id}/edit", data=changed(fair, ends_on="2099-03-12"))
    assert response.status_code == 302
    assert slots(session, fair) == 4 * 16


def test_cancelled_fair_says_so_and_cannot_be_edited(
    staff: FlaskClient, client: FlaskClient, session: Session, fair: Fair
) -> None:
    staff.post(f"/staff/fairs/{fair.id}/publish")
    assert "Cancel the fair" in staff.get(f"/staff/fairs/{fair.id}").text
    assert staff.post(f"/staff/fairs/{fair.id}/cancel").status_code == 302
    session.refresh(fair)
    assert (fair.state, fair.sequence) == (FairState.CANCELLED, 1)
    assert "This fair is cancelled." in client.get(f"/fairs/{fair.id}").text
    response = staff.post(f"/staff/fairs/{fair.id}/edit", data=changed(fair))
    assert "This fair was cancelled and cannot be changed any more." in response.text


def test_draft_that_was_cancelled_stays_hidden(staff: FlaskClient, client: FlaskClient, fair: Fair) -> None:
    staff.post(f"/staff/fairs/{fair.id}/cancel")
    assert client.get(f"/fairs/{fair.id}").status_code == 404


def labels(session: Session, fair: Fair) -> list[str]:
    return list(session.scalars(sa.select(Stand.label).where(Stand.fair_id == fair.id).order_by(Stand.label)))


def test_stands_are_added_by_the_run_and_known_ones_are_left(staff: FlaskClient, session: Session, fair: Fair) -> None:
    factories.stand(fair, label="4-C02")
    response = staff.post(f"/staff/fairs/{fair.id}/stands", data={"text": "4-C01..4-C03\nVIP", "area_m2": "9"})
    assert response.status_code == 302
    assert "3 stands were added." in staff.get(response.location).text
    assert labels(session, fair) == ["4-C01", "4-C02", "4-C03", "VIP"]


def test_stands_that_cannot_be_read_are_kept_on_the_page(staff: FlaskClient, session: Session, fair: Fair) -> None:
    response = staff.post(f"/staff/fairs/{fair.id}/stands", data={"text": "4-C09..4-C01"})
    assert response.status_code == 422
    assert "“4-C09..4-C01” cannot be read." in response.text
    assert labels(session, fair) == []


def test_unused_stands_are_removed_and_given_ones_are_not(staff: FlaskClient, session: Session, fair: Fair) -> None:
    free, given = factories.stand(fair, label="A1"), factories.stand(fair, label="A2")
    factories.exhibitor(factories.application(factories.call(fair)), given)
    session.commit()
    address = f"/staff/fairs/{fair.id}/stands/remove"
    assert staff.post(address, data={"stands": [free.id, given.id]}).status_code == 409
    assert labels(session, fair) == ["A1", "A2"]
    assert staff.post(address, data={"stands": [free.id]}).status_code == 302
    assert labels(session, fair) == ["A2"]


def test_stand_of_another_fair_cannot_be_removed(staff: FlaskClient, session: Session, fair: Fair) -> None:
    other = factories.stand(factories.fair())
    factories.stand(fair)
    response = staff.post(f"/staff/fairs/{fair.id}/stands/remove", data={"stands": [other.id]})
    assert response.status_code == 422
    assert session.get(Stand, other.id) is not None


PAGES = ("", "/edit", "/stands", "/calls", "/calls/new", "/launch")
ACTIONS = ("/edit", "/stands", "/stands/remove", "/publish", "/cancel", "/calls/new", "/launch")


@pytest.mark.parametrize("path", PAGES)
def test_pages_of_another_agencys_fair_are_not_there(staff: FlaskClient, session: Session, path: str) -> None:
    assert staff.get(f"/staff/fairs/{factories.fair().id}{path}").status_code == 404


@pytest.mark.parametrize("path", ACTIONS)
def test_actions_on_another_agencys_fair_are_not_there(staff: FlaskClient, session: Session, path: str) -> None:
    assert staff.post(f"/staff/fairs/{factories.fair().id}{path}", data=TYPED).status_code == 404


@pytest.mark.parametrize("path", ["/edit", "/publish", "/cancel"])
def test_assessor_may_look_but_not_change(sign_in: SignIn, fair: Fair, path: str) -> None:
    assessor = sign_in(factories.user(fair.agency, Role.ASSESSOR))
    assert assessor.get(f"/staff/fairs/{fair.id}").status_code == 200
    assert assessor.post(f"/staff/fairs/{fair.id}{path}", data=TYPED).status_code == 403


def test_firm_sees_no_staff_pages(sign_in: SignIn, fair: Fair) -> None:
    firm = sign_in(factories.owner())
    assert firm.get("/staff/fairs").status_code == 403
    assert firm.get(f"/staff/fairs/{fair.id}").status_code == 404
    assert firm.get("/staff/fairs/new").status_code == 403


def test_staff_list_shows_only_the_own_agencys_fairs(staff: FlaskClient, fair: Fair) -> None:
    factories.fair(name="Theirs")
    page = staff.get("/staff/fairs").text
    assert fair.title in page
    assert "Theirs" not in page


def test_empty_staff_list_offers_the_first_fair(staff: FlaskClient) -> None:
    assert "Make the first fair" in staff.get("/staff/fairs").text


@pytest.mark.parametrize("count", [1, 3])
def test_staff_list_takes_as_many_statements_for_many_fairs(
    staff: FlaskClient, officer: User, statements: list[str], count: int
) -> None:
    for _ in range(count):
        factories.fair(officer.organisation)
    statements.clear()
    assert staff.get("/staff/fairs").text.count('href="/staff/fairs/') >= count
    assert len(statements) == 2, statements
