"""Chargebacks that staff see, and deposits that are put by on a card."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts import queries as accounts
from fairlink.accounts.models import User
from fairlink.kernel.clock import utcnow
from fairlink.payments import jobs, queries, service
from fairlink.payments.models import Charge, Dispute, Payment
from fairlink.payments.rules import can_hold
from fairlink.payments.states import ChargeKind, DisputeState, PaymentState
from fairlink.policy import Role
from tests import factories
from tests.jobs import run_due_jobs
from tests.payments.conftest import accepted, charged
from tests.payments.stripe_standin import StripeStandIn

pytestmark = pytest.mark.network

SignIn = Callable[[User], FlaskClient]
Deliver = Callable[[bytes, str], int]


def pay(session: Session, sign_in: SignIn, standin: StripeStandIn, charge: Charge) -> Payment:
    """The owner goes through the card page."""
    owner = accounts.contact(session, charge.firm_id)
    assert owner is not None
    answer = sign_in(owner).post(f"/payments/{charge.id}/card")
    assert answer.status_code == 303, answer.text
    payment = session.scalars(sa.select(Payment).order_by(Payment.id.desc()).limit(1)).one()
    assert payment.session_id is not None
    standin.pay(payment.session_id)
    session.expire_all()
    return payment


def deposit(session: Session) -> Charge:
    """A deposit of 50.00 EUR at a fair that is over in three days."""
    today = utcnow().date()
    fair = factories.fair(starts_on=today + timedelta(days=1), ends_on=today + timedelta(days=3))
    factories.price(fair, ChargeKind.DEPOSIT, amount_minor=5_000)
    application = accepted(to=factories.call(fair))
    service.charge_accepted(session, now=utcnow())
    wanted = sa.select(Charge).where(Charge.kind == ChargeKind.DEPOSIT, Charge.firm_id == application.lead_firm_id)
    return session.scalars(wanted).one()


def clock(session: Session) -> None:
    later = utcnow() + timedelta(minutes=6)
    jobs.tick(session, now=later)
    jobs.ask_again(session, now=later)
    run_due_jobs(session, now=later)
    session.expire_all()


def test_a_dispute_is_shown_and_a_lost_one_takes_the_money_once(
    session: Session, sign_in: SignIn, standin: StripeStandIn, deliver: Deliver
) -> None:
    charge = charged(session)[0]
    standin.deliver = deliver
    payment = pay(session, sign_in, standin, charge)
    assert payment.intent_id is not None
    raised = standin.dispute(payment.intent_id, 150_000)
    staff = factories.officer(charge.agency, Role.FINANCE)
    browser = sign_in(staff)
    assert "Payers object with their bank" in browser.get("/staff/payments").text
    assert "fraudulent" in browser.get(f"/staff/payments/{charge.id}").text
    standin.dispute_ends(raised["id"], well=False)
    standin.dispute_ends(raised["id"], well=False)
    session.expire_all()
    assert (charge.refunded_minor, charge.left.minor) == (150_000, 150_000)
    assert session.scalars(sa.select(Dispute)).one().state == DisputeState.LOST
    assert queries.refundable(session, charge.id) == [], "what the bank took cannot be given back again"
    assert "Payers object" not in browser.get("/staff/payments").text


def test_a_dispute_that_is_won_changes_no_money(
    session: Session, sign_in: SignIn, standin: StripeStandIn, deliver: Deliver
) -> None:
    charge = charged(session)[0]
    standin.deliver = deliver
    payment = pay(session, sign_in, standin, charge)
    assert payment.intent_id is not None
    raised = standin.dispute(payment.intent_id, 150_000)
    standin.dispute_ends(raised["id"], well=True)
    session.expire_all()
    assert (charge.refunded_minor, session.scalars(sa.select(Dispute)).one().state) == (0, DisputeState.WON)


def test_a_dispute_about_a_payment_that_is_not_known_comes_again(
    session: Session, standin: StripeStandIn, deliver: Deliver
) -> None:
    thing = {"id": "du_1", "object": "dispute", "payment_intent": "pi_1", "status": "lost", "amount": 1}
    body = standin.event("charge.dispute.closed", thing | {"currency": "eur", "reason": "general"})
    assert deliver(body, standin.sign(body)) == 404


def test_amounts_are_put_by_for_deposits_alone_and_only_near_the_fair() -> None:
    now = utcnow()
    soon, far = now + timedelta(days=6), now + timedelta(days=7)
    assert can_hold([ChargeKind.DEPOSIT], soon, now)
    assert not can_hold([ChargeKind.DEPOSIT], far, now)
    assert not can_hold([ChargeKind.DEPOSIT, ChargeKind.STAND], soon, now)


def test_a_deposit_is_put_by_and_kept(
    session: Session, sign_in: SignIn, standin: StripeStandIn, deliver: Deliver
) -> None:
    charge = deposit(session)
    standin.deliver = deliver
    payment = pay(session, sign_in, standin, charge)
    assert (payment.state, charge.received_minor, standin.received) == (PaymentState.HELD, 0, 0)
    browser = sign_in(factories.officer(charge.agency, Role.FINANCE))
    assert "Keep the deposit" in browser.get(f"/staff/payments/{charge.id}").text
    address = f"/staff/payments/made/{payment.id}/keep"
    assert browser.post(address).status_code == 303
    assert browser.post(address).status_code == 409
    session.expire_all()
    assert (payment.state, charge.received_minor, standin.received) == (PaymentState.PAID, 5_000, 5_000)


def test_a_deposit_that_is_put_by_is_let_go_with_its_charge(
    session: Session, sign_in: SignIn, standin: StripeStandIn
) -> None:
    charge = deposit(session)
    payment = pay(session, sign_in, standin, charge)
    clock(session)
    assert payment.state == PaymentState.HELD
    staff = factories.officer(charge.agency, Role.FINANCE)
    service.reduce(session, charge, charge.owed, "All meetings were held", by=staff, now=utcnow())
    session.commit()
    clock(session)
    assert (payment.state, standin.received) == (PaymentState.RELEASED, 0)
    assert charge.received_minor == charge.refunded_minor == 0
