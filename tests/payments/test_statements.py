"""Bank statements: what is certain is booked, what is doubtful proposed, what is wrong refused whole."""

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.kernel.clock import utcnow
from fairlink.kernel.errors import DomainError, Invalid
from fairlink.payments import service
from fairlink.payments.models import BankEntry, BankFile, Charge
from fairlink.payments.rules import Match, Owing, match, read_statement
from fairlink.payments.states import EntryState
from fairlink.policy import Role
from tests import factories
from tests.payments.conftest import charged

EXAMPLES = Path(__file__).parent / "examples"
ACCOUNT = "ES91 2100 0418 4502 0005 1332"
REFERENCES = {"lead": "RF471C1", "member_spaced": "RF47 1C2", "other_name": "Firm"}

SignIn = Callable[[User], FlaskClient]


def example(name: str, **values: str) -> bytes:
    text = (EXAMPLES / name).read_text()
    for key, value in (REFERENCES | values).items():
        text = text.replace("{" + key + "}", value)
    return text.encode()


def scene(session: Session) -> tuple[list[Charge], User]:
    """Three charges of 1,500.00 EUR, and a finance officer of their agency with an account."""
    charges = charged(session)
    staff = factories.officer(charges[0].agency, Role.FINANCE)
    service.save_bank_account(
        session, charges[0].agency_id, holder="Agency", number=ACCOUNT, bank="", bic="", by=staff, now=utcnow()
    )
    return charges, staff


def send(browser: FlaskClient, content: bytes, name: str = "statement.xml") -> tuple[int, str]:
    answer = browser.post("/staff/payments/statements", data={"file": (io.BytesIO(content), name)})
    return answer.status_code, answer.text


def files(session: Session) -> int:
    return session.scalar(sa.select(sa.func.count(BankFile.id))) or 0


def test_a_statement_of_version_8_is_read() -> None:
    first, second, third = read_statement(example("camt053_v08.xml"), ACCOUNT)
    assert (first.identity, first.amount_minor, first.currency) == ("BANK-0001", 150_000, "EUR")
    assert (first.payer, first.account) == ("Calzados Andinos", "DE89370400440532013000")
    assert (first.reference, first.booked_on) == ("RF471C1", date(2027, 1, 20))
    assert [(each.identity, each.amount_minor) for each in (second, third)] == [
        ("BANK-0002/1", 60_000),
        ("BANK-0002/2", 90_000),
    ]
    assert second.text == "Feria, ref. RF47 1C2 gracias"


def test_a_statement_of_version_2_is_read() -> None:
    (only,) = read_statement(example("camt053_v02.xml"), ACCOUNT)
    assert (only.identity, only.payer, only.account) == ("OLD-1", "Someone Else", "0011-0022")
    assert only.booked_on == date(2027, 1, 21)


def test_a_table_is_read_whatever_divides_its_columns() -> None:
    rows = (
        "date;amount;currency;name;text\n2027-01-20;12,50;EUR;Ana;a\n2027-01-20;12,50;EUR;Ana;a\n2027-01-20;-3;EUR;;\n"
    )
    one, two = read_statement(rows.encode("utf-8-sig"), ACCOUNT)
    assert (one.amount_minor, one.payer, one.line) == (1_250, "Ana", 2)
    assert two.identity == f"{one.identity}#2", "two equal payments on one day are two"
    (again, _) = read_statement(rows.replace(";", ",").replace("12,50", "12.50").encode(), ACCOUNT)
    assert again.identity == one.identity


