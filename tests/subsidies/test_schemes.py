"""Schemes on the screens of staff."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.policy import Role
from fairlink.subsidies.models import Scheme
from fairlink.subsidies.rules import Rules
from tests import factories

SignIn = Callable[[User], FlaskClient]

TYPED: dict[str, Any] = {
    "name": "Groups abroad",
    "description": "For **groups**.",
    "currency": "EUR",
    "rate": "50",
    "cap": "1,500.00",
    "min_firms": "2",
    "max_firms": "10",
    "cost_classes": ["stand_space", "travel"],
    "payee": "firm",
    "sunset_on": "2099-12-31",
}


@pytest.fixture
def officer(session: Session) -> User:
    return factories.officer()


@pytest.fixture
def staff(sign_in: SignIn, officer: User) -> FlaskClient:
    return sign_in(officer)


@pytest.fixture
def scheme(officer: User) -> Scheme:
    assert officer.organisation is not None
    made = factories.scheme(officer.organisation, name="Groups abroad")
    factories.scheme_version(made, officer)
    return made


def document(scheme: Scheme, session: Session) -> Rules:
    session.expire_all()
    return scheme.current.document


def test_new_scheme_becomes_rules_of_the_engine(staff: FlaskClient, session: Session, officer: User) -> None:
    response = staff.post("/staff/schemes/new", data=TYPED)
    scheme = session.scalars(sa.select(Scheme)).one()
    assert response.location == f"/staff/schemes/{scheme.id}"
    assert (scheme.name, scheme.agency_id, scheme.description) == (
        "Groups abroad", officer.organisation_id, "For **groups**.",
    )  # fmt: skip
    rules = document(scheme, session)
    assert (rules.currency, rules.group.min_firms, rules.group.max_firms) == ("EUR", 2, 10)
    assert [base.rate_bp for base in rules.rates.base] == [5_000]
    assert [cap.amount_minor for cap in rules.caps] == [150_000]
    assert [each.code for each in rules.cost_classes] == ["stand_space", "travel"]


def test_scheme_page_says_the_rules_in_plain_words(staff: FlaskClient, session: Session) -> None:
    location = staff.post("/staff/schemes/new", data=TYPED).location
    page = staff.get(location).text
    for words in (
        "50% of the cost.",
        "At most €1,500.00 per firm at one fair.",
        "Groups of 2 to 10 firms",
        "Stand space, Travel",
        "<strong>groups</strong>",
    ):
        assert words in page


def test_amounts_are_read_in_the_currency_of_the_scheme(staff: FlaskClient, session: Session) -> None:
    staff.post("/staff/schemes/new", data=TYPED | {"currency": "JPY", "cap": "150,000"})
    rules = document(session.scalars(sa.select(Scheme)).one(), session)
    assert (rules.currency, rules.caps[0].amount_minor) == ("JPY", 150_000)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", "", "Enter this."),
        ("rate", "101", "Enter a rate from 0 to 100 per cent."),
        ("cap", "0", "This must be at least"),
        ("max_firms", "1", "This must be at least the smallest group."),
        ("cost_classes", [], "Choose one of these."),
        ("cost_classes", ["champagne"], "Choose one of these."),
        ("sunset_on", "never", "Enter a date like"),
        ("currency", "XXX", "Choose one of these."),
    ],
)
def test_scheme_that_makes_no_sense_keeps_what_was_typed(
    staff: FlaskClient, session: Session, field: str, value: Any, message: str
) -> None:
    response = staff.post("/staff/schemes/new", data=TYPED | {field: value})
    assert response.status_code == 422
    assert message in response.text
    assert "For **groups**." in response.text
    assert session.scalar(sa.select(sa.func.count(Scheme.id))) == 0


@pytest.mark.usefixtures("scheme")
def test_second_scheme_of_a_name_is_refused_beside_its_field(staff: FlaskClient) -> None:
    response = staff.post("/staff/schemes/new", data=TYPED)
    assert response.status_code == 422
    assert "Name: You already have a scheme of this name." in response.text


def test_another_agency_may_use_the_name(sign_in: SignIn, scheme: Scheme) -> None:
    assert sign_in(factories.officer()).post("/staff/schemes/new", data=TYPED).status_code == 302


@pytest.mark.parametrize("path", ["", "/edit"])
def test_another_agencys_scheme_is_not_there(sign_in: SignIn, scheme: Scheme, path: str) -> None:
    stranger = sign_in(factories.officer())
    assert stranger.get(f"/staff/schemes/{scheme.id}{path}").status_code == 404
    assert "Groups abroad" not in stranger.get("/staff/schemes").text


def test_assessor_may_read_but_not_change(sign_in: SignIn, scheme: Scheme) -> None:
    assessor = sign_in(factories.user(scheme.agency, Role.ASSESSOR))
    assert assessor.get(f"/staff/schemes/{scheme.id}").status_code == 200
    assert assessor.post(f"/staff/schemes/{scheme.id}/edit", data=TYPED).status_code == 403
    assert assessor.post("/staff/schemes/new", data=TYPED).status_code == 403


def test_empty_list_offers_the_first_scheme(staff: FlaskClient) -> None:
    assert "Make the first scheme" in staff.get("/staff/schemes").text


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_as_many_statements_for_many_schemes(
    staff: FlaskClient, officer: User, statements: list[str], count: int
) -> None:
    assert officer.organisation is not None
    for _ in range(count):
        factories.scheme_version(factories.scheme(officer.organisation), officer)
    statements.clear()
    assert staff.get("/staff/schemes").text.count("card-link") == count
    assert len(statements) == 3, statements
