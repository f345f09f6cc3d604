"""Paying by card through the screen, with the real SDK against the stand-in."""

import itertools
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts import queries as accounts
from fairlink.accounts.models import User
from fairlink.kernel.clock import utcnow
from fairlink.mail.models import MailMessage
from fairlink.payments import gateway, jobs, service
from fairlink.payments.models import Charge, ChargeEntry, Payment, Receipt, Refund, StripeEvent
from fairlink.payments.states import EntryKind, PaymentState, RefundState
from fairlink.policy import Role
from tests import factories
from tests.jobs import run_due_jobs
from tests.payments import stripe_standin
from tests.payments.conftest import application_of, charged
from tests.payments.stripe_standin import StripeStandIn

pytestmark = pytest.mark.network

SignIn = Callable[[User], FlaskClient]
Deliver = Callable[[bytes, str], int]


def owner(session: Session, charge: Charge) -> User:
    found = accounts.contact(session, charge.firm_id)
    assert found is not None
    return found


def begin(session: Session, sign_in: SignIn, charge: Charge) -> tuple[FlaskClient, Payment]:
    """The owner presses the button; returns the browser and the payment."""
    browser = sign_in(owner(session, charge))
    answer = browser.post(f"/payments/{charge.id}/card")
    assert answer.status_code == 303, answer.text
    payment = session.scalars(sa.select(Payment).order_by(Payment.id.desc()).limit(1)).one()
    assert answer.headers["Location"] == payment.page_url
    return browser, payment


def state(session: Session, payment: Payment) -> PaymentState:
    """As it is in the database now."""
    session.expire_all()
    return payment.state


def count(session: Session, table: type) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def receipts(session: Session, payment: Payment) -> int:
    return len(session.scalars(sa.select(Receipt).where(Receipt.payment_id == payment.id)).all())


def test_paying_by_card_ends_with_a_receipt(
    session: Session, sign_in: SignIn, standin: StripeStandIn, deliver: Deliver
) -> None:
    charge = charged(session)[0]
    browser, payment = begin(session, sign_in, charge)
    assert payment.session_id is not None
    standin.deliver = deliver
    standin.pay(payment.session_id)
    assert state(session, payment) == PaymentState.PAID
    assert (charge.received_minor, charge.left.minor) == (150_000, 0)
    page = browser.get(f"/payments/made/{payment.id}").text
    assert "Thank you. The money has arrived." in page
    mails = session.scalars(sa.select(MailMessage.template).order_by(MailMessage.id)).all()
    assert [name for name in mails if name == "payment_received"] == ["payment_received"]


def test_what_is_asked_of_stripe(session: Session, sign_in: SignIn, standin: StripeStandIn) -> None:
    charge = charged(session)[0]
    _, payment = begin(session, sign_in, charge)
    ((path, asked, key),) = standin.requests
    assert (path, key) == ("/v1/checkout/sessions", str(payment.key))
    price = asked["line_items"][0]["price_data"]
    assert (price["unit_amount"], price["currency"], asked["client_reference_id"]) == (
        "150000",
        "eur",
        str(payment.key),
    )
    assert asked["success_url"] == f"http://fairlink.test/payments/made/{payment.id}"
    assert "number" not in str(asked["metadata"])


def test_return_page_asks_when_the_webhook_is_late(
    session: Session, sign_in: SignIn, standin: StripeStandIn, deliver: Deliver
) -> None:
    charge = charged(session)[0]
    browser, payment = begin(session, sign_in, charge)
    assert payment.session_id is not None
    standin.pay(payment.session_id)
    assert "Thank you" in browser.get(f"/payments/made/{payment.id}").text
    ((_, body),) = standin.events
    assert deliver(body, standin.sign(body)) == 204
    assert receipts(session, payment) == 1


def test_return_page_says_so_when_stripe_is_away(session: Session, sign_in: SignIn, standin: StripeStandIn) -> None:
    charge = charged(session)[0]
    browser, payment = begin(session, sign_in, charge)
    standin.objects.clear()
    payment.session_id = "cs_test_gone"
    session.commit()
    assert browser.get(f"/payments/made/{payment.id}").status_code == 409
    assert state(session, payment) == PaymentState.OPEN


def test_pressing_twice_gives_the_same_page(session: Session, sign_in: SignIn, standin: StripeStandIn) -> None:
    charge = charged(session)[0]
    browser, payment = begin(session, sign_in, charge)
    again = browser.post(f"/payments/{charge.id}/card")
    assert again.headers["Location"] == payment.page_url
    assert count(session, Payment) == 1


