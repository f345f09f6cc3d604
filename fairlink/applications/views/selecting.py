"""How a call chooses: what waits, overrides, the selection itself, and the published draw of a lottery."""

from typing import TYPE_CHECKING, Any

from flask import flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user

from fairlink.applications import queries, service
from fairlink.applications.forms.staff import OverrideForm
from fairlink.applications.views.blueprint import bp
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Invalid, NotFound
from fairlink.policy import Can
from fairlink.subsidies import queries as subsidies
from fairlink.subsidies.rules.lottery import publish
from fairlink.subsidies.rules.selection import Candidate, Outcome
from fairlink.subsidies.rules.terms import Method
from fairlink.web.access import guarded
from fairlink.web.errors import show_on_form
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.subsidies.models import Call

METHODS: dict[Method, Any] = {
    Method.FIRST_COME: lazy_gettext("In the order of arrival"),
    Method.PRO_RATA: lazy_gettext("All get the same part of what the rules give"),
    Method.SCORED: lazy_gettext("The highest scores first"),
    Method.LOTTERY: lazy_gettext("By lot"),
}

OUTCOMES: dict[Outcome, Any] = {
    Outcome.AWARDED: lazy_gettext("Awarded"),
    Outcome.RESERVE: lazy_gettext("Reserve"),
    Outcome.REFUSED: lazy_gettext("Refused"),
}

REASONS: dict[str, Any] = {
    "quota": lazy_gettext("Reserved quota"),
    "stratum": lazy_gettext("Share of its stratum"),
    "envelope": lazy_gettext("The envelope reached it"),
    "in_full": lazy_gettext("In full"),
    "pro_rata": lazy_gettext("In proportion"),
    "envelope_exhausted": lazy_gettext("The envelope did not reach it"),
    "below_least_score": lazy_gettext("Below the least score"),
    "override": lazy_gettext("Override"),
    "not_eligible": lazy_gettext("The rules of the scheme leave nothing for it"),
    "fair_begun": lazy_gettext("Nothing became free before the fair"),
}


@bp.get("/staff/calls/<int:call_id>/selection")
@guarded(Can.SELECTION_READ, load=subsidies.call)
def selection(call: "Call") -> ResponseReturnValue:
    """What waits for the selection of a call, or what it has made of each."""
    return _page(call)


def _page(call: "Call", form: OverrideForm | None = None) -> ResponseReturnValue:
    session = db_session()
    run = queries.selection_run(session, call.id)
    waiting = queries.assessed_applications(session, call.id)
    method = call.scheme_version.document.selection.method
    form = form or OverrideForm(_names(waiting), formdata=None)
    page = render_template(
        "applications/selection.html",
        call=call,
        fair=call.fair,
        run=run,
        waiting=[(each, service.mean_of(each)) for each in waiting],
        unready=queries.unready_count(session, call.id, utcnow()),
        is_over=utcnow() >= call.closes_at,
        overrides=queries.overrides(session, call.id),
        form=form if method is Method.SCORED and run is None else None,
        method=METHODS[method],
        outcomes=OUTCOMES,
        reasons=REASONS,
        factor_bp=run.paid_minor * 10_000 // run.asked_minor if run and run.paid_minor and run.asked_minor else None,
    )
    return page, 422 if form.errors else 200


def _names(waiting: Any) -> list[tuple[int, str]]:
    return [(each.id, each.applicant_name) for each in waiting]


@bp.post("/staff/calls/<int:call_id>/selection")
@guarded(Can.SELECTION_MAKE, load=subsidies.call, reads=Can.SELECTION_READ)
def make_selection(call: "Call") -> ResponseReturnValue:
    """Choose, once and for all."""
    with unit_of_work(db_session()) as session:
        service.select(session, call, by=current_user, now=utcnow())
    flash(_("The selection is made and everybody is told."), "success")
    return redirect(url_for(".selection", call_id=call.id))


@bp.post("/staff/calls/<int:call_id>/overrides")
@guarded(Can.SELECTION_MAKE, load=subsidies.call, reads=Can.SELECTION_READ)
def record_override(call: "Call") -> ResponseReturnValue:
    """Decide against the score, with a reason, before the selection."""
    form = OverrideForm(_names(queries.assessed_applications(db_session(), call.id)))
    if not form.validate_on_submit():
        return _page(call, form)
    try:
        with unit_of_work(db_session()) as session:
            service.record_override(
                session,
                call,
                int(form.application.data),
                Outcome(form.outcome.data),
                form.reason.data,
                by=current_user,
                now=utcnow(),
            )
    except Invalid as error:
        show_on_form(form, error)
        return _page(call, form)
    flash(_("The override is recorded."), "success")
    return redirect(url_for(".selection", call_id=call.id))


@bp.get("/calls/<int:call_id>/draw")
@guarded(Can.CALL_READ, load=subsidies.call)
def draw(call: "Call") -> ResponseReturnValue:
    """A lottery as it was drawn, for everybody to draw again: `fairlink lottery verify` reads it."""
    run = queries.selection_run(db_session(), call.id)
    if run is None or run.seed is None:
        raise NotFound("not_found")
    frame = [
        Candidate(
            application=str(place.application_id),
            amount_minor=place.asked_minor,
            received_at=place.received_at,
            stratum=place.stratum,
        )
        for place in run.places
    ]
    return jsonify(publish(frame, run.seed).to_dict())
