"""The pages of results: what they show, where their figures lead, and who may see names."""

import io
import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from defusedcsv import csv
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.applications.states import ApplicationState
from fairlink.fairs.models import Fair
from fairlink.followup.states import OrderState, Side
from fairlink.monitoring import service
from fairlink.monitoring.models import ResultScope
from fairlink.monitoring.queries import figures
from fairlink.monitoring.queries.rows import What
from fairlink.monitoring.rules.results import Applicants, Dimension, Selection, total
from fairlink.policy import Role
from fairlink.subsidies.models import Call
from tests import factories
from tests.jobs import deferred
from tests.monitoring.world import NOW, PRICED, accepted, chain, hosted, ordered

SignIn = Callable[[User], FlaskClient]
PAGES = ("", "/time", "/answers", "/concentration", "/hosted")


@pytest.fixture
def fair(session: Session) -> Fair:
    return factories.fair()


@pytest.fixture
def call(fair: Fair) -> Call:
    return factories.call(fair)


@pytest.fixture
def results(session: Session, fair: Fair, call: Call) -> Fair:
    """A fair with the chain of one group, which met a hosted buyer, and of one firm alone."""
    hosted(chain(accepted(call)))
    chain(accepted(call, alone=True))
    service.refresh_fair(session, fair.id, now=NOW)
    return fair


def test_overview_shows_the_chain_and_what_it_was_worth(sign_in: SignIn, results: Fair) -> None:
    page = sign_in(factories.officer(results.agency)).get("/staff/results").text
    for text in ("€9,000", "€24,000", "2.67", "50%", "€30,000", "€18,000"):
        assert text in page


@pytest.mark.parametrize("page", PAGES)
def test_page_without_results_is_whole(sign_in: SignIn, fair: Fair, page: str) -> None:
    assert sign_in(factories.officer(fair.agency)).get(f"/staff/results{page}").status_code == 200


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("number", [1, 3])
def test_page_runs_a_constant_number_of_statements(
    sign_in: SignIn, session: Session, fair: Fair, call: Call, statements: list[str], page: str, number: int
) -> None:
    for _ in range(number):
        chain(accepted(call))
    service.refresh_fair(session, fair.id, now=NOW)
    staff = sign_in(factories.officer(fair.agency))
    statements.clear()
    staff.get(f"/staff/results{page}")
    assert len(statements) == {"": 7, "/time": 7, "/answers": 8, "/concentration": 9, "/hosted": 7}[page]


@pytest.mark.parametrize("number", [1, 3])
def test_list_of_rows_runs_a_constant_number_of_statements(
    sign_in: SignIn, session: Session, fair: Fair, call: Call, statements: list[str], number: int
) -> None:
    for _ in range(number):
        chain(accepted(call))
    service.refresh_fair(session, fair.id, now=NOW)
    staff = sign_in(factories.officer(fair.agency))
    statements.clear()
    staff.get("/staff/results/rows?what=orders_confirmed")
    assert len(statements) == 5


def test_page_says_what_is_not_worked_out_yet(sign_in: SignIn, session: Session, fair: Fair, call: Call) -> None:
    staff = sign_in(factories.officer(fair.agency))
    assert "Nobody has applied yet" in staff.get("/staff/results").text
    chain(accepted(call))
    session.commit()
    for page in ("/staff/results", f"/staff/fairs/{fair.id}/results"):
        assert "worked out for the first time" in staff.get(page).text
    other = factories.fair(fair.agency)
    session.commit()
    assert "Nobody has applied yet" in staff.get(f"/staff/fairs/{other.id}/results").text
    service.refresh_fair(session, fair.id, now=NOW)
    chain(accepted(factories.call(other)))
    session.commit()
    assert "A fair with new applications is not in it yet." in staff.get("/staff/results").text


def test_page_of_a_fair_is_among_the_pages_of_the_fair(sign_in: SignIn, results: Fair) -> None:
    page = sign_in(factories.officer(results.agency)).get(f"/staff/fairs/{results.id}/results").text
    assert f'href="/staff/fairs/{results.id}/stands"' in page
    assert "€24,000" in page


@pytest.mark.parametrize("what", What)
def test_every_figure_opens_as_many_rows_as_it_counts(sign_in: SignIn, results: Fair, what: What) -> None:
    staff = sign_in(factories.officer(results.agency))
    pages = "".join(staff.get(f"/staff/results{page}").text for page in PAGES)
    rows = staff.get(f"/staff/results/rows?what={what}").text
    assert f"/staff/results/rows?what={what}" in pages
    count = {"prompts_sent": 4, "orders_reported": 6, "orders_valued": 4}.get(what, 2)
    count = 0 if what in ("leads_silent", "leads_of_both", "leads_of_buyer", "orders_unpriced") else count
    count = 1 if what.startswith(("hosted_", "other_")) else count
    assert rows.count('<th scope="row"') == count