@pytest.mark.parametrize(
    ("name", "old", "new", "code", "line"),
    [
        ("camt053_v08.xml", "051332</IBAN></Id><Ccy>", "051333</IBAN></Id><Ccy>", "statement_of_another", 8),
        ("camt053_v08.xml", ">3987.66<", ">3987.67<", "statement_sum_wrong", 13),
        ("camt053_v08.xml", ">600.00<", ">601.00<", "statement_sum_wrong", 30),
        ("camt053_v08.xml", ">12.34<", ">12.345<", "statement_amount_wrong", 47),
        ("camt053_v08.xml", ">900.00<", ">9e2<", "statement_amount_wrong", 40),
        ("camt053_v08.xml", "<AcctSvcrRef>BANK-0002", "<X>BANK-0002", "statement_unreadable", 31),
        ("camt053_v02.xml", "2027-01-21T23", "21.01.2027T23", "statement_day_wrong", 10),
        ("camt053_v08.xml", "camt.053.001.08", "camt.052.001.08", "statement_unreadable", 2),
        ("camt053_v08.xml", "</Stmt>", "", "statement_unreadable", 56),
        ("camt053_v02.xml", "<ns2:CdtDbtInd>CRDT</ns2:CdtDbtInd>", "", "statement_incomplete", 8),
        ("camt053_v02.xml", 'Ccy="EUR">2000.00</ns2:Amt><', 'Ccy="E">2000.00</ns2:Amt><', "statement_currency_wrong", 9),  # noqa: E501
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_with_its_line(name: str, old: str, new: str, code: str, line: int) -> None:
    text = example(name)
    assert old.encode() in text
    with pytest.raises(Invalid) as refusal:
        read_statement(text.replace(old.encode(), new.encode()), ACCOUNT)
    assert (refusal.value.code, refusal.value.params["line"], refusal.value.field) == (code, line, "file")


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        ("", "statement_unreadable", 1),
        ("date;amount\n2027-01-01;3\n", "statement_unreadable", 1),
        ("date;amount;currency\n2027-01-01;3;EUR\n01.02.2027;3;EUR\n", "statement_day_wrong", 3),
        ("date;amount;currency\n2027-01-01;1.234,50;EUR\n", "statement_amount_wrong", 2),
        ("date;amount;currency\n2027-01-01;3;EUR;\n", "statement_columns_wrong", 2),
        ("date;amount;currency\n2027-01-01;3;euro\n", "statement_currency_wrong", 2),
        ('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Document>&e;</Document>', "statement_unreadable", 1),
    ],
)
def test_a_wrong_table_is_refused_with_its_line(content: str, code: str, line: int) -> None:
    with pytest.raises(Invalid) as refusal:
        read_statement(content.encode(), ACCOUNT)
    assert (refusal.value.code, refusal.value.params["line"]) == (code, line)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 2_000), st.integers(0, 40))
def test_a_damaged_file_is_read_or_refused_and_nothing_else(noise: bytes, at: int, gone: int) -> None:
    whole = example("camt053_v08.xml")
    for content in (noise, whole[:at] + noise + whole[at + gone :]):
        try:
            lines = read_statement(content, ACCOUNT)
        except DomainError:
            continue
        assert all(each.amount_minor > 0 for each in lines)


OWING = (
    Owing(1, 7, "RF471C1", "Calzados Andinos", 150_000, "EUR"),
    Owing(2, 7, "RF471C2", "Textiles del Sur", 150_000, "EUR"),
    Owing(3, 7, "RF471C22", "Cacao Quillabamba", 90_000, "EUR"),
    Owing(4, 8, "RF998C4", "Calçados Ândinos SAC", 0, "EUR"),
)


@pytest.mark.parametrize(
    ("amount", "currency", "payer", "told", "result"),
    [
        (150_000, "EUR", "", "rf47 1c1", Match(certain=1)),
        (100, "EUR", "", "pago RF47-1C1 gracias", Match(certain=1)),
        (90_000, "EUR", "", "RF471C22", Match(certain=3)),
        (150_001, "EUR", "", "RF471C1", Match(proposals=((1,),))),
        (390_000, "EUR", "", "RF471C1", Match(proposals=((1, 2, 3), (1,)))),
        (150_000, "USD", "", "RF471C1", Match()),
        (500, "EUR", "", "RF998C4", Match(proposals=((4,),))),
        (90_000, "EUR", "", "", Match(proposals=((3,),))),
        (150_000, "EUR", "CALZADOS ANDINOS S.A.C.", "", Match(proposals=((1,), (2,)))),
        (1, "EUR", "Cacao Quillabamba", "", Match(proposals=((3,),))),
        (1, "EUR", "Nobody", "nothing", Match()),
    ],
)
def test_what_is_certain_and_what_is_proposed(amount: int, currency: str, payer: str, told: str, result: Match) -> None:
    assert match(amount_minor=amount, currency=currency, payer=payer, told=told, owing=OWING) == result


