"""What an agency's staff do in the follow-up: the plan and its words, disputes, exchange rates, lost addresses."""

import io
from collections.abc import Callable
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.followup import service
from fairlink.followup.models import EuroRate, Lead, Order, OrderStatement, Wave, WaveText
from fairlink.followup.states import Channel, OrderState, PromptState, Side, StatementKind
from fairlink.kernel.clock import local_date
from fairlink.mail.models import MailMessage, MailSuppression
from fairlink.mail.states import SuppressionReason
from fairlink.policy import Role
from tests import factories
from tests.followup.test_rates import DAILY_XML

SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def lead(session: Session) -> Lead:
    return factories.lead()


@pytest.fixture
def officer(lead: Lead, sign_in: SignIn) -> FlaskClient:
    return sign_in(factories.user(lead.fair.agency))


def _days(session: Session, lead: Lead, side: Side) -> list[date]:
    waves = session.scalars(sa.select(Wave).where(Wave.side == side).order_by(Wave.number))
    return [local_date(wave.due_at, lead.fair.zone) for wave in waves]


def test_plan_is_edited_for_each_side_until_it_begins(officer: FlaskClient, session: Session, lead: Lead) -> None:
    page = officer.get(f"/staff/fairs/{lead.fair_id}/follow-up/plan")
    assert 'value="2027-03-25"' in page.text
    service.make_waves(session, lead.fair)
    first = session.scalars(sa.select(Wave).where(Wave.side == Side.FIRM, Wave.number == 1)).one()
    first.planned_at = factories.MADE_AT
    session.flush()
    data = {"firm_2": "2027-07-01", "buyer_1": "2027-05-01", "buyer_3": "2027-04-01"}
    done = officer.post(f"/staff/fairs/{lead.fair_id}/follow-up/plan", data=data)
    assert done.status_code == 302
    assert _days(session, lead, Side.FIRM) == [date(2027, 3, 25), date(2027, 7, 1)]
    assert _days(session, lead, Side.BUYER) == [date(2027, 4, 1), date(2027, 5, 1)]


def test_wave_before_the_end_of_the_fair_is_refused(officer: FlaskClient, session: Session, lead: Lead) -> None:
    page = officer.post(f"/staff/fairs/{lead.fair_id}/follow-up/plan", data={"firm_1": "2027-03-01"})
    assert page.status_code == 422
    assert "Choose a later day" in page.text
    assert 'value="2027-03-01"' in page.text


def test_plan_without_any_wave_is_refused(officer: FlaskClient, session: Session, lead: Lead) -> None:
    page = officer.post(f"/staff/fairs/{lead.fair_id}/follow-up/plan", data={"firm_1": ""})
    assert page.status_code == 422
    assert "Give at least one day" in page.text
    factories.wave(lead.fair, planned_at=factories.MADE_AT)
    assert officer.post(f"/staff/fairs/{lead.fair_id}/follow-up/plan", data={"firm_2": ""}).status_code == 302


def test_texts_are_previewed_tested_and_saved(officer: FlaskClient, session: Session, lead: Lead) -> None:
    path = f"/staff/fairs/{lead.fair_id}/follow-up/texts?side=buyer&language=es"
    words = {"subject": "Hola {person}", "body": "Uno {fair}\n\n{{7*7}}"}
    shown = officer.post(path, data={**words, "preview": "1"})
    assert "{{7*7}}" in shown.text
    assert lead.fair.title in shown.text
    assert session.scalars(sa.select(WaveText)).all() == []
    officer.post(path, data={**words, "test": "1"})
    (mail,) = session.scalars(sa.select(MailMessage))
    assert (mail.locale, mail.subject.startswith("Hola Person"), mail.list_id) == ("es", True, None)
    officer.post(path, data={**words, "save": "1"})
    text = session.scalars(sa.select(WaveText)).one()
    assert (text.side, text.locale, text.subject) == ("buyer", "es", "Hola {person}")
    officer.post(path, data={"subject": "", "body": "", "save": "1"})
    assert session.scalars(sa.select(WaveText)).all() == []


def test_placeholder_that_is_mistyped_is_pointed_out(officer: FlaskClient, session: Session, lead: Lead) -> None:
    path = f"/staff/fairs/{lead.fair_id}/follow-up/texts?side=buyer&language=es"
    page = officer.post(path, data={"subject": "Hola", "body": "Dear {persn}", "save": "1"})
    assert page.status_code == 422
    assert "{persn} would not be filled in" in page.text
    assert session.scalars(sa.select(WaveText)).all() == []


def _disputed(session: Session, lead: Lead) -> Order:
    order = factories.order(lead)
    service.judge_order(
        session,
        order,
        StatementKind.DISPUTE,
        side=Side.BUYER,
        channel=Channel.LINK,
        value=factories.money(9_000),
        by=None,
        now=factories.MADE_AT,
    )
    session.flush()
    return order


def test_officer_sees_both_figures_and_settles_with_a_reason(
    officer: FlaskClient, session: Session, lead: Lead
) -> None:
    order = _disputed(session, lead)
    listed = officer.get("/staff/orders")
    assert "€12,000.00" in listed.text
    assert "€9,000.00" in listed.text
    page = officer.post(f"/staff/orders/{order.id}", data={"finding": "order", "value": "9,000", "currency": "EUR"})
    assert page.status_code == 422
    reason = {"finding": "order", "value": "9,000", "currency": "EUR", "reason": "The invoice says so."}
    assert officer.post(f"/staff/orders/{order.id}", data=reason).status_code == 302
    session.refresh(order)
    assert (order.state, order.value_minor) == (OrderState.SETTLED, 900_000)
    said = session.scalars(sa.select(OrderStatement.value_minor).order_by(OrderStatement.id)).all()
    assert said == [1_200_000, 900_000, 900_000]
    assert "No order is in dispute" in officer.get("/staff/orders").text


