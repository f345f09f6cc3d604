"""Leads, answers and orders: in the account, and behind mailed links."""

from datetime import date
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user

from fairlink.followup import queries, service
from fairlink.followup.forms import INTERESTS, OUTCOMES, AnswerForm, LeadForm, VerdictForm
from fairlink.followup.states import (
    Channel,
    Interest,
    OrderState,
    Outcome,
    PromptKind,
    PromptState,
    Side,
    StatementKind,
)
from fairlink.kernel.clock import local_date, utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.policy import Can, Kind
from fairlink.visits import queries as visits
from fairlink.web.access import guarded
from fairlink.web.filters import write_day
from fairlink.web.limits import limiter
from fairlink.web.pagination import paginate
from fairlink.web.security import hide_address
from fairlink.web.session import db_session

bp = Blueprint("followup", __name__)


ORDER_STATES = {
    OrderState.REPORTED: lazy_gettext("Reported by one side"),
    OrderState.CORRECTED: lazy_gettext("Corrected by the other side"),
    OrderState.CONFIRMED: lazy_gettext("Confirmed by both sides"),
    OrderState.DISPUTED: lazy_gettext("Disputed"),
    OrderState.SETTLED: lazy_gettext("Settled by the agency"),
}


@bp.context_processor
def words() -> dict[str, Any]:
    """What the templates of this package share."""
    return {"counterpart": counterpart, "order_states": ORDER_STATES, "asked_steps": asked_steps}


def counterpart(lead: Any, side: str) -> str:
    """Whom `side` met."""
    return str(lead.buyer.name if side == Side.FIRM else lead.exhibitor.name)


def asked_steps(prompts: list[Any], outcomes: dict[Outcome, Any]) -> list[dict[str, Any]]:
    """The questions to one side, in order, with what was answered."""
    zone = current_user.zone
    steps = []
    for prompt in prompts:
        answered = prompt.state == PromptState.ANSWERED
        answer = outcomes[prompt.answers[-1].outcome] if prompt.answers else _("Answered")
        title = _("Is this order right?") if prompt.order_id else _("What came of it?")
        steps.append(
            {
                "title": f"{title} ({write_day(local_date(prompt.due_at, zone))})",
                "status": "done" if answered else "current" if prompt.state == PromptState.SENT else "failed",
                "detail": answer if answered else _("Not answered yet") if prompt.is_open else _("No answer"),
                "href": None,
            }
        )
    return steps


def viewer_side() -> Side:
    """On which side of a lead the viewer stands."""
    return Side.BUYER if current_user.organisation_kind == Kind.BUYER else Side.FIRM


@bp.get("/leads")
@guarded(Can.DIARY_READ)
def leads() -> ResponseReturnValue:
    """The viewer's leads, newest first, with the questions that wait for an answer on top."""
    session = db_session()
    page = paginate(
        session,
        queries.leads_of(current_user.organisation_id),
        queries.LEAD_KEYS,
        after=request.args.get("after"),
        before=request.args.get("before"),
        descending=True,
    )
    prompts = queries.open_prompts(session, current_user.organisation_id, viewer_side())
    return render_template("followup/leads.html", page=page, prompts=prompts, interests=INTERESTS, side=viewer_side())


@bp.get("/leads/<int:lead_id>")
@guarded(Can.LEAD_READ, load=queries.lead)
def lead(lead: Any) -> ResponseReturnValue:
    """One lead: what was learnt, what was asked and answered, what was ordered."""
    return render_template(
        "followup/lead.html", lead=lead, side=viewer_side(), interests=INTERESTS, outcomes=OUTCOMES, Side=Side
    )


@bp.route("/meetings/<int:meeting_id>/lead", methods=["GET", "POST"])
@guarded(Can.MEETING_MARK, load=visits.meeting)
def record_lead(meeting: Any) -> ResponseReturnValue:
    """Make a lead of a meeting that was held; shows the lead where there is one already."""
    session = db_session()
    known = queries.lead_of_meeting(session, meeting.id)
    if known is not None:
        return redirect(url_for(".lead", lead_id=known.id))
    form = _lead_form(meeting.exhibitor, interest=Interest.MEDIUM)
    if not form.validate_on_submit():
        status = 422 if form.errors else 200
        return render_template("followup/record_lead.html", form=form, meeting=meeting, side=viewer_side()), status
    with unit_of_work(session):
        made = service.record_lead(
            session, meeting, side=viewer_side(), by=current_user, now=utcnow(), **_lead_values(form)
        )
    flash(_("The lead is recorded. We will ask both sides what came of it."), "success")
    return redirect(url_for(".lead", lead_id=made.id))


