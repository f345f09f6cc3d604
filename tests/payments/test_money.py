"""Charging, transfers, refunds and the staff's pages."""

import uuid
from collections.abc import Callable
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from fairlink.accounts import queries as accounts
from fairlink.accounts.models import User
from fairlink.applications import service as applications
from fairlink.kernel.clock import utcnow
from fairlink.kernel.money import Money
from fairlink.mail.models import MailMessage
from fairlink.payments import gateway, jobs, queries, service
from fairlink.payments.models import Charge, ChargeEntry, Payment, Refund
from fairlink.payments.rules import RefundReport
from fairlink.payments.states import ChargeFilter, ChargeState, RefundState
from fairlink.policy import Role
from tests import factories
from tests.jobs import run_due_jobs
from tests.payments.conftest import accepted, application_of, charged
from tests.payments.stripe_standin import StripeStandIn

#: Making the app sets the address and the sender of mails.
pytestmark = pytest.mark.usefixtures("app")

SignIn = Callable[[User], FlaskClient]


def finance(charge: Charge) -> User:
    return factories.officer(charge.agency, Role.FINANCE)


def sums(session: Session, charge: Charge) -> dict[str, int]:
    session.flush()
    return queries.entry_sums(session, charge.id)


def test_an_accepted_award_is_charged_once_to_each_firm(session: Session) -> None:
    application = accepted()
    now = utcnow()
    assert (service.charge_accepted(session, now=now), service.charge_accepted(session, now=now)) == (3, 0)
    charges = session.scalars(sa.select(Charge).order_by(Charge.id)).all()
    assert [(charge.firm_id, charge.amount_minor) for charge in charges] == [
        (member.firm_id, 150_000) for member in application.members
    ]
    assert {charge.due_on for charge in charges} == {date(2027, 2, 9)}
    mails = session.scalars(sa.select(MailMessage).where(MailMessage.template == "payment_due")).all()
    assert [mail.subject for mail in mails] == [f"To pay for {application.call.fair.title}: €1,500.00"]


def test_withdrawing_cancels_and_asks_for_the_money_back_once(session: Session) -> None:
    charge = charged(session)[0]
    staff, now = finance(charge), utcnow()
    service.record_transfer(session, charge, factories.money(1500), now.date(), key=uuid.uuid4(), by=staff, now=now)
    applications.withdraw(session, application_of(charge), by=application_of(charge).contact, now=now)
    jobs.tick(session, now=now)
    jobs.tick(session, now=now)
    session.expire_all()
    assert charge.state(now.date()) == ChargeState.CANCELLED
    refunds = session.scalars(sa.select(Refund)).all()
    assert [(refund.amount_minor, refund.state) for refund in refunds] == [(150_000, RefundState.REQUESTED)]
    service.mark_sent(session, refunds[0], by=staff, now=now)
    jobs.tick(session, now=now)
    assert sums(session, charge) == {"charged": 150_000, "cancelled": 150_000, "received": 150_000, "refunded": 150_000}
    assert len(session.scalars(sa.select(Refund)).all()) == 1


@pytest.mark.network
def test_withdrawing_gives_card_money_back(session: Session, sign_in: SignIn, standin: StripeStandIn) -> None:
    charge = charged(session)[0]
    owner = accounts.contact(session, charge.firm_id)
    assert owner is not None
    sign_in(owner).post(f"/payments/{charge.id}/card")
    payment = session.scalars(sa.select(Payment)).one()
    assert payment.session_id is not None
    standin.pay(payment.session_id)
    service.ask(session, payment.id, now=utcnow())
    applications.withdraw(session, application_of(charge), by=owner, now=utcnow())
    jobs.tick(session, now=utcnow())
    assert run_due_jobs(session, now=utcnow()) == ["payments.send_refund"]
    session.expire_all()
    assert (charge.received_minor, charge.refunded_minor) == (150_000, 150_000)
    assert standin.refunded == 150_000
    refund = session.scalars(sa.select(Refund)).one()
    assert refund.stripe_id is not None
    # A bank that sends it back: the agency holds the money again and the clock does not try by itself.
    standin.deliver = lambda body, signature: 200
    standin.refund_fails(refund.stripe_id)
    service.settle_refund(session, _report(standin, refund.stripe_id), now=utcnow())
    jobs.tick(session, now=utcnow())
    session.expire_all()
    assert (charge.refunded_minor, refund.state) == (0, RefundState.FAILED)
    assert len(session.scalars(sa.select(Refund)).all()) == 1