def test_import_books_what_is_certain_and_proposes_the_rest(session: Session, sign_in: SignIn) -> None:
    (lead, member, other), staff = scene(session)
    browser = sign_in(staff)
    spaced = f"{member.reference[:4]} {member.reference[4:]}"
    content = example("camt053_v08.xml", lead=lead.reference, member_spaced=spaced, other_name=other.firm.name)
    status, _ = send(browser, content)
    assert status == 303
    session.expire_all()
    assert (lead.left.minor, member.left.minor, other.left.minor) == (0, 90_000, 150_000)
    page = browser.get("/staff/payments/statements").text
    assert "2 booked at once" in page
    assert other.reference in page
    entry = session.scalars(sa.select(BankEntry).where(BankEntry.state == EntryState.OPEN)).one()
    address = f"/staff/bank-entries/{entry.id}"
    assert browser.post(f"{address}/book", data={"reference": "RF00NOTHING"}).status_code == 422
    assert browser.post(f"{address}/book", data={"reference": other.reference}).status_code == 303
    assert browser.post(f"{address}/book", data={"reference": other.reference}).status_code == 409
    session.expire_all()
    assert (other.left.minor, entry.state) == (60_000, EntryState.BOOKED)
    assert "This money is booked." in browser.get(address).text


def test_the_same_file_or_entry_counts_once(session: Session, sign_in: SignIn) -> None:
    (lead, *_), staff = scene(session)
    browser = sign_in(staff)
    content = example("camt053_v08.xml", lead=lead.reference)
    assert send(browser, content)[0] == 303
    status, text = send(browser, content)
    assert (status, "This file was imported already." in text) == (422, True)
    assert send(browser, content.replace(b"STM-20270121", b"STM-AGAIN"))[0] == 303
    session.expire_all()
    assert (lead.received_minor, files(session)) == (150_000, 2)
    assert session.scalar(sa.select(sa.func.count(BankEntry.id))) == 3


def test_a_wrong_file_changes_nothing(session: Session, sign_in: SignIn) -> None:
    (lead, *_), staff = scene(session)
    content = example("camt053_v08.xml", lead=lead.reference).replace(b">900.00<", b">x<")
    status, text = send(sign_in(staff), content)
    assert (status, "Line 40: “x” is not an amount." in text) == (422, True)
    session.expire_all()
    assert (lead.received_minor, files(session)) == (0, 0)


def test_too_much_is_proposed_booked_and_shown(session: Session, sign_in: SignIn) -> None:
    (lead, *_), staff = scene(session)
    browser = sign_in(staff)
    send(browser, example("camt053_v02.xml", lead=lead.reference))
    entry = session.scalars(sa.select(BankEntry)).one()
    assert entry.state == EntryState.OPEN
    browser.post(f"/staff/bank-entries/{entry.id}/book", data={"reference": lead.reference})
    session.expire_all()
    assert lead.excess == factories.money(500)
    assert "more than is owed was paid." in browser.get(f"/staff/payments/{lead.id}").text


def test_one_transfer_for_a_group_pays_for_all(session: Session, sign_in: SignIn) -> None:
    charges, staff = scene(session)
    browser = sign_in(staff)
    table = f"date,amount,currency,text\n2027-01-20,4500.00,EUR,{charges[1].reference}\n"
    send(browser, table.encode(), "table.csv")
    entry = session.scalars(sa.select(BankEntry)).one()
    references = ",".join(charge.reference for charge in charges)
    assert references in browser.get(f"/staff/bank-entries/{entry.id}").text
    assert browser.post(f"/staff/bank-entries/{entry.id}/book", data={"reference": references}).status_code == 303
    session.expire_all()
    assert [charge.left.minor for charge in charges] == [0, 0, 0]
    assert entry.payment is not None
    assert entry.payment.payer_id == charges[0].firm_id


def test_money_for_nothing_is_set_aside(session: Session, sign_in: SignIn) -> None:
    _, staff = scene(session)
    entry = factories.bank_entry(staff)
    browser = sign_in(staff)
    assert browser.post(f"/staff/bank-entries/{entry.id}/set-aside", data={"note": ""}).status_code == 422
    assert browser.post(f"/staff/bank-entries/{entry.id}/set-aside", data={"note": "Interest"}).status_code == 303
    assert "Nothing waits for a decision." in browser.get("/staff/payments/statements").text


def test_matching_page_asks_a_constant_number_of_times(
    session: Session, sign_in: SignIn, statements: list[str]
) -> None:
    (_, member, _), staff = scene(session)
    browser = sign_in(staff)
    counts = []
    for _ in range(2):
        factories.bank_entry(staff, amount_minor=member.amount_minor)
        session.commit()
        session.expire_all()
        statements.clear()
        assert browser.get("/staff/payments/statements").status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 7, "\n".join(statements)
