"""The price list of a fair: what everybody owes, by the stand's area, and what firms order."""

import uuid
from collections.abc import Callable
from datetime import date, timedelta

import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts import queries as accounts
from fairlink.accounts.models import User
from fairlink.applications import service as applications
from fairlink.kernel.clock import utcnow
from fairlink.mail.models import MailMessage
from fairlink.payments import queries, service
from fairlink.payments.models import Charge, Price
from fairlink.payments.rules import own_due, price_part
from fairlink.payments.states import ChargeKind, ChargeState, PriceUnit
from fairlink.policy import Role
from tests import factories
from tests.payments.conftest import accepted, charged

SignIn = Callable[[User], FlaskClient]


def kinds_and_amounts(session: Session) -> list[tuple[ChargeKind, int]]:
    rows = session.execute(sa.select(Charge.kind, Charge.amount_minor).order_by(Charge.id))
    return [(kind, amount) for kind, amount in rows]


def test_a_firm_owes_its_part_of_what_the_agency_pays_the_organiser_alone() -> None:
    lines = [
        {"payee": "organiser", "own_minor": 1_000},
        {"payee": "firm", "own_minor": 400},
        {"payee": "organiser", "own_minor": 50},
    ]
    quote = {"members": [{"member": "7", "lines": lines}, {"member": "8", "lines": lines[1:2]}]}
    assert (own_due(quote, 7), own_due(quote, 8)) == (1_050, 0)


def test_parts_of_a_stand_fee_add_up() -> None:
    shares = {1: 3_334, 2: 3_333, 3: 3_333}
    assert sum(price_part(10_001, 12, shares, firm) for firm in shares) == 10_001 * 12


def test_firms_that_pay_their_suppliers_themselves_are_charged_nothing(session: Session, app: object) -> None:
    application = accepted()
    assert application.quote is not None
    application.quote = {
        "members": [
            {**member, "lines": [{**line, "payee": "firm"} for line in member["lines"]]}
            for member in application.quote["members"]
        ]
    }
    session.flush()
    assert service.charge_accepted(session, now=utcnow()) == 0


def test_price_list_is_charged_with_one_mail_to_each_firm(session: Session, app: object) -> None:
    application = accepted()
    fair = application.call.fair
    stand = factories.stand(fair, area_m2=12)
    factories.price(fair, ChargeKind.STAND, name="Stand fee", amount_minor=10_000, unit=PriceUnit.SQUARE_METRE)
    factories.price(fair, ChargeKind.DEPOSIT, name="Key", amount_minor=5_000)
    factories.price(fair)
    now = utcnow()
    assert service.charge_accepted(session, now=now) == 6, "the area of the stand is not known yet"
    factories.exhibitor(application, stand)
    assert service.charge_accepted(session, now=now) == 3
    assert service.charge_accepted(session, now=now) == 0
    by_kind = dict.fromkeys(kinds_and_amounts(session))
    assert list(by_kind) == [
        (ChargeKind.OWN_CONTRIBUTION, 150_000),
        (ChargeKind.DEPOSIT, 5_000),
        (ChargeKind.STAND, 40_008),
        (ChargeKind.STAND, 39_996),
    ]
    assert sum(amount for kind, amount in kinds_and_amounts(session) if kind == ChargeKind.STAND) == 120_000
    due = sa.select(sa.func.count()).where(MailMessage.template == "payment_due", MailMessage.subject.contains(","))
    assert session.scalar(due) == 1, "of the two firms' mails, the lead's is the only one with a reader"


def test_officer_keeps_the_list(session: Session, sign_in: SignIn) -> None:
    fair = factories.fair()
    browser = sign_in(factories.officer(fair.agency))
    day = (utcnow() + timedelta(days=30)).date()
    form = {"kind": "stand", "name": "Shell", "currency": "EUR", "amount": "95.50", "unit": "square_metre"}
    assert browser.post(f"/staff/fairs/{fair.id}/prices", data=form | {"due_on": day.isoformat()}).status_code == 303
    price = session.scalars(sa.select(Price)).one()
    assert (price.amount_minor, price.unit, price.due_on) == (9_550, PriceUnit.SQUARE_METRE, day)
    page = browser.get(f"/staff/fairs/{fair.id}/prices").text
    assert "€95.50" in page
    for wrong, said in (
        ({"due_on": "2020-01-01"}, "This day lies in the past."),
        ({"due_on": day.isoformat(), "kind": "extra"}, "Only a stand fee can be by the square metre."),
        ({"due_on": day.isoformat(), "amount": "0"}, "This must be at least"),
    ):
        answer = browser.post(f"/staff/fairs/{fair.id}/prices", data=form | wrong)
        assert (answer.status_code, said in answer.text, 'value="Shell"' in answer.text) == (422, True, True)
    assert browser.post(f"/staff/prices/{price.id}/end").status_code == 303
    assert "Nothing is on the price list." in browser.get(f"/staff/fairs/{fair.id}/prices").text


