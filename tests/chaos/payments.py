"""`make chaos-payments`: 500 payments and 100 refunds while Stripe answers 500, is slow, or loses requests and replies.

Real HTTP in both directions: the platform's SDK asks the stand-in, the stand-in posts signed webhooks to the platform
and a third of them is lost for good. Payers press again when they are told to, some leave the card page, some pay by a
debit that ends later. At the end the ledger must equal the stand-in to the cent, with no double charge and no double
refund. Prints the figures as one JSON object; exit status 1 unless all agree.
"""

import contextlib
import json
import logging
import random
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.serving import make_server

import config
from fairlink import migrate
from fairlink.accounts.models import User
from fairlink.app import create_app
from fairlink.applications.states import ApplicationState
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import make_engine, make_sessions, unit_of_work
from fairlink.kernel.errors import DomainError
from fairlink.kernel.localpg import LocalPostgres
from fairlink.payments import gateway, queries, service
from fairlink.payments.gateway import client as stripe_client
from fairlink.payments.models import Charge, ChargeEntry, Payment, Refund
from fairlink.payments.states import EntryKind, Method, PaymentState, RefundState
from fairlink.policy import Role
from fairlink.web.session import Database
from tests import factories
from tests.payments import stripe_standin, stripe_wire
from tests.payments.stripe_standin import StripeStandIn

PAYMENTS = 500
REFUNDS = 100
FIRMS = 10
THREADS = 8
SEED = 20270309
FAULTS = 0.3
#: Webhooks that never arrive; the clock has to find out.
LOST_WEBHOOKS = 0.33
TIMEOUT = 1.0


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The platform on a free port of the loopback interface."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


