"""Making waves and planning their prompts."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from fairlink.fairs.models import Fair
from fairlink.followup import queries, rules
from fairlink.followup.models import Lead, Prompt, Wave
from fairlink.followup.states import PromptKind, PromptState, Side


def make_waves(session: Session, fair: Fair) -> None:
    """Give a fair its waves, to each side; a second call changes nothing."""
    rows = [
        {"fair_id": fair.id, "side": side, "number": number, "due_at": due_at}
        for number, due_at in enumerate(rules.wave_instants(fair.ends_on, fair.zone), start=1)
        for side in Side
    ]
    session.execute(insert(Wave).values(rows).on_conflict_do_nothing(index_elements=["fair_id", "side", "number"]))


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
