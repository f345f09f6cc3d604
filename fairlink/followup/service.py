"""The verbs of the follow-up: recording leads, planning and sending prompts, answering, judging orders."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from fairlink.accounts.models import HsCode, User
from fairlink.audit.service import record
from fairlink.fairs.models import Fair
from fairlink.followup import emails, queries, rules
from fairlink.followup.models import Answer, Lead, Order, OrderVerdict, Prompt, PromptLink, Wave
from fairlink.followup.states import (
    ORDER_TRANSITIONS,
    PROMPT_TRANSITIONS,
    Interest,
    OrderAction,
    OrderState,
    PromptAction,
    PromptKind,
    PromptState,
    Side,
)
from fairlink.kernel.errors import Conflict
from fairlink.kernel.money import Money
from fairlink.kernel.states import next_state
from fairlink.kernel.tokens import new_token, token_hash
from fairlink.mail import queries as mail_queries
from fairlink.visits.models import Meeting
from fairlink.visits.states import MeetingState


def record_lead(
    session: Session,
    meeting: Meeting,
    *,
    side: Side,
    interest: Interest,
    products: Sequence[HsCode] = (),
    expected: Money | None = None,
    note: str = "",
    by: User,
    now: datetime,
) -> Lead:
    """Make a lead of a meeting that was held.

    Raises Conflict for a meeting that was not (yet) held or has its lead already.
    """
    if meeting.state != MeetingState.HELD:
        raise Conflict("meeting_not_held")
    if queries.lead_of_meeting(session, meeting.id) is not None:
        raise Conflict("lead_exists")
    lead = _new_lead(meeting, side=side, interest=interest, by_id=by.id, now=now)
    lead.note = note
    lead.products = list(products)
    _expect(lead, expected)
    session.add(lead)
    record(session, "lead:record", lead, by=by, now=now)
    return lead


def edit_lead(
    session: Session,
    lead: Lead,
    *,
    interest: Interest,
    products: Sequence[HsCode],
    expected: Money | None,
    note: str,
    by: User,
    now: datetime,
) -> None:
    """Correct what was recorded at the fair."""
    lead.interest = interest
    lead.products = list(products)
    lead.note = note
    _expect(lead, expected)
    record(session, "lead:edit", lead, by=by, now=now)


def record_missing_leads(session: Session, *, marked_before: datetime, now: datetime, limit: int = 500) -> int:
    """Make leads of held meetings that nobody made one of, so that no link of the chain is lost; their number."""
    meetings = queries.held_without_lead(session, marked_before, limit)
    for meeting in meetings:
        by_id = meeting.marked_by_id or meeting.visit.visitor_id
        lead = _new_lead(meeting, side=Side.BUYER, interest=Interest.MEDIUM, by_id=by_id, now=now)
        session.add(lead)
        record(session, "lead:complete", lead, by=None, now=now)
    return len(meetings)


def make_waves(session: Session, fair: Fair) -> None:
    """Give a fair its waves; a second call changes nothing."""
    rows = [
        {"fair_id": fair.id, "number": number, "due_at": due_at}
        for number, due_at in enumerate(rules.wave_instants(fair.ends_on, fair.zone), start=1)
    ]
    session.execute(insert(Wave).values(rows).on_conflict_do_nothing(index_elements=["fair_id", "number"]))


def plan_wave(session: Session, wave: Wave, *, now: datetime) -> int:
    """Plan a due wave's prompts, one for each lead and side, however often it is called; the number of new ones."""
    leads = queries.leads_in_wave(wave).subquery()
    sides = sa.values(sa.column("side", sa.Text), name="sides").data([(side.value,) for side in Side])
    columns = ["lead_id", "side", "kind", "wave_id", "state", "due_at"]
    planned = sa.select(
        leads.c.id,
        sides.c.side,
        sa.literal(PromptKind.WAVE.value),
        sa.literal(wave.id),
        sa.literal(PromptState.PLANNED.value),
        sa.literal(wave.due_at, sa.DateTime(timezone=True)),
    ).join_from(leads, sides, sa.true())
    statement = insert(Prompt).from_select(columns, planned).on_conflict_do_nothing().returning(Prompt.id)
    new = len(session.execute(statement).all())
    wave.planned_at = now
    session.flush()
    return new


