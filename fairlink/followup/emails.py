"""The mails of the follow-up."""

from datetime import datetime

from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.followup.models import Order, Prompt
from fairlink.followup.states import PromptKind, Side
from fairlink.mail import service as mail

LIST_ID = "follow-up"


def prompt(session: Session, of: Prompt, to: User, token: str, *, reminder: bool, now: datetime) -> None:
    """The question of a wave, or the question whether an order is right, to one side; posted once each."""
    lead = of.lead
    template = "prompt_confirmation" if of.kind == PromptKind.CONFIRMATION else "prompt_wave"
    mail.post(
        session,
        template,
        to=to.email,
        name=to.name,
        locale=to.locale,
        now=now,
        key=f"prompt:{of.id}:{'reminder' if reminder else 'first'}",
        list_id=LIST_ID,
        unsubscribable=True,
        context={
            "reminder": reminder,
            "person": to.name,
            "fair": lead.fair.title,
            "met": lead.buyer.name if of.side == Side.FIRM else lead.exhibitor.name,
            "met_on": lead.fair.starts_on,
            "value": of.order.value if of.order else None,
            "ordered_on": of.order.ordered_on if of.order else None,
            "path": f"/follow-up/{token}",
            "expires_at": of.expires_at,
            "zone": to.zone,
        },
    )


def order_disputed(session: Session, order: Order, to: User, *, now: datetime) -> None:
    """Tells the side that reported an order that the other one sees it differently."""
    verdict = order.verdicts[-1]
    lead = order.lead
    mail.post(
        session,
        "order_disputed",
        to=to.email,
        name=to.name,
        locale=to.locale,
        now=now,
        key=f"order:{order.id}:verdict:{verdict.id}",
        context={
            "person": to.name,
            "other": lead.buyer.name if order.reported_side == Side.FIRM else lead.exhibitor.name,
            "value": order.value,
            "ordered_on": order.ordered_on,
            "their_value": verdict.value,
            "note": verdict.note,
            "path": f"/orders/{order.id}",
        },
    )
