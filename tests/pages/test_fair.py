"""The public page of a fair."""

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.fairs.models import Fair
from fairlink.fairs.states import FairState
from fairlink.policy import Kind
from fairlink.subsidies.states import CallState
from tests import factories

SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def fair(session: Session) -> Fair:
    """A published fair from 9 to 11 March 2099 in Novo Hamburgo."""
    return factories.fair(name="FIMEC", edition="2099", starts_on=date(2099, 3, 9), ends_on=date(2099, 3, 11))


def event(page: str) -> dict[str, Any]:
    """The JSON-LD of a page, read as a browser does: up to the first end of a script."""
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert block is not None
    found: dict[str, Any] = json.loads(block[1])
    return found


def test_fair_page_tells_when_and_where(client: FlaskClient, session: Session, fair: Fair) -> None:
    factories.stand(fair)
    page = client.get(f"/fairs/{fair.id}").text
    for words in (
        "FIMEC 2099",
        "Novo Hamburgo, Brazil",
        "Fenac",
        "10:00–18:00",
        "Footwear",
        "1 stand<",
        "Sao Paulo time",
    ):
        assert words in page
    assert 'datetime="2099-03-09T13:00Z"' in page


def test_viewers_own_time_comes_second(sign_in: SignIn, fair: Fair) -> None:
    page = sign_in(factories.owner(Kind.BUYER)).get(f"/fairs/{fair.id}").text
    assert page.index("10:00</time>") < page.index("14:00 your time")


def test_json_ld_is_an_event(client: FlaskClient, fair: Fair) -> None:
    found = event(client.get(f"/fairs/{fair.id}").text)
    assert found == {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": "FIMEC 2099",
        "startDate": "2099-03-09T10:00:00-03:00",
        "endDate": "2099-03-11T18:00:00-03:00",
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "url": f"http://fairlink.test/fairs/{fair.id}",
        "location": {
            "@type": "Place",
            "name": "Fenac",
            "address": {"@type": "PostalAddress", "addressLocality": "Novo Hamburgo", "addressCountry": "BR"},
        },
    }


def test_json_ld_of_a_cancelled_fair_says_so(client: FlaskClient, session: Session, fair: Fair) -> None:
    fair.state = FairState.CANCELLED
    session.commit()
    page = client.get(f"/fairs/{fair.id}").text
    assert event(page)["eventStatus"] == "https://schema.org/EventCancelled"
    assert "Book a visit" not in page


def test_script_in_names_and_description_stays_text(client: FlaskClient, session: Session, fair: Fair) -> None:
    attack = '</script><script>alert("1")</script><img src=x onerror=alert(1)>{{7*7}}'
    fair.name, fair.description, fair.venue = f"N{attack}", f"D{attack} [x](javascript:alert(1))", f"V{attack}"
    session.commit()
    page = client.get(f"/fairs/{fair.id}").text
    assert "<script>alert" not in page
    assert "<img" not in page
    assert 'href="javascript:' not in page
    assert "{{7*7}}" in page
    assert event(page)["description"] == fair.description
    assert event(page)["location"]["name"] == fair.venue


def test_fair_page_keeps_the_strict_content_policy(client: FlaskClient, fair: Fair) -> None:
    response = client.get(f"/fairs/{fair.id}")
    assert "default-src 'none'; script-src 'self'" in response.headers["Content-Security-Policy"]
    scripts = re.findall(r"<script([^>]*)>", response.text)
    assert [each for each in scripts if "src=" not in each] == [' type="application/ld+json"']


def test_published_calls_are_told_in_plain_words(client: FlaskClient, session: Session, fair: Fair) -> None:
    factories.call(fair, committed_minor=1_000_000, opens_at=datetime(2020, 1, 1, tzinfo=UTC))
    factories.call(fair, state=CallState.DRAFT, envelope_minor=7_777_700)
    page = client.get(f"/fairs/{fair.id}").text
    assert "50% of the cost, at most €3,000.00 per firm" in page
    assert "Groups of 2 to 10 firms" in page
    assert "€90,000.00 of €100,000.00 left" in page
    assert "77,777" not in page