@bp.route("/leads/<int:lead_id>/edit", methods=["GET", "POST"])
@guarded(Can.LEAD_EDIT, load=queries.lead)
def edit_lead(lead: Any) -> ResponseReturnValue:
    """Correct what was learnt at the fair."""
    session = db_session()
    own = lead.recorded_side == viewer_side()
    expected = lead.expected_by(viewer_side())
    form = _lead_form(
        lead.exhibitor,
        interest=lead.interest,
        products=[product.code for product in lead.products],
        expected=expected,
        expected_currency=expected.currency if expected else None,
        note=lead.note if own else "",
    )
    if not own:
        # The note is private to the side that wrote it.
        del form.note
    if not form.validate_on_submit():
        return render_template("followup/edit_lead.html", form=form, lead=lead, side=viewer_side()), (
            422 if form.errors else 200
        )
    values = _lead_values(form)
    if not own:
        values["note"] = lead.note
    with unit_of_work(session):
        service.edit_lead(session, lead, side=viewer_side(), by=current_user, now=utcnow(), **values)
    flash(_("Saved."), "success")
    return redirect(url_for(".lead", lead_id=lead.id))


@bp.route("/prompts/<int:prompt_id>", methods=["GET", "POST"])
@guarded(Can.PROMPT_ANSWER, load=queries.prompt)
def own_prompt(prompt: Any) -> ResponseReturnValue:
    """Answer a prompt from inside the account."""
    return _prompt_page(prompt, by=current_user, done=url_for(".lead", lead_id=prompt.lead_id))


@bp.route("/follow-up/<token>", methods=["GET", "POST"])
@limiter.limit("60 per hour", methods=["POST"])
@guarded(Can.PUBLIC_READ, load=queries.prompt_of_token)
def mailed_prompt(prompt: Any) -> ResponseReturnValue:
    """Answer a prompt by its mailed link: no account needed, recorded by POST only, works once."""
    return hide_address(make_response(_prompt_page(prompt, by=None, done=request.path)))


@bp.route("/orders/<int:order_id>", methods=["GET", "POST"])
@guarded(Can.ORDER_READ, load=queries.order)
def order(order: Any) -> ResponseReturnValue:
    """One order as both sides see it; the other side judges it here."""
    session = db_session()
    side = viewer_side()
    form = _verdict_form(order)
    if form.validate_on_submit():
        with unit_of_work(session):
            _judge(form, order, side, current_user)
        flash(_("Thank you. Your answer is recorded."), "success")
        return redirect(url_for(".order", order_id=order.id))
    page = render_template("followup/order.html", order=order, lead=order.lead, side=side, form=form)
    return page, 422 if form.errors else 200


def _prompt_page(prompt: Any, *, by: Any, done: str) -> ResponseReturnValue:
    """The page of one prompt: its form while it is open, what became of it afterwards."""
    if prompt.state != PromptState.SENT:
        return render_template("followup/closed.html", prompt=prompt, outcomes=OUTCOMES, done=done)
    if prompt.kind == PromptKind.CONFIRMATION:
        return _confirmation_page(prompt, by=by, done=done)
    form = _answer_form(prompt)
    if not form.validate_on_submit():
        page = render_template("followup/answer.html", form=form, prompt=prompt, lead=prompt.lead, own=by is not None)
        return page, 422 if form.errors else 200
    with unit_of_work(db_session()) as session:
        service.answer(session, prompt, form.reply(), channel=_channel(by), by=by, now=utcnow())
    return _thank(by, done)


def _confirmation_page(prompt: Any, *, by: Any, done: str) -> ResponseReturnValue:
    form = _verdict_form(prompt.order)
    if not form.validate_on_submit():
        context = {"prompt": prompt, "order": prompt.order, "lead": prompt.lead, "own": by is not None}
        return render_template("followup/confirm.html", form=form, **context), 422 if form.errors else 200
    with unit_of_work(db_session()):
        _judge(form, prompt.order, Side(prompt.side), by)
    return _thank(by, done)


def _thank(by: Any, done: str) -> ResponseReturnValue:
    if by is not None:
        # Behind a mailed link the page itself says so.
        flash(_("Thank you. Your answer is recorded."), "success")
    return redirect(done, 303)


def _judge(form: VerdictForm, order: Any, side: Side, by: Any) -> None:
    verdict = form.verdict()
    service.judge_order(
        db_session(),
        order,
        verdict,
        side=side,
        channel=_channel(by),
        value=None if verdict is StatementKind.CONFIRM else form.value.data,
        note=form.note.data or "",
        by=by,
        now=utcnow(),
    )


def _channel(by: Any) -> Channel:
    return Channel.LINK if by is None else Channel.ACCOUNT


def _verdict_form(order: Any) -> VerdictForm:
    return VerdictForm(data={"currency": order.currency})


def _lead_form(exhibitor: Any, **values: Any) -> LeadForm:
    values["expected_currency"] = values.get("expected_currency") or exhibitor.application.call.currency
    form = LeadForm(data=values)
    form.products.choices = [(code.code, code.name) for code in queries.products_of(db_session(), exhibitor)]
    return form


def _lead_values(form: LeadForm) -> dict[str, Any]:
    return {
        "interest": Interest(form.interest.data),
        "products": queries.products(db_session(), form.products.data or []),
        "expected": form.expected.data,
        "note": form.note.data if "note" in form else "",
    }


def _answer_form(prompt: Any) -> AnswerForm:
    products = [(product.code, product.name) for product in prompt.lead.products]
    currency = prompt.lead.exhibitor.application.call.currency
    today: date = utcnow().date()
    return AnswerForm(
        side=Side(prompt.side),
        today=today,
        products=products,
        data={"currency": currency, "expected_currency": currency},
    )
