"""What comes at the same moment, each in a transaction of its own: webhooks, the return page, the clock."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import DomainError
from fairlink.payments import gateway, queries, service
from fairlink.payments.models import Charge, ChargeEntry, Payment, Receipt, StripeEvent
from fairlink.payments.states import EntryKind, PaymentState
from tests import factories
from tests.payments.conftest import charged
from tests.payments.stripe_standin import StripeStandIn

pytestmark = pytest.mark.network

MANY = 50


def paid_at_stripe(sessions: sessionmaker[Session], standin: StripeStandIn) -> tuple[int, bytes]:
    """A payment that was made on the card page and not reported yet: its id, and the event that reports it."""
    with sessions() as session:
        factories.use(session)
        charge = charged(session)[0]
        payer = factories.user(charge.firm)
        session.commit()
        service.pay_by_card(session, {charge.id: "Own contribution"}, by=payer, now=utcnow())
        payment = session.scalars(sa.select(Payment)).one()
        assert payment.session_id is not None
        standin.pay(payment.session_id)
        return payment.id, standin.events[-1][1]


def at_once(acts: list[Callable[[], str]]) -> Counter[str]:
    """Do all at the same moment and count what became of them."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], str]) -> str:
        barrier.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return Counter(pool.map(run, acts))


def webhook(sessions: sessionmaker[Session], standin: StripeStandIn, body: bytes) -> Callable[[], str]:
    """Takes the event in, as the view does it."""

    def act() -> str:
        event = gateway.read_platform_event(body, standin.sign(body))
        with sessions() as own, unit_of_work(own) as session:
            return "new" if service.take_in(session, event, [None], now=utcnow()) else "known"

    return act


def return_page(sessions: sessionmaker[Session], payment_id: int) -> Callable[[], str]:
    """Asks Stripe, as the return page does it."""

    def act() -> str:
        with sessions() as session:
            payment = service.ask(session, payment_id, now=utcnow())
            assert payment is not None
            return payment.state.value

    return act


def outcome(sessions: sessionmaker[Session]) -> dict[str, int]:
    with sessions() as session:
        received = sa.select(sa.func.count()).where(ChargeEntry.kind == EntryKind.RECEIVED)
        return {
            "receipts": session.scalar(sa.select(sa.func.count(Receipt.id))) or 0,
            "entries": session.scalar(received) or 0,
            "events": session.scalar(sa.select(sa.func.count(StripeEvent.id))) or 0,
            "received": session.scalar(sa.select(sa.func.sum(Charge.received_minor))) or 0,
        }


def test_one_webhook_fifty_times_at_once_has_one_effect(
    real_sessions: sessionmaker[Session], standin: StripeStandIn
) -> None:
    _, body = paid_at_stripe(real_sessions, standin)
    assert at_once([webhook(real_sessions, standin, body)] * MANY) == {"new": 1, "known": MANY - 1}
    assert outcome(real_sessions) == {"receipts": 1, "entries": 1, "events": 1, "received": 150_000}


def test_webhook_and_return_page_at_once_make_one_receipt(
    real_sessions: sessionmaker[Session], standin: StripeStandIn
) -> None:
    payment_id, body = paid_at_stripe(real_sessions, standin)
    acts = [webhook(real_sessions, standin, body), return_page(real_sessions, payment_id)] * 10
    found = at_once(acts)
    assert found == {"new": 1, "known": 9, PaymentState.PAID.value: 10}
    assert outcome(real_sessions) == {"receipts": 1, "entries": 1, "events": 1, "received": 150_000}


def test_two_who_pay_the_same_at_once_have_one_open_page(
    real_sessions: sessionmaker[Session], standin: StripeStandIn
) -> None:
    with real_sessions() as session:
        factories.use(session)
        charge = charged(session)[0]
        payers = [factories.user(charge.firm) for _ in range(6)]
        session.commit()

    def pay(number: int) -> Callable[[], str]:
        def act() -> str:
            with real_sessions() as own:
                payer = own.merge(payers[number])
                try:
                    return service.pay_by_card(own, {charge.id: "Own contribution"}, by=payer, now=utcnow())
                except DomainError as error:
                    return error.code

        return act

    found = at_once([pay(number) for number in range(len(payers))])
    pages = [page for page in found if page.startswith("http")]
    is_open = [each for each in standin.objects.values() if each["object"] == "checkout.session" and each["url"]]
    assert (len(is_open), len(pages)) == (1, 1)
    assert set(found) - set(pages) <= {"payment_under_way"}
    with real_sessions() as session:
        (left,) = queries.unsettled_payments(session, [charge.id])
        assert left.page_url in pages
