"""The mails of the follow-up."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.fairs.models import Fair
from fairlink.followup import rules
from fairlink.followup.models import Order, OrderStatement, Prompt
from fairlink.followup.states import PromptKind, Side
from fairlink.kernel.money import Money
from fairlink.mail import service as mail

LIST_ID = "follow-up"


#: Questions that a message names; the page behind its link has all of them.
NAMED = 40


class Words(Protocol):
    """An agency's own subject and text, with their placeholders."""

    subject: Any
    body: Any


def prompts(
    session: Session,
    of: Sequence[Prompt],
    to: User,
    token: str,
    *,
    words: Words | None,
    reminder: bool,
    now: datetime,
) -> None:
    """The questions `of` to one person, all behind one link; `words` of the agency instead of the house's."""
    first, lead = of[0], of[0].lead
    template = "prompt_several"
    if len(of) == 1:
        template = "prompt_confirmation" if first.kind == PromptKind.CONFIRMATION else "prompt_wave"
    met = _met(first)
    values = {"person": to.name, "met": _all_met(of), "fair": lead.fair.title, "questions": str(len(of))}
    mail.post(
        session,
        template,
        to=to.email,
        name=to.name,
        locale=to.locale,
        now=now,
        # A question may be sent anew, long after its time was over.
        key=f"prompt:{first.id}:{'reminder' if reminder else 'first'}:{first.sent_at:%Y%m%d%H%M%S}",
        list_id=LIST_ID,
        unsubscribable=True,
        context={
            "reminder": reminder,
            "person": to.name,
            "fair": lead.fair.title,
            "met": met,
            "agencies": ", ".join(dict.fromkeys(each.lead.fair.agency.name for each in of)),
            "value": _figure(first),
            "ordered_on": first.order.ordered_on if first.order else None,
            "count": len(of),
            "rows": [{"met": _met(each), "fair": each.lead.fair.title, "value": _figure(each)} for each in of[:NAMED]],
            **own_words(words, values),
            "path": f"/follow-up/{token}",
            "expires_at": first.expires_at,
            "zone": to.zone,
        },
    )


def test_of_wave(session: Session, fair: Fair, words: Words, locale: str, to: User, *, now: datetime) -> None:
    """The message of a wave as its receiver would see it, to an officer, with made-up names and no question behind."""
    met = "Example Foods"
    values = {"person": to.name, "met": met, "fair": fair.title, "questions": "1"}
    mail.post(
        session,
        "prompt_wave",
        to=to.email,
        name=to.name,
        locale=locale,
        now=now,
        context={
            "reminder": False,
            "person": to.name,
            "fair": fair.title,
            "met": met,
            "agencies": fair.agency.name,
            **own_words(words, values),
            "path": f"/fairs/{fair.id}",
            "expires_at": rules.expires_at(now),
            "zone": to.zone,
        },
    )


def own_words(words: Words | None, values: Mapping[str, str]) -> dict[str, Any]:
    """The agency's subject and paragraphs with their placeholders filled in; empty for the house's own words."""
    if words is None:
        return {"own_subject": "", "own_words": []}
    body = rules.fill(words.body, values).replace("\r\n", "\n")
    return {
        "own_subject": rules.fill(words.subject, values),
        "own_words": [part.strip() for part in body.split("\n\n") if part.strip()],
    }


def _met(prompt: Prompt) -> str:
    return prompt.lead.buyer.name if prompt.side == Side.FIRM else prompt.lead.exhibitor.name


def _all_met(of: Sequence[Prompt]) -> str:
    """The other sides' names for an agency's own words: three of them where there are more."""
    names = list(dict.fromkeys(_met(each) for each in of))
    return ", ".join(names[:3]) + (" ..." if len(names) > 3 else "")


def _figure(prompt: Prompt) -> Money | None:
    """The figure that is asked about: the other side's last one; None for the question of a wave."""
    if prompt.order is None:
        return None
    figures = [said.value for said in prompt.order.statements if said.side != prompt.side and said.value]
    return figures[-1] if figures else prompt.order.value


def order_disputed(session: Session, order: Order, statement: OrderStatement, to: User, *, now: datetime) -> None:
    """Tells one side that the other one disputes the figure of an order, or stands by its own against a correction."""
    lead = order.lead
    own = [said.value for said in order.statements if said.side != statement.side and said.value]
    mail.post(
        session,
        "order_disputed",
        to=to.email,
        name=to.name,
        locale=to.locale,
        now=now,
        key=f"order:{order.id}:statement:{statement.id}",
        context={
            "person": to.name,
            "other": lead.buyer.name if statement.side == Side.BUYER else lead.exhibitor.name,
            "value": order.value,
            "ordered_on": order.ordered_on,
            "their_value": statement.value,
            "stands_by": statement.side == order.reported_side,
            "own_value": own[-1] if own else None,
            "note": statement.note,
            "path": f"/orders/{order.id}",
        },
    )


def order_settled(
    session: Session, order: Order, settlement: OrderStatement, side: Side, to: User, *, now: datetime
) -> None:
    """Tells one side how an officer has decided a dispute, and why."""
    lead = order.lead
    mail.post(
        session,
        "order_settled",
        to=to.email,
        name=to.name,
        locale=to.locale,
        now=now,
        key=f"order:{order.id}:settled:{side}",
        context={
            "person": to.name,
            "other": lead.buyer.name if side == Side.FIRM else lead.exhibitor.name,
            "fair": lead.fair.title,
            "value": settlement.value,
            "ordered_on": order.ordered_on,
            "reason": settlement.note,
            "path": f"/orders/{order.id}",
        },
    )
