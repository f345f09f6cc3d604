"""The evaluation of a call: which comparison, in which words, and what evaluators may take away."""

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from defusedcsv import csv
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.applications.models import SelectionPlace, SelectionRun
from fairlink.applications.states import ApplicationState
from fairlink.audit.models import AuditEvent
from fairlink.followup.models import EuroRate
from fairlink.followup.states import RateSource
from fairlink.monitoring import service
from fairlink.monitoring.models import Evaluation
from fairlink.monitoring.queries import evaluation as queries
from fairlink.monitoring.rules.evaluation import Design, applications, design_of
from fairlink.policy import Role
from fairlink.subsidies.models import Call
from fairlink.subsidies.rules.selection import Outcome
from fairlink.subsidies.rules.terms import Method
from tests import factories
from tests.jobs import run_due_jobs
from tests.monitoring.world import NOW

SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def call(session: Session) -> Call:
    """A call with one awarded and one refused application of two firms each, with years of exports."""
    call = factories.call(factories.fair(starts_on=date(2027, 3, 9), ends_on=date(2027, 3, 11)))
    for state in (ApplicationState.ACCEPTED, ApplicationState.REFUSED):
        firms = [factories.organisation(founded_year=2007, sectors=["footwear"]) for _ in range(2)]
        for firm, exports in zip(firms, (1_000_000, 3_000_000), strict=True):
            for year in (2025, 2026, 2028):
                factories.firm_year(firm, year, exports_minor=exports + (year - 2025) * 100)
        application = factories.application(call, factories.group(*firms), state=state, decided_at=factories.MADE_AT)
        if state == ApplicationState.ACCEPTED:
            factories.award(application)
    return call


@pytest.mark.parametrize(
    ("method", "cut_off", "design"),
    [
        ("lottery", None, Design.LOTTERY),
        ("scored", 6250, Design.CUTOFF),
        ("scored", None, Design.MATCHING),
        ("first_come", None, Design.MATCHING),
        (None, None, Design.MATCHING),
    ],
)
def test_comparison_is_the_strongest_that_the_selection_allows(
    method: str | None, cut_off: int | None, design: Design
) -> None:
    assert design_of(method, cut_off) == design


def test_application_is_the_mean_of_its_firms(session: Session, call: Call) -> None:
    rows = applications(queries.firms(session, call, Design.MATCHING, 2028))
    assert [(row["awarded"], row["base"], row["outcome"], row["age"]) for row in rows] == [
        (1, 20_001, 20_003, 20),
        (0, 20_001, 20_003, 20),
    ]


def test_drawn_is_whom_the_lots_reached_whatever_became_of_it_later(session: Session) -> None:
    call = factories.call()
    run = factories.add(
        SelectionRun(
            call=call,
            method=Method.LOTTERY,
            made_at=NOW,
            made_by=factories.officer(call.fair.agency),
            envelope_minor=900_000,
            seed="0" * 64,
        )
    )
    places: list[dict[str, Any]] = [
        {"outcome": Outcome.AWARDED, "reason": "stratum"},
        {"outcome": Outcome.AWARDED, "reason": "quota", "in_quota": True},
        # Drawn, but nothing could be granted any more.
        {"outcome": Outcome.REFUSED, "reason": "not_eligible"},
        # Got what somebody else gave back.
        {"outcome": Outcome.AWARDED, "reason": "envelope_exhausted", "offered_at": NOW},
        {"outcome": Outcome.REFUSED, "reason": "not_eligible", "offered_at": NOW},
        {"outcome": Outcome.REFUSED, "reason": "envelope_exhausted"},
    ]
    for rank, values in enumerate(places, start=1):
        application = factories.application(call, state=ApplicationState.ASSESSED)
        place = {"run": run, "application": application, "rank": rank, "received_at": NOW, "stratum": "north"}
        factories.add(SelectionPlace(**place, asked_minor=450_000, awarded_minor=0, **values))
    rows = applications(queries.firms(session, call, Design.LOTTERY, 2028))
    assert [row["awarded"] for row in rows] == [1, 1, 1, 0, 0, 0]
    assert [row["stratum"] for row in rows] == ["north", "north / quota", *["north"] * 4]