def send_prompt(session: Session, prompt_id: int, *, now: datetime) -> None:
    """Post the mail of a planned prompt; nothing happens if it is no longer planned (a job may run twice)."""
    prompt = _lock(session, prompt_id)
    if prompt.state != PromptState.PLANNED:
        return
    to = queries.receiver(session, prompt.lead, Side(prompt.side))
    if to is None or mail_queries.is_suppressed(session, to.email, emails.LIST_ID):
        _move_prompt(session, prompt, PromptAction.SUPPRESS, by=None, now=now)
        return
    prompt.sent_at = now
    prompt.expires_at = rules.expires_at(now)
    _move_prompt(session, prompt, PromptAction.SEND, by=None, now=now)
    emails.prompt(session, prompt, to, _new_link(session, prompt, now), reminder=False, now=now)


def remind(session: Session, prompt_id: int, *, now: datetime) -> None:
    """Ask once more; nothing happens if the prompt was closed or reminded of meanwhile."""
    prompt = _lock(session, prompt_id)
    if prompt.state != PromptState.SENT or prompt.reminded_at is not None:
        return
    to = queries.receiver(session, prompt.lead, Side(prompt.side))
    prompt.reminded_at = now
    if to is None or mail_queries.is_suppressed(session, to.email, emails.LIST_ID):
        _move_prompt(session, prompt, PromptAction.SUPPRESS, by=None, now=now)
        return
    emails.prompt(session, prompt, to, _new_link(session, prompt, now), reminder=True, now=now)


def expire_prompts(session: Session, *, now: datetime, limit: int = 500) -> int:
    """Close the prompts whose time is over; their number."""
    prompts = queries.prompts_to_expire(session, now, limit)
    for prompt in prompts:
        _move_prompt(session, prompt, PromptAction.EXPIRE, by=None, now=now)
    return len(prompts)


def answer(session: Session, prompt: Prompt, reply: rules.Reply, *, by: User | None, now: datetime) -> Answer:
    """Take one side's answer to a wave's prompt; `by` is None for an answer by the mailed link.

    A reported order is put to the other side for confirmation, unless that side reported the same one: then both
    reports confirm each other. Raises Conflict when the prompt was answered before or has expired.
    """
    prompt = _open(session, prompt, now)
    given = Answer(
        prompt=prompt,
        at=now,
        user_id=by.id if by else None,
        outcome=reply.outcome,
        expected_minor=reply.expected.minor if reply.expected else None,
        expected_currency=reply.expected.currency if reply.expected else None,
        without_support_bp=reply.without_support_bp,
        lost_reason=reply.lost_reason,
        note=reply.note,
    )
    session.add(given)
    _move_prompt(session, prompt, PromptAction.ANSWER, by=by, now=now)
    if reply.order is not None:
        _report_order(session, prompt, given, reply.order, by=by, now=now)
    return given


def judge_order(
    session: Session,
    order: Order,
    *,
    side: Side,
    agrees: bool,
    value: Money | None = None,
    note: str = "",
    by: User | None,
    now: datetime,
) -> OrderVerdict:
    """Take the other side's word on a reported order; `value` is its own figure when it disagrees.

    Raises Conflict when `side` reported the order itself or the order is no longer open.
    """
    session.execute(sa.select(Order.id).where(Order.id == order.id).with_for_update())
    session.refresh(order, ["state"])
    if side == order.reported_side:
        raise Conflict("own_order")
    if order.state != OrderState.REPORTED:
        raise Conflict("order_judged")
    verdict = OrderVerdict(
        order=order,
        side=side,
        at=now,
        user_id=by.id if by else None,
        agrees=agrees,
        value_minor=value.minor if value else None,
        currency=value.currency if value else None,
        note=note,
    )
    session.add(verdict)
    if agrees:
        order.confirmed_minor = order.value_minor
    _move_order(session, order, OrderAction.CONFIRM if agrees else OrderAction.DISPUTE, by=by, now=now)
    _close_confirmation(session, order, by=by, now=now)
    if not agrees:
        reporter = queries.receiver(session, order.lead, Side(order.reported_side))
        if reporter is not None:
            emails.order_disputed(session, order, reporter, now=now)
    return verdict