def test_a_firm_orders_an_extra_once(session: Session, sign_in: SignIn) -> None:
    application = accepted()
    chair = factories.price(application.call.fair, due_on=date(2099, 1, 1))
    lead = accounts.contact(session, application.lead_firm_id)
    assert lead is not None
    browser = sign_in(lead)
    address = f"/payments/applications/{application.id}/extras"
    assert "Order extras" in browser.get("/payments").text
    assert browser.post(address, data={"price": chair.id, "count": "0"}).status_code == 422
    assert browser.post(address, data={"price": chair.id, "count": "3"}).status_code == 303
    charge = session.scalars(sa.select(Charge)).one()
    assert (charge.amount_minor, charge.label, charge.due_on) == (7_500, "3 × Chair", date(2099, 1, 1))
    assert browser.post(address, data={"price": chair.id, "count": "3"}).status_code == 422
    assert "Your firm has ordered everything that is offered." in browser.get(address).text


def test_an_extra_can_be_ordered_again_after_it_was_cancelled(session: Session, sign_in: SignIn) -> None:
    application = accepted()
    chair = factories.price(application.call.fair)
    lead = accounts.contact(session, application.lead_firm_id)
    assert lead is not None
    address = f"/payments/applications/{application.id}/extras"
    browser = sign_in(lead)
    assert browser.post(address, data={"price": chair.id, "count": "2"}).status_code == 303
    first = session.scalars(sa.select(Charge)).one()
    service.reduce(session, first, first.owed, "Sold out", by=factories.officer(first.agency), now=utcnow())
    session.commit()
    assert browser.post(address, data={"price": chair.id, "count": "1"}).status_code == 303
    second = session.scalars(sa.select(Charge).order_by(Charge.id.desc()).limit(1)).one()
    assert (second.amount_minor, second.cancelled_at) == (2_500, None)
    assert second.reference != first.reference
    assert browser.post(address, data={"price": chair.id, "count": "1"}).status_code == 422


def test_an_open_stand_fee_follows_the_stand(session: Session, app: object) -> None:
    """One firm has paid: what it owes is left to staff. The others get a credit note and are charged anew, once."""
    application = accepted()
    fair = application.call.fair
    exhibitor = factories.exhibitor(application, factories.stand(fair, area_m2=12))
    factories.price(fair, ChargeKind.STAND, amount_minor=10_000, unit=PriceUnit.SQUARE_METRE)
    now = utcnow()
    service.charge_accepted(session, now=now)
    query = sa.select(Charge).where(Charge.kind == ChargeKind.STAND).order_by(Charge.id)
    before = session.scalars(query).all()
    assert service.follow_stands(session, now=now) == 0
    staff = factories.officer(fair.agency, Role.FINANCE)
    service.record_transfer(session, before[0], before[0].left, now.date(), key=uuid.uuid4(), by=staff, now=now)
    applications.change_stand(session, exhibitor, factories.stand(fair, area_m2=9).id, by=staff, now=now)
    session.flush()
    assert [service.follow_stands(session, now=now) for _ in range(2)] == [2, 0]
    after = session.scalars(query).all()[3:]
    assert [(charge.amount_minor, charge.area_m2) for charge in after] == [(29_997, 9), (29_997, 9)]
    assert [charge.cancelled_at is None for charge in before] == [True, False, False]
    assert len({charge.reference for charge in (*before, *after)}) == 5
    assert service.charge_accepted(session, now=now) == 0
    assert [len(queries.invoices_of_charge(session, charge.id)) for charge in (*before, *after)] == [1, 2, 2, 1, 1]


def test_staff_reduce_a_charge_and_at_last_cancel_it(session: Session, sign_in: SignIn) -> None:
    charge = charged(session)[0]
    browser = sign_in(factories.officer(charge.agency, Role.FINANCE))
    address = f"/staff/payments/{charge.id}/reduce"
    assert browser.post(address, data={"amount": "1500.01", "reason": "x"}).status_code == 422
    assert browser.post(address, data={"amount": "500", "reason": "Smaller stand"}).status_code == 303
    session.expire_all()
    assert (charge.owed_minor, charge.left.minor) == (100_000, 100_000)
    assert browser.post(address, data={"amount": "1000", "reason": "Not needed"}).status_code == 303
    session.expire_all()
    assert charge.state(charge.due_on) == ChargeState.CANCELLED
    assert browser.get(f"/staff/payments/{charge.id}").text.count("Credit note") == 2


def test_only_who_may_change_the_price_list_is_offered_it(sign_in: SignIn) -> None:
    fair = factories.fair()
    factories.price(fair)
    path = f"/staff/fairs/{fair.id}/prices"
    offered = {
        role: "Take off the list" in sign_in(factories.officer(fair.agency, role)).get(path).text
        for role in (Role.OFFICER, Role.ASSESSOR)
    }
    assert offered == {Role.OFFICER: True, Role.ASSESSOR: False}
