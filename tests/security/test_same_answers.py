"""Neither what is said nor the work that it takes tells whether an address has an account.

The work is counted (password hashes, statements), since a time that is measured in a test depends on the machine.
"""

from collections.abc import Mapping

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests import factories
from tests.accounts.test_sign_up import ANSWERS

KNOWN, UNKNOWN = "rosa@quispe.test", "nobody@quispe.test"


def ask(client: FlaskClient, path: str, data: Mapping[str, str]) -> tuple[int, str, str]:
    """Status, goal and text of the answer."""
    answer = client.post(path, data=data)
    return answer.status_code, answer.headers.get("Location", ""), answer.text


@pytest.mark.parametrize("path", ["/sign-up", "/forgotten"])
def test_known_and_unknown_addresses_are_answered_alike(client: FlaskClient, session: Session, path: str) -> None:
    factories.user(email=KNOWN)
    session.commit()
    assert ask(client, path, ANSWERS | {"email": KNOWN}) == ask(client, path, ANSWERS | {"email": UNKNOWN})


@pytest.mark.parametrize(("path", "hashes"), [("/sign-up", 1), ("/forgotten", 0), ("/sign-in", 1)])
def test_known_and_unknown_addresses_cost_as_many_password_hashes(
    client: FlaskClient, session: Session, password_hashes: list[str], path: str, hashes: int
) -> None:
    """A hash takes some forty milliseconds, more than all the rest: one too few would be seen from outside."""
    factories.user(email=KNOWN)
    session.commit()
    wrong = ANSWERS | {"password": "four goats on a ferry"}
    ask(client, path, wrong | {"email": "warm@quispe.test"})
    work = []
    for email in (KNOWN, UNKNOWN):
        password_hashes.clear()
        ask(client, path, wrong | {"email": email})
        work.append(len(password_hashes))
    assert work == [hashes, hashes]


def test_forgotten_does_the_same_work_for_known_and_unknown_addresses(
    client: FlaskClient, session: Session, statements: list[str]
) -> None:
    factories.user(email=KNOWN)
    session.commit()
    work = []
    for email in ("warm@quispe.test", KNOWN, UNKNOWN):
        statements.clear()
        client.post("/forgotten", data={"email": email})
        work.append(list(statements))
    assert work[1] == work[2] != []
