"""The life of a grant in chromium: five firms apply, one withdraws, two assess, one approves, the letter is opened."""

import io
import os
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser
from pypdf import PdfReader

from fairlink.applications.models import Application
from fairlink.applications.states import ApplicationState
from fairlink.mail.models import MailMessage
from fairlink.policy import Role
from fairlink.subsidies.models import CallCriterion
from fairlink.subsidies.states import CallState
from tests import factories
from tests.backdoor import Backdoor
from tests.browser.person import Person
from tests.files import samples
from tests.journeys.platform import Platform

pytestmark = pytest.mark.browser


def test_a_group_of_five_gets_an_award_for_four(
    chromium: Browser, demonstration: Platform, inside: Backdoor, tmp_path: Path
) -> None:
    album = Path(os.environ.get("FAIRLINK_SCREENSHOTS") or tmp_path)
    album.mkdir(parents=True, exist_ok=True)
    agency = factories.agency(name="Agencia de Exportación")
    call = factories.call(factories.fair(agency), state=CallState.DRAFT, assessors_wanted=2)
    for position, name in enumerate(("Export plan", "Products")):
        factories.add(
            CallCriterion(call_id=call.id, position=position, name=name, weight_bp=5000, max_score=10, description="")
        )
    call.state = CallState.PUBLISHED
    group = factories.group(*(factories.organisation(name=f"Calzados {name}") for name in "ABCDE"), name="Unidos")
    staff = [factories.user(agency, role) for role in (Role.ASSESSOR, Role.ASSESSOR, Role.APPROVER)]
    owners = [factories.user(member.firm, locale="es") for member in group.active_members]
    inside.session.commit()
    people = [Person(demonstration, chromium, inside, owner, album) for owner in owners]
    lead = people[0]

    application = lead.fill(f"/calls/{call.id}/apply", applicant=str(group.id)).number
    where = f"/applications/{application}"
    costs = {"lines-0-cost_class": "stand_space", "lines-0-amount": "10000", "lines-0-description": "20 m2"}
    lead.fill(f"{where}/costs", **costs)
    quote = tmp_path / "Presupuesto.pdf"
    quote.write_bytes(samples.pdf())
    lead.upload(f"{where}/quotes", quote, line=_line(inside, application))
    lead.fill(f"{where}/about", motivation="Encontrar importadores.")
    lead.press(lead.open(f"{where}/parts"), "parts/ask")
    for person in people:
        person.fill(f"{where}/part", agrees="y")
    check = lead.open(f"{where}/check")
    assert "5000,00" in check.text.replace(".", "").replace("\xa0", "")
    lead.press(check, "submit", declared="y")

    people[4].press(people[4].open(f"/groups/{group.id}"), "leave")
    made = _fresh(inside, application)
    assert (made.state, len(made.members)) == (ApplicationState.SUBMITTED, 4)
    told = inside.session.scalars(sa.select(MailMessage.to_email).where(MailMessage.template == "member_left")).all()
    assert {owner.email for owner in owners[:4]} <= set(told)

    for number, user in enumerate(staff[:2]):
        assessor = Person(demonstration, chromium, inside, user, album)
        first, second = call.criteria
        points = {f"points_{first.id}": str(8 - number), f"points_{second.id}": "9", "recommendation": "award"}
        assessor.fill(f"/staff{where}/assess", **points)
        assessor.close()
    approver = Person(demonstration, chromium, inside, staff[2], album)
    approver.press(approver.open(f"/staff{where}"), "approve")
    approver.close()

    award = lead.open(f"{where}/award")
    assert "5000,00" in award.text.replace(".", "").replace("\xa0", "")
    letter = PdfReader(io.BytesIO(lead.save(f"{where}/award/letter")))
    if os.environ.get("FAIRLINK_SCREENSHOTS"):
        (album / "award-letter.pdf").write_bytes(lead.save(f"{where}/award/letter"))
    root: Any = letter.root_object
    text = " ".join(page.extract_text() for page in letter.pages)
    assert (root["/MarkInfo"]["/Marked"], root["/Lang"]) == (True, "es")
    assert ("5.000,00" in text, "1.250,00" in text, "Calzados E" in text) == (True, True, False)
    lead.press(award, "accept")
    assert _fresh(inside, application).state == ApplicationState.ACCEPTED
    for person in people:
        person.close()


def _fresh(inside: Backdoor, application: int) -> Application:
    inside.session.rollback()
    inside.session.expire_all()
    found = inside.session.get(Application, application)
    assert found is not None
    return found


def _line(inside: Backdoor, application: int) -> str:
    return str(_fresh(inside, application).lines[0].id)
