"""The front page."""

import re
from datetime import UTC, date, datetime

import pytest
from flask.testing import FlaskClient

from tests import factories


@pytest.mark.usefixtures("session")
def test_front_page_says_what_it_is_and_searches_fairs(client: FlaskClient) -> None:
    page = client.get("/").text
    assert "From a trade fair to a confirmed order" in page
    assert '<form class="filter" method="get" action="/fairs">' in page
    assert 'name="q"' in page
    for reader in ("Producers", "Buyers", "Agencies"):
        assert f">{reader}</h3>" in page
    assert re.findall(r'href="/sign-up\?kind=(\w+)"', page) == ["firm", "buyer"]


@pytest.mark.usefixtures("session")
def test_front_page_shows_open_calls_the_first_to_close_first(client: FlaskClient) -> None:
    later = factories.call(factories.fair(name="Later"), closes_at=datetime(2099, 2, 1, 3, tzinfo=UTC))
    sooner = factories.call(factories.fair(name="Sooner"), closes_at=datetime(2098, 2, 1, 3, tzinfo=UTC))
    factories.call(factories.fair(name="Closed"), closes_at=datetime(2021, 2, 1, 3, tzinfo=UTC))
    page = client.get("/").text
    assert page.index(f'href="/calls/{sooner.id}"') < page.index(f'href="/calls/{later.id}"')
    assert "Apply until 31 Jan 2098" in page
    assert "Closed" not in page


@pytest.mark.usefixtures("session")
def test_front_page_without_calls_leads_to_the_fairs(client: FlaskClient) -> None:
    page = client.get("/").text
    assert "No call is open at the moment." in page
    assert 'href="/fairs">Look at all fairs</a>' in page


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("count", [1, 3])
def test_front_page_takes_one_statement_for_many_calls(client: FlaskClient, statements: list[str], count: int) -> None:
    for _ in range(count):
        factories.call(factories.fair(starts_on=date(2099, 3, 9), ends_on=date(2099, 3, 11)))
    statements.clear()
    assert client.get("/").text.count("Apply until") == count
    assert len(statements) == 1, statements
