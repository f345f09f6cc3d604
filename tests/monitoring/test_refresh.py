"""The summary tables: what they count, what they keep apart, and when they are made anew."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.applications.states import ApplicationState
from fairlink.fairs.models import Fair
from fairlink.followup.states import OrderState
from fairlink.monitoring import jobs, service
from fairlink.monitoring.models import ApplicationResult, FirmResult, LeadResult, ResultScope
from fairlink.monitoring.queries import figures, rows
from fairlink.monitoring.queries.rows import What
from fairlink.monitoring.rules.results import Applicants, Dimension, Figures, Selection, total
from fairlink.subsidies.models import Call
from fairlink.visits.states import HostedState
from tests import factories
from tests.jobs import deferred, run_due_jobs
from tests.monitoring.world import NOW, accepted, chain, hosted, ordered


@pytest.fixture
def fair(session: Session) -> Fair:
    return factories.fair()


@pytest.fixture
def call(fair: Fair) -> Call:
    return factories.call(fair)


EXPECTED = Figures(
    applications=1,
    awards=1,
    exhibitors=1,
    meetings_booked=1,
    meetings_held=1,
    leads=1,
    leads_answered=1,
    leads_ordered=1,
    leads_repeated=1,
    prompts_sent=2,
    prompts_answered=1,
    orders_reported=3,
    orders_confirmed=1,
    orders_disputed=1,
    support_minor=450_000,
    reported_minor=1_500_000,
    confirmed_minor=1_200_000,
    expected_minor=900_000,
)


def _figures(session: Session, at: Fair, **chosen: object) -> dict[Applicants, Figures]:
    service.refresh_fair(session, at.id, now=NOW)
    found = figures.figures(session, Selection(at.agency_id, **chosen))  # type: ignore[arg-type]
    return found.get("EUR", {})


def test_results_count_the_chain_and_leave_disputed_values_out(session: Session, fair: Fair, call: Call) -> None:
    chain(accepted(call))
    assert _figures(session, fair) == {Applicants.GROUPS: EXPECTED, Applicants.FIRMS: Figures()}


def test_results_keep_groups_and_single_firms_apart(session: Session, fair: Fair, call: Call) -> None:
    chain(accepted(call))
    chain(accepted(call, alone=True))
    assert _figures(session, fair) == {Applicants.GROUPS: EXPECTED, Applicants.FIRMS: EXPECTED}


def test_making_them_anew_changes_nothing_and_a_new_order_is_in(session: Session, fair: Fair, call: Call) -> None:
    lead = chain(accepted(call))
    assert _figures(session, fair) == _figures(session, fair)
    ordered(lead, 50_000)
    assert _figures(session, fair)[Applicants.GROUPS].reported_minor == 1_550_000


def test_released_award_is_no_support_and_a_draft_no_application(session: Session, fair: Fair, call: Call) -> None:
    factories.award(factories.application(call, state=ApplicationState.LAPSED), released_at=factories.MADE_AT)
    factories.application(call, state=ApplicationState.DRAFT)
    assert _figures(session, fair)[Applicants.GROUPS] == Figures(applications=1, awards=1)


def test_order_without_a_rate_is_counted_and_in_no_amount(session: Session, fair: Fair, call: Call) -> None:
    lead = chain(accepted(call))
    factories.order(lead, value_minor=5_000_000, currency="USD", state=OrderState.CONFIRMED)
    found = _figures(session, fair)[Applicants.GROUPS]
    assert (found.orders_unpriced, found.orders_confirmed, found.confirmed_minor) == (1, 2, 1_200_000)


def test_every_narrowing_finds_the_same_application_and_nothing_else(session: Session, fair: Fair, call: Call) -> None:
    application = accepted(call)
    application.lead_firm.region = "Puno"
    application.lead_firm.sectors = [factories.sector("textiles"), factories.sector("footwear")]
    chain(application)
    scheme = call.scheme_version.scheme_id
    here = {"year": 2027, "fair": fair.id, "call": call.id, "scheme": scheme, "sector": "footwear", "region": "Puno"}
    for name, value in here.items():
        assert _figures(session, fair, **{name: value})[Applicants.GROUPS] == EXPECTED
        assert _figures(session, fair, **{name: "elsewhere" if isinstance(value, str) else 1}) == {}
    names = [(each.dimension, each.key) for each in figures.scopes(session, fair.agency_id)]
    assert sorted(names) == sorted((Dimension(name), str(value)) for name, value in here.items())


def _fairs_of_a_year(session: Session, fair: Fair) -> None:
    """Chains at fairs that begin on the last day of June 2027, the first of July 2027, the last of June 2028."""
    for starts_on in (date(2027, 6, 30), date(2027, 7, 1), date(2028, 6, 30)):
        other = factories.fair(fair.agency, starts_on=starts_on, ends_on=starts_on + timedelta(days=2))
        chain(accepted(factories.call(other)))
        service.refresh_fair(session, other.id, now=NOW)


@pytest.mark.parametrize(
    ("since", "until", "fairs"),
    [
        ("2027-07", "2028-06", 2),
        ("2027-07", None, 2),
        (None, "2027-06", 1),
        ("2027-06", "2027-07", 2),
        ("2028-07", "2029-06", 0),
        ("2027-12", "2027-12", 0),
        (None, "2028-12", 3),
    ],
)
def test_period_holds_the_fairs_that_begin_in_its_months(
    session: Session, fair: Fair, since: str | None, until: str | None, fairs: int
) -> None:
    _fairs_of_a_year(session, fair)
    chosen = Selection(fair.agency_id, since=since, until=until)
    found = figures.figures(session, chosen).get("EUR", {Applicants.GROUPS: Figures()})
    assert found[Applicants.GROUPS] == total([EXPECTED] * fairs)
    assert sum(kind.leads for kind in figures.lead_kinds(session, chosen)) == fairs
    assert figures.firm_values(session, chosen).minor == 1_200_000 * fairs
    assert len(list(rows.stream(session, rows.rows(What.ORDERS_REPORTED, chosen)))) == 3 * fairs
    assert len(figures.fairs_with_results(session, chosen)) == fairs


def test_region_that_no_applicant_has_any_more_is_no_choice(session: Session, fair: Fair, call: Call) -> None:
    firm = accepted(call).lead_firm
    for region in ("Puno", "Cusco"):
        firm.region = region
        service.refresh_fair(session, fair.id, now=NOW)
        found = figures.scopes(session, fair.agency_id)
        assert [each.key for each in found if each.dimension == Dimension.REGION] == [region]
    assert {each.dimension for each in found} == {*Dimension} - {Dimension.ALL, Dimension.PERIOD, Dimension.SECTOR}


@pytest.mark.load
def test_part_that_cannot_be_judged_stops_no_other(session: Session, fair: Fair, call: Call) -> None:
    huge = factories.fair(fair.agency)
    for each in (call, factories.call(huge)):
        chain(accepted(each))
        service.refresh_fair(session, each.fair_id, now=NOW)
    # More than there is memory for in the process that works it out.
    session.execute(sa.update(LeadResult).where(LeadResult.fair_id == huge.id).values(leads=2_000_000_000))
    keys = [(Dimension.FAIR, str(each.id)) for each in (huge, fair)]
    service.estimate_scopes(session, fair.agency_id, keys, now=NOW)
    judged = [session.get_one(ResultScope, (fair.agency_id, *key)) for key in keys]
    assert [(scope.estimates is None, scope.estimated_at) for scope in judged] == [(True, NOW), (False, NOW)]


def test_ranges_of_a_period_are_worked_out_from_when_somebody_asks(session: Session, fair: Fair, call: Call) -> None:
    _fairs_of_a_year(session, fair)
    before = {name for name, _key in figures.scopes_due(session, NOW, limit=99)[fair.agency_id]}
    assert Dimension.PERIOD not in before
    chosen = Selection(fair.agency_id, since="2027-07", until="2028-06")
    for _ in range(2):
        service.ask_refresh(session, chosen, now=NOW)
    asked = [key for name, key in figures.scopes_due(session, NOW, limit=99)[fair.agency_id] if name == "period"]
    assert asked == ["2027-07/2028-06"]
    assert figures.selection(fair.agency_id, Dimension.PERIOD, asked[0]) == chosen
    assert len(deferred(session, "monitoring.refresh_fair")) == 2
    scope = figures.scope(session, chosen)
    assert scope is not None
    scope.estimated_at = NOW
    later = NOW + timedelta(hours=1)
    service.refresh_fair(session, fair.id, now=later)
    assert scope.changed_at == later


def test_what_came_with_hosted_buyers_is_a_part_of_the_whole(session: Session, fair: Fair, call: Call) -> None:
    application = accepted(call)
    hosted(chain(application))
    found = _figures(session, fair)[Applicants.GROUPS]
    assert (found.hosted_meetings_held, found.hosted_leads, found.hosted_orders_confirmed) == (1, 1, 1)
    assert found.hosted_confirmed_minor == 1_200_000
    assert found.others == Figures()


@pytest.mark.parametrize("stay", [{}, {"state": HostedState.WITHDRAWN, "granted_at": factories.MADE_AT}])
def test_buyer_without_a_promise_or_who_gave_it_back_is_not_hosted(
    session: Session, fair: Fair, call: Call, stay: dict[str, Any]
) -> None:
    lead = chain(accepted(call))
    assert lead.meeting is not None
    factories.hosted_stay(lead.meeting.visit, factories.hosting_offer(call), **stay)
    assert _figures(session, fair) == {Applicants.GROUPS: EXPECTED, Applicants.FIRMS: Figures()}


def test_other_agency_has_other_results(session: Session, fair: Fair, call: Call) -> None:
    chain(accepted(call))
    service.refresh_fair(session, fair.id, now=NOW)
    assert figures.figures(session, Selection(factories.agency().id, fair=fair.id)) == {}


def test_lead_is_watched_until_its_last_answer_or_its_first_order(session: Session, fair: Fair, call: Call) -> None:
    fair.starts_on = date(2027, 3, 9)
    lead = chain(accepted(call))
    kinds = sa.select(LeadResult.ordered, LeadResult.months, LeadResult.firm_answered, LeadResult.buyer_answered)
    service.refresh_fair(session, fair.id, now=NOW)
    # 9 March to 1 June: in the third month.
    assert session.execute(kinds).all() == [(True, 3, True, False)]
    for order in lead.orders:
        order.state = OrderState.DISPUTED
    service.refresh_fair(session, fair.id, now=NOW)
    assert [(row.ordered, row.firm_answered) for row in session.execute(kinds)] == [(False, True)]


def test_firms_carry_their_shares_of_confirmed_orders(session: Session, fair: Fair, call: Call) -> None:
    application = accepted(call)
    chain(application)
    service.refresh_fair(session, fair.id, now=NOW)
    shares = session.execute(sa.select(FirmResult.firm_id, FirmResult.confirmed_minor)).all()
    assert shares == [(application.lead_firm_id, 1_200_000)]
    values = figures.firm_values(session, Selection(fair.agency_id))
    assert (values.firms, values.minor, values.first[0].name) == (1, 1_200_000, application.lead_firm.name)


def test_clock_refreshes_what_is_old_and_then_leaves_it(session: Session, fair: Fair, call: Call) -> None:
    chain(accepted(call))
    other = factories.fair(fair.agency)
    jobs.tick(session, now=NOW)
    assert deferred(session, "monitoring.refresh_fair") == [{"fair_id": fair.id}]
    run_due_jobs(session, now=NOW, without=("mail.deliver", "monitoring.estimate"))
    assert session.scalars(sa.select(ApplicationResult.fair_id)).all() == [fair.id]
    jobs.tick(session, now=NOW + timedelta(minutes=29))
    assert deferred(session, "monitoring.refresh_fair") == []
    jobs.tick(session, now=NOW + timedelta(minutes=31))
    assert deferred(session, "monitoring.refresh_fair") == [{"fair_id": fair.id}]
    assert other.id not in figures.fairs_with_results(session, Selection(fair.agency_id))


def test_old_fair_is_refreshed_once_a_day(session: Session, fair: Fair, call: Call) -> None:
    chain(accepted(call))
    late = datetime(2040, 1, 1, tzinfo=NOW.tzinfo)
    service.refresh_fair(session, fair.id, now=late)
    for hours, due in ((23, []), (25, [{"fair_id": fair.id}])):
        jobs.tick(session, now=late + timedelta(hours=hours))
        assert deferred(session, "monitoring.refresh_fair") == due


def test_intervals_and_curves_are_worked_out_once_for_what_changed(session: Session, fair: Fair, call: Call) -> None:
    call.envelope_minor *= 2
    for index in range(24):
        chain(accepted(call, alone=index % 2 == 0))
    service.refresh_fair(session, fair.id, now=NOW)
    due = figures.scopes_due(session, NOW - jobs.SURE, limit=10)
    jobs.estimate(session, now=NOW, agency_id=fair.agency_id, keys=due[fair.agency_id])
    scope = session.get_one(ResultScope, (fair.agency_id, Dimension.FAIR, str(fair.id)))
    assert scope.estimates is not None
    assert scope.estimates["intervals"]["value_per_support"]["all"] == pytest.approx([1_200_000 / 450_000] * 2)
    assert scope.estimates["intervals"]["ordered"]["difference"] == [0, 0]
    assert scope.estimates["curves"]["groups"]["points"] == [[3, 1.0, 1.0, 1.0, 12]]
    assert scope.estimates["curves"]["groups"]["until"] == 3
    assert figures.scopes_due(session, NOW - jobs.SURE, limit=10) == {}
