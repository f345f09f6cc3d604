"""Reads of orders."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from fairlink.fairs.models import Fair
from fairlink.followup.models import Answer, Lead, Order, OrderShare, OrderStatement, Prompt
from fairlink.followup.queries.leads import LEAD_PARTS
from fairlink.followup.states import OPEN_IN_ACCOUNT, OrderState, PromptState, Side, StatementKind


def order(session: Session, order_id: int) -> Order | None:
    """One order with its lead, what was said about it, and its parts."""
    query = (
        sa.select(Order)
        .where(Order.id == order_id)
        .options(
            joinedload(Order.lead).options(*LEAD_PARTS, selectinload(Lead.expected)),
            joinedload(Order.product),
            selectinload(Order.statements).joinedload(OrderStatement.by),
            selectinload(Order.shares).joinedload(OrderShare.firm),
        )
    )
    return session.scalars(query).unique().one_or_none()


def unconfirmed_orders(session: Session, lead_id: int, side: Side) -> list[Order]:
    """Orders of a lead that `side` reported and the other side has not judged, locked."""
    query = (
        sa.select(Order)
        .where(Order.lead_id == lead_id, Order.reported_side == side, Order.state == "reported")
        .order_by(Order.id)
        .with_for_update()
    )
    return list(session.scalars(query))


def reported_orders(session: Session, lead_id: int, side: Side) -> Sequence[Order]:
    """The orders of a lead that `side` reported, the oldest first."""
    query = sa.select(Order).where(Order.lead_id == lead_id, Order.reported_side == side).order_by(Order.id)
    return session.scalars(query).all()


def order_of_answers(session: Session, prompt_id: int) -> Order | None:
    """The order that the answers to a prompt told of: as its report, or as a yes to what the other side reported."""
    confirmed = (
        sa.exists()
        .where(OrderStatement.order_id == Order.id, OrderStatement.kind == StatementKind.CONFIRM)
        .where(OrderStatement.side == Prompt.side, OrderStatement.at == Answer.at)
    )
    query = (
        sa.select(Order.id)
        .join(Prompt, Prompt.lead_id == Order.lead_id)
        .join(Answer, Answer.prompt_id == Prompt.id)
        .where(Prompt.id == prompt_id, sa.or_(Order.answer_id == Answer.id, confirmed))
        .order_by(Order.id)
        .limit(1)
    )
    found = session.scalar(query)
    return None if found is None else order(session, found)


def open_questions(session: Session, order_id: int) -> Sequence[Prompt]:
    """The questions about an order that nobody has answered, those too that no mail could bring; locked."""
    query = (
        sa.select(Prompt)
        .where(Prompt.order_id == order_id, Prompt.state.in_((PromptState.PLANNED, *OPEN_IN_ACCOUNT)))
        .order_by(Prompt.id)
        .with_for_update()
    )
    return session.scalars(query).all()


def place_in_chain() -> sa.ScalarSelect[Any]:
    """Of an order in the enclosing query: how many orders its lead had before it; more than 0 is a repeat order.

    Orders that an officer found not to exist (value 0) do not count.
    """
    earlier = sa.orm.aliased(Order)
    before = sa.tuple_(earlier.ordered_on, earlier.id) < sa.tuple_(Order.ordered_on, Order.id)
    return (
        sa.select(sa.func.count())
        .where(earlier.lead_id == Order.lead_id, earlier.value_minor > 0, before)
        .correlate(Order)
        .scalar_subquery()
    )


#: What lists of orders are paged by, latest first.
ORDER_KEYS: tuple[Any, ...] = (Order.reported_at, Order.id)


def disputed(agency_id: int) -> sa.Select[Any]:
    """The orders of an agency's fairs in dispute, to be paged by ORDER_KEYS."""
    return (
        sa.select(Order)
        .join(Lead, Lead.id == Order.lead_id)
        .join(Fair, Fair.id == Lead.fair_id)
        .where(Fair.agency_id == agency_id, Order.state == OrderState.DISPUTED)
        .options(joinedload(Order.lead).options(*LEAD_PARTS), selectinload(Order.statements))
    )
