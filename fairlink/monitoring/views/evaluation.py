"""What a call brought about: the comparison its selection allows, its assumptions, and the data for evaluators."""

from typing import TYPE_CHECKING, Any

from flask import Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.monitoring import exports, service
from fairlink.monitoring.queries import evaluation as queries
from fairlink.monitoring.rules.evaluation import outcome_year
from fairlink.monitoring.rules.pseudonyms import Pseudonyms
from fairlink.monitoring.views import readings
from fairlink.monitoring.views.blueprint import bp
from fairlink.policy import Can
from fairlink.subsidies import queries as subsidies
from fairlink.web.access import guarded
from fairlink.web.pagination import paginate
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.subsidies.models import Call

#: Rows and columns that are shown; the file holds all of them.
_SHOWN = 10
_COLUMNS = ("application", "firm", "awarded", "stratum", "score", "base", "outcome")


@bp.get("/staff/results/evaluations")
@guarded(Can.RESULT_LIST)
def evaluations() -> ResponseReturnValue:
    """The calls of the agency, those that opened last first, with what is known of their effect."""
    page = paginate(
        db_session(),
        queries.calls(current_user.organisation_id),
        queries.CALL_KEYS,
        after=request.args.get("after"),
        before=request.args.get("before"),
        descending=True,
    )
    return render_template("monitoring/evaluations.html", page=page)


@bp.get("/staff/calls/<int:call_id>/evaluation")
@guarded(Can.RESULT_READ, load=subsidies.call)
def evaluation(call: "Call") -> ResponseReturnValue:
    """The newest evaluation in plain words, beside the plan that was written before the call opened."""
    session = db_session()
    found = queries.evaluations(session, call.id)
    design = queries.design(session, call)
    newest = found[0] if found else None
    return render_template(
        "monitoring/evaluation.html",
        call=call,
        design=design,
        year=outcome_year(call.fair.starts_on.year),
        newest=newest,
        earlier=found[1:],
        reading=readings.read(newest) if newest else None,
        designs=readings.DESIGNS,
        how=readings.HOW,
        plan=subsidies.analysis_plan(session, call),
        opened=call.has_opened(utcnow()),
    )


@bp.post("/staff/calls/<int:call_id>/evaluation")
@guarded(Can.EVALUATION_ASK, load=subsidies.call, reads=Can.RESULT_READ)
def ask_evaluation(call: "Call") -> ResponseReturnValue:
    """Have it worked out anew."""
    with unit_of_work(db_session()) as session:
        service.ask_evaluation(session, call, by=current_user, now=utcnow())
    return redirect(url_for(".evaluation", call_id=call.id))


@bp.get("/staff/calls/<int:call_id>/evaluation/data")
@guarded(Can.EVALUATION_EXPORT, load=subsidies.call, reads=Can.RESULT_READ)
def evaluation_data(call: "Call") -> ResponseReturnValue:
    """The first of the pseudonymised rows, and what their columns hold."""
    rows = _rows(call)
    return render_template(
        "monitoring/evaluation_data.html",
        call=call,
        columns=[(name, readings.COLUMNS[name]) for name in queries.COLUMNS],
        shown=_COLUMNS,
        rows=[exports.cells(row, _COLUMNS) for row in rows[:_SHOWN]],
        count=len(rows),
    )


@bp.post("/staff/calls/<int:call_id>/evaluation/data")
@guarded(Can.EVALUATION_EXPORT, load=subsidies.call, reads=Can.RESULT_READ)
def export_evaluation_data(call: "Call") -> ResponseReturnValue:
    """All pseudonymised rows as CSV; who takes them is noted in the audit trail."""
    rows = _rows(call)
    with unit_of_work(db_session()) as session:
        service.record_export(session, call, len(rows), by=current_user, now=utcnow())
    response = Response(b"".join(exports.write_csv(rows, queries.COLUMNS)), mimetype="text/csv; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=f"evaluation-{call.id}.csv")
    return response


def _rows(call: "Call") -> list[dict[str, Any]]:
    """The firms of the call with pseudonyms for their ids."""
    session = db_session()
    found = queries.firms(session, call, queries.design(session, call), outcome_year(call.fair.starts_on.year))
    hide = Pseudonyms(current_app.config["SETTINGS"].secret_key, call.agency_id)
    for row in found:
        row["application"] = hide.name("applicant", row.pop("application_id"))
        row["firm"] = hide.name("firm", row.pop("firm_id"))
    # By pseudonym, so that the order tells nothing of who applied first.
    return sorted(found, key=lambda row: (row["application"], row["firm"]))
