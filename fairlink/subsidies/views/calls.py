"""Calls: what staff offer at a fair, and what applicants read."""

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from fairlink.fairs import queries as fairs
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Conflict, Invalid
from fairlink.policy import Can
from fairlink.subsidies import queries, service
from fairlink.subsidies.forms import AssessmentForm, CallForm, PlanForm
from fairlink.subsidies.states import CallState
from fairlink.subsidies.views import wording
from fairlink.subsidies.views.blueprint import bp
from fairlink.web.access import guarded
from fairlink.web.controls import add_row_asked, removal_asked, without_removed_row
from fairlink.web.errors import sentence, show_on_form
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.fairs.models import Fair
    from fairlink.subsidies.models import Call

#: Imported for the template functions that it registers.
__all__ = ["wording"]


@bp.get("/calls/<int:call_id>")
@guarded(Can.CALL_READ, load=queries.call)
def call(call: "Call") -> ResponseReturnValue:
    """A call as applicants read it; staff of its agency see drafts too."""
    return render_template(
        "subsidies/call.html",
        call=call,
        rules=call.scheme_version.document,
        plan=queries.analysis_plan(db_session(), call),
        now=utcnow(),
    )


@bp.get("/staff/fairs/<int:fair_id>/calls")
@guarded(Can.FAIR_REVIEW, load=fairs.fair)
def fair_calls(fair: "Fair") -> ResponseReturnValue:
    """The calls at a fair, and the schemes that can be offered there."""
    return render_template(
        "subsidies/fair_calls.html",
        fair=fair,
        calls=queries.calls_of_fair(db_session(), fair.id),
        schemes=queries.schemes(db_session(), fair.agency_id),
        now=utcnow(),
    )


@bp.route("/staff/fairs/<int:fair_id>/calls/new", methods=["GET", "POST"])
@guarded(Can.CALL_CREATE, load=fairs.fair, reads=Can.FAIR_REVIEW)
def create_call(fair: "Fair") -> ResponseReturnValue:
    """Offer the scheme in the address at a fair; without one, the page of calls lets one choose."""
    schemes = {scheme.id: scheme for scheme in queries.schemes(db_session(), fair.agency_id)}
    scheme = schemes.get(request.args.get("scheme", type=int) or 0)
    if scheme is None:
        return redirect(url_for(".fair_calls", fair_id=fair.id))
    form = CallForm(scheme.current.document.currency)
    if form.validate_on_submit():
        try:
            with unit_of_work(db_session()) as session:
                service.create_call(session, fair, scheme, form.terms(), by=current_user, now=utcnow())
        except Invalid as error:
            show_on_form(form, error)
        else:
            flash(_("The call is saved as a draft."), "success")
            return redirect(_after_call(fair))
    page = render_template("subsidies/call_form.html", form=form, fair=fair, scheme=scheme, call=None)
    return page, 422 if form.errors else 200


def _after_call(fair: "Fair") -> str:
    """A draft fair is published with its call; at a published one the call is published by itself."""
    return url_for(".fair_calls" if fair.is_public else ".launch", fair_id=fair.id)


@bp.route("/staff/calls/<int:call_id>/edit", methods=["GET", "POST"])
@guarded(Can.CALL_EDIT, load=queries.call, reads=Can.FAIR_REVIEW)
def edit_call(call: "Call") -> ResponseReturnValue:
    """Change a draft call."""
    fair, scheme = call.fair, call.scheme_version.scheme
    form = CallForm(scheme.current.document.currency, call)
    if form.validate_on_submit():
        try:
            with unit_of_work(db_session()) as session:
                service.edit_call(session, call, form.terms(), by=current_user, now=utcnow())
        except Invalid as error:
            show_on_form(form, error)
        else:
            flash(_("Your changes are saved."), "success")
            return redirect(_after_call(fair))
    page = render_template("subsidies/call_form.html", form=form, fair=fair, scheme=scheme, call=call)
    return page, 422 if form.errors else 200


