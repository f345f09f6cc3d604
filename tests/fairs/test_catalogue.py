"""The public catalogue: what it finds, how it pages, what it costs."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.fairs import queries
from fairlink.fairs.states import FairState
from fairlink.kernel import clock
from fairlink.web.pagination import paginate
from tests import factories

TODAY = datetime(2027, 1, 15, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def january_2027() -> Iterator[None]:
    """The pages under test read the clock: put it where the fairs of the factories lie ahead."""
    clock.set_offset(TODAY - datetime.now(UTC))
    yield
    clock.set_offset(timedelta(0))


def titles(page: str) -> list[str]:
    """The fairs on a page of the catalogue, in order."""
    return [unescape(title) for title in re.findall(r'class="card-link" href="/fairs/\d+">([^<]+)</a>', page)]


def found(client: FlaskClient, query: str) -> list[str]:
    response = client.get(f"/fairs?{query}")
    assert response.status_code == 200
    return titles(response.text)


@pytest.fixture
def fairs(session: Session) -> None:
    factories.fair(name="FIMEC", edition="2027", city="Novo Hamburgo", venue="Fenac")
    factories.fair(
        name="Couromoda", edition="2027", city="São Paulo", venue="Expo Center Norte",
        starts_on=date(2027, 1, 30), ends_on=date(2027, 2, 2), sectors=["footwear", "leather"],
    )  # fmt: skip
    factories.fair(
        name="Expo Perú", edition="2026", city="Lima", venue="Jockey", country="PE", zone="America/Lima",
        starts_on=date(2026, 6, 10), ends_on=date(2026, 6, 12), sectors=["food"],
    )  # fmt: skip
    factories.fair(name="Hidden", state=FairState.DRAFT, published_at=None)
    factories.fair(
        name="Called off",
        city="Gramado",
        state=FairState.CANCELLED,
        starts_on=date(2027, 5, 1),
        ends_on=date(2027, 5, 2),
    )
    factories.fair(name="Never public", state=FairState.CANCELLED, published_at=None)
    session.commit()


@pytest.mark.usefixtures("fairs")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Couromoda 2027", "FIMEC 2027", "Called off 2027"]),
        ("when=past", ["Expo Perú 2026"]),
        ("q=fimec", ["FIMEC 2027"]),
        ("q=fimek", ["FIMEC 2027"]),
        ("q=FIMEC+2027", ["FIMEC 2027"]),
        ("q=sao+paulo", ["Couromoda 2027"]),
        ("q=S%C3%83O", ["Couromoda 2027"]),
        ("q=novo+hambrugo", ["FIMEC 2027"]),
        ("q=coromoda", ["Couromoda 2027"]),
        ("q=expo+peru&when=past", ["Expo Perú 2026"]),
        ("q=quinoa", []),
        ("q=%25", []),
        ("country=BR", ["Couromoda 2027", "FIMEC 2027", "Called off 2027"]),
        ("country=PE", ["Couromoda 2027", "FIMEC 2027", "Called off 2027"]),
        ("country=PE&when=past", ["Expo Perú 2026"]),
        ("sector=leather", ["Couromoda 2027"]),
        ("sector=leather&q=fimec", []),
        ("month=2027-01", ["Couromoda 2027"]),
        ("month=2027-03", ["FIMEC 2027"]),
        ("month=2027-13", ["Couromoda 2027", "FIMEC 2027", "Called off 2027"]),
        ("sector=nonsense&month=x", ["Couromoda 2027", "FIMEC 2027", "Called off 2027"]),
    ],
)
def test_catalogue_finds_what_is_looked_for(client: FlaskClient, query: str, expected: list[str]) -> None:
    assert found(client, query) == expected


@pytest.mark.usefixtures("fairs")
def test_catalogue_finds_a_fair_in_every_month_it_touches(client: FlaskClient) -> None:
    factories.fair(name="Long", starts_on=date(2027, 2, 20), ends_on=date(2027, 3, 10))
    assert "Long 2027" in found(client, "month=2027-02")
    assert "Long 2027" in found(client, "month=2027-03")


@pytest.mark.usefixtures("session")
def test_catalogue_shows_a_fair_until_its_day_is_over_everywhere(client: FlaskClient) -> None:
    factories.fair(name="Ends today", starts_on=date(2027, 1, 13), ends_on=date(2027, 1, 15))
    factories.fair(name="Ended", starts_on=date(2027, 1, 12), ends_on=date(2027, 1, 14))
    assert found(client, "") == ["Ends today 2027"]
    assert found(client, "when=past") == ["Ended 2027"]


@pytest.mark.usefixtures("fairs")
def test_catalogue_counts_and_keeps_the_search(client: FlaskClient) -> None:
    page = client.get("/fairs?q=fimek&sector=footwear").text
    assert "1 fair<" in page
    assert 'value="fimek"' in page
    assert '<option selected value="footwear">' in page


def test_empty_catalogue_offers_one_action(client: FlaskClient) -> None:
    page = client.get("/fairs?q=nothing").text
    assert "No fair matches." in page
    assert 'href="/fairs">Show all fairs</a>' in page


@pytest.fixture
def three_thousand(session: Session) -> None:
    agency = factories.agency()
    session.execute(
        sa.text("""
            INSERT INTO fair (agency_id, name, edition, venue, city, country, zone, starts_on, ends_on, opens, closes,
                              slot_minutes, state, created_at, published_at)
            SELECT :agency, 'Fair ' || n, '2027', 'Hall', 'Lima', 'PE', 'America/Lima',
                   date '2027-02-01' + n % 200, date '2027-02-03' + n % 200, '10:00', '18:00',
                   30, 'published', now(), now()
            FROM generate_series(1, 3000) AS n"""),
        {"agency": agency.id},
    )
    session.commit()


@pytest.mark.usefixtures("three_thousand")
def test_catalogue_pages_forwards_and_back_by_key(client: FlaskClient, session: Session) -> None:
    ordered = session.scalars(sa.text("SELECT name || ' 2027' FROM fair ORDER BY starts_on, id")).all()
    pages: list[list[str]] = []
    address = "/fairs?country=PE"
    for _ in range(5):
        page = client.get(address).text
        pages.append(titles(page))
        address = neighbour(page, "next")
    assert [title for each in pages for title in each] == ordered[: 5 * 24]
    for earlier in reversed(pages[:-1]):
        page = client.get(neighbour(page, "prev")).text
        assert titles(page) == earlier
    assert 'rel="prev"' not in page


def neighbour(page: str, rel: str) -> str:
    """The address of the next or the previous page."""
    link = re.search(rf'rel="{rel}" href="([^"]+)"', page)
    assert link is not None
    return f"/fairs{unescape(link[1])}"


@pytest.mark.usefixtures("three_thousand")
def test_paging_reaches_each_of_3000_fairs_once(session: Session) -> None:
    query = queries.catalogue(session, queries.Wanted(), now=TODAY)
    seen: list[int] = []
    after: str | None = None
    while True:
        page = paginate(session, query, queries.BY_FIRST_DAY, after=after, size=250)
        seen += [fair.id for fair in page.items]
        after = page.next
        if after is None:
            break
    assert seen == session.scalars(sa.text("SELECT id FROM fair ORDER BY starts_on, id")).all()
    assert len(seen) == 3000


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("count", [1, 3])
def test_catalogue_takes_as_many_statements_for_many_fairs(
    client: FlaskClient, statements: list[str], count: int
) -> None:
    for _ in range(count):
        factories.fair(sectors=["footwear", "leather"])
    client.get("/fairs?q=fair")
    statements.clear()
    assert len(found(client, "q=fair")) == count
    assert len(statements) == 8, statements
