"""Making waves and planning their prompts."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.audit.service import record
from fairlink.fairs.models import Fair
from fairlink.followup import emails, queries, rules
from fairlink.followup.models import Lead, Prompt, Wave, WaveText
from fairlink.followup.states import PromptKind, PromptState, Side
from fairlink.kernel.clock import local_date, local_instant
from fairlink.kernel.errors import Invalid


def make_waves(session: Session, fair: Fair) -> None:
    """Give a fair its waves, to each side; a second call changes nothing."""
    rows = [
        {"fair_id": fair.id, "side": side, "number": number, "due_at": due_at, "counted_from": fair.ends_on}
        for number, due_at in enumerate(rules.wave_instants(fair.ends_on, fair.zone), start=1)
        for side in Side
    ]
    session.execute(insert(Wave).values(rows).on_conflict_do_nothing(index_elements=["fair_id", "side", "number"]))


def move_waves(session: Session) -> None:
    """Let the waves of fairs that were put off, or forward, keep their distance in days from the fair's last day."""
    for wave in queries.waves_to_move(session):
        assert wave.counted_from is not None
        zone = wave.fair.zone
        day = local_date(wave.due_at, zone) + (wave.fair.ends_on - wave.counted_from)
        wave.due_at = local_instant(day, rules.SENDING_TIME, zone)
        wave.counted_from = wave.fair.ends_on


def plan_wave(session: Session, wave: Wave, *, now: datetime, limit: int = 20_000) -> int:
    """Plan a due wave's prompts for its next `limit` leads, one each; the number of new ones.

    A wave is planned once `planned_at` is set.
    """
    leads = queries.leads_in_wave(wave).where(Lead.id > (wave.planned_lead_id or 0)).order_by(Lead.id).limit(limit)
    part = leads.cte("part")
    planned = sa.select(
        part.c.id,
        sa.literal(wave.side.value),
        sa.literal(PromptKind.WAVE.value),
        sa.literal(wave.id),
        sa.literal(PromptState.PLANNED.value),
        sa.literal(wave.due_at, sa.DateTime(timezone=True)),
    )
    columns = ["lead_id", "side", "kind", "wave_id", "state", "due_at"]
    made = insert(Prompt).from_select(columns, planned).on_conflict_do_nothing().returning(Prompt.id).cte("made")
    count, new, last = session.execute(
        sa.select(
            sa.select(sa.func.count()).select_from(part).scalar_subquery(),
            sa.select(sa.func.count()).select_from(made).scalar_subquery(),
            sa.select(sa.func.max(part.c.id)).scalar_subquery(),
        )
    ).one()
    if last is not None:
        wave.planned_lead_id = last
    if count < limit:
        wave.planned_at = now
    session.flush()
    return int(new)


def set_plan(session: Session, fair: Fair, days: Mapping[Side, Sequence[date]], *, by: User, now: datetime) -> None:
    """Give a fair's waves other days, for each side; waves that were planned already stay as they are.

    Raises Invalid for a day before the fair's end, or before or on that of a wave that was planned, and for no wave at
    all: that would mean the house's plan.
    """
    make_waves(session, fair)
    for wave in queries.waves(session, fair.id, locked=True):
        if not is_begun(wave):
            session.delete(wave)
    session.flush()
    begun = queries.waves(session, fair.id)
    if not begun and not any(days.values()):
        raise Invalid("no_wave", field=f"{Side.FIRM}_1")
    for side in Side:
        before = [wave for wave in begun if wave.side == side]
        for number, day in enumerate(days[side], start=len(before) + 1):
            due_at = local_instant(day, rules.SENDING_TIME, fair.zone)
            if day <= fair.ends_on or any(due_at <= wave.due_at for wave in before):
                raise Invalid("wave_too_early", field=f"{side}_{number}")
            session.add(Wave(fair_id=fair.id, side=side, number=number, due_at=due_at, counted_from=fair.ends_on))
    record(session, "fair:plan_waves", fair, by=by, now=now)


def is_begun(wave: Wave) -> bool:
    """Whether prompts of a wave were planned, so that it cannot be changed any more."""
    return wave.planned_at is not None or wave.planned_lead_id is not None


def save_text(
    session: Session, fair: Fair, side: Side, locale: str, *, subject: str, body: str, by: User, now: datetime
) -> None:
    """Set the agency's own words for the waves of a fair, to one side in one language; empty ones mean the house's."""
    text = queries.wave_text(session, fair.id, side, locale)
    if text is None and body.strip():
        text = WaveText(fair_id=fair.id, side=side, locale=locale)
        session.add(text)
    if text is not None and not body.strip():
        session.delete(text)
    elif text is not None:
        text.subject, text.body = subject, body
    record(session, "fair:wave_text", fair, by=by, now=now, side=side.value, locale=locale)


def send_test(session: Session, fair: Fair, words: emails.Words, locale: str, *, to: User, now: datetime) -> None:
    """Send the words of a wave to oneself, with made-up names and a link that leads nowhere."""
    emails.test_of_wave(session, fair, words, locale, to, now=now)
