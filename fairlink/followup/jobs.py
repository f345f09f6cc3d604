"""The follow-up's work on the worker's clock; all is found by 'due since', so that a pause loses nothing."""

from datetime import datetime, timedelta

from fairlink.followup import queries, rules, service
from fairlink.kernel.database import Session
from fairlink.kernel.queue import defer

#: Prompts that one tick hands to the queue; the next tick takes the next ones.
BATCH = 500

#: People have this long to record a lead themselves before the clock does it for them.
LEAD_GRACE = timedelta(hours=24)


def tick(session: Session, *, now: datetime) -> None:
    """Plan what is due and hand each prompt to a job of its own, so that one failure stops no other."""
    service.record_leads_of_contacts(session, now=now)
    service.record_missing_leads(session, marked_before=now - LEAD_GRACE, now=now)
    for fair in queries.fairs_without_waves(session, now):
        service.make_waves(session, fair)
    for wave in queries.waves_to_plan(session, now):
        service.plan_wave(session, wave, now=now)
    service.expire_prompts(session, now=now)
    _hand_over(session, now)


def _hand_over(session: Session, now: datetime) -> None:
    for prompt_id in queries.prompts_to_send(session, now, BATCH):
        defer(session, "followup.send_prompt", queueing_lock=f"prompt:{prompt_id}", prompt_id=prompt_id)
    for prompt_id in queries.prompts_to_remind(session, now - rules.REMIND_AFTER, BATCH):
        defer(session, "followup.remind", queueing_lock=f"prompt:{prompt_id}", prompt_id=prompt_id)


def send_prompt(session: Session, *, now: datetime, prompt_id: int) -> None:
    """Send one prompt."""
    service.send_prompt(session, prompt_id, now=now)


def remind(session: Session, *, now: datetime, prompt_id: int) -> None:
    """Remind of one prompt."""
    service.remind(session, prompt_id, now=now)
