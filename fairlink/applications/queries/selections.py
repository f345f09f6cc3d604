"""Reads of selections: what a call chooses among, what it chose, and who waits."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from fairlink.applications.models import Application, SelectionOverride, SelectionPlace, SelectionRun
from fairlink.applications.queries.applications import WHOLE
from fairlink.applications.states import ApplicationState
from fairlink.subsidies.models import Call
from fairlink.subsidies.rules.selection import Outcome


def assessed_applications(session: Session, call_id: int) -> Sequence[Application]:
    """The assessed applications to a call that no selection has placed, in the order of their ids."""
    placed = sa.select(SelectionPlace.application_id)
    query = sa.select(Application).where(
        Application.call_id == call_id,
        Application.state == ApplicationState.ASSESSED,
        Application.id.not_in(placed),
    )
    return session.scalars(query.options(*WHOLE).order_by(Application.id)).unique().all()


def unready_count(session: Session, call_id: int, now: datetime) -> int:
    """How many applications to a call wait for assessors, or may still come back from a change."""
    returned = sa.and_(Application.state == ApplicationState.DRAFT, Application.change_by > now)
    query = sa.select(sa.func.count()).where(
        Application.call_id == call_id, sa.or_(Application.state == ApplicationState.SUBMITTED, returned)
    )
    return session.scalar(query) or 0


def selection_run(session: Session, call_id: int) -> SelectionRun | None:
    """The selection of a call with its places and their applicants."""
    query = (
        sa.select(SelectionRun)
        .where(SelectionRun.call_id == call_id)
        .options(
            joinedload(SelectionRun.made_by),
            selectinload(SelectionRun.places)
            .joinedload(SelectionPlace.application)
            .options(joinedload(Application.group), joinedload(Application.lead_firm)),
        )
    )
    return session.scalars(query).one_or_none()


def selection_place(session: Session, application_id: int) -> SelectionPlace | None:
    """The place of one application, if a selection gave it one."""
    return session.scalars(
        sa.select(SelectionPlace).where(SelectionPlace.application_id == application_id)
    ).one_or_none()


def overrides(session: Session, call_id: int) -> Sequence[SelectionOverride]:
    """The overrides recorded for a call, the oldest first."""
    query = (
        sa.select(SelectionOverride)
        .join(SelectionOverride.application)
        .where(Application.call_id == call_id)
        .options(
            joinedload(SelectionOverride.made_by),
            joinedload(SelectionOverride.application).options(
                joinedload(Application.group), joinedload(Application.lead_firm)
            ),
        )
        .order_by(SelectionOverride.id)
    )
    return session.scalars(query).all()


def calls_with_reserves(session: Session, limit: int) -> Sequence[Call]:
    """The calls of which somebody waits for money that is given back."""
    waiting = (
        sa.select(SelectionRun.call_id)
        .join(SelectionRun.places)
        .join(SelectionPlace.application)
        .where(SelectionPlace.outcome == Outcome.RESERVE, Application.state == ApplicationState.ASSESSED)
    )
    return session.scalars(sa.select(Call).where(Call.id.in_(waiting)).order_by(Call.id).limit(limit)).all()


def reserves(session: Session, call_id: int) -> Sequence[SelectionPlace]:
    """Who waits for the money of a call, in order; their applications are locked."""
    locked = (
        sa.select(Application)
        .join(SelectionPlace, SelectionPlace.application_id == Application.id)
        .where(
            Application.call_id == call_id,
            SelectionPlace.outcome == Outcome.RESERVE,
            Application.state == ApplicationState.ASSESSED,
        )
        .order_by(Application.id)
        .with_for_update(of=Application)
    )
    waiting = session.scalars(locked, execution_options={"populate_existing": True}).all()
    query = (
        sa.select(SelectionPlace)
        .where(
            SelectionPlace.application_id.in_([each.id for each in waiting]),
            # Whoever held the locks before may have given one its turn.
            SelectionPlace.outcome == Outcome.RESERVE,
        )
        .options(joinedload(SelectionPlace.run))
        .order_by(SelectionPlace.rank)
    )
    return session.scalars(query, execution_options={"populate_existing": True}).all()
