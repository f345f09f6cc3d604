"""Reads of visits."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from fairlink.accounts.models import User
from fairlink.visits.models import Visit
from fairlink.visits.states import VisitState

#: What a page of a visit shows of other tables.
VISIT_PARTS = (joinedload(Visit.fair), joinedload(Visit.buyer), joinedload(Visit.visitor))


def visit(session: Session, visit_id: int) -> Visit | None:
    """One visit with its fair and its buyer."""
    return session.scalars(sa.select(Visit).where(Visit.id == visit_id).options(*VISIT_PARTS)).one_or_none()


def visits_of(buyer_id: int) -> sa.Select[Visit]:
    """The visits of a buyer, to be paged newest first."""
    return sa.select(Visit).where(Visit.buyer_id == buyer_id).options(*VISIT_PARTS)


def booked_visit(session: Session, fair_id: int, person: User) -> Visit | None:
    """The visit in which `person` books meetings at a fair: their own, else one of a colleague."""
    query = (
        sa.select(Visit)
        .where(Visit.fair_id == fair_id, Visit.buyer_id == person.organisation_id, Visit.state == VisitState.BOOKED)
        .options(*VISIT_PARTS)
        .order_by((Visit.visitor_id == person.id).desc(), Visit.id)
        .limit(1)
    )
    return session.scalars(query).one_or_none()


def locked_visit(session: Session, visit_id: int) -> Visit:
    """The visit as it is now, locked until the transaction ends."""
    query = sa.select(Visit).where(Visit.id == visit_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def keep_visits(session: Session, visit_ids: Collection[int]) -> None:
    """Let no visit be cancelled, and no workshop come into its diary, until the transaction ends; in order of ids."""
    query = sa.select(Visit.id).where(Visit.id.in_(visit_ids)).order_by(Visit.id)
    session.execute(query.with_for_update(read=True, key_share=True))


def kept_visit(session: Session, visit_id: int) -> Visit:
    """The visit as it is now; it cannot be cancelled until the transaction ends, but other meetings can be booked."""
    query = sa.select(Visit).where(Visit.id == visit_id).options(*VISIT_PARTS)
    query = query.with_for_update(of=Visit, read=True, key_share=True).execution_options(populate_existing=True)
    return session.scalars(query).one()
