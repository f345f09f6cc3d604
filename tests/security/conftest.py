"""A walk over every page that somebody may see."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from fairlink.accounts.models import User
from tests import access_world
from tests.access_world import World
from tests.test_access_matrix import ROWS, Row

#: Between them they see every page there is.
WALKERS = ("stranger", "homeless", "lead owner", "buyer", "officer", "judge", "approver", "finance")


@dataclass(frozen=True)
class Seen:
    """A page as one of the walkers sees it."""

    row: Row
    walker: str
    response: TestResponse

    @property
    def name(self) -> str:
        return f"{self.row.name}, as {self.walker}"


Walk = Callable[..., Iterator[Seen]]


@pytest.fixture
def world(session: Session) -> World:
    return access_world.make()


@pytest.fixture
def walk(app: Flask, session: Session, world: World, sign_in: Callable[[User], FlaskClient]) -> Walk:
    """Asks for every page as everybody who may see it; keyword arguments go with each request."""

    browsers = {walker: sign_in(person) for walker in WALKERS if (person := world.people[walker])}
    session.commit()

    def go(method: str = "GET", **request: Any) -> Iterator[Seen]:
        for walker in WALKERS:
            browser = browsers.get(walker) or app.test_client()
            for row in ROWS:
                # A page for everybody is the same for all of them but for their name.
                asked = row.method == "GET" and row.expected(walker) == "+"
                if asked and not (row.is_for_everybody and walker in browsers):
                    response = browser.open(row.address(world), method=method, **request)
                    yield Seen(row, walker, response)
                    response.close()

    return go
