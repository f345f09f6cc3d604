"""Codes for payers' banking apps, and files that tell the agency's bank to send money back."""

import uuid
from collections.abc import Callable

import sqlalchemy as sa
from defusedxml import ElementTree
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts import queries as accounts
from fairlink.accounts.models import User
from fairlink.kernel.clock import utcnow
from fairlink.payments import exports, service
from fairlink.payments.models import BankAccount, Charge, Refund, RefundFile
from fairlink.payments.service import Sender
from fairlink.payments.states import RefundState
from tests import factories
from tests.payments.test_statements import scene

SignIn = Callable[[User], FlaskClient]


def paid_and_asked_back(session: Session) -> tuple[list[Charge], User]:
    """Two transfers of which a part is to go back: one of an account within SEPA, one of nobody knows where."""
    charges, staff = scene(session)
    for charge, number in zip(charges, ("DE89 3704 0044 0532 0130 00", ""), strict=False):
        now = utcnow()
        service.record_transfer(
            session,
            charge,
            charge.amount,
            now.date(),
            Sender("Calzados Ñandú", number),
            key=uuid.uuid4(),
            by=staff,
            now=now,
        )
        service.request(session, charge, 10_101, "Smaller", key=uuid.uuid4(), by=staff, now=now)
    return charges, staff


def test_the_code_is_for_euros_within_sepa() -> None:
    account = BankAccount(holder="Agency", number="ES91 2100 0418 4502 0005 1332", bic="")
    code = exports.epc_qr(account, factories.money(12), "RF471C1")
    assert code is not None
    assert code.startswith("<svg")
    assert "style=" not in code
    assert exports.epc_qr(account, factories.money(0), "RF471C1") is None
    for number in ("BR1800360305000010009795493C1", "123-456"):
        assert exports.epc_qr(BankAccount(holder="A", number=number, bic=""), factories.money(12), "RF471C1") is None


def test_payers_see_the_code(session: Session, sign_in: SignIn) -> None:
    (lead, *_), _ = scene(session)
    reader = accounts.contact(session, lead.firm_id)
    assert reader is not None
    page = sign_in(reader).get(f"/payments/{lead.id}").text
    assert "app read this" in page
    assert 'class="segno"' in page


def test_each_refund_goes_into_one_file(session: Session, sign_in: SignIn) -> None:
    charges, staff = paid_and_asked_back(session)
    browser = sign_in(staff)
    assert "unknown" in browser.get("/staff/refunds").text
    assert browser.post("/staff/refunds/files").status_code == 303
    assert browser.post("/staff/refunds/files").status_code == 409
    pain, table = session.scalars(sa.select(RefundFile).order_by(RefundFile.format.desc()))
    xml = browser.get(f"/staff/refund-files/{pain.id}")
    names = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.03"}
    tree = ElementTree.fromstring(xml.data)
    refund = session.scalars(sa.select(Refund).where(Refund.file_id == pain.id)).one()
    told = [
        tree.findtext(f".//p:{path}", namespaces=names)
        for path in ("MsgId", "InstdAmt", "CdtrAcct/p:Id/p:IBAN", "EndToEndId", "Cdtr/p:Nm", "DbtrAcct/p:Id/p:IBAN")
    ]
    assert told == [
        f"FAIRLINK-{pain.id}",
        "101.01",
        "DE89370400440532013000",
        refund.key.hex,
        "Calzados Nandu",
        "ES9121000418450200051332",
    ]
    lines = browser.get(f"/staff/refund-files/{table.id}").data.decode("utf-8-sig").splitlines()
    assert lines[0] == "refund,name,account,amount,currency,text"
    assert "Calzados Ñandú,,101.01,EUR" in lines[1]
    for _ in range(2):
        assert browser.post(f"/staff/refund-files/{pain.id}/sent").status_code == 303
    session.expire_all()
    assert (refund.state, charges[0].refunded_minor, charges[1].refunded_minor) == (RefundState.SUCCEEDED, 10_101, 0)
