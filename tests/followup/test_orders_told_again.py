"""The same order told twice: by a second press, in the next wave, in a correction after both sides agreed."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.followup import service
from fairlink.followup.models import Answer, Lead, Order, Prompt, PromptLink
from fairlink.followup.rules import ReportedOrder
from fairlink.followup.states import Channel, OrderState, PromptKind, PromptState, Side, StatementKind
from fairlink.kernel.tokens import token_hash
from tests import factories

ORDER = {"outcome": "order", "value": "12,000.00", "currency": "EUR", "ordered_on": "2026-06-01"}


@pytest.fixture
def lead(session: Session) -> Lead:
    return factories.past_lead()


def _ask(lead: Lead, token: str, side: Side = Side.FIRM) -> None:
    now = datetime.now(UTC)
    prompt = factories.prompt(lead, side, state=PromptState.SENT, sent_at=now, expires_at=now + timedelta(days=60))
    factories.add(PromptLink(prompt_id=prompt.id, token_hash=token_hash(token), created_at=now))


def _orders(session: Session) -> list[tuple[str, int]]:
    session.expire_all()
    return [(each.state.value, each.value_minor) for each in session.scalars(sa.select(Order).order_by(Order.id))]


def _last_answer(session: Session) -> str:
    return str(session.scalar(sa.select(sa.func.max(Answer.id))))


def test_second_press_reports_no_second_order(
    sign_in: Callable[[User], FlaskClient], session: Session, lead: Lead
) -> None:
    firm = sign_in(lead.exhibitor.application.contact)
    typed = {"value": "12,000.00", "currency": "EUR", "ordered_on": "2026-06-01"}
    first, second = (firm.post(f"/leads/{lead.id}/orders/new", data=typed) for _ in range(2))
    assert (second.status_code, second.location) == (302, first.location)
    assert _orders(session) == [("reported", 1_200_000)]
    firm.post(f"/leads/{lead.id}/orders/new", data={**typed, "ordered_on": "2026-06-02"})
    assert len(_orders(session)) == 2


@pytest.mark.usefixtures("app")
def test_first_figure_told_again_after_another_was_agreed_makes_no_second_order(session: Session, lead: Lead) -> None:
    def report(**more: str) -> Order:
        told = ReportedOrder(factories.money(12_000), date(2026, 6, 1), **more)  # type: ignore[arg-type]  # of the test
        return service.report_order(
            session, lead, told, side=Side.FIRM, channel=Channel.LINK, by=None, now=factories.MADE_AT
        )

    order = report()
    for side, verdict, value in (
        (Side.BUYER, StatementKind.CORRECT, factories.money(9_000)),
        (Side.FIRM, StatementKind.CONFIRM, None),
    ):
        service.judge_order(
            session, order, verdict, side=side, channel=Channel.LINK, value=value, by=None, now=factories.MADE_AT
        )
    assert report(hs_code="640399") is order
    assert _orders(session) == [("confirmed", 900_000)]


def test_correction_by_the_side_that_confirmed_with_its_own_report_makes_no_second_order(
    client: FlaskClient, session: Session, lead: Lead
) -> None:
    _ask(lead, "firm")
    _ask(lead, "buyer", Side.BUYER)
    client.post("/follow-up/firm", data=ORDER)
    client.post("/follow-up/buyer", data=ORDER)
    assert _orders(session) == [("confirmed", 1_200_000)]
    page = client.get("/follow-up/buyer?correct=1")
    assert 'value="12000.00"' in page.text
    corrected = {**ORDER, "expected": "500", "expected_currency": "EUR", "corrects": _last_answer(session)}
    assert client.post("/follow-up/buyer", data=corrected).status_code == 303
    assert _orders(session) == [("confirmed", 1_200_000)]


def test_rest_of_an_answer_is_corrected_after_the_order_was_confirmed_and_its_figure_is_not(
    client: FlaskClient, session: Session, lead: Lead
) -> None:
    _ask(lead, "firm")
    client.post("/follow-up/firm", data={**ORDER, "without_support": "20"})
    order = session.scalars(sa.select(Order)).one()
    order.state = OrderState.CONFIRMED
    session.flush()
    corrected = {**ORDER, "without_support": "30", "corrects": _last_answer(session)}
    assert client.post("/follow-up/firm", data=corrected).status_code == 303
    page = client.post("/follow-up/firm", data={**corrected, "value": "1.00", "corrects": _last_answer(session)})
    assert page.status_code == 422
    assert "already said what it thinks" in page.text
    assert 'value="1.00"' in page.text
    assert _orders(session) == [("confirmed", 1_200_000)]


def test_yes_to_a_figure_that_was_changed_meanwhile_is_asked_again(
    sign_in: Callable[[User], FlaskClient], session: Session, lead: Lead
) -> None:
    assert lead.meeting is not None
    order = factories.order(lead)
    buyer = sign_in(lead.meeting.visit.visitor)
    seen = order.statements[-1].id
    revised = ReportedOrder(factories.money(50_000), order.ordered_on)
    service.revise_order(session, order, revised, channel=Channel.LINK, by=None, now=factories.MADE_AT)
    page = buyer.post(f"/orders/{order.id}", data={"agrees": "yes", "seen": str(seen)})
    assert page.status_code == 422
    assert "changed its figure while you were looking" in page.text
    assert "€50,000.00" in page.text
    assert f'value="{order.statements[-1].id}"' in page.text
    assert _orders(session) == [("reported", 5_000_000)]
    buyer.post(f"/orders/{order.id}", data={"agrees": "yes", "seen": str(order.statements[-1].id)})
    assert _orders(session) == [("confirmed", 5_000_000)]


def test_who_gets_no_mail_judges_an_order_in_the_account_and_is_asked_no_more(
    sign_in: Callable[[User], FlaskClient], session: Session, lead: Lead
) -> None:
    assert lead.meeting is not None
    order = factories.order(lead)
    prompt = factories.add(
        Prompt(
            lead_id=lead.id,
            side=Side.BUYER,
            kind=PromptKind.CONFIRMATION,
            order_id=order.id,
            state=PromptState.SUPPRESSED,
            due_at=factories.MADE_AT,
        )
    )
    buyer = sign_in(lead.meeting.visit.visitor)
    assert f"/prompts/{prompt.id}" in buyer.get("/leads").text
    assert buyer.post(f"/prompts/{prompt.id}", data={"agrees": "yes"}).status_code == 303
    assert f"/prompts/{prompt.id}" not in buyer.get("/leads").text
    assert _orders(session) == [("confirmed", 1_200_000)]
