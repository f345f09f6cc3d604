"""The private feed of a person's meetings: subscribed to, renewed and revoked through the screen."""

import re

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts.models import Membership
from fairlink.policy import Kind
from fairlink.visits.models import CalendarFeed
from fairlink.visits.states import MeetingState
from tests import factories
from tests.visits.conftest import Scene, SignIn, exhibitor_at


def subscribe(browser: FlaskClient) -> str:
    """The path of a new feed, as the page shows it once."""
    page = browser.post("/account/calendar")
    found = re.search(r"http://fairlink\.test(/calendar/[\w-]{40,}\.ics)", page.text)
    assert found, page.text
    return found[1]


def test_calendar_reads_the_meetings_without_signing_in(
    session: Session, scene: Scene, sign_in: SignIn, client: FlaskClient
) -> None:
    scene.meeting(note="Not for the calendar")
    scene.meeting(1, state=MeetingState.CANCELLED)
    path = subscribe(sign_in(scene.buyer))
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    assert re.findall(r"DTSTART:(\S+)", answer.text) == ["20990309T130000Z"]
    assert scene.exhibitor.name in answer.text
    for private in ("Not for the calendar", scene.contact.name, scene.contact.email, scene.buyer.email, "ATTENDEE"):
        assert private not in answer.text


def test_each_side_has_the_other_in_its_calendar(session: Session, scene: Scene, sign_in: SignIn) -> None:
    scene.meeting()
    browser = sign_in(scene.contact)
    assert scene.visit.buyer.name in browser.get(subscribe(browser)).text


def test_colleagues_and_strangers_meetings_stay_out(session: Session, scene: Scene, sign_in: SignIn) -> None:
    colleague = factories.user(scene.buyer.organisation)
    factories.meeting(factories.visit(scene.fair, colleague), exhibitor_at(scene.fair), slot_id=scene.slots[0].id)
    browser = sign_in(scene.buyer)
    assert "BEGIN:VEVENT" not in browser.get(subscribe(browser)).text


def test_renewed_feed_kills_the_old_address_and_revoked_one_is_not_found(
    session: Session, scene: Scene, sign_in: SignIn, client: FlaskClient
) -> None:
    browser = sign_in(scene.buyer)
    old, new = subscribe(browser), subscribe(browser)
    assert (client.get(old).status_code, client.get(new).status_code) == (404, 200)
    browser.post("/account/calendar/revoke")
    assert client.get(new).status_code == 404
    assert session.scalars(sa.select(CalendarFeed.revoked_at)).all().count(None) == 0


def test_address_is_a_secret_that_is_shown_once(session: Session, scene: Scene, sign_in: SignIn) -> None:
    browser = sign_in(scene.buyer)
    made = browser.post("/account/calendar")
    assert made.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in made.headers["Cache-Control"]
    token = re.search(r"/calendar/([\w-]+)\.ics", made.text)
    assert token is not None
    again = browser.get("/account/calendar").text
    assert token[1] not in again
    assert "Make a new address" in again
    assert token[1] not in session.scalars(sa.select(CalendarFeed.token_hash)).all()
    feed = browser.get(f"/calendar/{token[1]}.ics")
    assert (feed.headers["Referrer-Policy"], feed.headers["X-Robots-Tag"]) == ("no-referrer", "noindex")


def test_feed_of_somebody_who_left_holds_nothing(
    session: Session, scene: Scene, sign_in: SignIn, client: FlaskClient
) -> None:
    scene.meeting()
    path = subscribe(sign_in(scene.buyer))
    membership = session.scalars(sa.select(Membership).where(Membership.user_id == scene.buyer.id)).one()
    membership.ended_at = factories.MADE_AT
    session.commit()
    session.expire_all()
    assert "BEGIN:VEVENT" not in client.get(path).text
    scene.buyer.disabled_at = factories.MADE_AT
    session.commit()
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("meetings", [1, 3])
def test_feed_takes_few_statements(
    session: Session, scene: Scene, sign_in: SignIn, statements: list[str], meetings: int
) -> None:
    for number in range(meetings):
        scene.meeting(number)
    browser = sign_in(scene.buyer)
    path = subscribe(browser)
    session.expunge_all()
    statements.clear()
    browser.get(path)
    assert len(statements) <= 6


def test_staff_have_no_meetings_to_subscribe_to(session: Session, sign_in: SignIn) -> None:
    assert sign_in(factories.officer()).get("/account/calendar").status_code == 403
    assert "Calendar" in sign_in(factories.owner(Kind.BUYER)).get("/account").text
