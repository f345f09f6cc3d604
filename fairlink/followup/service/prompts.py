"""Sending prompts, reminding of them, closing them: whatever is due for one person goes into one message."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from fairlink.accounts import queries as accounts
from fairlink.accounts.models import User
from fairlink.audit.service import record
from fairlink.followup import emails, queries, rules
from fairlink.followup.models import Prompt, PromptLink
from fairlink.followup.service.lifecycle import lock_prompt, move_prompt
from fairlink.followup.service.orders import turn
from fairlink.followup.states import PromptAction, PromptState, Side
from fairlink.kernel.tokens import new_token, token_hash
from fairlink.mail import queries as mail_queries
from fairlink.mail import service as mail
from fairlink.mail.models import MailSuppression


def send_due(session: Session, side: Side, organisation_id: int, *, now: datetime) -> None:
    """Post one message to each person of an organisation with all that is due for them (a job may run twice).

    Nobody gets more than `rules.MESSAGES_A_DAY`: what is too much today is due a day later.
    """
    for to, prompts in _by_receiver(session, queries.due_prompts(session, side, organisation_id, now)):
        if to is None or _is_unwanted(session, to):
            for prompt in prompts:
                # It can still be answered in the account.
                prompt.expires_at = rules.expires_at(now)
                move_prompt(session, prompt, PromptAction.SUPPRESS, by=None, now=now)
        elif _has_enough(session, to, now):
            for prompt in prompts:
                prompt.due_at = now + timedelta(days=1)
        else:
            for prompt in prompts:
                prompt.sent_at, prompt.expires_at = now, rules.expires_at(now)
                move_prompt(session, prompt, PromptAction.SEND, by=None, now=now)
            _post(session, prompts, to, reminder=False, now=now)
    session.flush()


def remind_due(session: Session, side: Side, organisation_id: int, *, now: datetime) -> None:
    """Ask once more for what nobody has answered, again in one message for each person."""
    sent_before = now - rules.REMIND_AFTER
    for to, prompts in _by_receiver(session, queries.prompts_to_remind(session, side, organisation_id, sent_before)):
        unwanted = to is None or _is_unwanted(session, to)
        if to is not None and not unwanted and _has_enough(session, to, now):
            continue
        for prompt in prompts:
            prompt.reminded_at = now
            if unwanted:
                move_prompt(session, prompt, PromptAction.SUPPRESS, by=None, now=now)
        if to is not None and not unwanted:
            _post(session, prompts, to, reminder=True, now=now)
    session.flush()


def expire_prompts(session: Session, *, now: datetime, limit: int = 500) -> int:
    """Close the prompts whose time is over; their number."""
    prompts = queries.prompts_to_expire(session, now, limit)
    for prompt in prompts:
        move_prompt(session, prompt, PromptAction.EXPIRE, by=None, now=now)
    return len(prompts)


def may_renew(session: Session, prompt: Prompt, now: datetime) -> bool:
    """Whether a question whose time is over can be sent again: while its answer would still be of use."""
    sent, over = prompt.state == PromptState.SENT, prompt.expires_at is not None and prompt.expires_at <= now
    if prompt.state != PromptState.EXPIRED and not (sent and over):
        return False
    if prompt.order is not None:
        return turn(prompt.order) == prompt.side
    following = queries.next_wave_at(session, prompt)
    return prompt.lead.ended_at is None and (following is None or now < following)


def renew(session: Session, prompts: Sequence[Prompt], *, now: datetime) -> int:
    """Send those of `prompts` that may be renewed once more, in one message with a new link; their number.

    It goes to whoever is to be asked now, and to nobody who wants no mails.
    """
    locked = [lock_prompt(session, prompt.id) for prompt in sorted(prompts, key=lambda each: each.id)]
    renewed = [prompt for prompt in locked if may_renew(session, prompt, now)]
    for prompt in renewed:
        if prompt.state == PromptState.SENT:
            move_prompt(session, prompt, PromptAction.EXPIRE, by=None, now=now)
        move_prompt(session, prompt, PromptAction.RENEW, by=None, now=now)
        prompt.due_at, prompt.expires_at = now, None
    session.flush()
    return len(renewed)


def _by_receiver(session: Session, prompts: Sequence[Prompt]) -> list[tuple[User | None, list[Prompt]]]:
    people: dict[int | None, tuple[User | None, list[Prompt]]] = {}
    reached: dict[User | None, User | None] = {None: None}
    for prompt in prompts:
        meant = queries.receiver(session, prompt.lead, Side(prompt.side))
        if meant is not None and meant not in reached:
            reached[meant] = _reachable(session, meant)
        to = reached[meant]
        people.setdefault(to.id if to else None, (to, []))[1].append(prompt)
    return list(people.values())


def _reachable(session: Session, meant: User) -> User:
    """Who is written to instead of somebody whose address does not work: the colleague who is there longest.

    Who wants no mails is not passed over: that was said for the organisation.
    """
    if not mail_queries.has_bounced(session, meant.email):
        return meant
    colleagues = accounts.users_of(session, meant.organisation_id) if meant.organisation_id else []
    return next((each for each in colleagues if not _is_unwanted(session, each)), meant)


def _is_unwanted(session: Session, to: User) -> bool:
    return mail_queries.is_suppressed(session, to.email, emails.LIST_ID)


def _has_enough(session: Session, to: User, now: datetime) -> bool:
    today = mail_queries.posted_since(session, to.email, emails.LIST_ID, now - timedelta(days=1))
    return today >= rules.MESSAGES_A_DAY


def _post(session: Session, prompts: Sequence[Prompt], to: User, *, reminder: bool, now: datetime) -> None:
    token = new_token()
    for prompt in prompts:
        session.add(PromptLink(prompt_id=prompt.id, token_hash=token_hash(token), created_at=now))
    words = None
    fairs, sides = {prompt.lead.fair_id for prompt in prompts}, {Side(prompt.side) for prompt in prompts}
    if len(fairs) == 1 and all(prompt.wave_id is not None for prompt in prompts):
        words = queries.wave_text(session, fairs.pop(), sides.pop(), to.locale)
    emails.prompts(session, prompts, to, token, words=words, reminder=reminder, now=now)


def lift_suppression(session: Session, suppression: MailSuppression, *, by: User, now: datetime) -> None:
    """Let an address get mails again; the trail says who wanted it."""
    record(session, "mail:lift_suppression", suppression, by=by, now=now, reason=str(suppression.reason))
    mail.lift(session, suppression)