@pytest.mark.parametrize(
    ("kind", "books", "applies"), [(Kind.BUYER, True, False), (Kind.FIRM, False, True), (Kind.AGENCY, False, False)]
)
def test_everybody_is_offered_their_own_next_step(
    sign_in: SignIn, fair: Fair, kind: Kind, books: bool, applies: bool
) -> None:
    call = factories.call(fair)
    person = factories.officer() if kind is Kind.AGENCY else factories.owner(kind)
    page = sign_in(person).get(f"/fairs/{fair.id}").text
    assert (f'href="/fairs/{fair.id}/visit"' in page) is books
    assert (f'action="/calls/{call.id}/apply"' in page) is applies


def test_buyer_with_a_visit_is_taken_to_the_exhibitors(sign_in: SignIn, fair: Fair) -> None:
    buyer = factories.owner(Kind.BUYER)
    visit = factories.visit(fair, by=buyer)
    page = sign_in(buyer).get(f"/fairs/{fair.id}").text
    assert f'href="/visits/{visit.id}/exhibitors"' in page
    assert f'href="/fairs/{fair.id}/visit"' not in page


def test_colleague_of_a_visitor_can_also_book_a_visit_of_their_own(sign_in: SignIn, fair: Fair) -> None:
    buyer = factories.owner(Kind.BUYER)
    visit = factories.visit(fair, by=buyer)
    page = sign_in(factories.user(buyer.organisation)).get(f"/fairs/{fair.id}").text
    assert f'href="/visits/{visit.id}/exhibitors"' in page
    assert f'href="/fairs/{fair.id}/visit"' in page


def test_visitor_who_is_not_signed_in_is_offered_a_visit(client: FlaskClient, fair: Fair) -> None:
    assert f'href="/fairs/{fair.id}/visit"' in client.get(f"/fairs/{fair.id}").text


def test_fair_that_is_over_offers_nothing(client: FlaskClient, session: Session) -> None:
    fair = factories.fair(starts_on=date(2020, 3, 9), ends_on=date(2020, 3, 11))
    factories.call(fair)
    page = client.get(f"/fairs/{fair.id}").text
    assert "This fair is over." in page
    assert "Book a visit" not in page
    assert "Support to exhibit here" not in page


def test_draft_is_seen_by_its_own_agency_alone(sign_in: SignIn, client: FlaskClient, fair: Fair) -> None:
    fair.state, fair.published_at = FairState.DRAFT, None
    officer = factories.officer(fair.agency)
    assert sign_in(officer).get(f"/fairs/{fair.id}").status_code == 200
    assert sign_in(factories.officer()).get(f"/fairs/{fair.id}").status_code == 404
    assert client.get(f"/fairs/{fair.id}").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_fair_page_takes_as_many_statements_for_many_calls(
    client: FlaskClient, fair: Fair, statements: list[str], count: int
) -> None:
    for _ in range(count):
        factories.call(fair)
    client.get("/healthz")
    statements.clear()
    assert client.get(f"/fairs/{fair.id}").text.count("Rules, and how to apply") == count
    assert len(statements) == 4, statements


def test_exhibitors_are_listed_and_found_by_product(client: FlaskClient, session: Session, fair: Fair) -> None:
    firms = [factories.organisation(products=["640399"]), factories.organisation()]
    group = factories.group(*firms, name="Calzado Trujillo")
    exhibitor = factories.exhibitor(factories.application(factories.call(fair), group))
    page = client.get(f"/fairs/{fair.id}/exhibitors").text
    assert f'href="/exhibitors/{exhibitor.id}">Calzado Trujillo</a>' in page
    assert "Calzado Trujillo" in client.get(f"/fairs/{fair.id}/exhibitors?q=6403").text
    assert "No exhibitor matches." in client.get(f"/fairs/{fair.id}/exhibitors?q=0901").text


def test_fair_without_exhibitors_says_so(client: FlaskClient, fair: Fair) -> None:
    assert "No exhibitors are known yet." in client.get(f"/fairs/{fair.id}/exhibitors").text
