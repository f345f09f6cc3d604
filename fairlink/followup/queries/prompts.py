"""Reads of waves and prompts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from fairlink.fairs.models import Fair
from fairlink.fairs.states import FairState
from fairlink.followup.models import Lead, Prompt, PromptLink, Wave
from fairlink.followup.queries.leads import LEAD_PARTS, leads_of
from fairlink.followup.states import PromptKind, PromptState, Side
from fairlink.kernel.tokens import token_hash


def open_prompts(session: Session, organisation_id: int, side: Side, limit: int = 50) -> Sequence[Prompt]:
    """Prompts sent to an organisation and not answered yet, oldest first."""
    query = (
        sa.select(Prompt)
        .where(
            Prompt.state == PromptState.SENT,
            Prompt.side == side,
            Prompt.lead_id.in_(leads_of(organisation_id).with_only_columns(Lead.id)),
        )
        .options(joinedload(Prompt.lead).options(*LEAD_PARTS), joinedload(Prompt.order))
        .order_by(Prompt.due_at, Prompt.id)
        .limit(limit)
    )
    return session.scalars(query).unique().all()


def prompt_of_token(session: Session, token: str) -> Prompt | None:
    """The prompt behind a mailed link, in whatever state; None for an unknown token."""
    query = (
        sa.select(Prompt)
        .join(PromptLink, PromptLink.prompt_id == Prompt.id)
        .where(PromptLink.token_hash == token_hash(token))
        .options(joinedload(Prompt.lead).options(*LEAD_PARTS), joinedload(Prompt.order), selectinload(Prompt.answers))
    )
    return session.scalars(query).unique().one_or_none()


def prompt(session: Session, prompt_id: int) -> Prompt | None:
    """One prompt with its lead."""
    query = (
        sa.select(Prompt)
        .where(Prompt.id == prompt_id)
        .options(joinedload(Prompt.lead).options(*LEAD_PARTS), joinedload(Prompt.order), selectinload(Prompt.answers))
    )
    return session.scalars(query).unique().one_or_none()


def fairs_without_waves(session: Session, now: datetime) -> list[Fair]:
    """Fairs that have begun and whose waves were not made yet."""
    query = sa.select(Fair).where(
        Fair.state == FairState.PUBLISHED,
        Fair.starts_on <= now.date(),
        ~sa.exists().where(Wave.fair_id == Fair.id),
    )
    return list(session.scalars(query))


def waves_to_plan(session: Session, now: datetime) -> list[Wave]:
    """Waves that are due and whose prompts were not planned yet, locked for the planner."""
    query = (
        sa.select(Wave)
        .where(Wave.due_at <= now, Wave.planned_at.is_(None))
        .order_by(Wave.due_at, Wave.id)
        .with_for_update(skip_locked=True)
    )
    return list(session.scalars(query))


def leads_in_wave(wave: Wave) -> sa.Select[Any]:
    """The ids of the leads that a wave asks about: known before it was due, and not ended."""
    return sa.select(Lead.id).where(
        Lead.fair_id == wave.fair_id, Lead.created_at < wave.due_at, Lead.ended_at.is_(None)
    )


def planned_wave_prompts(session: Session, lead_id: int) -> Sequence[Prompt]:
    """The prompts of waves that were planned for a lead and not sent yet, locked."""
    query = (
        sa.select(Prompt)
        .where(Prompt.lead_id == lead_id, Prompt.state == PromptState.PLANNED, Prompt.kind == PromptKind.WAVE)
        .order_by(Prompt.id)
        .with_for_update()
    )
    return session.scalars(query).all()


def prompts_to_send(session: Session, now: datetime, limit: int) -> list[int]:
    """Prompts due since, oldest first."""
    query = (
        sa.select(Prompt.id)
        .where(Prompt.state == PromptState.PLANNED, Prompt.due_at <= now)
        .order_by(Prompt.due_at, Prompt.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def prompts_to_remind(session: Session, sent_before: datetime, limit: int) -> list[int]:
    """Prompts sent before an instant, neither answered nor reminded of."""
    query = (
        sa.select(Prompt.id)
        .where(Prompt.state == PromptState.SENT, Prompt.reminded_at.is_(None), Prompt.sent_at <= sent_before)
        .order_by(Prompt.sent_at, Prompt.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def prompts_to_expire(session: Session, now: datetime, limit: int) -> list[Prompt]:
    """Sent prompts whose time is over, locked."""
    query = (
        sa.select(Prompt)
        .where(Prompt.state == PromptState.SENT, Prompt.expires_at <= now)
        .order_by(Prompt.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(session.scalars(query))
