"""Sending prompts, reminding of them, closing them."""

from datetime import datetime

from sqlalchemy.orm import Session

from fairlink.followup import emails, queries, rules
from fairlink.followup.models import Prompt, PromptLink
from fairlink.followup.service.lifecycle import lock_prompt, move_prompt
from fairlink.followup.states import PromptAction, PromptState, Side
from fairlink.kernel.tokens import new_token, token_hash
from fairlink.mail import queries as mail_queries


def send_prompt(session: Session, prompt_id: int, *, now: datetime) -> None:
    """Post the mail of a planned prompt; nothing happens if it is no longer planned (a job may run twice)."""
    prompt = lock_prompt(session, prompt_id)
    if prompt.state != PromptState.PLANNED:
        return
    to = queries.receiver(session, prompt.lead, Side(prompt.side))
    if to is None or mail_queries.is_suppressed(session, to.email, emails.LIST_ID):
        move_prompt(session, prompt, PromptAction.SUPPRESS, by=None, now=now)
        return
    prompt.sent_at = now
    prompt.expires_at = rules.expires_at(now)
    move_prompt(session, prompt, PromptAction.SEND, by=None, now=now)
    emails.prompt(session, prompt, to, _new_link(session, prompt, now), reminder=False, now=now)


def remind(session: Session, prompt_id: int, *, now: datetime) -> None:
    """Ask once more; nothing happens if the prompt was closed or reminded of meanwhile."""
    prompt = lock_prompt(session, prompt_id)
    if prompt.state != PromptState.SENT or prompt.reminded_at is not None:
        return
    to = queries.receiver(session, prompt.lead, Side(prompt.side))
    prompt.reminded_at = now
    if to is None or mail_queries.is_suppressed(session, to.email, emails.LIST_ID):
        move_prompt(session, prompt, PromptAction.SUPPRESS, by=None, now=now)
        return
    emails.prompt(session, prompt, to, _new_link(session, prompt, now), reminder=True, now=now)


def expire_prompts(session: Session, *, now: datetime, limit: int = 500) -> int:
    """Close the prompts whose time is over; their number."""
    prompts = queries.prompts_to_expire(session, now, limit)
    for prompt in prompts:
        move_prompt(session, prompt, PromptAction.EXPIRE, by=None, now=now)
    return len(prompts)


def _new_link(session: Session, prompt: Prompt, now: datetime) -> str:
    token = new_token()
    session.add(PromptLink(prompt_id=prompt.id, token_hash=token_hash(token), created_at=now))
    return token
