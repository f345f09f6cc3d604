"""Orders: reported by one side, confirmed, corrected or disputed by the other, settled by an officer."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.audit.service import record
from fairlink.followup import emails, queries, rules
from fairlink.followup.models import Answer, Lead, Order, OrderShare, OrderStatement, Prompt
from fairlink.followup.service import leads, rates
from fairlink.followup.service.lifecycle import lock_order, move_order, move_prompt
from fairlink.followup.states import (
    COUNTED,
    OPEN_IN_ACCOUNT,
    Channel,
    EndReason,
    OrderAction,
    OrderState,
    PromptAction,
    PromptKind,
    PromptState,
    Side,
    StatementKind,
)
from fairlink.kernel.errors import Conflict, Invalid
from fairlink.kernel.money import Money, split


def report_order(
    session: Session,
    lead: Lead,
    reported: rules.ReportedOrder,
    *,
    side: Side,
    channel: Channel,
    by: User | None,
    now: datetime,
    answer: Answer | None = None,
) -> Order:
    """Record a real order that one side tells of, and put it to the other for confirmation.

    Where the other side has reported the same one already, both reports confirm each other and no second order is
    made. Told again by the same side, in the next wave or by a second press, it is the one that is known. A new one
    opens an ended lead again.
    """
    session.execute(sa.select(Lead.id).where(Lead.id == lead.id).with_for_update())
    for known in queries.reported_orders(session, lead.id, side):
        if _is_told_again(reported, known):
            return known
    leads.restart(session, lead, by=by, now=now)
    for other in queries.unconfirmed_orders(session, lead.id, side.other):
        if rules.same_order(other.value, other.ordered_on, reported.value, reported.ordered_on):
            judge_order(session, other, StatementKind.CONFIRM, side=side, channel=channel, by=by, now=now)
            return other
    # It is whole, and only then asked about.
    with session.no_autoflush:
        order = Order(
            lead=lead,
            answer_id=answer.id if answer else None,
            reported_side=side,
            reported_by_id=by.id if by else None,
            channel=channel,
            reported_at=now,
            state=OrderState.REPORTED,
        )
        _describe(session, order, reported)
        session.add(order)
    record(session, "order:report", order, by=by, now=now, side=side.value)
    _state(session, order, StatementKind.REPORT, side, reported.value, channel=channel, by=by, now=now)
    _ask(session, order, side.other, now=now)
    return order


def revise_order(
    session: Session,
    order: Order,
    reported: rules.ReportedOrder,
    *,
    channel: Channel,
    by: User | None,
    now: datetime,
) -> None:
    """The reporter corrects its own report. Raises Conflict ``order_judged`` once the other side has spoken."""
    lock_order(session, order)
    if order.state != OrderState.REPORTED:
        raise Conflict("order_judged")
    _describe(session, order, reported)
    record(session, "order:revise", order, by=by, now=now)
    _state(
        session,
        order,
        StatementKind.REVISE,
        Side(order.reported_side),
        reported.value,
        channel=channel,
        by=by,
        now=now,
    )


def judge_order(
    session: Session,
    order: Order,
    verdict: StatementKind,
    *,
    side: Side,
    channel: Channel,
    value: Money | None = None,
    note: str = "",
    seen: int | None = None,
    by: User | None,
    now: datetime,
) -> OrderStatement:
    """Take one side's word on the other's figure: CONFIRM, CORRECT (with its own `value`) or DISPUTE.

    A correction goes back to the reporter, who accepts it (CONFIRM) or stands by the first figure (DISPUTE). A dispute
    keeps both figures and waits for an officer. Raises Conflict when it is not this side's turn, and Invalid when
    something was said after `seen`, the id of the last statement on the page that was judged.
    """
    lock_order(session, order)
    if turn(order) is None:
        raise Conflict("order_judged")
    if seen is not None and seen != order.statements[-1].id:
        raise Invalid("figure_changed")
    if side is not turn(order):
        raise Conflict("own_order")
    if verdict is StatementKind.CORRECT and (value is None or value.minor <= 0):
        raise Invalid("own_figure_missing", field="value")
    corrected = order.statements[-1].value if order.state == OrderState.CORRECTED else None
    statement = _state(session, order, verdict, side, value, channel=channel, by=by, now=now, note=note)
    if verdict is StatementKind.CONFIRM and corrected is not None:
        _set_value(session, order, corrected)
    move_order(session, order, OrderAction(verdict.value), by=by, now=now)
    _close_questions(session, order, by=by, now=now)
    _follow(session, order, by=by, now=now)
    if verdict is StatementKind.DISPUTE:
        reporter = queries.receiver(session, order.lead, side.other)
        if reporter is not None:
            emails.order_disputed(session, order, statement, reporter, now=now)
    return statement


def turn(order: Order) -> Side | None:
    """Whose word on an order is awaited; None where both have spoken."""
    reporter = Side(order.reported_side)
    return {OrderState.REPORTED: reporter.other, OrderState.CORRECTED: reporter}.get(OrderState(order.state))


def settle_order(session: Session, order: Order, value: Money | None, *, reason: str, by: User, now: datetime) -> None:
    """An officer decides a dispute: the figure that stands, or None for 'there was no order'; `reason` says why.

    Both sides' figures stay in the statements. Raises Conflict unless the order is disputed.
    """
    lock_order(session, order)
    if order.state != OrderState.DISPUTED:
        raise Conflict("order_not_disputed")
    statement = OrderStatement(
        order=order,
        kind=StatementKind.SETTLE,
        side=None,
        at=now,
        channel=Channel.ACCOUNT,
        user_id=by.id,
        value_minor=value.minor if value else None,
        currency=value.currency if value else None,
        note=reason,
    )
    session.add(statement)
    move_order(session, order, OrderAction.SETTLE, by=by, now=now)
    _set_value(session, order, value or Money.zero(order.currency))
    _follow(session, order, by=by, now=now)
    for side in Side:
        to = queries.receiver(session, order.lead, side)
        if to is not None:
            emails.order_settled(session, order, statement, side, to, now=now)


def split_order(session: Session, order: Order, parts: Mapping[int, int], *, by: User, now: datetime) -> None:
    """Share an order among the firms of its exhibitor: `parts` are minor units by firm id.

    Raises Invalid when they name another firm, are negative or do not add up to the order.
    """
    lock_order(session, order)
    if not parts.keys() <= order.firm_ids or any(minor < 0 for minor in parts.values()):
        raise Invalid("share_of_another")
    if sum(parts.values()) != order.value_minor:
        raise Invalid("shares_not_the_order", whole=order.value)
    _write_shares(session, order, {firm_id: parts.get(firm_id, 0) for firm_id in order.firm_ids})
    record(session, "order:split", order, by=by, now=now)


def tells_of(reported: rules.ReportedOrder, order: Order) -> bool:
    """Whether a report says nothing else than what is known of an order."""
    told = (reported.value, reported.ordered_on, *_details(reported), reported.is_last)
    return told == (order.value, order.ordered_on, *_details(order), order.is_last)


def _is_told_again(reported: rules.ReportedOrder, order: Order) -> bool:
    """Whether the side that reported an order tells of it once more: a figure given for it, its day, no other goods."""
    figures = {said.value for said in order.statements}
    other_goods = any(a and b and a != b for a, b in zip(_details(reported), _details(order), strict=True))
    return reported.value in figures and reported.ordered_on == order.ordered_on and not other_goods


def _details(of: rules.ReportedOrder | Order) -> tuple[str | None, Decimal | None, str | None]:
    return of.hs_code, of.quantity, of.unit


def _describe(session: Session, order: Order, reported: rules.ReportedOrder) -> None:
    order.ordered_on = reported.ordered_on
    order.hs_code = reported.hs_code
    order.quantity, order.unit = reported.quantity, reported.unit
    order.is_last = reported.is_last
    _set_value(session, order, reported.value)


def _set_value(session: Session, order: Order, value: Money) -> None:
    """Give the order its figure, with its parts and its worth in the agency's currency."""
    order.value_minor, order.currency = value.minor, value.currency
    known = {share.firm_id: share.value_minor for share in order.shares}
    firms = sorted(order.lead.firm_ids)
    weights = [known.get(firm_id, 0) for firm_id in firms]
    _write_shares(session, order, dict(zip(firms, split(value.minor, weights), strict=True)))
    rates.put_in_agency_currency(session, order, value, order.lead, on=order.ordered_on)


