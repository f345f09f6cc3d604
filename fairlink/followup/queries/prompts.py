"""Reads of waves and prompts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from fairlink.applications.models import Application, Exhibitor
from fairlink.fairs.models import Fair
from fairlink.fairs.states import FairState
from fairlink.followup.models import Lead, Order, Prompt, PromptLink, Wave, WaveText
from fairlink.followup.queries.leads import LEAD_PARTS, leads_of, mentioning
from fairlink.followup.states import OPEN_IN_ACCOUNT, PromptKind, PromptState, Side
from fairlink.kernel.tokens import token_hash

#: What the page of a question needs.
_QUESTION = (
    joinedload(Prompt.lead).options(*LEAD_PARTS, selectinload(Lead.expected), selectinload(Lead.orders)),
    joinedload(Prompt.order).selectinload(Order.statements),
    joinedload(Prompt.wave),
    joinedload(Prompt.draft),
    selectinload(Prompt.answers),
)


def _is_open(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(Prompt.state.in_(OPEN_IN_ACCOUNT), sa.or_(Prompt.expires_at.is_(None), Prompt.expires_at > now))


def open_prompts(
    session: Session, organisation_id: int, side: Side, now: datetime, limit: int = 50
) -> Sequence[Prompt]:
    """Prompts of an organisation that wait for an answer, oldest first: those too that no mail could bring."""
    query = (
        sa.select(Prompt)
        .where(
            _is_open(now),
            Prompt.side == side,
            Prompt.lead_id.in_(leads_of(organisation_id).with_only_columns(Lead.id)),
        )
        .options(joinedload(Prompt.lead).options(*LEAD_PARTS), joinedload(Prompt.order))
        .order_by(Prompt.due_at, Prompt.id)
        .limit(limit)
    )
    return session.scalars(query).unique().all()


@dataclass(frozen=True, slots=True)
class Mailed:
    """What a mailed link opens: the questions of its message, and the one that is being looked at, if any."""

    token: str
    prompts: Sequence[Prompt]
    chosen: Prompt | None

    def path(self, prompt: Prompt) -> str:
        """The address of one of the questions."""
        return f"/follow-up/{self.token}" if len(self.prompts) == 1 else f"/follow-up/{self.token}.{prompt.id}"


def mailed(session: Session, address: str) -> Mailed | None:
    """What stands behind the address ``TOKEN`` or, for one of several questions, ``TOKEN.ID``; None if unknown."""
    token, _dot, number = address.partition(".")
    query = (
        sa.select(Prompt)
        .join(PromptLink, PromptLink.prompt_id == Prompt.id)
        .where(PromptLink.token_hash == token_hash(token))
        .options(*_QUESTION)
        .order_by(Prompt.id)
    )
    prompts = session.scalars(query).unique().all()
    chosen = [prompt for prompt in prompts if str(prompt.id) == number or (len(prompts) == 1 and not number)]
    if not prompts or (number and not chosen):
        return None
    return Mailed(token, prompts, chosen[0] if chosen else None)


def prompt(session: Session, prompt_id: int) -> Prompt | None:
    """One prompt with its lead."""
    query = sa.select(Prompt).where(Prompt.id == prompt_id).options(*_QUESTION)
    return session.scalars(query).unique().one_or_none()


def fairs_without_waves(session: Session, now: datetime) -> list[Fair]:
    """Fairs that have begun and whose waves were not made yet."""
    query = sa.select(Fair).where(
        Fair.state == FairState.PUBLISHED,
        Fair.starts_on <= now.date(),
        ~sa.exists().where(Wave.fair_id == Fair.id),
    )
    return list(session.scalars(query))


def waves_to_move(session: Session) -> Sequence[Wave]:
    """Waves that have not begun and were counted from another last day than their fair has now, locked."""
    query = (
        sa.select(Wave)
        .join(Fair, Fair.id == Wave.fair_id)
        .where(Wave.planned_at.is_(None), Wave.planned_lead_id.is_(None), Wave.counted_from != Fair.ends_on)
        .options(joinedload(Wave.fair))
        .order_by(Wave.id)
        .with_for_update(skip_locked=True, of=Wave)
    )
    return session.scalars(query).all()


def wave_to_plan(session: Session, now: datetime) -> Wave | None:
    """The first wave that is due and not planned to its end, locked for the planner; None when another has it."""
    query = (
        sa.select(Wave)
        .where(Wave.due_at <= now, Wave.planned_at.is_(None))
        .order_by(Wave.due_at, Wave.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return session.scalar(query)


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


#: The organisation on whose side a prompt is: the buyer, or the firm that leads the exhibitor.
_ORGANISATION = sa.case((Prompt.side == Side.BUYER, Lead.buyer_id), else_=Application.lead_firm_id)
#: Rows of one message.
_TOGETHER = 200


def organisations_to_ask(session: Session, now: datetime, sent_before: datetime, limit: int) -> list[tuple[Side, int]]:
    """Side and id of the organisations for whom something is due: prompts to send, or to remind of.

    Those who wait longest come first; at most `limit` prompts of either kind are looked at.
    """
    due = (
        sa.select(Prompt.id)
        .where(Prompt.state == PromptState.PLANNED, Prompt.due_at <= now)
        .order_by(Prompt.due_at, Prompt.id)
        .limit(limit)
    )
    unanswered = (
        sa.select(Prompt.id)
        .join(Lead, Lead.id == Prompt.lead_id)
        .where(*_to_remind(sent_before))
        .order_by(Prompt.sent_at, Prompt.id)
        .limit(limit)
    )
    found: dict[tuple[Side, int], None] = {}
    for chosen in (due, unanswered):
        part = chosen.cte("part")
        query = _with_organisation(sa.select(Prompt.side, _ORGANISATION)).join(part, part.c.id == Prompt.id)
        found |= dict.fromkeys((Side(side), int(of)) for side, of in session.execute(query.order_by(Prompt.id)))
    return list(found)


def due_prompts(session: Session, side: Side, organisation_id: int, now: datetime) -> Sequence[Prompt]:
    """What is due for an organisation on one side, locked; not what another worker is sending."""
    return _locked(session, side, organisation_id, Prompt.state == PromptState.PLANNED, Prompt.due_at <= now)


def prompts_to_remind(session: Session, side: Side, organisation_id: int, sent_before: datetime) -> Sequence[Prompt]:
    """What an organisation was sent before an instant and has neither answered nor been reminded of, locked."""
    return _locked(session, side, organisation_id, *_to_remind(sent_before))


def _to_remind(sent_before: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """Nobody is reminded of a wave's question about a lead that has ended; an order still waits for its word."""
    of_use = sa.or_(Lead.ended_at.is_(None), Prompt.kind == PromptKind.CONFIRMATION)
    return Prompt.state == PromptState.SENT, Prompt.reminded_at.is_(None), Prompt.sent_at <= sent_before, of_use