def _report(standin: StripeStandIn, stripe_id: str) -> RefundReport:
    raw = standin.objects[stripe_id]
    event = gateway.read_platform_event(body := standin.event("refund.failed", raw), standin.sign(body))
    assert isinstance(event.report, RefundReport)
    return event.report


@pytest.mark.network
@pytest.mark.parametrize("fault", ["500 before", "500 after", "lost", "refused"])
def test_a_refund_whose_answer_fails_is_made_once(
    session: Session, sign_in: SignIn, standin: StripeStandIn, fault: str
) -> None:
    charge = charged(session)[0]
    owner = accounts.contact(session, charge.firm_id)
    assert owner is not None
    sign_in(owner).post(f"/payments/{charge.id}/card")
    payment = session.scalars(sa.select(Payment)).one()
    assert payment.session_id is not None
    standin.pay(payment.session_id)
    now = utcnow()
    service.ask(session, payment.id, now=now)
    (refund,) = service.request(session, charge, 40_000, "too much", key=uuid.uuid4(), by=finance(charge), now=now)
    session.commit()
    standin.faults = iter([fault] * 2)
    for minutes in (0, 1, 11, 22):
        try:
            service.send(session, refund.id, now=now + timedelta(minutes=minutes))
        except gateway.CardServiceAway:
            session.rollback()
    session.expire_all()
    assert (refund.state, charge.refunded_minor, standin.refunded) == (RefundState.SUCCEEDED, 40_000, 40_000)


def test_more_than_was_paid_cannot_go_back(session: Session, sign_in: SignIn) -> None:
    charge = charged(session)[0]
    staff, now = finance(charge), utcnow()
    service.record_transfer(session, charge, factories.money(100), now.date(), key=uuid.uuid4(), by=staff, now=now)
    session.commit()
    form = {"key": str(uuid.uuid4()), "amount": "100.01", "reason": "Mistake"}
    answer = sign_in(staff).post(f"/staff/payments/{charge.id}/refund", data=form)
    assert answer.status_code == 422
    assert "At most €100.00 can go back" in answer.text
    answer = sign_in(staff).post(f"/staff/payments/{charge.id}/refund", data=form | {"amount": "100"})
    assert answer.status_code == 303
    assert sign_in(staff).post(f"/staff/payments/{charge.id}/refund", data=form | {"amount": "1"}).status_code == 422


def test_a_transfer_is_recorded_once_however_often_it_is_sent(session: Session, sign_in: SignIn) -> None:
    charge = charged(session)[0]
    browser = sign_in(finance(charge))
    form = {"key": str(uuid.uuid4()), "amount": "1,500.00", "received_on": "2026-01-31"}
    first = browser.post(f"/staff/payments/{charge.id}/transfer", data=form)
    second = browser.post(f"/staff/payments/{charge.id}/transfer", data=form)
    assert (first.status_code, second.status_code) == (303, 409)
    session.expire_all()
    assert (charge.received_minor, charge.left.minor) == (150_000, 0)
    assert "Paid" in browser.get("/staff/payments").text


def test_a_transfer_in_the_future_is_refused_and_kept_on_the_page(session: Session, sign_in: SignIn) -> None:
    charge = charged(session)[0]
    form = {"key": str(uuid.uuid4()), "amount": "12.34", "received_on": f"{utcnow() + timedelta(days=3):%Y-%m-%d}"}
    answer = sign_in(finance(charge)).post(f"/staff/payments/{charge.id}/transfer", data=form)
    assert answer.status_code == 422
    assert "This day lies in the future." in answer.text
    assert 'value="12.34"' in answer.text