@pytest.mark.parametrize("who", ["", "groups", "firms"])
def test_rows_behind_an_amount_add_up_to_it(
    sign_in: SignIn, session: Session, results: Fair, call: Call, who: str
) -> None:
    application = accepted(call)
    lead = chain(application)
    factories.forecast(lead, Side.BUYER, agency_minor=700_000, rate_on=factories.MADE_AT.date(), **PRICED)
    factories.forecast(lead, agency_minor=100_000, rate_on=factories.MADE_AT.date(), **PRICED)
    ordered(lead, 100_001, state=OrderState.CONFIRMED)
    factories.order(lead, value_minor=5_000_000, currency="USD", state=OrderState.CONFIRMED)
    factories.award(factories.application(call, state=ApplicationState.LAPSED), released_at=factories.MADE_AT)
    service.refresh_fair(session, results.id, now=NOW)
    staff = sign_in(factories.officer(results.agency))
    parts = figures.figures(session, Selection(results.agency_id))["EUR"]
    counted = parts[Applicants(who)] if who else total(parts.values())
    for name, what, column in (
        ("support_minor", What.AWARDS, "support_amount"),
        ("confirmed_minor", What.ORDERS_CONFIRMED, "agency_amount"),
        ("confirmed_minor", What.FIRM_PARTS, "part_amount"),
        ("reported_minor", What.ORDERS_VALUED, "agency_amount"),
        ("expected_minor", What.FORECASTS, "agency_amount"),
    ):
        text = staff.get(f"/staff/results/rows.csv?what={what}&applicants={who}").data.decode("utf-8-sig")
        amounts = [Decimal(row[column] or 0) for row in csv.DictReader(io.StringIO(text))]
        assert (what, sum(amounts)) == (what, Decimal(getattr(counted, name)) / 100)
        page = staff.get("/staff/results").text + staff.get("/staff/results/concentration").text
        assert f"/staff/results/rows?what={what}" in page


def test_rows_say_by_what_they_are_narrowed(sign_in: SignIn, results: Fair, call: Call) -> None:
    staff = sign_in(factories.officer(results.agency))
    page = staff.get(f"/staff/results/rows?what=leads&fair={results.id}&applicants=firms").text
    assert f"{results.title} · Single firms" in page
    assert page.count('<th scope="row"') == 1
    assert staff.get("/staff/results/rows?what=leads&applicants=nobody").status_code == 404


def test_foreign_selection_is_not_found(sign_in: SignIn, session: Session, results: Fair) -> None:
    stranger = sign_in(factories.officer())
    for page in (*PAGES, "/rows", "/rows.csv", "/rows.xlsx", "/awards.json"):
        assert stranger.get(f"/staff/results{page}?fair={results.id}").status_code == 404
    assert stranger.get("/staff/results/rows?what=nonsense").status_code == 404


def test_evaluator_sees_pseudonyms_where_others_see_names(sign_in: SignIn, session: Session, results: Fair) -> None:
    names = {firm.name for firm in session.query(factories.organisation().__class__)}
    evaluator = sign_in(factories.officer(results.agency, Role.EVALUATOR))
    officer = sign_in(factories.officer(results.agency))
    for page in ("/concentration", *(f"/rows?what={what}" for what in What), "/rows.csv?what=orders_confirmed"):
        text = evaluator.get(f"/staff/results{page}").text
        assert not [name for name in names - {results.agency.name} if name in text]
    assert [name for name in names if name in officer.get("/staff/results/concentration").text]
    first = evaluator.get("/staff/results/rows?what=awards").text
    assert "applicant-" in first
    assert evaluator.get("/staff/results/awards.json").status_code == 403


def test_intervals_and_curves_are_shown_once_they_are_there(
    sign_in: SignIn, session: Session, results: Fair, fair: Fair
) -> None:
    staff = sign_in(factories.officer(fair.agency))
    assert "Ranges are still being worked out." in staff.get("/staff/results").text
    scope = session.get_one(ResultScope, (fair.agency_id, Dimension.ALL, ""))
    point = [3, 0.4, 0.25, 0.55, 20]
    scope.estimates = {
        "currency": "EUR",
        "intervals": {
            "value_per_support": {"all": [1.9, 3.45], "difference": [-0.5, 0.75]},
            "answered": {"difference": [0.1, 0.25]},
        },
        "curves": {
            "groups": {"points": [point], "median": None, "until": 7},
            "firms": None,
            "all": {"points": [point], "median": 7, "until": 7},
        },
    }
    scope.estimated_at = NOW
    session.commit()
    overview = staff.get("/staff/results").text
    assert "1.9 to 3.45" in overview
    assert "too few for a range" in overview
    assert "-0.5 to 0.75" in overview
    assert "10 points to 25 points" in overview
    time = staff.get("/staff/results/time").text
    assert "25% to 55%" in time
    assert re.findall(r"<dt>([^<]+)</dt>\s*<dd>([^<]+)</dd>", time)[:2] == [
        ("Groups", "not within the 7 months in which enough leads were watched"),
        ("Both together", "7 months"),
    ]
    assert "one narrowing at a time" in staff.get(f"/staff/results?fair={fair.id}&year=2027").text


