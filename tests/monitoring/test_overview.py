"""The list of fairs with results."""

import re
from collections.abc import Callable
from datetime import date

from flask.testing import FlaskClient

from fairlink.accounts.models import User
from fairlink.policy import Role
from tests import factories

SignIn = Callable[[User], FlaskClient]


def test_overview_lists_the_fairs_for_which_somebody_applied_the_latest_first(sign_in: SignIn) -> None:
    evaluator = factories.user(factories.agency(), Role.EVALUATOR)
    first, second, without = (
        factories.fair(evaluator.organisation, starts_on=date(2026, month, 3), ends_on=date(2026, month, 5))
        for month in (4, 5, 6)
    )
    for fair in (first, second, factories.fair()):
        factories.application(factories.call(fair))
    factories.call(without)
    page = sign_in(evaluator).get("/staff/results").text
    assert re.findall(r"/staff/fairs/(\d+)/results", page) == [str(second.id), str(first.id)]


def test_overview_without_applications_leads_to_the_fairs(sign_in: SignIn) -> None:
    officer = factories.officer()
    factories.fair(officer.organisation)
    page = sign_in(officer).get("/staff/results").text
    assert "Nobody has applied yet, so there are no results." in page
    assert '<a class="button" href="/staff/fairs">Fairs</a>' in page
