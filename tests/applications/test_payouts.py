"""Paying out: nothing is paid twice or beyond its award and envelope, and banks get files that they can read."""

import csv
import io
from datetime import UTC, date, datetime
from importlib.resources import files
from typing import Any

import pytest
import sqlalchemy as sa
import xmlschema
from defusedxml import ElementTree
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.applications import queries, service
from fairlink.applications.models import Award, Disbursement, DisbursementBatch
from fairlink.applications.rules import payouts as rules
from fairlink.applications.states import ApplicationState
from fairlink.applications.states.money import DisbursementState, FileKind, Purpose
from fairlink.kernel.errors import Conflict, Invalid
from fairlink.policy import Role
from fairlink.subsidies.models import EnvelopeEntry
from fairlink.subsidies.states import EntryKind
from tests import factories

SPANISH, FRENCH, BRITISH = "ES9121000418450200051332", "FR1420041010050500013M02606", "GB29NWBK60161331926819"
PERUVIAN = "0011-0130-0100012345"


@pytest.fixture
def award(session: Session) -> Award:
    """4,500.00 EUR for three firms."""
    return factories.award(factories.application(state=ApplicationState.ACCEPTED, decided_at=factories.MADE_AT))


@pytest.fixture
def finance(session: Session, award: Award) -> User:
    """Finance staff of an agency that pays from a Spanish account."""
    agency = award.application.call.fair.agency
    made = factories.user(agency, Role.FINANCE)
    service.save_account(session, agency, holder="Agencia", number=SPANISH, bic="", bank="", by=made, now=NOW)
    return made


pytestmark = pytest.mark.usefixtures("app")

NOW = datetime(2027, 3, 19, 12, tzinfo=UTC)  # a Friday


def order(
    session: Session, award: Award, by: User, minor: int = 100_000, number: int = 1, **values: Any
) -> Disbursement:
    defaults: dict[str, Any] = {"reference": f"test:{number}", "payee": award.members[0].firm, "award": award}
    call = award.application.call
    return service.order_payment(session, call, minor, Purpose.CLAIM, by=by, now=NOW, **defaults | values)


def send(session: Session, finance: User, kind: FileKind) -> DisbursementBatch:
    assert finance.organisation is not None
    return service.make_batch(session, finance.organisation, kind, "EUR", by=finance, now=NOW)


def account(session: Session, of: Disbursement, number: str, by: User, holder: str = "Calzados Ñandú") -> None:
    assert of.payee is not None
    service.save_account(session, of.payee, holder=holder, number=number, bic="", bank="", by=by, now=NOW)


def entries(session: Session, award: Award) -> list[tuple[EntryKind, int]]:
    query = sa.select(EnvelopeEntry).where(EnvelopeEntry.call_id == award.application.call_id)
    return [(each.kind, each.amount_minor) for each in session.scalars(query.order_by(EnvelopeEntry.id))]


def test_sepa_file_is_valid_by_the_schema_and_carries_each_payment_once(
    session: Session, award: Award, finance: User
) -> None:
    paid = order(session, award, finance)
    other = order(session, award, finance, 50_000, 2, payee=award.members[1].firm)
    account(session, paid, FRENCH, finance)
    account(session, other, BRITISH, finance)
    batch = send(session, finance, FileKind.PAIN_001)
    schema = str(files("sepaxml").joinpath("schemas/pain.001.001.09.xsd"))
    xmlschema.XMLSchema(schema).validate(batch.content.decode())
    tree, space = ElementTree.fromstring(batch.content), "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}"
    texts = {name: [each.text for each in tree.iter(space + name)] for name in ("IBAN", "InstdAmt", "CtrlSum", "Dt")}
    assert texts == {
        "IBAN": [SPANISH, FRENCH, BRITISH],
        "InstdAmt": ["1000.00", "500.00"],
        "CtrlSum": ["1500.00", "1500.00"],
        "Dt": ["2027-03-22"],
    }
    assert tree.findtext(f".//{space}MsgId") == batch.message_id
    assert entries(session, award)[1:] == [(EntryKind.DISBURSED, 100_000), (EntryKind.DISBURSED, 50_000)]
    with pytest.raises(Invalid, match="nothing_to_send"):
        send(session, finance, FileKind.PAIN_001)


def test_account_outside_sepa_goes_into_a_table_whose_cells_run_nothing(
    session: Session, award: Award, finance: User
) -> None:
    waiting = order(session, award, finance)
    account(session, waiting, PERUVIAN, finance, holder="=HYPERLINK(1)")
    with pytest.raises(Invalid, match="nothing_to_send"):
        send(session, finance, FileKind.PAIN_001)
    batch = send(session, finance, FileKind.CSV)
    (row,) = csv.DictReader(io.StringIO(batch.content.decode()))
    assert (row["account_holder"], row["account"], row["amount"]) == ("'=HYPERLINK(1)", PERUVIAN, "1000.00")


