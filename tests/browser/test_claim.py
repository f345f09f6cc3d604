"""The money of a grant in chromium: a claim with one line refused is paid, and some of it is asked back."""

import io
import os
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from defusedxml import ElementTree
from playwright.sync_api import Browser
from pypdf import PdfReader

from fairlink.accounts.models import User
from fairlink.applications.models import Application, Claim, RecoveryCase
from fairlink.applications.states.money import ClaimState, RecoveryState
from fairlink.policy import Role
from tests import factories
from tests.applications.test_claims import awarded
from tests.backdoor import Backdoor
from tests.browser.person import Person
from tests.files import samples
from tests.journeys.platform import Platform

pytestmark = pytest.mark.browser

AGENCY, FIRST, SECOND = "ES9121000418450200051332", "FR1420041010050500013M02606", "GB29NWBK60161331926819"


def test_a_claim_with_one_line_refused_then_recovery(
    chromium: Browser, demonstration: Platform, inside: Backdoor, tmp_path: Path
) -> None:
    album = Path(os.environ.get("FAIRLINK_SCREENSHOTS") or tmp_path)
    album.mkdir(parents=True, exist_ok=True)
    application, *users = _scene(inside)
    people = [Person(demonstration, chromium, inside, user, album) for user in users]
    officer, finance, approver, lead, partner = people
    agency, firms = application.call.fair.agency, [member.firm for member in application.members]

    where = f"/applications/{application.id}"
    claim = lead.press(lead.open(f"{where}/claims"), "claims").number
    lead.fill(f"/claims/{claim}/costs", **{"lines-0-actual": "8000", "lines-1-actual": "1000"})
    proof = tmp_path / "Factura.pdf"
    proof.write_bytes(samples.pdf())
    stand, travel = _claim(inside, claim).lines
    for line, kind in ((stand, "invoice"), (stand, "payment_proof"), (travel, "invoice")):
        lead.upload(f"/claim-lines/{line.id}/evidence", proof, kind=kind)
    lead.press(lead.open(f"/claims/{claim}"), "submit", declared="y")
    for person, holder, number in ((lead, firms[0], FIRST), (partner, firms[1], SECOND), (finance, agency, AGENCY)):
        person.fill("/payout-account", holder=holder.name, number=number)

    why, page = "El pasaje es de otra feria.", f"/staff/claims/{claim}"
    officer.open("/staff/claims")
    officer.fill(f"{page}/check", **{"lines-1-accepted": "0", "lines-1-reason": why})
    for person in people:
        person.photograph_into(album / "paid")
    finance.press(finance.open(page), "approve")
    assert _claim(inside, claim).state == ClaimState.APPROVED
    batch = finance.press(finance.open("/staff/disbursements"), "batches")
    tree = ElementTree.fromstring(finance.save(f"{batch.path}/file"))
    sums = [each.text for each in tree.iter("{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}InstdAmt")]
    assert sums == ["2000.00", "2000.00"]
    finance.press(batch, "paid")
    for person in (lead, partner):
        assert why in person.open(f"/claims/{claim}").text
        assert "2000,00" in person.open(f"{where}/claims").text.replace(".", "")

    told = {"firm": str(firms[1].id), "cause": "no_show", "reason": "Nadie estuvo en el stand.", "answer_days": "15"}
    case = officer.fill(f"/staff{where}/recover", **told).number
    partner.fill(f"/recoveries/{case}", answer="Llegamos tarde.")
    approver.fill(f"/staff/recoveries/{case}/decide", reason="El stand estuvo vacío todos los días.")
    for person in people:
        person.photograph_into(album / "recovered")
    partner.open(f"/recoveries/{case}")
    letter = partner.save(f"/recoveries/{case}/letter")
    (album / "recovery-letter.pdf").write_bytes(letter)
    _check_letter(letter)
    for amount in ("1,999.99", "0.01"):
        finance.fill(f"/staff/recoveries/{case}/paid-back", amount=amount)
    officer.open("/staff/recoveries")
    state = inside.session.scalar(sa.select(RecoveryCase.state).where(RecoveryCase.id == case))
    assert state == RecoveryState.CLOSED
    for person in people:
        person.close()


def _scene(inside: Backdoor) -> tuple[Application, User, User, User, User, User]:
    """Two firms with an award whose fair is over; an officer, finance, an approver, and an owner of each firm."""
    application = awarded()
    agency, group = application.call.fair.agency, application.group
    assert group is not None
    agency.name, group.name, application.call.fair.name = "Agencia de Exportación", "Calzados Unidos", "Expocalzado"
    firms = [member.firm for member in application.members]
    for firm, name in zip(firms, ("Calzados Quipu", "Zapatería Río"), strict=True):
        firm.name = name
    application.contact.locale = "es"
    staff = [factories.user(agency, role) for role in (Role.OFFICER, Role.FINANCE, Role.APPROVER)]
    officer, finance, approver = staff
    inside.session.commit()
    return application, officer, finance, approver, application.contact, factories.user(firms[1], locale="es")


def _check_letter(letter: bytes) -> None:
    document = PdfReader(io.BytesIO(letter))
    root: Any = document.root_object
    text = " ".join(page.extract_text() for page in document.pages)
    assert (root["/MarkInfo"]["/Marked"], root["/Lang"]) == (True, "es")
    assert ("2.000,00" in text, "El stand estuvo vacío" in text) == (True, True)


def _claim(inside: Backdoor, claim_id: int) -> Claim:
    inside.session.rollback()
    inside.session.expire_all()
    return inside.session.get_one(Claim, claim_id)
