"""Agencies with accounts of their own at Stripe: no money and no event of one ever reaches the other."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts import queries as accounts
from fairlink.accounts.models import User
from fairlink.audit.models import AuditEvent
from fairlink.kernel.clock import utcnow
from fairlink.kernel.sealing import NotOpened, Vault
from fairlink.payments import gateway, queries, service
from fairlink.payments.models import CardAccount, Charge, Payment, StripeEvent
from fairlink.payments.states import PaymentState
from fairlink.policy import Role
from tests import factories
from tests.jobs import run_due_jobs
from tests.payments import stripe_standin
from tests.payments.conftest import charged
from tests.payments.stripe_standin import StripeStandIn

pytestmark = pytest.mark.network

SignIn = Callable[[User], FlaskClient]
KEY, SECRET = "sk_test_northern9876", "whsec_northern"
CONNECTED = "acct_southern1234"
OWN = {"secret_key": KEY, "webhook_secret": SECRET}


class Agency(NamedTuple):
    """An agency by its finance staff and by what a firm owes to it."""

    staff: User
    charge: Charge


@pytest.fixture
def north(session: Session, standin: StripeStandIn, sign_in: SignIn) -> Agency:
    """An agency with keys of its own."""
    standin.keys[KEY] = "acct_north"
    agency = _agency(session)
    assert sign_in(agency.staff).post("/staff/payments/cards/keys", data=OWN).status_code == 303
    return agency


@pytest.fixture
def south(session: Session, standin: StripeStandIn, sign_in: SignIn) -> Agency:
    """An agency whose account is connected to the platform's."""
    standin.connected.add(CONNECTED)
    agency = _agency(session)
    answer = sign_in(agency.staff).post("/staff/payments/cards/connected", data={"connected_id": CONNECTED})
    assert answer.status_code == 303
    return agency


def _agency(session: Session) -> Agency:
    charge = charged(session)[0]
    session.commit()
    return Agency(factories.officer(charge.agency, Role.FINANCE), charge)


def begin(session: Session, sign_in: SignIn, charge: Charge) -> Payment:
    """A firm's owner opens the card page."""
    owner = accounts.contact(session, charge.firm_id)
    assert owner is not None
    answer = sign_in(owner).post(f"/payments/{charge.id}/card")
    assert answer.status_code == 303, answer.text
    return session.scalars(sa.select(Payment).order_by(Payment.id.desc()).limit(1)).one()


def pay(session: Session, sign_in: SignIn, standin: StripeStandIn, charge: Charge) -> Payment:
    """The owner pays, and comes back to the platform before any webhook does."""
    payment = begin(session, sign_in, charge)
    assert payment.session_id is not None
    standin.pay(payment.session_id)
    service.ask(session, payment.id, now=utcnow())
    session.expire_all()
    return payment


def post(app: Flask, address: str, body: bytes, signature: str) -> int:
    """The status of the answer to a webhook."""
    return app.test_client().post(address, data=body, headers={"Stripe-Signature": signature}).status_code


def test_money_goes_to_the_account_of_its_agency_and_back_from_it(
    session: Session, sign_in: SignIn, standin: StripeStandIn, north: Agency, south: Agency
) -> None:
    for agency, account in ((north, "acct_north"), (south, CONNECTED)):
        payment = pay(session, sign_in, standin, agency.charge)
        assert (payment.state, agency.charge.left.minor) == (PaymentState.PAID, 0)
        assert standin.received_by(account) == 150_000
        form = {"amount": "100", "reason": "Goodwill"}
        assert sign_in(agency.staff).post(f"/staff/payments/{agency.charge.id}/refund", data=form).status_code == 303
        run_due_jobs(session, now=utcnow())
        session.expire_all()
        assert agency.charge.refunded_minor == 10_000
    assert standin.received_by("") == 0
    refunds = [number for number in standin.owners if number.startswith("re_")]
    assert {standin.owners[number] for number in refunds} == {"acct_north", CONNECTED}