def _new_lead(meeting: Meeting, *, side: Side, interest: Interest, by_id: int, now: datetime) -> Lead:
    return Lead(
        fair_id=meeting.visit.fair_id,
        exhibitor_id=meeting.exhibitor_id,
        buyer_id=meeting.visit.buyer_id,
        meeting_id=meeting.id,
        recorded_side=side,
        recorded_by_id=by_id,
        interest=interest,
        created_at=now,
    )


def _expect(lead: Lead, expected: Money | None) -> None:
    lead.expected_minor = expected.minor if expected else None
    lead.expected_currency = expected.currency if expected else None


def _new_link(session: Session, prompt: Prompt, now: datetime) -> str:
    token = new_token()
    session.add(PromptLink(prompt_id=prompt.id, token_hash=token_hash(token), created_at=now))
    return token


def _lock(session: Session, prompt_id: int) -> Prompt:
    session.execute(sa.select(Prompt.id).where(Prompt.id == prompt_id).with_for_update())
    prompt = queries.prompt(session, prompt_id)
    assert prompt is not None, f"no prompt {prompt_id}"
    session.refresh(prompt, ["state", "reminded_at"])
    return prompt


def _open(session: Session, prompt: Prompt, now: datetime) -> Prompt:
    """The prompt, locked, if it still takes an answer."""
    prompt = _lock(session, prompt.id)
    if prompt.state == PromptState.ANSWERED:
        raise Conflict("already_answered")
    if prompt.state != PromptState.SENT or (prompt.expires_at is not None and prompt.expires_at <= now):
        raise Conflict("prompt_expired")
    return prompt


def _report_order(
    session: Session, prompt: Prompt, given: Answer, reported: rules.ReportedOrder, *, by: User | None, now: datetime
) -> None:
    side = Side(prompt.side)
    for other in queries.unconfirmed_orders(session, prompt.lead_id, side.other):
        if rules.same_order(other.value, other.ordered_on, reported.value, reported.ordered_on):
            judge_order(session, other, side=side, agrees=True, by=by, now=now)
            return
    session.flush()
    order = Order(
        lead_id=prompt.lead_id,
        answer_id=given.id,
        reported_side=side,
        reported_at=now,
        ordered_on=reported.ordered_on,
        value_minor=reported.value.minor,
        currency=reported.value.currency,
        hs_code=reported.hs_code,
        state=OrderState.REPORTED,
    )
    session.add(order)
    record(session, "order:report", order, by=by, now=now, side=side.value)
    confirmation = Prompt(
        lead_id=prompt.lead_id,
        side=side.other,
        kind=PromptKind.CONFIRMATION,
        order_id=order.id,
        state=PromptState.PLANNED,
        due_at=now,
    )
    session.add(confirmation)
    session.flush()


def _close_confirmation(session: Session, order: Order, *, by: User | None, now: datetime) -> None:
    query = sa.select(Prompt).where(Prompt.order_id == order.id).with_for_update()
    for prompt in session.scalars(query):
        if prompt.state == PromptState.SENT:
            _move_prompt(session, prompt, PromptAction.ANSWER, by=by, now=now)
        elif prompt.state == PromptState.PLANNED:
            _move_prompt(session, prompt, PromptAction.EXPIRE, by=by, now=now)


def _move_prompt(session: Session, prompt: Prompt, action: PromptAction, *, by: User | None, now: datetime) -> None:
    prompt.state = next_state(PROMPT_TRANSITIONS, PromptState(prompt.state), action)
    if prompt.state != PromptState.SENT:
        prompt.closed_at = now
    record(session, f"prompt:{action}", prompt, by=by, now=now)


def _move_order(session: Session, order: Order, action: OrderAction, *, by: User | None, now: datetime) -> None:
    order.state = next_state(ORDER_TRANSITIONS, OrderState(order.state), action)
    record(session, f"order:{action}", order, by=by, now=now)
