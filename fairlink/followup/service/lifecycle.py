"""The one place where prompts and orders change their state."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.audit.service import record
from fairlink.followup import queries
from fairlink.followup.models import Order, Prompt
from fairlink.followup.states import (
    ORDER_TRANSITIONS,
    PROMPT_TRANSITIONS,
    OrderAction,
    OrderState,
    PromptAction,
    PromptState,
)
from fairlink.kernel.states import next_state


def lock_prompt(session: Session, prompt_id: int) -> Prompt:
    """The prompt as it is now, for nobody else until the transaction ends."""
    session.execute(sa.select(Prompt.id).where(Prompt.id == prompt_id).with_for_update())
    prompt = queries.prompt(session, prompt_id)
    assert prompt is not None, f"no prompt {prompt_id}"
    session.refresh(prompt, ["state", "reminded_at"])
    return prompt


def lock_order(session: Session, order: Order) -> None:
    """Let nobody else act on the order until the transaction ends, and see it as it is now."""
    session.execute(sa.select(Order.id).where(Order.id == order.id).with_for_update())
    session.refresh(order, ["state", "value_minor", "currency", "statements"])


def _move_prompt(session: Session, prompt: Prompt, action: PromptAction, *, by: User | None, now: datetime) -> None:
    prompt.state = next_state(PROMPT_TRANSITIONS, PromptState(prompt.state), action)
    is_open = prompt.state in (PromptState.PLANNED, PromptState.SENT)
    prompt.closed_at = None if is_open else now
    record(session, f"prompt:{action}", prompt, by=by, now=now)


def _move_order(
    session: Session, order: Order, action: OrderAction, *, by: User | None, now: datetime, **data: Any
) -> None:
    order.state = next_state(ORDER_TRANSITIONS, OrderState(order.state), action)
    record(session, f"order:{action}", order, by=by, now=now, **data)


#: For the other modules of this package; a state may only be set in a function named `_move`.
move_prompt = _move_prompt
move_order = _move_order
