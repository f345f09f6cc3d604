"""A fair in other programs: the calendar file, read back by another reader."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy.orm import Session

from fairlink.fairs.models import Fair
from fairlink.fairs.states import FairState
from tests import factories


@pytest.fixture
def fair(session: Session) -> Fair:
    return factories.fair(name="Feira; do, Couro", sequence=3)


def events(client: FlaskClient, fair: Fair) -> list[Any]:
    response = client.get(f"/fairs/{fair.id}/calendar.ics")
    assert response.status_code == 200
    assert response.mimetype == "text/calendar"
    assert f"fair-{fair.id}.ics" in response.headers["Content-Disposition"]
    return Calendar.from_ical(response.data).walk("VEVENT")


def test_calendar_has_an_event_for_each_day_in_utc(client: FlaskClient, fair: Fair) -> None:
    found = events(client, fair)
    assert [event["DTSTART"].to_ical() for event in found] == [
        b"20270309T130000Z",
        b"20270310T130000Z",
        b"20270311T130000Z",
    ]
    assert found[2]["DTEND"].dt == datetime(2027, 3, 11, 21, tzinfo=UTC)


def test_calendar_tells_what_and_where(client: FlaskClient, fair: Fair) -> None:
    first = events(client, fair)[0]
    told = {key: str(first[key]) for key in ("SUMMARY", "LOCATION", "URL", "STATUS", "SEQUENCE")}
    assert told == {
        "SUMMARY": "Feira; do, Couro 2027",
        "LOCATION": "Fenac, Novo Hamburgo",
        "URL": f"http://fairlink.test/fairs/{fair.id}",
        "STATUS": "CONFIRMED",
        "SEQUENCE": "3",
    }


def test_calendar_keeps_its_uids_when_days_move(client: FlaskClient, session: Session, fair: Fair) -> None:
    uids = [str(event["UID"]) for event in events(client, fair)]
    assert uids == [f"fair-{fair.id}-day-{number}@fairlink.test" for number in (1, 2, 3)]
    fair.starts_on = fair.starts_on.replace(day=8)
    fair.ends_on = fair.ends_on.replace(day=10)
    session.commit()
    assert [str(event["UID"]) for event in events(client, fair)] == uids


def test_calendar_of_a_cancelled_fair_takes_it_off(client: FlaskClient, session: Session, fair: Fair) -> None:
    fair.state = FairState.CANCELLED
    session.commit()
    assert {str(event["STATUS"]) for event in events(client, fair)} == {"CANCELLED"}


def test_calendar_of_a_draft_is_not_there(client: FlaskClient, session: Session, fair: Fair) -> None:
    fair.state = FairState.DRAFT
    session.commit()
    assert client.get(f"/fairs/{fair.id}/calendar.ics").status_code == 404
