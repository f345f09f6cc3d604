"""What evaluators get: figures and pseudonyms, and no way to a name."""

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts.models import Organisation, User
from fairlink.applications.models import ProducerGroup
from fairlink.monitoring import service
from fairlink.monitoring.queries.rows import What
from fairlink.policy import Kind, Role
from fairlink.subsidies.models import Call
from tests import factories
from tests.monitoring.world import NOW, accepted, chain, hosted

SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def call(session: Session) -> Call:
    """A call with results of one group and of one firm alone."""
    call = factories.call()
    hosted(chain(accepted(call)))
    chain(accepted(call, alone=True))
    service.refresh_fair(session, call.fair_id, now=NOW)
    return call


def _names(session: Session) -> set[str]:
    """What firms, groups and buyers are called, and their people."""
    outside = sa.select(Organisation.name).where(Organisation.kind != Kind.AGENCY)
    people = sa.select(User.name).where(User.memberships.any())
    return {*session.scalars(outside), *session.scalars(sa.select(ProducerGroup.name)), *session.scalars(people)}


def _links(page: str) -> set[str]:
    found = {link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+)"', page)}
    return {link.partition("#")[0] for link in found if re.match(r"/(staff|home)\b", link)}


def _read(browser: FlaskClient, link: str) -> str:
    # Sent files are closed once they are read.
    with browser.get(link) as answer:
        assert (link, answer.status_code) == (link, 200)
        return str(answer.data, errors="replace")


def test_every_page_that_is_reached_by_links_opens_and_names_nobody(
    sign_in: SignIn, session: Session, call: Call
) -> None:
    evaluator = factories.officer(call.fair.agency, Role.EVALUATOR)
    browser, names = sign_in(evaluator), _names(session) - {evaluator.name}
    assert len(names) > 5
    seen: set[str] = set()
    waiting = {"/home"}
    while waiting:
        seen |= waiting
        shown = {link: _read(browser, link) for link in sorted(waiting)}
        assert [(link, name) for link, text in shown.items() for name in names if name in text] == []
        waiting = {link for text in shown.values() for link in _links(text)} - seen
    assert {f"/staff/results/rows?what={what}" for what in What} <= seen
    assert f"/staff/calls/{call.id}/evaluation/data" in seen


def test_menu_of_an_evaluator_holds_results_only(sign_in: SignIn, call: Call) -> None:
    page = sign_in(factories.officer(call.fair.agency, Role.EVALUATOR)).get("/home").text
    menu = re.search(r'<nav class="site-nav".*?</nav>', page, re.DOTALL)
    assert menu is not None
    assert re.findall(r'href="([^"]+)"', menu[0]) == ["/home", "/staff/results"]


def test_files_hold_no_id_that_leads_back_to_a_name(sign_in: SignIn, call: Call) -> None:
    heads = {
        role: _read(sign_in(factories.officer(call.fair.agency, role)), "/staff/results/rows.csv?what=applications")
        for role in (Role.EVALUATOR, Role.OFFICER)
    }
    assert [text.lstrip("\ufeff").split(",", 1)[0] for text in heads.values()] == ["applicant", "id"]


def test_list_of_evaluations_leads_to_those_of_the_own_agency(
    sign_in: SignIn, session: Session, call: Call, statements: list[str]
) -> None:
    foreign = factories.call()
    evaluator = sign_in(factories.officer(call.fair.agency, Role.EVALUATOR))
    counts = []
    for _ in range(2):
        statements.clear()
        page = evaluator.get("/staff/results/evaluations").text
        counts.append(len(statements))
        factories.call(call.fair)
        session.commit()
    assert f"/staff/calls/{call.id}/evaluation" in page
    assert f"/staff/calls/{foreign.id}/evaluation" not in page
    assert counts[0] == counts[1]
