"""The mails of the follow-up."""

from datetime import datetime

from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.followup.models import Order, OrderStatement, Prompt
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


def order_disputed(session: Session, order: Order, statement: OrderStatement, to: User, *, now: datetime) -> None:
    """Tells one side that the other one disputes the figure of an order."""
    lead = order.lead
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
