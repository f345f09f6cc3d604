"""Whether an exhibitor has reported what its scheme asks before it pays out the last part."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.applications.models import Application, Exhibitor
from fairlink.followup.models import Lead, Prompt, Wave
from fairlink.followup.states import PromptState, Side

#: Reports are asked for so long after the fair where a scheme says nothing else.
DEFAULT_DAYS = 90


def reports_are_in(session: Session, application: Application, now: datetime) -> bool:
    """Whether every wave of the scheme's time was asked, and the exhibitor has answered all of its questions.

    A question that nobody could be asked (suppressed) is not held against it; one that expired without an answer is.
    """
    fair, timing = application.call.fair, application.call.scheme_version.document.timing
    until = fair.ends_at + timedelta(days=timing.reports_within_days or DEFAULT_DAYS)
    waves = sa.select(Wave.id).where(Wave.fair_id == fair.id, Wave.due_at <= until)
    if now < until and session.scalar(sa.select(waves.where(Wave.planned_at.is_(None)).exists())):
        return False
    owed = (
        sa.select(Prompt.id)
        .join(Lead, Lead.id == Prompt.lead_id)
        .join(Exhibitor, Exhibitor.id == Lead.exhibitor_id)
        .where(
            Exhibitor.application_id == application.id,
            Prompt.side == Side.FIRM,
            Prompt.wave_id.in_(waves),
            Prompt.state.not_in((PromptState.ANSWERED, PromptState.SUPPRESSED)),
        )
    )
    no_waves = session.scalar(waves.limit(1)) is None
    return not no_waves and not session.scalar(sa.select(owed.exists()))
