"""The main menu."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from fairlink.accounts.models import User
from tests import factories

SignIn = Callable[[User], FlaskClient]

MARKED = re.compile(r'<li><a href="([^"]+)" aria-current="([^"]+)">')


def test_the_menu_marks_the_page_and_the_part_that_a_page_belongs_to(sign_in: SignIn) -> None:
    officer = factories.officer()
    fair = factories.fair(officer.organisation)
    browser = sign_in(officer)
    marked = {
        path: MARKED.findall(browser.get(path).text.partition("</nav>")[0])
        for path in ("/home", "/staff/fairs", f"/staff/fairs/{fair.id}/stands", "/staff/schemes/new", "/account")
    }
    assert marked == {
        "/home": [("/home", "page")],
        "/staff/fairs": [("/staff/fairs", "page")],
        f"/staff/fairs/{fair.id}/stands": [("/staff/fairs", "true")],
        "/staff/schemes/new": [("/staff/schemes", "true")],
        "/account": [],
    }


@pytest.mark.usefixtures("session")
def test_a_page_that_does_not_exist_is_said_once_and_leads_home(client: FlaskClient) -> None:
    page = client.get("/nothing")
    assert page.status_code == 404
    assert page.text.count("Page not found") == 2  # in its title and in its heading
    assert '<a class="button" href="/">To the home page</a>' in page.text
