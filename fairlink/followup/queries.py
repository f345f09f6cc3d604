"""Reads of leads, prompts and orders."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from fairlink.accounts.models import HsCode, OrganisationProduct, User
from fairlink.applications.models import Application, ApplicationMember, Exhibitor
from fairlink.fairs.models import Fair
from fairlink.fairs.states import FairState
from fairlink.followup.models import Answer, Lead, Order, Prompt, PromptLink, Wave
from fairlink.followup.states import Outcome, PromptState, Side
from fairlink.kernel.tokens import token_hash
from fairlink.visits import queries as visits
from fairlink.visits.models import Meeting, Visit
from fairlink.visits.states import MeetingState

_LEAD_PARTS = (
    joinedload(Lead.fair),
    joinedload(Lead.buyer),
    joinedload(Lead.exhibitor).options(
        joinedload(Exhibitor.fair),
        joinedload(Exhibitor.application).options(
            joinedload(Application.group),
            joinedload(Application.lead_firm),
            joinedload(Application.contact),
            selectinload(Application.members),
            joinedload(Application.call),
        ),
    ),
    joinedload(Lead.meeting).joinedload(Meeting.visit).joinedload(Visit.visitor),
    selectinload(Lead.products),
)


def lead(session: Session, lead_id: int) -> Lead | None:
    """One lead with everything its page shows."""
    query = (
        sa.select(Lead)
        .where(Lead.id == lead_id)
        .options(
            *_LEAD_PARTS,
            selectinload(Lead.prompts).options(selectinload(Prompt.answers), joinedload(Prompt.wave)),
            selectinload(Lead.orders).options(selectinload(Order.verdicts), joinedload(Order.product)),
        )
    )
    return session.scalars(query).unique().one_or_none()


#: What lists of leads are paged by, newest first.
LEAD_KEYS: tuple[Any, ...] = (Lead.created_at, Lead.id)


def leads_of(organisation_id: int) -> sa.Select[Any]:
    """The leads an organisation may see, on either side; to be paged by LEAD_KEYS."""
    of_firm = (
        sa.select(Exhibitor.id)
        .join(Application, Application.id == Exhibitor.application_id)
        .outerjoin(ApplicationMember, ApplicationMember.application_id == Application.id)
        .where(sa.or_(ApplicationMember.firm_id == organisation_id, Application.lead_firm_id == organisation_id))
    )
    return (
        sa.select(Lead)
        .where(sa.or_(Lead.buyer_id == organisation_id, Lead.exhibitor_id.in_(of_firm)))
        .options(*_LEAD_PARTS, selectinload(Lead.orders))
    )


def open_prompts(session: Session, organisation_id: int, side: Side, limit: int = 50) -> Sequence[Prompt]:
    """Prompts sent to an organisation and not answered yet, oldest first."""
    query = (
        sa.select(Prompt)
        .where(
            Prompt.state == PromptState.SENT,
            Prompt.side == side,
            Prompt.lead_id.in_(leads_of(organisation_id).with_only_columns(Lead.id)),
        )
        .options(joinedload(Prompt.lead).options(*_LEAD_PARTS), joinedload(Prompt.order))
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
        .options(joinedload(Prompt.lead).options(*_LEAD_PARTS), joinedload(Prompt.order), selectinload(Prompt.answers))
    )
    return session.scalars(query).unique().one_or_none()


def prompt(session: Session, prompt_id: int) -> Prompt | None:
    """One prompt with its lead."""
    query = (
        sa.select(Prompt)
        .where(Prompt.id == prompt_id)
        .options(joinedload(Prompt.lead).options(*_LEAD_PARTS), joinedload(Prompt.order), selectinload(Prompt.answers))
    )
    return session.scalars(query).unique().one_or_none()


def order(session: Session, order_id: int) -> Order | None:
    """One order with its lead and verdicts."""
    query = (
        sa.select(Order)
        .where(Order.id == order_id)
        .options(joinedload(Order.lead).options(*_LEAD_PARTS), joinedload(Order.product), selectinload(Order.verdicts))
    )
    return session.scalars(query).unique().one_or_none()


def receiver(session: Session, lead: Lead, side: Side) -> User | None:
    """Who is asked on one side of a lead; None when the organisation has nobody left."""
    if side is Side.BUYER:
        return visits.person_of(session, lead.buyer_id, lead.meeting.visit.visitor if lead.meeting else None)
    return visits.person_of_exhibitor(session, lead.exhibitor)


def products_of(session: Session, of: Exhibitor) -> Sequence[HsCode]:
    """What the firms of an exhibitor offer, by HS code."""
    query = (
        sa.select(HsCode)
        .join(OrganisationProduct, OrganisationProduct.hs_code == HsCode.code)
        .where(OrganisationProduct.organisation_id.in_(of.firm_ids))
        .distinct()
        .order_by(HsCode.code)
    )
    return session.scalars(query).all()


def products(session: Session, codes: Sequence[str]) -> list[HsCode]:
    """The HS codes among `codes` that exist."""
    return list(session.scalars(sa.select(HsCode).where(HsCode.code.in_(codes)).order_by(HsCode.code)))


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
    """The ids of the leads that a wave asks about: known before it was due, and not lost in either side's words."""
    lost = (
        sa.select(Prompt.lead_id)
        .join(Answer, Answer.prompt_id == Prompt.id)
        .where(Prompt.lead_id == Lead.id, Answer.outcome == Outcome.LOST)
    )
    return sa.select(Lead.id).where(
        Lead.fair_id == wave.fair_id, Lead.created_at < wave.due_at, ~lost.correlate(Lead).exists()
    )


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


def held_without_lead(session: Session, marked_before: datetime, limit: int) -> list[Meeting]:
    """Held meetings that nobody made a lead of."""
    query = (
        sa.select(Meeting)
        .where(
            Meeting.state == MeetingState.HELD,
            Meeting.marked_at <= marked_before,
            ~sa.exists().where(Lead.meeting_id == Meeting.id),
        )
        .options(joinedload(Meeting.visit), joinedload(Meeting.exhibitor))
        .order_by(Meeting.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Meeting)
    )
    return list(session.scalars(query))


def lead_of_meeting(session: Session, meeting_id: int) -> Lead | None:
    """The lead a meeting became, if it did."""
    return session.scalars(sa.select(Lead).where(Lead.meeting_id == meeting_id)).one_or_none()


def unconfirmed_orders(session: Session, lead_id: int, side: Side) -> list[Order]:
    """Orders of a lead that `side` reported and the other side has not judged, locked."""
    query = (
        sa.select(Order)
        .where(Order.lead_id == lead_id, Order.reported_side == side, Order.state == "reported")
        .order_by(Order.id)
        .with_for_update()
    )
    return list(session.scalars(query))
