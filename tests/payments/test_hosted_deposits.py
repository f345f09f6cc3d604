"""Deposits of hosted buyers: charged once, and kept or given back by what became of the stay."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.fairs.states import FairState
from fairlink.kernel.clock import utcnow
from fairlink.mail.models import MailMessage
from fairlink.payments import jobs, service
from fairlink.payments.models import Charge, Payment, PaymentTerms, Refund
from fairlink.payments.states import PaymentState
from fairlink.policy import Role
from fairlink.visits.models import HostedStay
from fairlink.visits.states import Forfeit, HostedState
from tests import factories
from tests.jobs import run_due_jobs
from tests.payments.stripe_standin import StripeStandIn

pytestmark = pytest.mark.network

SignIn = Callable[[User], FlaskClient]


def promised(state: HostedState = HostedState.GRANTED) -> HostedStay:
    """A buyer at a fair that is over in three days, whose support is promised, with a deposit of 200.00."""
    today = utcnow().date()
    fair = factories.fair(starts_on=today + timedelta(days=1), ends_on=today + timedelta(days=3))
    offer = factories.hosting_offer(factories.call(fair))
    return factories.hosted_stay(factories.visit(fair), offer, state=state)


def the_charge(session: Session) -> Charge:
    session.expire_all()
    return session.scalars(sa.select(Charge)).one()


def clock(session: Session, later: timedelta = timedelta(minutes=6)) -> None:
    now = utcnow() + later
    jobs.tick(session, now=now)
    jobs.ask_again(session, now=now)
    run_due_jobs(session, now=now)
    session.expire_all()


def mails(session: Session, template: str) -> int:
    return session.scalar(sa.select(sa.func.count()).where(MailMessage.template == template)) or 0


def hold(session: Session, sign_in: SignIn, standin: StripeStandIn, stay: HostedStay) -> Payment:
    """The buyer has the deposit put by on a card."""
    clock(session)
    charge = the_charge(session)
    answer = sign_in(stay.visit.visitor).post(f"/payments/{charge.id}/card")
    assert answer.status_code == 303, answer.text
    payment = session.scalars(sa.select(Payment)).one()
    assert payment.session_id is not None
    standin.pay(payment.session_id)
    clock(session)
    assert payment.state == PaymentState.HELD
    return payment


def test_a_promise_is_charged_once_and_the_buyer_sees_it(session: Session, sign_in: SignIn, app: object) -> None:
    promised(HostedState.APPLIED)
    stay = promised()
    for _ in range(2):
        clock(session)
    charge = the_charge(session)
    assert (charge.stay, charge.amount_minor, charge.firm_id) == (stay, 20_000, stay.buyer_id)
    assert mails(session, "payment_due") == 1
    browser = sign_in(stay.visit.visitor)
    assert "Deposit" in browser.get("/payments").text
    for address in (f"/payments/{charge.id}", f"/payments/{charge.id}/statement"):
        assert browser.get(address).status_code == 200
    staff = sign_in(factories.officer(charge.agency, Role.FINANCE))
    for address in ("/staff/payments", f"/staff/payments/{charge.id}", f"/staff/fairs/{charge.fair_id}/payments"):
        assert charge.reference in staff.get(address).text
    stranger = factories.visit()
    assert sign_in(stranger.visitor).get(f"/payments/{charge.id}").status_code == 404


def test_a_late_buyer_is_told_for_each_fair_and_not_of_a_stand(session: Session, app: object) -> None:
    first = promised()
    second = promised()
    second.visit.buyer_id, second.visit.visitor_id = first.visit.buyer_id, first.visit.visitor_id
    session.commit()
    for stay in (first, second):
        factories.add(PaymentTerms(fair_id=stay.offer.fair_id, release_days=3))
    clock(session)
    service.remind(session, now=utcnow() + timedelta(days=3))
    told = session.scalars(sa.select(MailMessage.text).where(MailMessage.template == "payment_reminder")).all()
    assert len(told) == 2
    assert not [text for text in told if "stand" in text]


@pytest.mark.parametrize(
    ("end", "reason"),
    [(HostedState.APPROVED, ""), (HostedState.WITHDRAWN, ""), (HostedState.FORFEITED, Forfeit.NOT_CLAIMED.value)],
)
def test_what_is_put_by_is_let_go_when_the_deposit_returns(
    session: Session, sign_in: SignIn, standin: StripeStandIn, end: HostedState, reason: str
) -> None:
    stay = promised()
    payment = hold(session, sign_in, standin, stay)
    stay.state, stay.reason = end, reason
    session.commit()
    for _ in range(2):
        clock(session)
    assert payment.state == PaymentState.RELEASED
    assert (standin.received, the_charge(session).received_minor, mails(session, "deposit_released")) == (0, 0, 1)


def test_what_is_put_by_is_taken_when_the_deposit_is_forfeited(
    session: Session, sign_in: SignIn, standin: StripeStandIn
) -> None:
    stay = promised()
    payment = hold(session, sign_in, standin, stay)
    stay.state = HostedState.FORFEITED
    session.commit()
    for _ in range(2):
        clock(session)
    assert payment.state == PaymentState.PAID
    charge = the_charge(session)
    assert (standin.received, charge.held.minor, charge.left.minor, mails(session, "payment_received")) == (
        20_000,
        20_000,
        0,
        1,
    )


def test_what_is_put_by_is_taken_before_the_bank_lets_go_and_can_go_back(
    session: Session, sign_in: SignIn, standin: StripeStandIn
) -> None:
    stay = promised()
    hold(session, sign_in, standin, stay)
    clock(session, timedelta(days=6, hours=1))
    assert standin.received == 20_000
    stay.state = HostedState.APPROVED
    session.commit()
    for _ in range(2):
        clock(session, timedelta(days=7))
    assert (standin.refunded, the_charge(session).held.minor) == (20_000, 0)


def test_a_transfer_goes_back_when_the_fair_is_cancelled(session: Session, app: object) -> None:
    stay = promised()
    clock(session)
    charge, now = the_charge(session), utcnow()
    staff = factories.officer(charge.agency, Role.FINANCE)
    service.record_transfer(session, charge, charge.left, now.date(), key=uuid.uuid4(), by=staff, now=now)
    stay.offer.fair.state = FairState.CANCELLED
    session.commit()
    for _ in range(2):
        clock(session)
    assert the_charge(session).cancelled_at is not None
    assert session.scalars(sa.select(Refund.amount_minor)).all() == [20_000]