def test_a_payment_stays_with_its_account_when_the_agency_changes_it(
    session: Session, sign_in: SignIn, standin: StripeStandIn, north: Agency
) -> None:
    pay(session, sign_in, standin, north.charge)
    browser = sign_in(north.staff)
    standin.keys["sk_test_anothernorthern"] = "acct_new"
    changed = {"secret_key": "sk_test_anothernorthern", "webhook_secret": "whsec_newer"}
    assert browser.post("/staff/payments/cards/keys", data=changed).status_code == 303
    assert browser.post("/staff/payments/cards/remove").status_code == 303
    form = {"amount": "1500", "reason": "Cancelled"}
    assert browser.post(f"/staff/payments/{north.charge.id}/refund", data=form).status_code == 303
    run_due_jobs(session, now=utcnow())
    session.expire_all()
    assert north.charge.held.minor == 0
    kept = session.scalars(sa.select(CardAccount)).one()
    assert kept.ending == "9876", "the one that was never used is deleted; that of the payment is only ended"


def test_a_page_that_was_open_is_closed_when_the_account_changes(
    session: Session, sign_in: SignIn, standin: StripeStandIn, north: Agency
) -> None:
    first = begin(session, sign_in, north.charge)
    standin.connected.add("acct_changed")
    browser = sign_in(north.staff)
    assert browser.post("/staff/payments/cards/connected", data={"connected_id": "acct_changed"}).status_code == 303
    second = begin(session, sign_in, north.charge)
    session.expire_all()
    assert first.state == PaymentState.EXPIRED
    assert standin.owners[second.session_id or ""] == "acct_changed"


def test_events_are_taken_only_from_the_account_of_their_payment(
    app: Flask, session: Session, sign_in: SignIn, standin: StripeStandIn, north: Agency, south: Agency
) -> None:
    own, connected = (begin(session, sign_in, agency.charge) for agency in (north, south))
    for payment in (own, connected):
        assert payment.session_id is not None
        standin.pay(payment.session_id)
    (_, of_north), (_, of_south) = standin.events
    northern = f"/stripe/webhook/{north.staff.organisation_id}"
    southern = f"/stripe/webhook/{south.staff.organisation_id}"
    standin.connected.add("acct_third")
    stolen = of_south.replace(CONNECTED.encode(), b"acct_third")
    assert [
        post(app, northern, of_south, standin.sign(of_south, secret=SECRET)),
        post(app, northern, stolen, standin.sign(stolen, secret=SECRET)),
        post(app, northern, of_north, standin.sign(of_north)),
        post(app, northern, of_north, standin.sign(of_north, secret=SECRET, age=301)),
        post(app, "/stripe/webhook", stolen, standin.sign(stolen)),
        post(app, "/stripe/webhook", of_north, standin.sign(of_north)),
    ] == [400] * 6
    assert post(app, southern, of_south, standin.sign(of_south)) == 404, "its account has no keys of its own"
    session.expire_all()
    assert session.scalars(sa.select(StripeEvent)).all() == []
    assert (own.state, connected.state) == (PaymentState.OPEN, PaymentState.OPEN)
    assert post(app, northern, of_north, standin.sign(of_north, secret=SECRET)) == 204
    assert post(app, "/stripe/webhook", of_south, standin.sign(of_south)) == 204
    session.expire_all()
    assert (own.state, connected.state) == (PaymentState.PAID, PaymentState.PAID)


def test_an_event_signed_by_one_agency_cannot_pay_what_is_owed_to_another(
    app: Flask, session: Session, sign_in: SignIn, standin: StripeStandIn, north: Agency, south: Agency
) -> None:
    payment = begin(session, sign_in, south.charge)
    thing = {**standin.objects[payment.session_id or ""], "status": "complete", "payment_status": "paid"}
    thing["payment_intent"] = "pi_made_up"
    body = standin.event("checkout.session.completed", thing).replace(b'"account"', b'"no"')
    assert post(app, f"/stripe/webhook/{north.staff.organisation_id}", body, standin.sign(body, secret=SECRET)) == 400
    session.expire_all()
    assert (payment.state, payment.intent_id, south.charge.received_minor) == (PaymentState.OPEN, None, 0)