def _locked(session: Session, side: Side, organisation_id: int, *where: sa.ColumnElement[bool]) -> Sequence[Prompt]:
    # One plain column, so that an index finds the organisation's leads: its prompts are few among all.
    of = Lead.buyer_id if side is Side.BUYER else Application.lead_firm_id
    query = (
        _with_organisation(sa.select(Prompt))
        .where(Prompt.side == side, of == organisation_id, *where)
        .options(
            joinedload(Prompt.lead).options(*LEAD_PARTS),
            joinedload(Prompt.order).selectinload(Order.statements),
            joinedload(Prompt.wave),
        )
        .order_by(Prompt.due_at, Prompt.id)
        .limit(_TOGETHER)
        .with_for_update(skip_locked=True, of=Prompt)
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).unique().all()


def _with_organisation(query: sa.Select[Any]) -> sa.Select[Any]:
    return (
        query.join(Lead, Lead.id == Prompt.lead_id)
        .join(Exhibitor, Exhibitor.id == Lead.exhibitor_id)
        .join(Application, Application.id == Exhibitor.application_id)
    )


def wave_text(session: Session, fair_id: int, side: Side, locale: str) -> WaveText | None:
    """An agency's own words for the waves of a fair, in a reader's language; None where it uses the house's."""
    query = sa.select(WaveText).where(
        WaveText.fair_id == fair_id, WaveText.side == side, WaveText.locale == locale.partition("_")[0]
    )
    return session.scalars(query).one_or_none()


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


def next_wave_at(session: Session, prompt: Prompt) -> datetime | None:
    """When the same side is asked again about the lead of a wave's prompt; None after the last wave."""
    if prompt.wave is None:
        return None
    query = sa.select(sa.func.min(Wave.due_at)).where(
        Wave.fair_id == prompt.wave.fair_id, Wave.side == prompt.side, Wave.due_at > prompt.wave.due_at
    )
    return session.scalar(query)


def waves(session: Session, fair_id: int, *, locked: bool = False) -> Sequence[Wave]:
    """The waves of a fair, in order."""
    query = sa.select(Wave).where(Wave.fair_id == fair_id).order_by(Wave.side, Wave.number)
    if locked:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).all()


@dataclass(frozen=True, slots=True)
class WaveCount:
    """What became of the prompts of one wave."""

    planned: int = 0
    sent: int = 0
    answered: int = 0
    suppressed: int = 0
    expired: int = 0

    @property
    def asked(self) -> int:
        return self.sent + self.answered + self.expired


def wave_counts(session: Session, fair_id: int) -> dict[int, WaveCount]:
    """How the prompts of each wave of a fair stand, by wave id."""
    query = (
        sa.select(Wave.id, Prompt.state, sa.func.count())
        .join(Prompt, Prompt.wave_id == Wave.id)
        .where(Wave.fair_id == fair_id)
        .group_by(Wave.id, Prompt.state)
    )
    counts: dict[int, dict[str, int]] = {}
    for wave_id, state, number in session.execute(query):
        counts.setdefault(wave_id, {})[str(PromptState(state))] = number
    return {wave_id: WaveCount(**states) for wave_id, states in counts.items()}


def unanswered(fair_id: int, now: datetime, text: str = "") -> sa.Select[Any]:
    """What can still be answered about a fair's leads, or those that mention `text`, and was not.

    To be paged by PROMPT_KEYS, oldest first.
    """
    return (
        sa.select(Prompt)
        .join(Lead, Lead.id == Prompt.lead_id)
        .where(Lead.fair_id == fair_id, _is_open(now), *mentioning(text))
        .options(joinedload(Prompt.lead).options(*LEAD_PARTS), joinedload(Prompt.order))
    )


#: What lists of prompts are paged by.
PROMPT_KEYS: tuple[Any, ...] = (Prompt.due_at, Prompt.id)