def test_exports_in_another_currency_are_converted_by_the_rate_of_their_year(session: Session, call: Call) -> None:
    call.currency = "USD"
    assert {row["outcome"] for row in queries.firms(session, call, Design.MATCHING, 2028)} == {None}
    for day, per_euro in ((date(2028, 6, 1), 3), (date(2028, 12, 30), 2), (date(2029, 1, 2), 5)):
        rate = {"currency": "USD", "rated_on": day, "per_euro": per_euro}
        factories.add(EuroRate(**rate, source=RateSource.ECB, recorded_at=factories.MADE_AT))
    rows = applications(queries.firms(session, call, Design.MATCHING, 2028))
    assert [(row["outcome"], row["base"]) for row in rows] == [(40_006, None), (40_006, None)]


def test_evaluation_is_asked_for_worked_out_and_says_that_there_is_too_little(
    sign_in: SignIn, session: Session, call: Call
) -> None:
    staff = sign_in(factories.officer(call.fair.agency, Role.EVALUATOR))
    address = f"/staff/calls/{call.id}/evaluation"
    assert "Nobody has asked" in staff.get(address).text
    assert staff.post(address).status_code == 302
    assert "It is being worked out." in staff.get(address).text
    run_due_jobs(session, now=NOW, without=("mail.deliver", "monitoring.tick"))
    session.commit()
    page = staff.get(address).text
    assert "There is not enough data for a figure." in page
    assert "at least fifteen applications" in page
    assert session.scalars(sa.select(Evaluation.design)).all() == [Design.MATCHING]


def _finished(call: Call, by: User, **result: Any) -> Evaluation:
    found = {"counts": {"awarded": 40, "others": 40}, "checks": [{"code": "trend_before", "ok": True, "value": 0.4}]}
    return factories.add(
        Evaluation(
            call_id=call.id,
            design=Design.MATCHING,
            outcome_year=2028,
            currency="EUR",
            asked_at=NOW,
            asked_by_id=by.id,
            finished_at=NOW,
            result={"status": "estimated", "effect": 5000.0, "low": 1000.0, "high": 9000.0, "p": 0.01} | found | result,
        )
    )


@pytest.mark.parametrize(
    ("result", "text"),
    [
        ({}, "exported more than they would have otherwise: by €1,000 to €9,000 each"),
        ({"low": -1000.0}, "No effect on the exports of 2028 can be told from chance"),
        ({"low": -9000.0, "high": -1000.0}, "exported less than they would have otherwise"),
        ({"checks": [{"code": "trend_before", "ok": False, "value": 0.01}]}, "Read this with caution"),
        ({"checks": [{"code": "trend_before", "ok": False, "value": 0.01}]}, "One side grew faster already before"),
    ],
)
def test_result_is_read_in_plain_words(sign_in: SignIn, call: Call, result: dict[str, Any], text: str) -> None:
    officer = factories.officer(call.fair.agency)
    _finished(call, officer, **result)
    page = sign_in(officer).get(f"/staff/calls/{call.id}/evaluation").text
    assert text in page
    assert "No plan was written before the call opened." in page


def test_reading_of_a_lottery_speaks_of_those_drawn(sign_in: SignIn, session: Session, call: Call) -> None:
    officer = factories.officer(call.fair.agency)
    _finished(call, officer).design = Design.LOTTERY
    session.commit()
    page = sign_in(officer).get(f"/staff/calls/{call.id}/evaluation").text
    assert "In 2028 firms that were drawn exported more than they would have otherwise" in page
    assert "Drawn, with a known outcome" in page
    assert "Awarded, with a known outcome" not in page


def test_finished_evaluation_stays_as_it_is(session: Session, call: Call) -> None:
    made = _finished(call, factories.officer(call.fair.agency))
    before = made.result
    service.evaluate(session, made.id, now=NOW)
    assert made.result is before


def test_evaluator_takes_rows_without_names_and_it_is_noted(sign_in: SignIn, session: Session, call: Call) -> None:
    evaluator = factories.officer(call.fair.agency, Role.EVALUATOR)
    answer = sign_in(evaluator).post(f"/staff/calls/{call.id}/evaluation/data")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert len(rows) == 4
    assert {row["awarded"] for row in rows} == {"0", "1"}
    assert len({row["firm"] for row in rows}) == 4
    assert len({row["application"] for row in rows}) == 2
    assert "Firm " not in answer.text
    events = sa.select(AuditEvent.actor_id, AuditEvent.data).where(AuditEvent.action == "evaluation:export")
    assert session.execute(events).all() == [(evaluator.id, {"rows": 4})]
    assert "Pseudonym of the firm" in sign_in(evaluator).get(f"/staff/calls/{call.id}/evaluation/data").text
