"""Answering: behind mailed links without an account, and inside the account."""

from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from fairlink.followup import queries, service
from fairlink.followup.forms import AnswerForm, VerdictForm
from fairlink.followup.states import Channel, PromptKind, PromptState, Side, StatementKind
from fairlink.followup.views.blueprint import bp
from fairlink.kernel.clock import local_date, utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Invalid
from fairlink.policy import Can
from fairlink.web.access import guarded
from fairlink.web.errors import show_on_form
from fairlink.web.limits import limiter
from fairlink.web.security import hide_address
from fairlink.web.session import db_session

#: Where each day begins first: what happened today, wherever that is, is not refused as of the future.
FIRST_ZONE = "Pacific/Kiritimati"
#: What is kept of one field of an unfinished answer.
KEPT = 300


@bp.route("/prompts/<int:prompt_id>", methods=["GET", "POST"])
@guarded(Can.PROMPT_ANSWER, load=queries.prompt)
def own_prompt(prompt: Any) -> ResponseReturnValue:
    """Answer a prompt from inside the account."""
    return question_page(prompt, Channel.ACCOUNT, done=url_for(".lead", lead_id=prompt.lead_id))


@bp.route("/follow-up/<token>", methods=["GET", "POST"])
@limiter.limit("120 per hour", methods=["POST"])
@guarded(Can.PUBLIC_READ, load=queries.mailed)
def mailed_prompt(mailed: Any) -> ResponseReturnValue:
    """Answer the prompts of a mailed message: no account needed, recorded by POST only, each works once."""
    if mailed.chosen is None:
        page: Any = render_template("followup/questions.html", mailed=mailed, now=utcnow())
    else:
        page = question_page(mailed.chosen, Channel.LINK, done=mailed.path(mailed.chosen), mailed=mailed)
    return hide_address(make_response(page))


def question_page(
    prompt: Any, channel: Channel, *, done: str, mailed: Any = None, form_class: type[AnswerForm] = AnswerForm
) -> ResponseReturnValue:
    """The page of one prompt: its form while it takes an answer or a correction, else what became of it."""
    now = utcnow()
    takes = prompt.takes_answer(by_link=channel is Channel.LINK, now=now)
    context = {"prompt": prompt, "lead": prompt.lead, "channel": channel, "mailed": mailed, "done": done}
    if takes and prompt.kind == PromptKind.CONFIRMATION:
        return _confirmation_page(prompt, context)
    if mailed and "renew" in request.form:
        with unit_of_work(db_session()) as session:
            service.renew(session, mailed.prompts, now=now)
        return redirect(done, 303)
    may_correct = service.may_correct(db_session(), prompt, now)
    correcting = may_correct and ("corrects" in request.form or "correct" in request.args)
    if not takes and not correcting:
        may_renew = service.may_renew(db_session(), prompt, now)
        page = render_template("followup/closed.html", may_correct=may_correct, may_renew=may_renew, **context)
        # What was pressed too late is not recorded.
        return page, 409 if request.method == "POST" and prompt.state != PromptState.ANSWERED else 200
    form = _answer_form(prompt, form_class, correcting=correcting)
    if request.method == "POST" and "later" in request.form and takes:
        return _keep(prompt, form, channel, done)
    if form.validate_on_submit():
        try:
            _record(prompt, form, channel, correcting=correcting)
        except Invalid as error:
            show_on_form(form, error)
        else:
            return _thank(channel, done)
    page = render_template("followup/answer.html", form=form, correcting=correcting, **context)
    return page, 422 if form.errors else 200


def _record(prompt: Any, form: Any, channel: Channel, *, correcting: bool) -> None:
    by = None if channel is Channel.LINK else current_user
    reply = form.reply(form.spoken_with.data if "spoken_with" in form else "")
    with unit_of_work(db_session()) as session:
        if correcting:
            corrects = int(form.corrects.data) if (form.corrects.data or "").isdecimal() else 0
            service.correct(session, prompt, reply, corrects=corrects, channel=channel, by=by, now=utcnow())
        else:
            service.answer(session, prompt, reply, channel=channel, by=by, now=utcnow())


