"""Invoices, credit notes and statements: numbers without a gap, documents that everybody can read."""

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy.orm import Session, sessionmaker

from fairlink.accounts import queries as accounts
from fairlink.accounts.models import User
from fairlink.kernel.clock import utcnow
from fairlink.payments import exports, service
from fairlink.payments.models import Charge, Invoice
from fairlink.payments.states import InvoiceKind
from fairlink.policy import Role
from tests import factories
from tests.payments.conftest import accepted, application_of, charged

SignIn = Callable[[User], FlaskClient]
NOW = datetime(2027, 1, 20, 12, tzinfo=UTC)


def numbers(session: Session, agency_id: int, year: int) -> list[int]:
    query = sa.select(Invoice.number).where(Invoice.agency_id == agency_id, Invoice.year == year)
    return list(session.scalars(query.order_by(Invoice.number)))


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_each_agency_and_year_counts_for_itself(session: Session, app: object) -> None:
    one, other = charged(session)[0], charged(session)[0]
    year = utcnow().year
    assert numbers(session, one.agency_id, year) == numbers(session, other.agency_id, year) == [1, 2, 3]
    staff = factories.officer(one.agency, Role.FINANCE)
    service.reduce(session, one, factories.money(100), "Smaller", by=staff, now=datetime(2030, 1, 1, tzinfo=UTC))
    assert numbers(session, one.agency_id, 2030) == [1]
    note = session.scalars(sa.select(Invoice).where(Invoice.kind == InvoiceKind.CREDIT_NOTE)).one()
    assert (note.amount_minor, note.corrects and note.corrects.charge_id) == (10_000, one.id)


def test_numbers_have_no_gap_though_every_third_transaction_fails(
    app: object, real_sessions: sessionmaker[Session]
) -> None:
    with real_sessions() as session:
        factories.use(session)
        charge = charged(session)[0]
        staff = factories.officer(charge.agency, Role.FINANCE)
        agency_id, charge_id, staff_id = charge.agency_id, charge.id, staff.id
        session.commit()

    def reduce(turn: int) -> None:
        with real_sessions() as session:
            charge, by = session.get_one(Charge, charge_id), session.get_one(User, staff_id)
            service.reduce(session, charge, factories.money(1), "", by=by, now=NOW)
            if turn % 3:
                session.commit()
            else:
                session.rollback()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(reduce, range(48)))
    with real_sessions() as session:
        assert numbers(session, agency_id, NOW.year) == list(range(1, 33))


def test_invoice_is_an_accessible_document_in_the_firms_language(session: Session, sign_in: SignIn) -> None:
    application = accepted()
    reader = application.contact
    reader.locale = "es"
    service.charge_accepted(session, now=NOW)
    charge = session.scalars(sa.select(Charge).where(Charge.firm_id == application.lead_firm_id)).one()
    service.reduce(
        session, charge, factories.money(100), "Menos", by=factories.officer(charge.agency, Role.FINANCE), now=NOW
    )
    session.commit()
    bill, note = session.scalars(sa.select(Invoice).where(Invoice.charge_id == charge.id).order_by(Invoice.id))
    answer = sign_in(reader).get(f"/payments/invoices/{bill.id}")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    document: Any = PdfReader(io.BytesIO(answer.data)).root_object
    assert document["/MarkInfo"]["/Marked"]
    assert charge.reference in text_of(answer.data)
    for each in (bill.title, charge.firm.name, charge.agency.name, "1500,00"):
        assert each in text_of(answer.data).replace(".", "")  # thousands are grouped differently in each release
    words = text_of(exports.invoice_pdf(note))
    assert "-100,00" in words
    assert bill.title in words
    charge.firm.name = "Renamed"
    session.flush()
    assert exports.invoice_pdf(bill) == answer.data


def test_statement_shows_every_movement_and_the_balance(session: Session, sign_in: SignIn) -> None:
    charge = charged(session)[0]
    staff = factories.officer(charge.agency, Role.FINANCE)
    factories.transfer(charge, staff, amount_minor=40_000)
    reader = accounts.contact(session, charge.firm_id)
    assert reader is not None
    browser = sign_in(reader)
    page = browser.get(f"/payments/{charge.id}/statement").text
    for amount in ("€1,500.00", "-€400.00", "€1,100.00"):
        assert amount in page
    pdf = browser.get(f"/payments/{charge.id}/statement.pdf")
    assert "€1,100.00" in text_of(pdf.data)
    assert sign_in(staff).get(f"/staff/payments/{charge.id}/statement").status_code == 200


def test_lead_of_another_group_does_not_see_the_rest_of_a_firms_account(session: Session, sign_in: SignIn) -> None:
    lead, member, _ = charged(session)
    elsewhere = factories.application(
        factories.call(lead.fair),
        factories.group(factories.organisation(), member.firm),
        state=application_of(lead).state,
    )
    secret = factories.charge(factories.award(elsewhere), member.firm, amount_minor=77_700)
    contact = accounts.contact(session, lead.firm_id)
    assert contact is not None
    page = sign_in(contact).get(f"/payments/{member.id}/statement").text
    assert ("€1,500.00" in page, "777.00" in page) == (True, False)
    own = accounts.contact(session, member.firm_id)
    assert own is not None
    assert "€777.00" in sign_in(own).get(f"/payments/{secret.id}/statement").text
