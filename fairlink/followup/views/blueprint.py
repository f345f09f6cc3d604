"""The blueprint, and the words that its templates share."""

from decimal import Decimal
from typing import Any

from flask import Blueprint
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user

from fairlink.followup.forms import INTERESTS, OUTCOMES, UNITS
from fairlink.followup.states import Channel, EndReason, OrderState, PromptState, Side, StatementKind
from fairlink.kernel.clock import local_date
from fairlink.policy import Kind
from fairlink.web.filters import write_day
from fairlink.web.i18n import language
from fairlink.web.numerals import write_number

bp = Blueprint("followup", __name__)

ORDER_STATES = {
    OrderState.REPORTED: lazy_gettext("Reported by one side"),
    OrderState.CORRECTED: lazy_gettext("Corrected by the other side"),
    OrderState.CONFIRMED: lazy_gettext("Confirmed by both sides"),
    OrderState.DISPUTED: lazy_gettext("Disputed"),
    OrderState.SETTLED: lazy_gettext("Settled by the agency"),
}

STATEMENTS = {
    StatementKind.REPORT: lazy_gettext("Reported"),
    StatementKind.REVISE: lazy_gettext("Report corrected"),
    StatementKind.CONFIRM: lazy_gettext("Confirmed"),
    StatementKind.CORRECT: lazy_gettext("Another figure given"),
    StatementKind.DISPUTE: lazy_gettext("Disputed"),
    StatementKind.SETTLE: lazy_gettext("Settled by the agency"),
}

SIDES = {Side.FIRM: lazy_gettext("Exhibitor"), Side.BUYER: lazy_gettext("Buyer")}

ENDS = {
    EndReason.LOST: lazy_gettext("One side says that nothing will come of it. We ask no more."),
    EndReason.LAST_ORDER: lazy_gettext("The last order is confirmed. We ask no more."),
}


@bp.context_processor
def words() -> dict[str, Any]:
    """What the templates of this package share."""
    return {
        "counterpart": counterpart,
        "order_states": ORDER_STATES,
        "interests": INTERESTS,
        "outcomes": OUTCOMES,
        "units": UNITS,
        "ends": ENDS,
        "sides": SIDES,
        "asked_steps": asked_steps,
        "said_steps": said_steps,
        "exact": exact,
    }


def exact(number: Decimal) -> str:
    """A number with all its decimals and no more: exchange rates are not rounded for show."""
    return write_number(number.normalize(), language())


def viewer_side() -> Side:
    """On which side of a lead the viewer stands."""
    return Side.BUYER if current_user.organisation_kind == Kind.BUYER else Side.FIRM


def counterpart(lead: Any, side: str) -> str:
    """Whom `side` met."""
    return str(lead.buyer.name if side == Side.FIRM else lead.exhibitor.name)


def asked_steps(prompts: list[Any]) -> list[dict[str, Any]]:
    """The questions to one side, in order, with every answer that was given, corrected ones included."""
    zone = current_user.zone
    steps = []
    for prompt in prompts:
        title = _("Is this order right?") if prompt.order_id else _("What came of it?")
        title = f"{title} ({write_day(local_date(prompt.due_at, zone))})"
        for answer in prompt.answers:
            day = write_day(local_date(answer.at, zone))
            detail = f"{OUTCOMES[answer.outcome]} ({day}{_by_telephone(answer.channel)})"
            steps.append({"title": title, "status": "done", "detail": detail, "href": None})
        if not prompt.answers:
            steps.append({"title": title, "status": _status(prompt), "detail": _without_answer(prompt), "href": None})
    return steps


def said_steps(order: Any, names: dict[str, str]) -> list[dict[str, Any]]:
    """Everything that was said about an order, by whom (`names` of the sides), with its figure and day."""
    zone = order.lead.fair.zone
    return [
        {
            "title": f"{names[said.side]}: {STATEMENTS[said.kind]}" if said.side else STATEMENTS[said.kind],
            "status": "failed" if said.kind == StatementKind.DISPUTE else "done",
            "value": said.value,
            "day": f"{write_day(local_date(said.at, zone))}{_by_telephone(said.channel)}",
            "note": said.note,
        }
        for said in order.statements
    ]


def _by_telephone(channel: str) -> str:
    return f", {_('by telephone')}" if channel == Channel.TELEPHONE else ""


def _status(prompt: Any) -> str:
    states = {PromptState.ANSWERED: "done", PromptState.SENT: "current"}
    return states.get(prompt.state, "failed")


def _without_answer(prompt: Any) -> str:
    if prompt.state == PromptState.ANSWERED:
        return str(_("Answered"))
    return str(_("Not answered yet") if prompt.is_open else _("No answer"))