def test_payee_without_an_account_waits(session: Session, award: Award, finance: User) -> None:
    order(session, award, finance)
    with pytest.raises(Invalid, match="nothing_to_send"):
        send(session, finance, FileKind.CSV)


def test_payee_outside_the_platform_gets_its_account_from_finance(
    session: Session, award: Award, finance: User
) -> None:
    waiting = order(session, award, finance, payee=None, payee_name="Fenac S.A.")
    service.enter_account(session, waiting, holder="Fenac", number=FRENCH, bic="", by=finance, now=NOW)
    batch = send(session, finance, FileKind.PAIN_001)
    assert [each.payee_name for each in batch.disbursements] == ["Fenac S.A."]
    with pytest.raises(Conflict):
        service.enter_account(session, waiting, holder="Evil", number=SPANISH, bic="", by=finance, now=NOW)


def test_award_pays_no_more_than_it_promised(session: Session, award: Award, finance: User) -> None:
    order(session, award, finance, 450_000)
    with pytest.raises(Conflict, match="award_overdrawn"):
        order(session, award, finance, 1, 2)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE award SET disbursed_minor = amount_minor + 1",
        "UPDATE call SET disbursed_minor = committed_minor + 1",
        "UPDATE call SET committed_minor = envelope_minor + 1",
    ],
)
def test_database_refuses_what_is_too_much_even_below_the_code(session: Session, award: Award, statement: str) -> None:
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(sa.text(statement))


def test_same_reference_is_ordered_once(session: Session, award: Award, finance: User) -> None:
    order(session, award, finance)
    with pytest.raises(IntegrityError, match="uq_disbursement_reference"), session.begin_nested():
        order(session, award, finance)


def test_failed_payment_is_in_the_envelope_again_and_can_be_ordered_again(
    session: Session, award: Award, finance: User
) -> None:
    paid, failed = order(session, award, finance), order(session, award, finance, 50_000, 2)
    account(session, paid, FRENCH, finance)
    batch = send(session, finance, FileKind.PAIN_001)
    service.mark_failed(session, failed, date(2027, 3, 23), "Account closed", by=finance, now=NOW)
    assert service.mark_paid(session, batch, date(2027, 3, 23), by=finance, now=NOW) == 1
    assert (paid.state, failed.state) == (DisbursementState.PAID, DisbursementState.FAILED)
    assert (award.disbursed_minor, award.application.call.disbursed_minor) == (100_000, 100_000)
    again = service.order_again(session, failed, by=finance, now=NOW)
    assert (again.state, again.amount, award.disbursed_minor) == (DisbursementState.WAITING, failed.amount, 150_000)
    assert queries.disbursement_by_reference(session, "test:2:again") is again


def test_withdrawal_takes_back_what_waits_and_releases_only_what_was_not_paid(
    session: Session, award: Award, finance: User
) -> None:
    paid = order(session, award, finance)
    account(session, paid, FRENCH, finance)
    send(session, finance, FileKind.PAIN_001)
    waiting = order(session, award, finance, 20_000, 2)
    service.withdraw(session, award.application, by=award.application.contact, now=NOW)
    assert waiting.state == DisbursementState.CANCELLED
    assert (award.released_minor, award.disbursed_minor, award.left.minor) == (350_000, 100_000, 0)
    assert award.application.call.committed_minor == 100_000


def test_account_numbers_are_shown_to_recognise_and_not_to_use(session: Session, award: Award, finance: User) -> None:
    shown = queries.payout_account(session, finance.organisation_id)
    assert shown is not None
    assert shown.masked == "ES••••1332"


@pytest.mark.parametrize(
    ("currency", "to", "kind"),
    [
        ("EUR", FRENCH, FileKind.PAIN_001),
        ("USD", FRENCH, FileKind.CSV),
        ("EUR", PERUVIAN, FileKind.CSV),
        ("EUR", "BR1500000000000010932840814P2", FileKind.CSV),
    ],
)
def test_sepa_takes_euros_between_its_own_accounts(currency: str, to: str, kind: FileKind) -> None:
    assert rules.file_kind(currency, SPANISH, to) == kind


def test_banks_act_on_the_next_working_day() -> None:
    assert [rules.execution_day(date(2027, 3, day)) for day in (18, 19, 20)] == [
        date(2027, 3, 19),
        date(2027, 3, 22),
        date(2027, 3, 22),
    ]