def test_keys_are_sealed_never_shown_and_not_in_the_trail(
    session: Session, sign_in: SignIn, standin: StripeStandIn, north: Agency
) -> None:
    account = session.scalars(sa.select(CardAccount)).one()
    assert KEY not in (account.sealed_key or "")
    page = sign_in(north.staff).get("/staff/payments/cards").text
    assert "ending in 9876" in page
    assert (KEY in page, SECRET in page) == (False, False)
    trail = [(entry.action, str(entry.data)) for entry in session.scalars(sa.select(AuditEvent))]
    saved = [data for action, data in trail if action == "card_account:save"]
    assert len(saved) == 1
    assert not [data for _, data in trail if KEY in data or SECRET in data]


def test_a_key_that_stripe_does_not_take_is_not_kept(session: Session, sign_in: SignIn, standin: StripeStandIn) -> None:
    browser = sign_in(_agency(session).staff)
    for address, form, said in (
        ("keys", OWN, "Stripe does not let us in with this."),
        ("keys", {**OWN, "secret_key": "pk_test_public"}, "This does not look like the one from Stripe."),
        ("connected", {"connected_id": "acct_unknown"}, "Stripe does not let us in with this."),
        ("connected", {"connected_id": "unknown"}, "This does not look like the one from Stripe."),
    ):
        answer = browser.post(f"/staff/payments/cards/{address}", data=form)
        assert (answer.status_code, said in answer.text, KEY in answer.text) == (422, True, False)
    assert session.scalars(sa.select(CardAccount)).all() == []


def test_another_agencys_account_cannot_be_taken(
    session: Session, sign_in: SignIn, standin: StripeStandIn, south: Agency
) -> None:
    browser = sign_in(_agency(session).staff)
    answer = browser.post("/staff/payments/cards/connected", data={"connected_id": CONNECTED})
    assert answer.status_code == 422
    assert "another agency" in answer.text


def test_staff_test_an_account(session: Session, sign_in: SignIn, standin: StripeStandIn, north: Agency) -> None:
    browser = sign_in(north.staff)
    assert "Stripe lets us in." in browser.post("/staff/payments/cards/test", follow_redirects=True).text
    del standin.keys[KEY]
    assert "Save the account anew" in browser.post("/staff/payments/cards/test", follow_redirects=True).text


def test_without_any_account_there_is_transfer_alone(
    session: Session, sign_in: SignIn, standin: StripeStandIn, south: Agency
) -> None:
    """The platform's account is not shared here: only the agency that is connected to it takes cards."""
    gateway.configure(
        stripe_standin.SECRET_KEY, (stripe_standin.WEBHOOK_SECRET,), standin.url, is_shared=False, sealing_keys=()
    )
    without = _agency(session)
    owner = accounts.contact(session, without.charge.firm_id)
    assert owner is not None
    browser = sign_in(owner)
    assert "Pay by card" not in browser.get(f"/payments/{without.charge.id}").text
    assert browser.post(f"/payments/{without.charge.id}/card").status_code == 409
    assert "bank transfer alone" in sign_in(without.staff).get("/staff/payments/cards").text
    assert begin(session, sign_in, south.charge).card_account == queries.card_account(session, south.charge.agency_id)


def test_sealing_keys_can_be_changed(session: Session, standin: StripeStandIn, north: Agency) -> None:
    gateway.configure("", (), standin.url, sealing_keys=["a newer key", "a key of the tests"])
    assert service.seal_anew(session) == 1
    gateway.configure("", (), standin.url, sealing_keys=["a newer key"])
    account = queries.card_account(session, north.charge.agency_id)
    gateway.gateway(account).check()
    gateway.configure("", (), standin.url, sealing_keys=["a lost key"])
    with pytest.raises(gateway.CardServiceAway):
        gateway.gateway(account)


def test_a_vault_opens_only_what_its_keys_sealed() -> None:
    sealed = Vault(["one"]).seal("secret")
    assert sealed != Vault(["one"]).seal("secret")
    assert Vault(["two", "one"]).open(sealed) == "secret"
    with pytest.raises(NotOpened):
        Vault(["two"]).open(sealed)
    with pytest.raises(NotOpened):
        Vault([]).open(sealed)