def test_lead_pays_for_all_and_closes_a_members_page(
    session: Session, sign_in: SignIn, standin: StripeStandIn, deliver: Deliver
) -> None:
    lead, member, other = charged(session)
    _, members_payment = begin(session, sign_in, member)
    browser = sign_in(owner(session, lead))
    answer = browser.post(f"/payments/applications/{application_of(lead).id}/card")
    assert answer.status_code == 303
    session.expire_all()
    assert members_payment.state == PaymentState.EXPIRED
    assert members_payment.session_id is not None
    assert standin.objects[members_payment.session_id]["status"] == "expired"
    whole = session.scalars(sa.select(Payment).order_by(Payment.id.desc()).limit(1)).one()
    assert (whole.amount_minor, len(whole.parts)) == (450_000, 3)
    standin.deliver = deliver
    assert whole.session_id is not None
    standin.pay(whole.session_id)
    session.expire_all()
    assert [charge.left.minor for charge in (lead, member, other)] == [0, 0, 0]
    assert receipts(session, whole) == 1


def test_a_page_that_was_paid_meanwhile_is_not_paid_again(
    session: Session, sign_in: SignIn, standin: StripeStandIn
) -> None:
    lead, member, _ = charged(session)
    _, members_payment = begin(session, sign_in, member)
    assert members_payment.session_id is not None
    standin.pay(members_payment.session_id)
    browser = sign_in(owner(session, lead))
    assert browser.post(f"/payments/applications/{application_of(lead).id}/card").status_code == 303
    whole = session.scalars(sa.select(Payment).order_by(Payment.id.desc()).limit(1)).one()
    assert {part.charge_id for part in whole.parts} == {lead.id, lead.id + 2}
    session.expire_all()
    assert member.left.minor == 0


def test_four_events_in_all_orders_end_the_same(
    session: Session, sign_in: SignIn, standin: StripeStandIn, deliver: Deliver
) -> None:
    """Completed, paid, expired, given back in part: what is refused comes again later, as Stripe does it."""
    charge = charged(session)[0]
    _, payment = begin(session, sign_in, charge)
    assert payment.session_id is not None
    standin.pay(payment.session_id, later=True)
    standin.debit_ends(payment.session_id, well=True)
    expired = {**standin.objects[payment.session_id], "status": "expired", "payment_status": "unpaid"}
    bodies = [body for _, body in standin.events] + [standin.event("checkout.session.expired", expired)]
    intent_id = standin.objects[payment.session_id]["payment_intent"]
    standin.refund_by_hand(intent_id, 50_000)
    bodies.append(standin.events[-1][1])
    session.commit()
    ends = set()
    for order in itertools.permutations(bodies):
        savepoint = session.begin_nested()
        waiting = list(order)
        for _ in range(4):
            waiting = [body for body in waiting if deliver(body, standin.sign(body)) != 204]
        session.expire_all()
        kinds = session.scalars(sa.select(ChargeEntry.kind).where(ChargeEntry.charge_id == charge.id)).all()
        refunds = session.scalars(sa.select(Refund.state)).all()
        ends.add(
            (
                payment.state,
                receipts(session, payment),
                charge.received_minor,
                charge.refunded_minor,
                tuple(sorted(kinds)),
                tuple(refunds),
                count(session, StripeEvent),
                len(waiting),
            )
        )
        savepoint.rollback()
        session.expire_all()
    kinds = (EntryKind.CHARGED, EntryKind.RECEIVED, EntryKind.REFUNDED)
    assert ends == {(PaymentState.PAID, 1, 150_000, 50_000, kinds, (RefundState.SUCCEEDED,), 4, 0)}


def test_a_debit_that_fails_takes_nothing(
    session: Session, sign_in: SignIn, standin: StripeStandIn, deliver: Deliver
) -> None:
    charge = charged(session)[0]
    browser, payment = begin(session, sign_in, charge)
    assert payment.session_id is not None
    standin.deliver = deliver
    standin.pay(payment.session_id, later=True)
    assert state(session, payment) == PaymentState.PENDING
    assert browser.post(f"/payments/{charge.id}/card").status_code == 409
    standin.deliver = None
    standin.debit_ends(payment.session_id, well=False)
    service.ask(session, payment.id, now=utcnow())
    assert state(session, payment) == PaymentState.FAILED
    assert charge.received_minor == 0


def test_forged_tampered_and_old_events_leave_nothing(
    session: Session, sign_in: SignIn, standin: StripeStandIn, deliver: Deliver
) -> None:
    charge = charged(session)[0]
    _, payment = begin(session, sign_in, charge)
    assert payment.session_id is not None
    standin.pay(payment.session_id)
    ((_, body),) = standin.events
    good = standin.sign(body)
    forged = good.replace("v1=", "v1=0")
    assert [
        deliver(body, forged),
        deliver(body + b" ", good),
        deliver(body, standin.sign(body, age=302)),
        deliver(body, ""),
        deliver(b"{}", standin.sign(b"{}")),
        deliver(b"not json", standin.sign(b"not json")),
    ] == [400] * 6
    session.expire_all()
    assert count(session, StripeEvent) == 0
    assert payment.state == PaymentState.OPEN
    assert deliver(body, standin.sign(body, age=290)) == 204