def test_period_is_chosen_by_months_and_its_ranges_by_a_press(sign_in: SignIn, session: Session, results: Fair) -> None:
    staff = sign_in(factories.officer(results.agency))
    period = "since=2027-01&until=2027-12"
    page = staff.get(f"/staff/results?{period}").text
    assert "€24,000" in page
    assert '<option selected value="2027-12">December 2027</option>' in page
    assert "once you press the button" in page
    assert "once you press" in staff.get(f"/staff/results/time?{period}").text
    assert f"/staff/results/rows?what=leads&amp;{period.replace('&', '&amp;')}" in page
    rows = staff.get(f"/staff/results/rows?what=leads&{period}").text
    assert "from January 2027 · to December 2027" in rows
    assert f"/staff/results/rows.xlsx?what=leads&amp;{period.replace('&', '&amp;')}" in rows
    assert staff.post(f"/staff/results/refresh?{period}").status_code == 302
    assert session.get(ResultScope, (results.agency_id, Dimension.PERIOD, "2027-01/2027-12")) is not None
    assert "Ranges are still being worked out." in staff.get(f"/staff/results?{period}").text
    assert staff.get("/staff/results/awards.json?since=2027-01&until=2027-01").status_code == 409


@pytest.mark.parametrize("months", ["since=2027-12&until=2027-01", "until=2027-12&since=2027-01"])
def test_period_told_backwards_is_turned_round(sign_in: SignIn, results: Fair, months: str) -> None:
    assert "€24,000" in sign_in(factories.officer(results.agency)).get(f"/staff/results?{months}").text


@pytest.mark.parametrize("month", ["2027-13", "1999-01", "x", "2027-1"])
def test_month_that_is_none_is_not_found(sign_in: SignIn, results: Fair, month: str) -> None:
    assert sign_in(factories.officer(results.agency)).get(f"/staff/results?since={month}").status_code == 404


def test_press_has_the_figures_made_anew(sign_in: SignIn, session: Session, results: Fair) -> None:
    staff = sign_in(factories.officer(results.agency))
    assert staff.post(f"/staff/results/refresh?fair={results.id}").status_code == 302
    assert deferred(session, "monitoring.refresh_fair") == [{"fair_id": results.id}]


def test_calls_in_another_currency_are_named_and_kept_apart(sign_in: SignIn, session: Session, results: Fair) -> None:
    dollars = factories.call(results, currency="USD")
    chain(accepted(dollars))
    service.refresh_fair(session, results.id, now=NOW)
    staff = sign_in(factories.officer(results.agency))
    assert "Show those in USD" in staff.get("/staff/results").text
    assert "$4,500" in staff.get("/staff/results?currency=USD").text


def test_page_and_rows_of_one_currency_hold_nothing_of_another(
    sign_in: SignIn, session: Session, results: Fair, call: Call
) -> None:
    chain(accepted(factories.call(results, currency="USD")))
    service.refresh_fair(session, results.id, now=NOW)
    staff = sign_in(factories.officer(results.agency))
    page = staff.get("/staff/results/concentration").text
    assert "2 firms have confirmed orders, worth €24,000." in page
    dollars = staff.get("/staff/results?currency=USD").text
    assert "Show those in EUR" in dollars
    assert "/staff/results/rows?what=leads&amp;currency=USD" in dollars
    assert "/staff/results/rows?what=orders_confirmed&amp;currency=EUR" in page
    rows = staff.get("/staff/results/rows?what=leads&currency=USD").text
    assert rows.count('<th scope="row"') == 1
    assert "/staff/results/rows.csv?what=leads&amp;currency=USD" in rows
    assert len(staff.get("/staff/results/rows.csv?what=leads&currency=USD").text.splitlines()) == 2


def test_disputed_order_is_in_the_list_with_its_state(sign_in: SignIn, results: Fair) -> None:
    page = sign_in(factories.officer(results.agency)).get("/staff/results/rows?what=orders_disputed").text
    assert "Disputed" in page
    assert "€7,000.00" in page
    assert OrderState.DISPUTED in page
