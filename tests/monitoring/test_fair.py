"""The result page of a fair: what it counts, what it keeps apart, who may see it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.applications.models import Application
from fairlink.applications.states import ApplicationState
from fairlink.fairs.models import Fair
from fairlink.followup.states import OrderState, PromptState, Side
from fairlink.monitoring.queries import fair_results
from fairlink.monitoring.rules.results import Applicants, Results
from fairlink.policy import Role
from fairlink.subsidies.models import Call
from fairlink.visits.states import MeetingState
from tests import factories

SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def fair(session: Session) -> Fair:
    return factories.fair()


@pytest.fixture
def call(fair: Fair) -> Call:
    return factories.call(fair)


def _single(call: Call) -> Application:
    """A firm's own application."""
    group = factories.group()
    application = factories.application(call, group, state=ApplicationState.ACCEPTED)
    application.group_id = None
    application.group = None
    return factories.add(application)


def _chain(application: Application, fair: Fair) -> None:
    """One held meeting, its lead, a prompt sent to each side of which one answered, and three orders."""
    exhibitor = factories.exhibitor(application)
    visit = factories.visit(fair)
    lead = factories.lead(factories.meeting(visit, exhibitor, state=MeetingState.HELD))
    factories.forecast(lead)
    factories.meeting(visit, exhibitor, state=MeetingState.DECLINED)
    wave = factories.wave(fair, number=application.id)
    sent = {"wave": wave, "sent_at": factories.MADE_AT, "expires_at": factories.MADE_AT + timedelta(days=60)}
    factories.prompt(lead, Side.FIRM, state=PromptState.ANSWERED, **sent)
    factories.prompt(lead, Side.BUYER, state=PromptState.SENT, **sent)
    factories.order(lead, state=OrderState.CONFIRMED)
    factories.order(lead, value_minor=300_000)
    factories.order(lead, value_minor=700_000, state=OrderState.DISPUTED)


EXPECTED = Results(
    applications=1,
    awards=1,
    exhibitors=1,
    meetings_booked=1,
    meetings_held=1,
    leads=1,
    prompts_sent=2,
    prompts_answered=1,
    orders_reported=3,
    orders_confirmed=1,
    support={"EUR": 450_000},
    reported={"EUR": 1_500_000},
    confirmed={"EUR": 1_200_000},
    expected={"EUR": 900_000},
)


def test_results_count_the_chain_and_leave_disputed_values_out(session: Session, fair: Fair, call: Call) -> None:
    _chain(factories.application(call, state=ApplicationState.ACCEPTED), fair)
    assert fair_results(session, fair.id) == {Applicants.GROUPS: EXPECTED, Applicants.FIRMS: Results()}


def test_results_keep_groups_and_single_firms_apart(session: Session, fair: Fair, call: Call) -> None:
    _chain(factories.application(call, state=ApplicationState.ACCEPTED), fair)
    _chain(_single(call), fair)
    assert fair_results(session, fair.id) == {Applicants.GROUPS: EXPECTED, Applicants.FIRMS: EXPECTED}


def test_results_know_nothing_of_another_fair(session: Session, fair: Fair, call: Call) -> None:
    _chain(factories.application(call, state=ApplicationState.ACCEPTED), fair)
    other = fair_results(session, factories.fair().id)
    assert other == {Applicants.GROUPS: Results(), Applicants.FIRMS: Results()}


def test_released_award_is_no_support(session: Session, fair: Fair, call: Call) -> None:
    application = factories.application(call, state=ApplicationState.LAPSED)
    factories.award(application, released_at=factories.MADE_AT)
    assert fair_results(session, fair.id)[Applicants.GROUPS].support == {}


def test_draft_is_no_application(session: Session, fair: Fair, call: Call) -> None:
    factories.application(call, state=ApplicationState.DRAFT)
    assert fair_results(session, fair.id)[Applicants.GROUPS].applications == 0


@pytest.mark.parametrize("role", [Role.OFFICER, Role.APPROVER, Role.FINANCE, Role.EVALUATOR])
def test_staff_see_the_result_page(sign_in: SignIn, session: Session, fair: Fair, call: Call, role: Role) -> None:
    _chain(factories.application(call, state=ApplicationState.ACCEPTED), fair)
    page = sign_in(factories.officer(fair.agency, role)).get(f"/staff/fairs/{fair.id}/results")
    assert page.status_code == 200
    assert "€4,500" in page.text
    assert "€12,000" in page.text
    assert "2.67" in page.text


def test_result_page_of_a_fair_without_anything_is_empty_but_whole(sign_in: SignIn, fair: Fair) -> None:
    assert sign_in(factories.officer(fair.agency)).get(f"/staff/fairs/{fair.id}/results").status_code == 200


def test_other_agency_finds_no_results(sign_in: SignIn, fair: Fair) -> None:
    assert sign_in(factories.officer()).get(f"/staff/fairs/{fair.id}/results").status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_result_page_runs_a_constant_number_of_statements(
    sign_in: SignIn, fair: Fair, call: Call, statements: list[str], number: int
) -> None:
    for _ in range(number):
        _chain(factories.application(call, state=ApplicationState.ACCEPTED), fair)
    staff = sign_in(factories.officer(fair.agency))
    statements.clear()
    staff.get(f"/staff/fairs/{fair.id}/results")
    assert len(statements) == 10


@pytest.mark.parametrize("number", [1, 3])
def test_overview_runs_a_constant_number_of_statements(
    sign_in: SignIn, session: Session, statements: list[str], number: int
) -> None:
    agency = factories.agency()
    fairs = [factories.fair(agency) for _ in range(number)]
    for fair in fairs:
        factories.application(factories.call(fair))
    staff = sign_in(factories.officer(agency))
    statements.clear()
    page = staff.get("/staff/results")
    assert all(fair.title in page.text for fair in fairs)
    assert len(statements) == 2