def test_officers_day_begins_with_disputes_and_lost_addresses(
    officer: FlaskClient, session: Session, lead: Lead
) -> None:
    _disputed(session, lead)
    assert lead.meeting is not None
    visitor, firm = lead.meeting.visit.visitor.email, lead.exhibitor.application.contact.email
    for email, reason in ((visitor, SuppressionReason.BOUNCED), (firm, SuppressionReason.COMPLAINED)):
        factories.add(MailSuppression(email=email, list_id="", reason=reason, created_at=factories.MADE_AT))
    home = officer.get("/home").text
    assert "1 order is in dispute." in home
    assert "2 addresses do not work or called our mail spam." in home


def test_officer_of_another_agency_sees_no_dispute(sign_in: SignIn, session: Session, lead: Lead) -> None:
    _disputed(session, lead)
    assert "No order is in dispute" in sign_in(factories.officer()).get("/staff/orders").text


def test_rates_are_taken_from_a_file_or_typed(officer: FlaskClient, session: Session, lead: Lead) -> None:
    order = factories.order(lead, currency="USD", ordered_on=date(2026, 12, 4))
    done = officer.post("/staff/rates/file", data={"file": (io.BytesIO(DAILY_XML), "eurofxref-daily.xml")})
    assert done.status_code == 303
    session.refresh(order)
    assert (order.agency_currency, order.rate_on) == ("EUR", date(2026, 11, 20))
    assert "at the rate 0." in officer.get(f"/staff/orders/{order.id}").text
    officer.post("/staff/rates/typed", data={"currency": "PEN", "per_euro": "4.0125", "rated_on": "2026-11-20"})
    rates = session.execute(sa.select(EuroRate.currency, EuroRate.source).order_by(EuroRate.currency))
    assert [(code, source.value) for code, source in rates] == [("JPY", "ecb"), ("PEN", "typed"), ("USD", "ecb")]
    assert "4.0125" in officer.get("/staff/rates").text


def test_orders_that_wait_for_a_rate_are_counted_by_currency(officer: FlaskClient, lead: Lead) -> None:
    factories.order(lead, currency="PEN", ordered_on=date(2026, 12, 4))
    page = officer.get("/staff/rates")
    assert "a rate is missing" in page.text
    assert "PEN: 1, the first of" in page.text


def test_another_file_is_refused_with_the_reason(officer: FlaskClient, session: Session) -> None:
    page = officer.post("/staff/rates/file", data={"file": (io.BytesIO(b"<html></html>"), "rates.xml")})
    assert page.status_code == 422
    assert "This is not a file of exchange rates" in page.text


def test_finance_enters_rates_and_an_assessor_does_not(sign_in: SignIn, lead: Lead) -> None:
    typed = {"currency": "PEN", "per_euro": "4", "rated_on": "2026-11-20"}
    statuses = [
        sign_in(factories.user(lead.fair.agency, role)).post("/staff/rates/typed", data=typed).status_code
        for role in (Role.FINANCE, Role.ASSESSOR)
    ]
    assert statuses == [303, 403]


def test_suppressed_address_is_listed_with_its_reason_and_lifted(
    officer: FlaskClient, session: Session, lead: Lead
) -> None:
    assert lead.meeting is not None
    email = lead.meeting.visit.visitor.email
    row = factories.add(
        MailSuppression(
            email=email,
            list_id="",
            reason=SuppressionReason.BOUNCED,
            detail="550 no such user",
            created_at=factories.MADE_AT + timedelta(days=1),
        )
    )
    factories.add(
        MailSuppression(email="x@else.test", list_id="", reason=SuppressionReason.BOUNCED, created_at=factories.MADE_AT)
    )
    page = officer.get("/staff/mail/suppressed")
    assert email in page.text
    assert "550 no such user" in page.text
    assert "x@else.test" not in page.text
    officer.post(f"/staff/mail/suppressed/{row.id}/lift")
    assert "Every address gets our questions" in officer.get("/staff/mail/suppressed").text


@pytest.mark.parametrize("number", [1, 3])
def test_follow_up_of_a_fair_runs_a_constant_number_of_statements(
    officer: FlaskClient, session: Session, lead: Lead, statements: list[str], number: int
) -> None:
    wave = factories.wave(lead.fair)
    for _ in range(number):
        visit = factories.visit(lead.fair)
        other = factories.lead(factories.meeting(visit, lead.exhibitor))
        factories.prompt(other, state=PromptState.SENT, sent_at=factories.MADE_AT, wave=wave)
    session.flush()
    path = f"/staff/fairs/{lead.fair_id}/follow-up"
    session.expire_all()
    statements.clear()
    assert officer.get(path).status_code == 200
    assert len(statements) == 8


def test_whoever_calls_is_found_among_those_who_owe_an_answer(officer: FlaskClient, lead: Lead) -> None:
    factories.prompt(lead, state=PromptState.SENT)
    path = f"/staff/fairs/{lead.fair_id}/follow-up"
    assert "about" in officer.get(path, query_string={"q": lead.buyer.name}).text
    assert "Nothing found" in officer.get(path, query_string={"q": "nobody of this name"}).text