def test_firm_sees_the_account_and_the_reference(session: Session, sign_in: SignIn) -> None:
    charge = charged(session)[0]
    form = {"holder": "Export Agency", "number": "es9121000418450200051332", "bank": "", "bic": "CAIXESBB"}
    assert sign_in(finance(charge)).post("/staff/payments/account", data=form).status_code == 303
    owner = accounts.contact(session, charge.firm_id)
    assert owner is not None
    page = sign_in(owner).get(f"/payments/{charge.id}").text
    assert "ES91 2100 0418 4502 0005 1332" in page
    assert charge.reference in page
    assert "by card" not in page


def test_a_wrong_iban_is_refused(session: Session, sign_in: SignIn) -> None:
    charge = charged(session)[0]
    form = {"holder": "Export Agency", "number": "ES91 2100 0418 4502 0005 1333", "bank": "", "bic": ""}
    answer = sign_in(finance(charge)).post("/staff/payments/account", data=form)
    assert answer.status_code == 422
    assert "This IBAN has a mistake in it." in answer.text


@pytest.mark.parametrize("path", ["/payments", "/staff/payments"])
def test_lists_ask_a_constant_number_of_times(
    session: Session, sign_in: SignIn, statements: list[str], path: str
) -> None:
    lead = charged(session)[0]
    person = finance(lead) if path.startswith("/staff") else accounts.contact(session, lead.firm_id)
    assert person is not None
    browser = sign_in(person)
    other = application_of(lead)
    for _ in range(2):
        session.expire_all()
        statements.clear()
        page = browser.get(path)
        assert page.status_code == 200
        assert len(statements) == 5, "\n".join(statements)
        more = accepted(to=other.call, of=factories.group(lead.firm, factories.organisation()))
        assert more.lead_firm_id == lead.firm_id
        service.charge_accepted(session, now=utcnow())
        session.commit()


def test_the_ledger_refuses_changes(session: Session) -> None:
    charge = charged(session)[0]
    session.commit()
    with pytest.raises(DBAPIError, match="append"), session.begin_nested():
        session.execute(sa.update(ChargeEntry).where(ChargeEntry.charge_id == charge.id).values(amount_minor=1))


def test_no_more_can_go_back_than_came_in(session: Session) -> None:
    charge = charged(session)[0]
    session.commit()
    with pytest.raises(IntegrityError, match="refunded_within_received"), session.begin_nested():
        session.execute(sa.update(Charge).where(Charge.id == charge.id).values(refunded_minor=1))


def test_states_are_told_alike_by_rules_and_database(session: Session) -> None:
    charges = charged(session)
    staff, now = finance(charges[0]), utcnow()
    service.record_transfer(session, charges[1], Money(200_000, "EUR"), now.date(), key=uuid.uuid4(), by=staff, now=now)
    charges[2].cancelled_at = now
    session.flush()
    for today in (charges[0].due_on, charges[0].due_on + timedelta(days=1)):
        told = [charge.state(today).value for charge in charges]
        listed = [
            next(
                state.value
                for state in ChargeFilter
                if charge in session.scalars(queries.charges_of_agency(charge.agency_id, state, today)).unique().all()
            )
            for charge in charges
        ]
        assert told == listed
        counts = queries.totals_of_agency(session, charges[0].agency_id, today)
        assert counts == {state: told.count(state.value) for state in ChargeFilter}
    assert charges[1].excess == factories.money(500)


def test_staff_find_what_was_given_back(session: Session, sign_in: SignIn) -> None:
    first, second, third = charged(session)
    staff, now = finance(first), utcnow()
    for charge in (first, second):
        service.record_transfer(session, charge, charge.left, now.date(), key=uuid.uuid4(), by=staff, now=now)
    (part,) = service.request(session, first, 100, "Goodwill", key=uuid.uuid4(), by=staff, now=now)
    service.mark_sent(session, part, by=staff, now=now)
    browser = sign_in(staff)
    for address in ("/staff/payments", f"/staff/fairs/{first.fair_id}/payments"):
        page = browser.get(f"{address}?state=refunded").text
        assert [each.reference in page for each in (first, second, third)] == [True, False, False]
