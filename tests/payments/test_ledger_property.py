"""Whatever happens to a charge, in whatever order: ledger and sums agree, and no money is made or lost."""

import contextlib
import uuid
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from fairlink.applications.states import ApplicationState
from fairlink.kernel.errors import DomainError
from fairlink.kernel.money import Money
from fairlink.payments import queries, service
from fairlink.payments.models import Charge, Invoice
from fairlink.payments.rules import RefundReport
from fairlink.payments.states import EntryKind, InvoiceKind, RefundAction, RefundState
from fairlink.policy import Role
from tests import factories
from tests.payments.conftest import application_of, charged

NOW = datetime(2027, 1, 20, 12, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("app")

amounts = st.integers(1, 300_000)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("transfer"), amounts),
        st.tuples(st.just("refund"), amounts),
        st.tuples(st.just("sent"), st.integers(0, 5)),
        st.tuples(st.just("came back"), st.integers(0, 5)),
        st.tuples(st.just("reduce"), amounts),
        st.tuples(st.just("withdraw"), st.just(0)),
        st.tuples(st.just("tick"), st.just(0)),
    ),
    max_size=14,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=steps)
def test_ledgers_balance_after_any_history(session: Session, history: list[tuple[str, int]]) -> None:
    _play(session, history)


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=steps)
def test_ledgers_balance_after_many_histories(session: Session, history: list[tuple[str, int]]) -> None:
    _play(session, history)


def _play(session: Session, history: list[tuple[str, int]]) -> None:
    savepoint = session.begin_nested()
    try:
        _live_through(session, history)
    finally:
        savepoint.rollback()
        session.expire_all()


def _live_through(session: Session, history: list[tuple[str, int]]) -> None:
    charge = charged(session)[0]
    staff = factories.officer(charge.agency, Role.FINANCE)
    bank_in = bank_out = 0
    for act, number in history:
        refunds = queries.refunds_of_charge(session, charge.id)
        # A refused step is undone as the entry points do it.
        with contextlib.suppress(DomainError), session.begin_nested():
            if act == "transfer":
                money = Money(number, "EUR")
                service.record_transfer(session, charge, money, NOW.date(), key=uuid.uuid4(), by=staff, now=NOW)
                bank_in += number
            elif act == "refund":
                service.request(session, charge, number, "", key=uuid.uuid4(), by=staff, now=NOW)
            elif act == "sent" and number < len(refunds):
                service.mark_sent(session, refunds[number], by=staff, now=NOW)
                bank_out += refunds[number].amount_minor
            elif act == "came back" and number < len(refunds):
                refund = refunds[number]
                had_gone = refund.state == RefundState.SUCCEEDED
                refund.stripe_id = f"re_{refund.id}"
                service.settle_refund(
                    session,
                    RefundReport(
                        refund.stripe_id, str(refund.key), "", RefundAction.FAIL, refund.amount_minor, refund.currency
                    ),
                    now=NOW,
                )
                bank_out -= refund.amount_minor if had_gone else 0
            elif act == "reduce":
                service.reduce(session, charge, Money(number, "EUR"), "", by=staff, now=NOW)
            elif act == "withdraw":
                application_of(charge).state = ApplicationState.WITHDRAWN
            elif act == "tick":
                service.cancel_groundless(session, now=NOW)
                service.refund_cancelled(session, now=NOW)
        session.flush()
        sums = queries.entry_sums(session, charge.id)
        given_back = sums.get(EntryKind.REFUNDED, 0) - sums.get(EntryKind.REFUND_RETURNED, 0)
        assert (charge.received_minor, charge.refunded_minor) == (sums.get(EntryKind.RECEIVED, 0), given_back)
        assert (charge.received_minor, charge.refunded_minor) == (bank_in, bank_out)
        assert charge.held.minor == bank_in - bank_out >= 0
        assert sums[EntryKind.CHARGED] == charge.amount_minor
        credited = sums.get(EntryKind.CANCELLED, 0) + sums.get(EntryKind.REDUCED, 0)
        assert credited == charge.credited_minor <= charge.amount_minor
        assert (charge.cancelled_at is not None) == (charge.owed_minor == 0)
        _check_invoices(session, charge, credited)
        asked = sum(each.amount_minor for each in refunds if each.state != RefundState.FAILED)
        assert asked <= charge.received_minor


def _check_invoices(session: Session, charge: Charge, credited: int) -> None:
    """Invoices less credit notes are what is owed, and no number of the agency is missing or given twice."""
    invoices = queries.invoices_of_charge(session, charge.id)
    billed = sum(each.amount_minor for each in invoices if each.kind == InvoiceKind.INVOICE)
    noted = sum(each.amount_minor for each in invoices if each.kind == InvoiceKind.CREDIT_NOTE)
    assert (billed, noted) == (charge.amount_minor, credited)
    by_year: dict[int, list[int]] = {}
    query = sa.select(Invoice.year, Invoice.number).where(Invoice.agency_id == charge.agency_id)
    for year, number in session.execute(query):
        by_year.setdefault(year, []).append(number)
    for numbers in by_year.values():
        assert sorted(numbers) == list(range(1, len(numbers) + 1))
