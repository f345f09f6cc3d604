"""Payments of one fair, and refund runs, for staff."""

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from fairlink.fairs import queries as fairs
from fairlink.kernel.clock import local_date, utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.payments import queries, service
from fairlink.payments.views.blueprint import bp, wanted_charges
from fairlink.policy import Can
from fairlink.web.access import guarded
from fairlink.web.pagination import paginate, searched_text
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.fairs.models import Fair
    from fairlink.payments.models import RefundRun


@bp.get("/staff/fairs/<int:fair_id>/payments")
@guarded(Can.FAIR_REVIEW, load=fairs.fair)
def at_fair(fair: "Fair") -> ResponseReturnValue:
    """What is open, overdue, paid and given back at a fair."""
    session, today = db_session(), local_date(utcnow(), fair.zone)
    wanted, text = wanted_charges(), searched_text()
    page = paginate(
        session,
        queries.charges_at(fair, wanted, text, today),
        queries.DUE_KEYS,
        after=request.args.get("after"),
        before=request.args.get("before"),
    )
    return render_template(
        "payments/at_fair.html",
        fair=fair,
        page=page,
        chosen=wanted,
        text=text,
        counts=queries.counts_at(session, fair.id, today),
        totals=queries.totals_at(session, fair.id, today),
    )


@bp.get("/staff/refund-runs")
@guarded(Can.CHARGE_LIST)
def refund_runs() -> ResponseReturnValue:
    """The runs of the agency."""
    runs = queries.refund_runs(db_session(), current_user.organisation_id)
    return render_template("payments/refund_runs.html", runs=runs)


@bp.get("/staff/refund-runs/<int:run_id>")
@guarded(Can.CHARGE_REVIEW, load=queries.refund_run)
def refund_run(run: "RefundRun") -> ResponseReturnValue:
    """How far a run is."""
    session = db_session()
    return render_template(
        "payments/refund_run.html",
        run=run,
        progress=queries.progress(session, run),
        failed=queries.failed_of_run(session, run.id),
    )


@bp.post("/staff/refund-runs/<int:run_id>/stop")
@guarded(Can.CHARGE_SETTLE, load=queries.refund_run, reads=Can.CHARGE_REVIEW)
def stop_run(run: "RefundRun") -> ResponseReturnValue:
    """Send nothing more for the time being."""
    with unit_of_work(db_session()) as session:
        service.stop(session, run, by=current_user, now=utcnow())
    flash(_("Stopped. What was sent stays sent."), "success")
    return redirect(url_for(".refund_run", run_id=run.id), 303)


@bp.post("/staff/refund-runs/<int:run_id>/resume")
@guarded(Can.CHARGE_SETTLE, load=queries.refund_run, reads=Can.CHARGE_REVIEW)
def resume_run(run: "RefundRun") -> ResponseReturnValue:
    """Go on."""
    with unit_of_work(db_session()) as session:
        service.resume(session, run, by=current_user, now=utcnow())
    flash(_("It goes on within five minutes."), "success")
    return redirect(url_for(".refund_run", run_id=run.id), 303)
