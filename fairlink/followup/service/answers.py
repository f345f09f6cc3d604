"""Taking answers to the prompts of waves: once, kept for later where unfinished, corrected until the next wave."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.audit.service import record
from fairlink.followup import queries, rules
from fairlink.followup.models import Answer, AnswerDraft, Prompt
from fairlink.followup.service import leads
from fairlink.followup.service.lifecycle import lock_prompt, move_prompt
from fairlink.followup.service.orders import report_order, revise_order, tells_of
from fairlink.followup.states import (
    Channel,
    EndReason,
    OrderState,
    Outcome,
    PromptAction,
    PromptState,
    Side,
)
from fairlink.kernel.errors import Conflict, Invalid


def answer(
    session: Session, prompt: Prompt, reply: rules.Reply, *, channel: Channel, by: User | None, now: datetime
) -> Answer:
    """Take one side's answer to a wave's prompt; `by` is None for an answer by the mailed link.

    A reported order is put to the other side for confirmation, unless that side reported the same one: then both
    reports confirm each other. Raises Conflict when the prompt was answered before or has expired.
    """
    prompt = _open(session, prompt, channel, now)
    prompt.draft = None
    given = _record(session, prompt, reply, channel=channel, by=by, now=now)
    move_prompt(session, prompt, PromptAction.ANSWER, by=by, now=now)
    _report(session, prompt, given, reply, channel=channel, by=by, now=now)
    return given


def keep_draft(session: Session, prompt: Prompt, fields: Mapping[str, str], *, channel: Channel, now: datetime) -> None:
    """Keep what was typed for later; nothing of it is an answer. `fields` as typed, by name."""
    prompt = _open(session, prompt, channel, now)
    if prompt.draft is None:
        prompt.draft = AnswerDraft(prompt_id=prompt.id, fields={}, saved_at=now)
    prompt.draft.fields, prompt.draft.saved_at = dict(fields), now
    session.flush()


def correct(
    session: Session,
    prompt: Prompt,
    reply: rules.Reply,
    *,
    corrects: int,
    channel: Channel,
    by: User | None,
    now: datetime,
) -> Answer:
    """Put another answer in the place of the one with the id `corrects`, which stays on record.

    Raises Conflict when that is not the last one or the next wave has begun, Invalid where it would take back an order.
    """
    prompt = lock_prompt(session, prompt.id)
    last = prompt.answers[-1] if prompt.answers else None
    if prompt.state != PromptState.ANSWERED or last is None or last.id != corrects:
        raise Conflict("already_answered")
    if not may_correct(session, prompt, now):
        raise Conflict("correction_too_late")
    known = queries.order_of_answers(session, prompt.id)
    told = reply.order
    if known is not None and told is None:
        raise Invalid("order_was_reported", field="outcome")
    is_new = known is not None and told is not None and not tells_of(told, known)
    if known is not None and is_new and (known.state != OrderState.REPORTED or known.reported_side != prompt.side):
        # Beside its field, so that nothing that was typed is lost.
        raise Invalid("order_judged", field="value")
    given = _record(session, prompt, reply, channel=channel, by=by, now=now)
    record(session, "prompt:correct", prompt, by=by, now=now)
    if known is not None and told is not None:
        if is_new:
            revise_order(session, known, told, channel=channel, by=by, now=now)
    else:
        _report(session, prompt, given, reply, channel=channel, by=by, now=now)
    return given


def may_correct(session: Session, prompt: Prompt, now: datetime) -> bool:
    """Whether the answer to a prompt may still be corrected: until the same side is asked again."""
    until = queries.next_wave_at(session, prompt) or prompt.expires_at
    return prompt.state == PromptState.ANSWERED and bool(prompt.answers) and until is not None and now < until


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
    lead = prompt.lead
    leads.expect(session, lead, Side(prompt.side), reply.expected, now=now, answer=given)
    if reply.outcome is Outcome.LOST:
        leads.end(session, lead, EndReason.LOST, by=by, now=now)
    elif lead.end_reason == EndReason.LOST and reply.outcome is not Outcome.NO_REPLY:
        leads.restart(session, lead, by=by, now=now)
    return given


def _report(
    session: Session,
    prompt: Prompt,
    given: Answer,
    reply: rules.Reply,
    *,
    channel: Channel,
    by: User | None,
    now: datetime,
) -> None:
    if reply.order is not None:
        side = Side(prompt.side)
        report_order(session, prompt.lead, reply.order, side=side, channel=channel, by=by, now=now, answer=given)


def _open(session: Session, prompt: Prompt, channel: Channel, now: datetime) -> Prompt:
    """The prompt, locked, if it still takes an answer by this way."""
    prompt = lock_prompt(session, prompt.id)
    if prompt.state == PromptState.ANSWERED:
        raise Conflict("already_answered")
    if not prompt.takes_answer(by_link=channel is Channel.LINK, now=now):
        raise Conflict("prompt_expired")
    return prompt
