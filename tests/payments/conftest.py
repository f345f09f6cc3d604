"""What owes money: accepted awards, and a stand-in for Stripe."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import stripe
from flask import Flask
from sqlalchemy.orm import Session

from fairlink.applications.models import Application
from fairlink.applications.states import ApplicationState
from fairlink.kernel.clock import utcnow
from fairlink.payments import gateway, service
from fairlink.payments.models import Charge
from tests import factories
from tests.payments import stripe_standin
from tests.payments.stripe_standin import StripeStandIn

ACCEPTED_AT = datetime(2027, 1, 10, 12, tzinfo=UTC)


def accepted(**values: Any) -> Application:
    """An accepted award of a group of three firms, which owe 1,500.00 EUR each."""
    application = factories.application(state=ApplicationState.ACCEPTED, decided_at=ACCEPTED_AT, **values)
    factories.award(application, accepted_at=ACCEPTED_AT)
    return factories.owing(application)


def charged(session: Session) -> list[Charge]:
    """The charges of a new accepted award, the lead's first."""
    application = accepted()
    for member in application.members:
        if member.firm_id != application.lead_firm_id:
            factories.user(member.firm)
    service.charge_accepted(session, now=utcnow())
    query = session.query(Charge).filter(Charge.award_id == application.award.id) if application.award else None
    assert query is not None
    return query.order_by(Charge.id).all()


def application_of(charge: Charge) -> Application:
    """The application of a charge for an award."""
    assert charge.application is not None
    return charge.application


@pytest.fixture
def standin(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[StripeStandIn]:
    """Stripe on the loopback interface, with cards switched on; the SDK tries again at once."""
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
    monkeypatch.setattr(stripe.HTTPClient, "MAX_DELAY", 0)
    with stripe_standin.running() as running:
        gateway.configure(
            stripe_standin.SECRET_KEY,
            (stripe_standin.WEBHOOK_SECRET,),
            running.url,
            sealing_keys=["a key of the tests"],
        )
        yield running
        gateway.configure("", ())


@pytest.fixture
def deliver(app: Flask) -> Callable[[bytes, str], int]:
    """Posts a webhook to the platform and returns the status of its answer."""

    def post(body: bytes, signature: str) -> int:
        headers = {"Stripe-Signature": signature, "Content-Type": "application/json"}
        return app.test_client().post("/stripe/webhook", data=body, headers=headers).status_code

    return post
