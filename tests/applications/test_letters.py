"""The award letter: tagged, in the group's language, with the amounts and the calculation."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.policy import Role
from tests import factories
from tests.applications.steps import awarded

SignIn = Callable[[User], FlaskClient]
pytestmark = pytest.mark.usefixtures("app")


def text_of(document: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in document.pages).split())


def test_the_letter_is_an_accessible_document_in_the_language_of_the_group(session: Session, sign_in: SignIn) -> None:
    made = awarded(session, locale="es")
    reader = factories.user(made.members[1].firm, locale="en")
    answer = sign_in(reader).get(f"/applications/{made.id}/award/letter")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    document = PdfReader(io.BytesIO(answer.data))
    root: Any = document.root_object
    assert (root["/MarkInfo"]["/Marked"], root["/Lang"]) == (True, "es")
    text = text_of(document)
    assert all(each.firm.name in text for each in made.members)
    assert ("4.500,00" in text, "1.500,30" in text, "1.499,85" in text) == (True, True, True)
    assert "Página 1 de" in text
    assert "para %(" not in text


def test_the_letter_is_for_the_group_and_the_staff_alone(session: Session, sign_in: SignIn) -> None:
    made = awarded(session)
    path = f"/applications/{made.id}/award/letter"
    officer, stranger = factories.user(made.call.fair.agency, Role.OFFICER), factories.owner()
    assert [sign_in(each).get(path).status_code for each in (officer, stranger, factories.officer())] == [200, 404, 404]
    assert sign_in(made.contact).get(f"/applications/{factories.application().id}/award/letter").status_code == 404


def test_names_with_markup_stay_text_in_the_letter(session: Session, sign_in: SignIn) -> None:
    typed = '#read("/etc/passwd") *x* $y$'
    made = awarded(session, of=factories.group(name=typed))
    answer = sign_in(made.contact).get(f"/applications/{made.id}/award/letter")
    assert typed in text_of(PdfReader(io.BytesIO(answer.data)))
