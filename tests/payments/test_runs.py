"""Giving money back when a fair is cancelled: watched, stopped, resumed, each refund once; and the page of a fair."""

import uuid
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts import queries as accounts
from fairlink.accounts.models import User
from fairlink.applications import service as applications
from fairlink.fairs import service as fairs
from fairlink.kernel.clock import utcnow
from fairlink.payments import jobs, service
from fairlink.payments.models import Charge, Payment, Refund, RefundRun
from fairlink.payments.states import RefundState
from fairlink.policy import Role
from tests import factories
from tests.jobs import run_due_jobs
from tests.payments.conftest import accepted, application_of, charged
from tests.payments.stripe_standin import StripeStandIn

SignIn = Callable[[User], FlaskClient]


def all_paid(session: Session, sign_in: SignIn, standin: StripeStandIn) -> tuple[list[Charge], User]:
    """One by transfer, two by card; and a finance officer."""
    charges = charged(session)
    staff, now = factories.officer(charges[0].agency, Role.FINANCE), utcnow()
    service.record_transfer(session, charges[0], charges[0].amount, now.date(), key=uuid.uuid4(), by=staff, now=now)
    for charge in charges[1:]:
        owner = accounts.contact(session, charge.firm_id)
        assert owner is not None
        sign_in(owner).post(f"/payments/{charge.id}/card")
        payment = session.scalars(sa.select(Payment).order_by(Payment.id.desc()).limit(1)).one()
        assert payment.session_id is not None
        standin.pay(payment.session_id)
        service.ask(session, payment.id, now=now)
    return charges, staff


@pytest.mark.network
def test_a_cancelled_fair_gives_back_once_though_stopped_and_resumed(
    session: Session, sign_in: SignIn, standin: StripeStandIn
) -> None:
    charges, staff = all_paid(session, sign_in, standin)
    fairs.cancel(session, charges[0].fair, by=factories.officer(charges[0].agency), now=utcnow())
    browser = sign_in(staff)
    jobs.tick(session, now=utcnow())
    run = session.scalars(sa.select(RefundRun)).one()
    address = f"/staff/refund-runs/{run.id}"
    assert "The fair was cancelled." in browser.get(address).text
    assert browser.post(f"{address}/stop").status_code == 303
    run_due_jobs(session, now=utcnow())
    jobs.ask_again(session, now=utcnow())
    assert run_due_jobs(session, now=utcnow()) == []
    assert standin.refunded == 0, "a run that is stopped sends nothing, jobs that waited included"
    page = browser.get(address).text
    assert "Stopped. Nothing more is sent until somebody resumes it." in page
    assert browser.post(f"{address}/resume").status_code == 303
    for _ in range(3):
        jobs.tick(session, now=utcnow())
        jobs.ask_again(session, now=utcnow())
        run_due_jobs(session, now=utcnow())
    assert standin.refunded == 300_000
    (by_transfer,) = session.scalars(sa.select(Refund).where(Refund.state == RefundState.REQUESTED))
    service.mark_sent(session, by_transfer, by=staff, now=utcnow())
    jobs.tick(session, now=utcnow())
    session.expire_all()
    assert [(each.refunded_minor, each.held.minor) for each in charges] == [(150_000, 0)] * 3
    assert session.scalar(sa.select(sa.func.count(Refund.id))) == 3
    assert "Everything that was paid has gone back." in browser.get(address).text
    assert charges[0].fair.title in browser.get("/staff/refund-runs").text


def test_an_award_that_is_given_up_has_a_run_of_its_own(session: Session, app: object) -> None:
    one, other = charged(session)[0], charged(session)[0]
    applications.withdraw(session, application_of(one), by=application_of(one).contact, now=utcnow())
    fairs.cancel(session, other.fair, by=factories.officer(other.agency), now=utcnow())
    for _ in range(2):
        service.cancel_groundless(session, now=utcnow())
    runs = {(run.fair_id, run.award_id) for run in session.scalars(sa.select(RefundRun))}
    assert runs == {(one.fair_id, one.award_id), (other.fair_id, None)}


def test_page_of_a_fair_adds_up_and_finds(session: Session, sign_in: SignIn, statements: list[str]) -> None:
    charges = charged(session)
    staff = factories.officer(charges[0].agency, Role.FINANCE)
    factories.transfer(charges[0], staff)
    charges[1].firm.name = "Calzados Ñandú"
    browser = sign_in(staff)
    fair = charges[0].fair
    page = browser.get(f"/staff/fairs/{fair.id}/payments").text
    assert "€4,500.00" in page
    assert "€3,000.00" in page
    for search, found in (("ñandu", [1]), (charges[2].reference[:9].lower(), [2]), ("100%", []), ("", [0, 1, 2])):
        text = browser.get(f"/staff/fairs/{fair.id}/payments?q={search}").text
        assert [n for n in range(3) if charges[n].reference in text] == found or search.startswith("rf")
    paid = browser.get(f"/staff/fairs/{fair.id}/payments?state=paid").text
    assert [each.reference in paid for each in charges] == [True, False, False]
    counts, address = [], f"/staff/fairs/{fair.id}/payments"
    for _ in range(2):
        session.expire_all()
        statements.clear()
        browser.get(address)
        counts.append(len(statements))
        accepted(to=application_of(charges[0]).call, of=factories.group(*(factories.organisation() for _ in range(3))))
        service.charge_accepted(session, now=utcnow())
        session.commit()
    assert counts[0] == counts[1] <= 7, "\n".join(statements)
