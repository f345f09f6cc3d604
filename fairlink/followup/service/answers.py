"""Taking answers to the prompts of waves: once, with corrections until the next wave."""

from datetime import datetime

from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.followup import rules
from fairlink.followup.models import Answer, Prompt
from fairlink.followup.service import leads
from fairlink.followup.service.lifecycle import lock_prompt, move_prompt
from fairlink.followup.service.orders import report_order
from fairlink.followup.states import Channel, EndReason, Outcome, PromptAction, PromptState, Side
from fairlink.kernel.errors import Conflict


def answer(
    session: Session, prompt: Prompt, reply: rules.Reply, *, channel: Channel, by: User | None, now: datetime
) -> Answer:
    """Take one side's answer to a wave's prompt; `by` is None for an answer by the mailed link.

    A reported order is put to the other side for confirmation, unless that side reported the same one: then both
    reports confirm each other. Raises Conflict when the prompt was answered before or has expired.
    """
    prompt = _open(session, prompt, now)
    given = _record(session, prompt, reply, channel=channel, by=by, now=now)
    move_prompt(session, prompt, PromptAction.ANSWER, by=by, now=now)
    if reply.order is not None:
        report_order(
            session,
            prompt.lead,
            reply.order,
            side=Side(prompt.side),
            channel=channel,
            by=by,
            now=now,
            answer=given,
        )
    return given


def _record(
    session: Session, prompt: Prompt, reply: rules.Reply, *, channel: Channel, by: User | None, now: datetime
) -> Answer:
    given = Answer(
        prompt=prompt,
        at=now,
        channel=channel,
        user_id=by.id if by else None,
        outcome=reply.outcome,
        without_support_bp=reply.without_support_bp,
        lost_reason=reply.lost_reason,
        note=reply.note,
    )
    session.add(given)
    session.flush()
    leads.expect(session, prompt.lead, Side(prompt.side), reply.expected, now=now, answer=given)
    if reply.outcome is Outcome.LOST:
        leads.end(session, prompt.lead, EndReason.LOST, by=by, now=now)
    return given


def _open(session: Session, prompt: Prompt, now: datetime) -> Prompt:
    """The prompt, locked, if it still takes an answer."""
    prompt = lock_prompt(session, prompt.id)
    if prompt.state == PromptState.ANSWERED:
        raise Conflict("already_answered")
    if prompt.state != PromptState.SENT or (prompt.expires_at is not None and prompt.expires_at <= now):
        raise Conflict("prompt_expired")
    return prompt
