"""Who gets what from every route of the application: tests/access_matrix.txt against the application's own URL map."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from fairlink.accounts.models import User
from fairlink.policy import Can
from fairlink.web.access import guarded
from tests import access_world
from tests.access_world import World

TABLE = Path(__file__).with_name("access_matrix.txt")
LEGEND = {"+": "may", "3": "is refused (403)", "4": "finds nothing (404)", "s": "is asked to sign in"}
#: Flask serves files of ours by itself, to everybody.
NOT_OURS = {"static"}
EVERYBODY = "everybody"


@dataclass(frozen=True)
class Row:
    """One line of the table: what each column gets from a route for one variant of its object."""

    method: str
    rule: str
    variant: str
    outcomes: str

    @property
    def is_for_everybody(self) -> bool:
        return self.outcomes == EVERYBODY

    def expected(self, column: str) -> str:
        return "+" if self.is_for_everybody else self.outcomes[COLUMNS.index(column)]

    @property
    def route(self) -> str:
        return f"{self.method} {self.rule}"

    @property
    def name(self) -> str:
        return f"{self.route} {self.variant}".strip()

    def address(self, world: World) -> str:
        """The rule with the ids and tokens of `world` in it."""

        def value(found: re.Match[str]) -> str:
            name = f"{found['name']} {self.variant}".strip()
            return str(world.values[self.rule] if self.rule in world.values else world.values[name])

        return re.sub(r"<(?:\w+:)?(?P<name>\w+)>", value, self.rule)


def read_table() -> tuple[list[str], list[Row]]:
    """The names of the columns, and the rows."""
    columns, rows = [], []
    for line in TABLE.read_text().splitlines():
        if heading := re.fullmatch(r"#   (\w) (.+)", line):
            columns.append(heading[2])
        elif line and not line.startswith("#"):
            found = re.fullmatch(r"(GET|POST) +(\S+)(?: (\(\w+\)))? +([+34s ]+|everybody)", line)
            assert found, f"tests/access_matrix.txt: cannot read {line!r}"
            rows.append(Row(found[1], found[2], found[3] or "", found[4].replace(" ", "")))
    return columns, rows


COLUMNS, ROWS = read_table()


def routes(app: Flask) -> dict[str, str]:
    """Every method and rule of the application, with its endpoint. HEAD goes with GET."""
    return {
        f"{method} {rule.rule}": rule.endpoint
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        if rule.endpoint not in NOT_OURS
    }


def what_to_mend(app: Flask) -> list[str]:
    """Where table and application part, each with what to do about it."""
    known = {row.route for row in ROWS}
    present = routes(app)
    blank = "?" * len(COLUMNS)
    missing = [
        f"{route} has no entry in tests/access_matrix.txt: add the line '{route}  {blank}' with one of {LEGEND} "
        f"for each of {COLUMNS}, or with 'everybody'; a new kind of object goes into tests/access_world.py"
        for route in present
        if route not in known
    ]
    gone = [f"{route} is no longer a route: take it out of tests/access_matrix.txt" for route in known - {*present}]
    unguarded = [
        f"{route} ({endpoint}) has no permission: put @guarded(Can...) on its view"
        for route, endpoint in present.items()
        if not isinstance(permission(app, endpoint), Can)
    ]
    return missing + gone + unguarded


def permission(app: Flask, endpoint: str) -> Can | None:
    """What the view of an endpoint asks for."""
    return getattr(app.view_functions[endpoint], "permission", None)


def outcome(response: TestResponse) -> str:
    """What the answer means for the one who asked, as a letter of the table."""
    if response.status_code in (403, 404):
        return "3" if response.status_code == 403 else "4"
    if response.status_code == 302 and response.headers["Location"].startswith("/sign-in"):
        return "s"
    # A refusal by the state of the object or by what was typed comes after the permission; so does /readyz's 503.
    return "+" if response.status_code in (200, 302, 303, 409, 422, 503) else f"{response.status_code}?"


def ask(browser: FlaskClient, row: Row, world: World, session: Session) -> TestResponse:
    """The answer to a row's request, of which nothing stays in the database."""
    if row.method == "GET":
        return browser.get(row.address(world))
    savepoint = session.connection().begin_nested()
    # Browsers send the form's token with every form; without any field a form would not count as sent.
    response = browser.post(row.address(world), data={"csrf_token": "not checked here"})
    savepoint.rollback()
    return response


def test_every_route_has_an_entry_and_a_permission(app: Flask) -> None:
    assert what_to_mend(app) == []


def test_the_table_is_whole() -> None:
    names = [row.name for row in ROWS]
    assert len(names) == len(set(names))
    assert [row.name for row in ROWS if len(row.outcomes) != len(COLUMNS) and not row.is_for_everybody] == []


def test_what_is_for_everybody_is_so_by_the_policy(app: Flask) -> None:
    endpoints = routes(app)
    kinds = {permission(app, endpoints[row.route]) for row in ROWS if row.is_for_everybody}
    assert kinds == {Can.PUBLIC_READ}


def test_a_new_route_without_an_entry_is_noticed() -> None:
    extended = Flask("extended")
    extended.add_url_rule("/healthz", "health", guarded(Can.PUBLIC_READ)(lambda: "well"))
    extended.add_url_rule("/new/<int:fair_id>", "guarded", guarded(Can.FAIR_EDIT)(lambda: "new"), methods=["POST"])
    extended.add_url_rule("/bare", "bare", lambda: "bare")
    found = [problem for problem in what_to_mend(extended) if "no longer a route" not in problem]
    assert [problem.partition(": ")[0] for problem in found] == [
        "POST /new/<int:fair_id> has no entry in tests/access_matrix.txt",
        "GET /bare has no entry in tests/access_matrix.txt",
        "GET /bare (bare) has no permission",
    ]


@pytest.mark.journey
@pytest.mark.parametrize("column", COLUMNS)
def test_everybody_gets_what_the_table_says(
    app: Flask, session: Session, client: FlaskClient, sign_in: Callable[[User], FlaskClient], column: str
) -> None:
    world = access_world.make()
    person = world.people[column]
    browser = sign_in(person) if person else client
    session.commit()
    cookie = browser.get_cookie(app.config["SESSION_COOKIE_NAME"])
    hidden = world.hidden_from(column)
    wrong = []
    # The policy does not look at who asks for a page for everybody: it is enough to try it as one of them.
    for row in [row for row in ROWS if column == "stranger" or not row.is_for_everybody]:
        browser = app.test_client()
        if cookie:
            browser.set_cookie(cookie.key, cookie.value)
        response = ask(browser, row, world, session)
        got, expected = outcome(response), row.expected(column)
        if got != expected:
            wrong.append(f"{row.name}: {column} {LEGEND.get(got, got)}, where the table says {LEGEND[expected]}")
        # Not `.text`: documents are no text.
        shown = response.get_data().decode(errors="replace")
        wrong += [f"{row.name}: {column} reads {word!r}" for word in hidden if word in shown]
        # What is sent from a file is closed by the server, once it is sent.
        response.close()
    assert wrong == []