class Play:
    """One run: payers, bank and clock on one database and one stand-in."""

    def __init__(self, sessions: sessionmaker[Session], standin: StripeStandIn) -> None:
        self.sessions, self.standin = sessions, standin
        self.dice = random.Random(SEED)
        self.counts: Counter[str] = Counter()

    def scene(self) -> list[tuple[int, User]]:
        """Charges of as many firms as there shall be payments, each with who pays."""
        with self.sessions() as session:
            factories.use(session)
            call = factories.call(envelope_minor=10**12)
            for _ in range(PAYMENTS // FIRMS):
                group = factories.group(*(factories.organisation() for _ in range(FIRMS)))
                application = factories.application(call, group, state=ApplicationState.ACCEPTED)
                factories.award(application, amount_minor=self.dice.randrange(10**4, 10**6), accepted_at=utcnow())
                factories.owing(application)
            while service.charge_accepted(session, now=utcnow()):
                session.flush()
            charges = session.scalars(sa.select(Charge).order_by(Charge.id)).all()
            payers = [(charge.id, factories.user(charge.firm)) for charge in charges]
            session.commit()
            return payers

    def each(self, act: Any, things: Iterable[Any]) -> None:
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(act, things))

    def pay(self, who: tuple[int, User]) -> None:
        """Press until the card page comes; then pay, pay by debit, or leave."""
        charge_id, payer = who
        fate = self.dice.random()
        for _ in range(20):
            with self.sessions() as session:
                try:
                    url = service.pay_by_card(
                        session, {charge_id: "Own contribution"}, by=session.merge(payer), now=utcnow()
                    )
                except DomainError as error:
                    self.counts[f"told {error.code}"] += 1
                    continue
            session_id = url.rpartition("/")[2]
            if fate < 0.75:
                self.standin.pay(session_id)
            elif fate < 0.9:
                self.standin.pay(session_id, later=True)
                self.standin.debit_ends(session_id, well=fate < 0.85)
            return
        self.counts["gave up"] += 1

    def ask(self, payment_id: int) -> None:
        with self.sessions() as session, contextlib.suppress(gateway.CardServiceAway):
            service.ask(session, payment_id, now=utcnow() + timedelta(hours=1))

    def ask_until_known(self) -> None:
        """What the clock does, until only pages that nobody paid on are open."""
        for _ in range(10):
            with self.sessions() as session:
                waiting = queries.payments_to_ask_about(session, utcnow() + timedelta(hours=1), 10_000)
            self.each(self.ask, waiting)

    def request_refunds(self) -> list[int]:
        """A part of a hundred payments, and of a third of these a second part."""
        with self.sessions() as session, unit_of_work(session):
            factories.use(session)
            paid = session.scalars(sa.select(Payment).where(Payment.state == PaymentState.PAID)).all()
            made: list[Refund] = []
            for payment in self.dice.sample(paid, REFUNDS * 3 // 4):
                charge = payment.parts[0].charge
                staff = factories.officer(charge.agency, Role.FINANCE)
                parts = [payment.amount_minor // 3] * (2 if len(made) % 4 == 0 else 1)
                for part in parts[: REFUNDS - len(made)]:
                    made += service.request(session, charge, part, "chaos", key=uuid.uuid4(), by=staff, now=utcnow())
            return [refund.id for refund in made]

    def send_refunds(self, refund_ids: list[int]) -> None:
        """The worker's tries, each a quarter of an hour after the one before."""
        for attempt in range(12):
            now = utcnow() + timedelta(minutes=15 * attempt)

            def send(refund_id: int, now: Any = now) -> None:
                with self.sessions() as session, contextlib.suppress(gateway.CardServiceAway):
                    service.send(session, refund_id, now=now)

            self.each(send, refund_ids)

    def report(self, seconds: float) -> dict[str, Any]:
        with self.sessions() as session:
            received = self._entries(session, EntryKind.RECEIVED)
            refunded = self._entries(session, EntryKind.REFUNDED)
            columns = session.execute(
                sa.select(sa.func.sum(Charge.received_minor), sa.func.sum(Charge.refunded_minor))
            ).one()
            states = Counter(session.scalars(sa.select(Payment.state)))
            refunds = Counter(session.scalars(sa.select(Refund.state)))
            twice = sa.select(ChargeEntry.charge_id).where(ChargeEntry.kind == EntryKind.RECEIVED)
            twice = twice.group_by(ChargeEntry.charge_id).having(sa.func.count() > 1)
            double = len(session.scalars(twice).all())
            open_card = session.scalar(
                sa.select(sa.func.count()).where(Payment.method == Method.CARD, Payment.state == PaymentState.PENDING)
            )
        at_stripe = len([each for each in self.standin.objects.values() if each["object"] == "refund"])
        figures = {
            "payments": PAYMENTS,
            "refunds": sum(refunds.values()),
            "payment_states": {state.value: count for state, count in sorted(states.items())},
            "refund_states": {state.value: count for state, count in sorted(refunds.items())},
            "refunds_at_stripe": at_stripe,
            "payers_told": dict(self.counts),
            "requests": len(self.standin.requests),
            "received_minor": {"ledger": received, "charges": int(columns[0]), "stripe": self.standin.received},
            "refunded_minor": {"ledger": refunded, "charges": int(columns[1]), "stripe": self.standin.refunded},
            "double_charges": double,
            "double_refunds": at_stripe - refunds[RefundState.SUCCEEDED],
            "pending": open_card,
            "seconds": round(seconds, 1),
        }
        agree = received == columns[0] == self.standin.received and refunded == columns[1] == self.standin.refunded
        whole = refunds == {RefundState.SUCCEEDED: REFUNDS} and double == 0 and at_stripe == REFUNDS and not open_card
        return figures | {"passed": agree and whole}

    @staticmethod
    def _entries(session: Session, kind: EntryKind) -> int:
        total = sa.select(sa.func.coalesce(sa.func.sum(ChargeEntry.amount_minor), 0)).where(ChargeEntry.kind == kind)
        return int(session.scalar(total) or 0)


def run(url: str, var: str) -> int:
    engine = make_engine(url, pool_size=2 * THREADS, max_overflow=2 * THREADS)
    migrate.upgrade(engine)
    sessions = make_sessions(engine)
    settings = {"FAIRLINK_ENV": "test", "DATABASE_URL": url, "FAIRLINK_VAR": var}
    app = create_app(config.load(settings), Database(engine, sessions))
    logging.disable(logging.CRITICAL)
    stripe_client.TIMEOUT = TIMEOUT  # type: ignore[assignment]  # nobody waits ten seconds for a thousand requests
    with stripe_standin.running() as standin, served(app) as address, httpx.Client(timeout=30) as client:
        gateway.configure(stripe_standin.SECRET_KEY, (stripe_standin.WEBHOOK_SECRET,), standin.url)
        play = Play(sessions, standin)
        webhooks = random.Random(SEED + 1)

        def deliver(body: bytes, signature: str) -> int:
            if webhooks.random() < LOST_WEBHOOKS:
                return 200
            return client.post(
                f"{address}/stripe/webhook", content=body, headers={"Stripe-Signature": signature}
            ).status_code

        payers = play.scene()
        standin.pause = 2 * TIMEOUT
        standin.deliver, standin.faults = deliver, stripe_wire.faults(FAULTS, SEED)
        started = time.perf_counter()
        play.each(play.pay, payers)
        play.ask_until_known()
        play.send_refunds(play.request_refunds())
        report = play.report(time.perf_counter() - started)
    engine.dispose()
    print(json.dumps(report))
    return 0 if report["passed"] else 1


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="fairlink-chaos-") as var:
        server = LocalPostgres(Path(var) / "postgres").acquire()
        try:
            return run(server.create_database("chaos"), var)
        finally:
            server.release()


if __name__ == "__main__":
    sys.exit(main())
