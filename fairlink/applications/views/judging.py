"""Interests that keep somebody from judging, and appeals against refusals."""

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from fairlink.applications import queries, service
from fairlink.applications.forms.staff import AnswerForm, AppealForm, InterestForm
from fairlink.applications.views.blueprint import bp
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.policy import Can
from fairlink.web.access import guarded
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.applications.models import Application


@bp.route("/staff/applications/<int:application_id>/interest", methods=["GET", "POST"])
@guarded(Can.APPLICATION_INTEREST, load=queries.application, reads=Can.APPLICATION_REVIEW)
def declare_interest(application: "Application") -> ResponseReturnValue:
    """Say that one is too close to an application to judge it."""
    form = InterestForm()
    if not form.validate_on_submit():
        page = render_template("applications/interest.html", application=application, form=form)
        return page, 422 if form.errors else 200
    with unit_of_work(db_session()) as session:
        service.declare_interest(session, application, form.reason.data, by=current_user, now=utcnow())
    flash(_("Your interest is on record. Colleagues judge this application."), "success")
    return redirect(url_for(".review", application_id=application.id))


@bp.route("/applications/<int:application_id>/appeal", methods=["GET", "POST"])
@guarded(Can.APPEAL_FILE, load=queries.application, reads=Can.APPLICATION_READ)
def appeal(application: "Application") -> ResponseReturnValue:
    """Appeal against a refusal, once."""
    form = AppealForm()
    if not form.validate_on_submit():
        fair = application.call.fair
        page = render_template("applications/appeal.html", application=application, fair=fair, form=form)
        return page, 422 if form.errors else 200
    with unit_of_work(db_session()) as session:
        service.appeal(session, application, form.text.data, by=current_user, now=utcnow())
    flash(_("Your appeal is with the agency. Somebody who had no part in the decision looks at it."), "success")
    return redirect(url_for(".show", application_id=application.id))


@bp.route("/staff/applications/<int:application_id>/appeal", methods=["GET", "POST"])
@guarded(Can.APPEAL_ANSWER, load=queries.application, reads=Can.APPLICATION_REVIEW)
def answer_appeal(application: "Application") -> ResponseReturnValue:
    """Decide on an appeal."""
    form = AnswerForm()
    if not form.validate_on_submit():
        page = render_template("applications/answer_appeal.html", application=application, form=form)
        return page, 422 if form.errors else 200
    with unit_of_work(db_session()) as session:
        service.answer_appeal(
            session,
            application,
            upheld=form.upheld.data == "yes",
            answer=form.answer.data,
            by=current_user,
            now=utcnow(),
        )
    flash(_("The appeal is answered and the group is told."), "success")
    return redirect(url_for(".review", application_id=application.id))
