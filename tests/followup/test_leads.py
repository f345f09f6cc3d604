"""Recording leads and looking at them."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts.models import OrganisationProduct, User
from fairlink.followup.models import Lead
from fairlink.followup.states import Side
from fairlink.kernel.money import Money
from fairlink.visits.models import Meeting
from fairlink.visits.states import MeetingState
from tests import factories

SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def held(session: Session) -> Meeting:
    meeting = factories.meeting(state=MeetingState.HELD)
    meeting.exhibitor.application.lead_firm.products = [OrganisationProduct(hs_code="640399")]
    session.flush()
    return meeting


def test_buyer_records_a_lead_of_a_held_meeting(sign_in: SignIn, session: Session, held: Meeting) -> None:
    buyer = sign_in(held.visit.visitor)
    page = buyer.get(f"/meetings/{held.id}/lead")
    assert page.status_code == 200
    assert "640399" in page.text
    done = buyer.post(
        f"/meetings/{held.id}/lead",
        data={"interest": "high", "products": ["640399"], "expected": "5,000", "expected_currency": "USD", "note": "x"},
    )
    lead = session.scalars(sa.select(Lead)).one()
    assert done.location == f"/leads/{lead.id}"
    assert (lead.interest, lead.expected_by(Side(lead.recorded_side))) == ("high", Money(500_000, "USD"))
    assert [product.code for product in lead.products] == ["640399"]


def test_second_record_shows_the_first(sign_in: SignIn, held: Meeting) -> None:
    lead = factories.lead(held)
    firm = sign_in(held.exhibitor.application.contact)
    assert firm.get(f"/meetings/{held.id}/lead").location == f"/leads/{lead.id}"


def test_meeting_that_was_not_held_makes_no_lead(sign_in: SignIn, session: Session) -> None:
    meeting = factories.meeting(state=MeetingState.CONFIRMED)
    refused = sign_in(meeting.visit.visitor).post(f"/meetings/{meeting.id}/lead", data={"interest": "high"})
    assert refused.status_code == 409
    assert "Mark the meeting as held first" in refused.text
    assert session.scalars(sa.select(Lead)).all() == []


def test_forecast_that_is_no_number_comes_back_as_typed(sign_in: SignIn, held: Meeting) -> None:
    page = sign_in(held.visit.visitor).post(
        f"/meetings/{held.id}/lead", data={"interest": "high", "expected": "a lot", "expected_currency": "EUR"}
    )
    assert page.status_code == 422
    assert 'value="a lot"' in page.text


def test_note_is_private_to_the_side_that_wrote_it(sign_in: SignIn, session: Session, held: Meeting) -> None:
    lead = factories.lead(held, note="Haggles, but pays")
    assert "Haggles" in sign_in(held.visit.visitor).get(f"/leads/{lead.id}").text
    firm = sign_in(held.exhibitor.application.contact)
    assert "Haggles" not in firm.get(f"/leads/{lead.id}").text
    assert "Haggles" not in firm.get(f"/leads/{lead.id}/edit").text
    firm.post(f"/leads/{lead.id}/edit", data={"interest": "low"})
    session.refresh(lead)
    assert (lead.interest, lead.note) == ("low", "Haggles, but pays")


@pytest.mark.parametrize("number", [1, 3])
def test_list_of_leads_runs_a_constant_number_of_statements(
    sign_in: SignIn, statements: list[str], number: int
) -> None:
    visit = factories.visit()
    for _ in range(number):
        application = factories.application(factories.call(visit.fair), state="accepted")
        factories.lead(factories.meeting(visit, factories.exhibitor(application), state=MeetingState.HELD))
    buyer = sign_in(visit.visitor)
    statements.clear()
    page = buyer.get("/leads")
    assert page.status_code == 200
    assert len(statements) == 6


def test_leads_are_found_by_the_name_of_whoever_was_met(sign_in: SignIn, session: Session) -> None:
    visit = factories.visit()
    links = []
    for name in ("Tejidos Ñandutí", "O'Hara 100% Wool"):
        application = factories.application(factories.call(visit.fair), state="accepted")
        application.lead_firm.name = name
        lead = factories.lead(factories.meeting(visit, factories.exhibitor(application), state=MeetingState.HELD))
        links.append(f'href="/leads/{lead.id}"')
    session.flush()
    buyer = sign_in(visit.visitor)

    def found(text: str) -> list[bool]:
        page = buyer.get("/leads", query_string={"q": text}).text
        return [link in page for link in links]

    assert found("nanduti") == [True, False]
    assert found("O'HARA 100% w") == [False, True]
    assert found("1_0%\0") == [False, False]
