"""Orders: several of a lead, shared in a group, corrected, disputed and settled; and when they end or open a lead."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.followup import queries, service
from fairlink.followup.models import Lead, Order, OrderShare, Prompt
from fairlink.followup.rules import QuotedRate, ReportedOrder
from fairlink.followup.states import (
    Channel,
    EndReason,
    OrderState,
    PromptKind,
    RateSource,
    Side,
    StatementKind,
    Unit,
)
from fairlink.kernel.errors import Conflict, Invalid
from fairlink.kernel.money import Money, split
from fairlink.mail.models import MailMessage
from tests import factories

pytestmark = pytest.mark.usefixtures("app")

DAY = date(2027, 6, 1)
NOW = factories.MADE_AT + timedelta(days=160)


@pytest.fixture
def lead(session: Session) -> Lead:
    return factories.lead()


def _report(session: Session, lead: Lead, euros: int = 12_000, on: date = DAY, **values: object) -> Order:
    side = values.pop("side", Side.FIRM)
    assert isinstance(side, Side)
    reported = ReportedOrder(factories.money(euros), on, **values)  # type: ignore[arg-type]  # a test's short cut
    return service.report_order(session, lead, reported, side=side, channel=Channel.LINK, by=None, now=NOW)


def _judge(session: Session, order: Order, verdict: StatementKind, side: Side, value: Money | None = None) -> None:
    service.judge_order(session, order, verdict, side=side, channel=Channel.LINK, value=value, by=None, now=NOW)


def _officer(lead: Lead) -> User:
    return factories.user(lead.fair.agency)


def _said(order: Order) -> list[tuple[str, str | None, int | None]]:
    return [(said.kind.value, said.side.value if said.side else None, said.value_minor) for said in order.statements]


def _asked(session: Session) -> list[str]:
    query = sa.select(Prompt.side).where(Prompt.kind == PromptKind.CONFIRMATION).order_by(Prompt.id)
    return [side.value for side in session.scalars(query)]


def _ended(session: Session) -> list[EndReason | None]:
    session.flush()
    return list(session.scalars(sa.select(Lead.end_reason)))


def test_lead_takes_several_orders_with_product_and_quantity(session: Session, lead: Lead) -> None:
    _report(session, lead, hs_code="640399", quantity=Decimal("300.5"), unit=Unit.PAIR)
    _report(session, lead, 800, DAY + timedelta(days=90))
    orders = session.scalars(sa.select(Order).order_by(Order.id)).all()
    assert [(each.value_minor, each.quantity, each.unit) for each in orders] == [
        (1_200_000, Decimal("300.5"), "pair"),
        (80_000, None, None),
    ]


def test_later_orders_of_a_lead_are_repeat_orders_whenever_they_were_reported(session: Session, lead: Lead) -> None:
    second = _report(session, lead, 500, DAY + timedelta(days=40))
    first = _report(session, lead, 700)
    places = {
        row.id: row.place for row in session.execute(sa.select(Order.id, queries.place_in_chain().label("place")))
    }
    assert places == {first.id: 0, second.id: 1}


def test_order_is_worked_out_in_the_currency_of_the_call(session: Session, lead: Lead) -> None:
    quoted = [QuotedRate(DAY - timedelta(days=2), "USD", Decimal("1.25"))]
    service.take_rates(session, quoted, source=RateSource.ECB, agency_id=None, by=None, now=NOW)
    order = service.report_order(
        session,
        lead,
        ReportedOrder(Money(125_000, "USD"), DAY),
        side=Side.FIRM,
        channel=Channel.LINK,
        by=None,
        now=NOW,
    )
    assert order.in_agency_currency == Money(100_000, "EUR")
    assert (order.rate, order.rate_on, order.rate_source) == (Decimal("0.8"), DAY - timedelta(days=2), "ecb")


def test_new_order_is_shared_equally_to_the_last_cent(session: Session, lead: Lead) -> None:
    order = _report(session, lead, 100)
    parts = [share.value_minor for share in order.shares]
    assert (len(parts), sum(parts)) == (len(order.firm_ids), 10_000)
    assert max(parts) - min(parts) <= 1


def test_shares_that_do_not_add_up_are_refused(session: Session, lead: Lead) -> None:
    order = _report(session, lead, 100)
    by = lead.exhibitor.application.contact
    (firm_id, *others) = sorted(order.firm_ids)
    with pytest.raises(Invalid, match="shares_not_the_order"):
        service.split_order(session, order, {firm_id: 9_999}, by=by, now=NOW)
    with pytest.raises(Invalid, match="share_of_another"):
        service.split_order(session, order, {lead.buyer_id: 10_000}, by=by, now=NOW)
    service.split_order(session, order, {firm_id: 10_000}, by=by, now=NOW)
    assert {share.firm_id: share.value_minor for share in order.shares} == {
        firm_id: 10_000,
        **dict.fromkeys(others, 0),
    }


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**9), min_size=1, max_size=30))
def test_shares_follow_a_changed_value(value: int, known: list[int]) -> None:
    parts = split(value, known)
    assert sum(parts) == value
    assert all(part >= 0 for part in parts)


def test_corrected_figure_goes_back_to_the_reporter_who_accepts_it(session: Session, lead: Lead) -> None:
    order = _report(session, lead)
    _judge(session, order, StatementKind.CORRECT, Side.BUYER, Money(900_000, "USD"))
    assert (order.state, order.value) == (OrderState.CORRECTED, Money(1_200_000, "EUR"))
    assert _asked(session) == ["buyer", "firm"]
    with pytest.raises(Conflict, match="own_order"):
        _judge(session, order, StatementKind.CONFIRM, Side.BUYER)
    _judge(session, order, StatementKind.CONFIRM, Side.FIRM)
    assert (order.state, order.value) == (OrderState.CONFIRMED, Money(900_000, "USD"))
    assert session.scalar(sa.select(sa.func.sum(OrderShare.value_minor))) == 900_000
    assert _said(order) == [("report", "firm", 1_200_000), ("correct", "buyer", 900_000), ("confirm", "firm", None)]


def test_correction_needs_a_figure(session: Session, lead: Lead) -> None:
    order = _report(session, lead)
    with pytest.raises(Invalid, match="own_figure_missing"):
        _judge(session, order, StatementKind.CORRECT, Side.BUYER)


def test_reporter_who_stands_by_its_figure_makes_a_dispute_that_an_officer_settles(
    session: Session, lead: Lead
) -> None:
    order = _report(session, lead)
    _judge(session, order, StatementKind.CORRECT, Side.BUYER, factories.money(9_000))
    _judge(session, order, StatementKind.DISPUTE, Side.FIRM)
    assert (order.state, order.value) == (OrderState.DISPUTED, factories.money(12_000))
    told = session.scalars(sa.select(MailMessage).where(MailMessage.template == "order_disputed")).one()
    assert lead.meeting is not None
    assert told.to_email == lead.meeting.visit.visitor.email
    assert "and you gave €9,000.00" in told.text
    assert "you reported" not in told.text
    by = _officer(lead)
    service.settle_order(session, order, factories.money(9_000), reason="The invoice says so.", by=by, now=NOW)
    assert (order.state, order.value) == (OrderState.SETTLED, factories.money(9_000))
    assert _said(order)[-1] == ("settle", None, 900_000)
    mails = session.scalars(sa.select(MailMessage).where(MailMessage.template == "order_settled")).all()
    assert len(mails) == 2
    assert all("The invoice says so." in mail.text and "€9,000.00" in mail.text for mail in mails)


def test_officer_may_find_that_there_was_no_order(session: Session, lead: Lead) -> None:
    order = _report(session, lead)
    _judge(session, order, StatementKind.DISPUTE, Side.BUYER)
    service.settle_order(session, order, None, reason="Neither side has papers.", by=_officer(lead), now=NOW)
    assert (order.state, order.value_minor, order.agency_minor) == (OrderState.SETTLED, 0, 0)


def test_order_that_is_not_disputed_cannot_be_settled(session: Session, lead: Lead) -> None:
    order = _report(session, lead)
    with pytest.raises(Conflict, match="order_not_disputed"):
        service.settle_order(session, order, None, reason="No.", by=_officer(lead), now=NOW)


def test_reporter_may_revise_until_the_other_side_has_spoken(session: Session, lead: Lead) -> None:
    order = _report(session, lead)
    revised = ReportedOrder(factories.money(1_000), DAY)
    service.revise_order(session, order, revised, channel=Channel.LINK, by=None, now=NOW)
    assert order.value == factories.money(1_000)
    assert sum(share.value_minor for share in order.shares) == 100_000
    _judge(session, order, StatementKind.CONFIRM, Side.BUYER)
    with pytest.raises(Conflict, match="order_judged"):
        service.revise_order(session, order, revised, channel=Channel.LINK, by=None, now=NOW)


def test_last_order_ends_its_lead_once_it_is_confirmed_and_a_new_one_opens_it(session: Session, lead: Lead) -> None:
    order = _report(session, lead, is_last=True)
    assert _ended(session) == [None]
    _judge(session, order, StatementKind.CONFIRM, Side.BUYER)
    assert _ended(session) == [EndReason.LAST_ORDER]
    _report(session, lead, 300, DAY + timedelta(days=100))
    assert _ended(session) == [None]
