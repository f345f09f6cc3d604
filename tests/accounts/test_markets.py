"""Exports by country are told for each year, and are never more than its exports."""

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from tests import factories

SignIn = Callable[[User], FlaskClient]


def test_exports_are_told_by_country_and_shown_again(session: Session, sign_in: SignIn) -> None:
    owner = factories.owner()
    assert owner.organisation is not None
    for year in (2025, 2026):
        factories.firm_year(owner.organisation, year)
    browser = sign_in(owner)
    rows = {"markets-0-country": "CL", "markets-0-exports_2026": "30,000", "markets-1-country": "SE"}
    sent = rows | {"markets-1-exports_2025": "10,000", "markets-1-exports_2026": "20,000"}
    assert browser.post("/organisation/markets", data=sent).location == "/organisation"
    session.expire_all()
    told = {
        each.year: {market.country: market.exports_minor for market in each.markets}
        for each in owner.organisation.years
    }
    assert told == {2026: {"CL": 3_000_000, "SE": 2_000_000}, 2025: {"SE": 1_000_000}}
    assert 'value="30' in browser.get("/organisation/markets").text
    assert browser.post("/organisation/markets", data={**sent, "add-markets": "1"}).status_code == 200


def test_countries_are_no_more_than_the_exports_of_the_year(session: Session, sign_in: SignIn) -> None:
    owner = factories.owner()
    assert owner.organisation is not None
    factories.firm_year(owner.organisation, 2026)
    answer = sign_in(owner).post(
        "/organisation/markets", data={"markets-0-country": "CL", "markets-0-exports_2026": "50,001"}
    )
    assert (answer.status_code, "add up to more than the exports" in answer.text) == (422, True)


def test_without_figures_there_is_nothing_to_divide(session: Session, sign_in: SignIn) -> None:
    assert "Enter turnover and exports first." in sign_in(factories.owner()).get("/organisation/markets").text