def test_an_unknown_session_is_never_answered_200(session: Session, standin: StripeStandIn, deliver: Deliver) -> None:
    thing = {
        "id": "cs_test_foreign",
        "object": "checkout.session",
        "status": "complete",
        "payment_status": "paid",
        "client_reference_id": "somebody else's",
        "amount_total": 1,
        "currency": "eur",
        "payment_intent": "pi_foreign",
    }
    body = standin.event("checkout.session.completed", thing)
    assert deliver(body, standin.sign(body)) == 404
    assert count(session, StripeEvent) == 0


def test_an_event_of_another_kind_is_recorded_and_changes_nothing(
    session: Session, standin: StripeStandIn, deliver: Deliver
) -> None:
    body = standin.event("customer.created", {"id": "cus_1", "object": "customer"})
    assert deliver(body, standin.sign(body)) == 204
    assert count(session, StripeEvent) == 1


def test_another_amount_is_not_taken(
    session: Session, sign_in: SignIn, standin: StripeStandIn, deliver: Deliver
) -> None:
    charge = charged(session)[0]
    _, payment = begin(session, sign_in, charge)
    assert payment.session_id is not None
    standin.objects[payment.session_id]["amount_total"] = 1
    standin.pay(payment.session_id)
    ((_, body),) = standin.events
    assert deliver(body, standin.sign(body)) == 409
    session.expire_all()
    assert (payment.state, charge.received_minor) == (PaymentState.OPEN, 0)


def test_a_reply_that_was_lost_makes_no_second_session(
    session: Session, sign_in: SignIn, standin: StripeStandIn
) -> None:
    charge = charged(session)[0]
    standin.faults = iter(["lost"])
    begin(session, sign_in, charge)
    assert len([each for each in standin.objects.values() if each["object"] == "checkout.session"]) == 1


def test_stripe_away_takes_nothing_and_can_be_tried_again(
    session: Session, sign_in: SignIn, standin: StripeStandIn
) -> None:
    charge = charged(session)[0]
    browser = sign_in(owner(session, charge))
    standin.faults = iter(["500 before"])
    answer = browser.post(f"/payments/{charge.id}/card")
    assert answer.status_code == 503
    assert "Nothing was taken" in answer.text
    assert browser.post(f"/payments/{charge.id}/card").status_code == 303
    states = session.scalars(sa.select(Payment.state).order_by(Payment.id)).all()
    assert states == [PaymentState.EXPIRED, PaymentState.OPEN]


def test_the_clock_asks_about_pages_that_were_left(session: Session, sign_in: SignIn, standin: StripeStandIn) -> None:
    charge = charged(session)[0]
    _, payment = begin(session, sign_in, charge)
    assert payment.session_id is not None
    standin.pay(payment.session_id)
    later = utcnow() + timedelta(minutes=6)
    from_clock = run_due_jobs(session, now=later)
    assert "payments.ask" not in from_clock

    jobs.ask_again(session, now=later)
    run_due_jobs(session, now=later)
    assert payment.state == PaymentState.PAID


def test_a_member_of_the_firm_cannot_pay(session: Session, sign_in: SignIn, standin: StripeStandIn) -> None:
    charge = charged(session)[0]
    browser = sign_in(factories.user(charge.firm, Role.MEMBER))
    assert browser.post(f"/payments/{charge.id}/card").status_code == 403
    assert standin.requests == []


def test_another_firm_finds_nothing(session: Session, sign_in: SignIn, standin: StripeStandIn) -> None:
    lead, member, _ = charged(session)
    _, payment = begin(session, sign_in, member)
    browser = sign_in(factories.owner())
    found = [
        browser.get(f"/payments/{member.id}").status_code,
        browser.post(f"/payments/{member.id}/card").status_code,
        browser.post(f"/payments/applications/{application_of(lead).id}/card").status_code,
        browser.get(f"/payments/made/{payment.id}").status_code,
        sign_in(owner(session, member)).get(f"/payments/{lead.id}").status_code,
    ]
    assert found == [404] * 5


def test_pages_with_a_card_button_let_the_browser_go_on_to_stripe(
    session: Session, sign_in: SignIn, standin: StripeStandIn
) -> None:
    charge = charged(session)[0]
    browser = sign_in(owner(session, charge))
    for path in ("/payments", f"/payments/{charge.id}"):
        policy = browser.get(path).headers["Content-Security-Policy"]
        assert f"form-action 'self' {standin.url};" in policy
    gateway.configure(stripe_standin.SECRET_KEY, (stripe_standin.WEBHOOK_SECRET,))
    policy = browser.get("/payments").headers["Content-Security-Policy"]
    assert "form-action 'self' https://checkout.stripe.com;" in policy
    gateway.configure("", ())
    assert "form-action 'self';" in browser.get("/payments").headers["Content-Security-Policy"]