@bp.route("/staff/calls/<int:call_id>/assessment", methods=["GET", "POST"])
@guarded(Can.CALL_EDIT, load=queries.call, reads=Can.FAIR_REVIEW)
def assessment(call: "Call") -> ResponseReturnValue:
    """What assessors of a draft call judge, with rows that the page itself adds and takes away."""
    if call.state != CallState.DRAFT:
        raise Conflict("call_not_draft")
    shown = [
        {"name": each.name, "description": each.description, "weight": each.weight_bp, "max_score": each.max_score}
        for each in call.criteria
    ]
    sent = without_removed_row(request.form) if request.method == "POST" else None
    form = AssessmentForm(sent, data={"assessors": call.assessors_wanted, "criteria": shown})
    edits_rows = add_row_asked(form.criteria, request.form) or removal_asked(request.form)
    if not edits_rows and form.validate_on_submit():
        try:
            with unit_of_work(db_session()) as session:
                service.set_assessment(session, call, form.terms(), form.assessors.data, by=current_user, now=utcnow())
        except Invalid as error:
            show_on_form(form, error)
        else:
            flash(_("Your changes are saved."), "success")
            return redirect(url_for(".call", call_id=call.id))
    return render_template("subsidies/assessment_form.html", form=form, call=call), 422 if form.errors else 200


@bp.get("/staff/calls/<int:call_id>/plan")
@guarded(Can.CALL_PLAN_READ, load=queries.call)
def plan(call: "Call") -> ResponseReturnValue:
    """How the effect of a call will be worked out, and every earlier state of it."""
    return _plan_page(call, PlanForm(formdata=None))


@bp.post("/staff/calls/<int:call_id>/plan")
@guarded(Can.CALL_PLAN, load=queries.call, reads=Can.CALL_PLAN_READ)
def write_plan(call: "Call") -> ResponseReturnValue:
    """Store a plan before the call opens."""
    form = PlanForm()
    if not form.validate_on_submit():
        return _plan_page(call, form)
    with unit_of_work(db_session()) as session:
        service.write_plan(session, call, form.text.data, by=current_user, now=utcnow())
    flash(_("The plan is saved."), "success")
    return redirect(url_for(".plan", call_id=call.id))


def _plan_page(call: "Call", form: PlanForm) -> ResponseReturnValue:
    plans = queries.analysis_plans(db_session(), call)
    if plans and not form.errors:
        form.text.data = plans[0].text
    opened = call.has_opened(utcnow())
    page = render_template("subsidies/plan.html", form=form, call=call, plans=plans, opened=opened)
    return page, 422 if form.errors else 200


@bp.post("/staff/calls/<int:call_id>/publish")
@guarded(Can.CALL_EDIT, load=queries.call, reads=Can.FAIR_REVIEW)
def publish_call(call: "Call") -> ResponseReturnValue:
    """Open a draft call to applicants."""
    with unit_of_work(db_session()) as session:
        service.publish_call(session, call, by=current_user, now=utcnow())
    flash(_("The call is published."), "success")
    return redirect(url_for(".fair_calls", fair_id=call.fair_id))


@bp.post("/staff/calls/<int:call_id>/withdraw")
@guarded(Can.CALL_EDIT, load=queries.call, reads=Can.FAIR_REVIEW)
def withdraw_call(call: "Call") -> ResponseReturnValue:
    """Take a call back; the page that leads here has asked once."""
    with unit_of_work(db_session()) as session:
        service.withdraw_call(session, call, by=current_user, now=utcnow())
    flash(_("The call is withdrawn."), "success")
    return redirect(url_for(".fair_calls", fair_id=call.fair_id))


@bp.get("/staff/fairs/<int:fair_id>/launch")
@guarded(Can.FAIR_EDIT, load=fairs.fair, reads=Can.FAIR_REVIEW)
def launch(fair: "Fair") -> ResponseReturnValue:
    """The last look before a fair and its calls go public together."""
    return _launch_page(fair)


@bp.post("/staff/fairs/<int:fair_id>/launch")
@guarded(Can.FAIR_EDIT, load=fairs.fair, reads=Can.FAIR_REVIEW)
def publish_with_calls(fair: "Fair") -> ResponseReturnValue:
    """Publish a fair and its draft calls, together or not at all."""
    try:
        with unit_of_work(db_session()) as session:
            service.publish_fair_with_calls(session, fair, by=current_user, now=utcnow())
    except Conflict as error:
        return _launch_page(fair, problem=sentence(error)), error.http_status
    flash(_("%(fair)s is published. This is how the public sees it.", fair=fair.title), "success")
    return redirect(url_for("pages.fair", fair_id=fair.id))


def _launch_page(fair: "Fair", problem: str | None = None) -> str:
    return render_template(
        "subsidies/launch.html",
        fair=fair,
        stand_count=fairs.stand_count(db_session(), fair),
        slot_count=len(fair.schedule.slots()),
        calls=queries.calls_of_fair(db_session(), fair.id),
        problem=problem,
    )