def _keep(prompt: Any, form: Any, channel: Channel, done: str) -> ResponseReturnValue:
    fields = {field.name: request.form[field.name][:KEPT] for field in form if request.form.get(field.name)}
    fields.pop("csrf_token", None)
    with unit_of_work(db_session()) as session:
        service.keep_draft(session, prompt, fields, channel=channel, now=utcnow())
    return redirect(request.full_path.rstrip("?") if channel is not Channel.LINK else done, 303)


def _confirmation_page(prompt: Any, context: dict[str, Any]) -> ResponseReturnValue:
    form = verdict_form(prompt.order)
    channel = context["channel"]
    if form.validate_on_submit() and judged(form, prompt.order, Side(prompt.side), channel):
        return _thank(channel, context["done"])
    page = render_template("followup/confirm.html", form=form, order=prompt.order, **context)
    return page, 422 if form.errors else 200


def _thank(channel: Channel, done: str) -> ResponseReturnValue:
    if channel is not Channel.LINK:
        # Behind a mailed link the page itself says so.
        flash(_("Thank you. Your answer is recorded."), "success")
    return redirect(done, 303)


def judged(form: VerdictForm, order: Any, side: Side, channel: Channel) -> bool:
    """Record one side's word on an order; False, with the reason on the form, if it was about a figure of before."""
    verdict = form.verdict()
    try:
        with unit_of_work(db_session()) as session:
            service.judge_order(
                session,
                order,
                verdict,
                side=side,
                channel=channel,
                value=None if verdict is StatementKind.CONFIRM else form.value.data,
                note=form.note.data or "",
                seen=form.seen_id(),
                by=None if channel is Channel.LINK else current_user,
                now=utcnow(),
            )
    except Invalid as error:
        form.seen.data = str(order.statements[-1].id)
        show_on_form(form, error)
        return False
    return True


def verdict_form(order: Any) -> VerdictForm:
    """The form of a side's word on an order; a reporter who is told another figure accepts it or not."""
    form = VerdictForm(data={"currency": order.currency, "seen": str(order.statements[-1].id)})
    form.ask_about(order.state)
    return form


def order_options(lead: Any) -> dict[str, Any]:
    """What the form of an order needs to know of its lead: between which days it may lie, and of which products."""
    return {
        "since": lead.fair.starts_on,
        "today": local_date(utcnow(), FIRST_ZONE),
        "products": [(product.code, product.name) for product in lead.products],
    }


def _answer_form(prompt: Any, form_class: type[AnswerForm], *, correcting: bool) -> AnswerForm:
    lead = prompt.lead
    values = {"currency": lead.currency, "expected_currency": lead.currency}
    if correcting:
        values |= _given(prompt)
    options: dict[str, Any] = {"side": Side(prompt.side), "data": values, **order_options(lead)}
    if request.method == "GET" and prompt.draft is not None and not correcting:
        options["formdata"] = MultiDict(prompt.draft.fields)
    return form_class(**options)


def _given(prompt: Any) -> dict[str, Any]:
    """The last answer, to be corrected."""
    answer, order = prompt.answers[-1], queries.order_of_answers(db_session(), prompt.id)
    expected = prompt.lead.expected_by(Side(prompt.side))
    values: dict[str, Any] = {
        "corrects": str(answer.id),
        "outcome": answer.outcome,
        "without_support": answer.without_support_bp,
        "lost_reason": answer.lost_reason,
    }
    if expected is not None:
        values |= {"expected": expected, "expected_currency": expected.currency}
    if order is not None:
        values |= {
            "value": order.value,
            "currency": order.currency,
            "ordered_on": order.ordered_on,
            "hs_code": order.hs_code,
            "quantity": order.quantity,
            "unit": order.unit,
            "is_last": order.is_last,
        }
    return values