def _write_shares(session: Session, order: Order, parts: Mapping[int, int]) -> None:
    """All parts at once, for a new order or under its lock: they add up to the order whoever writes."""
    assert sum(parts.values()) == order.value_minor
    kept = {share.firm_id: share for share in order.shares}
    for firm_id in kept.keys() - parts.keys():
        order.shares.remove(kept[firm_id])
    for firm_id, minor in sorted(parts.items()):
        if firm_id in kept:
            kept[firm_id].value_minor = minor
        else:
            order.shares.append(OrderShare(firm_id=firm_id, value_minor=minor))


def _state(
    session: Session,
    order: Order,
    kind: StatementKind,
    side: Side,
    value: Money | None,
    *,
    channel: Channel,
    by: User | None,
    now: datetime,
    note: str = "",
) -> OrderStatement:
    statement = OrderStatement(
        order=order,
        kind=kind,
        side=side,
        at=now,
        channel=channel,
        user_id=by.id if by else None,
        value_minor=value.minor if value else None,
        currency=value.currency if value else None,
        note=note,
    )
    session.add(statement)
    session.flush()
    return statement


def _follow(session: Session, order: Order, *, by: User | None, now: datetime) -> None:
    """What a changed state asks for: a question to the reporter, or the end of a lead whose last order is certain."""
    if order.state == OrderState.CORRECTED:
        _ask(session, order, Side(order.reported_side), now=now)
    elif order.state in COUNTED and order.is_last and order.value_minor:
        leads.end(session, order.lead, EndReason.LAST_ORDER, by=by, now=now)


def _ask(session: Session, order: Order, side: Side, *, now: datetime) -> None:
    session.flush()
    session.add(
        Prompt(
            lead_id=order.lead_id,
            side=side,
            kind=PromptKind.CONFIRMATION,
            order_id=order.id,
            state=PromptState.PLANNED,
            due_at=now,
        )
    )
    session.flush()


def _close_questions(session: Session, order: Order, *, by: User | None, now: datetime) -> None:
    for prompt in queries.open_questions(session, order.id):
        answered = prompt.state in OPEN_IN_ACCOUNT
        move_prompt(session, prompt, PromptAction.ANSWER if answered else PromptAction.EXPIRE, by=by, now=now)
