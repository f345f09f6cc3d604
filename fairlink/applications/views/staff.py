"""Applications for the agency's staff: list, review, assessment and decision; and the stands of exhibitors."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from fairlink.applications import queries, service
from fairlink.applications.forms.staff import FilterForm, ReasonForm, StandForm, assess_form
from fairlink.applications.rules.assessing import HUNDREDTHS, sees_scores
from fairlink.applications.states import UNDECIDED, ApplicationState, Recommendation, actions_in
from fairlink.applications.views.applying import shown_quote, with_names
from fairlink.applications.views.blueprint import bp
from fairlink.audit import queries as audit
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Invalid
from fairlink.policy import Can
from fairlink.web.access import can, guarded
from fairlink.web.errors import show_on_form
from fairlink.web.pagination import paginate_newest
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.applications.models import Application, Exhibitor


@bp.get("/staff/applications")
@guarded(Can.APPLICATION_LIST)
def staff_list() -> ResponseReturnValue:
    """What was sent to the agency's calls."""
    session, agency_id = db_session(), current_user.organisation_id
    calls = queries.calls_of_agency(session, agency_id)
    titles = [(call.id, f"{call.fair.title} · {call.scheme_version.scheme.name}") for call in calls]
    form = FilterForm(request.args, titles)
    found = queries.applications_to_agency(agency_id, call_id=form.call_id, state=form.chosen_state)
    return render_template(
        "applications/staff_list.html",
        form=form,
        page=paginate_newest(session, found),
        counts=queries.counts_by_state(session, agency_id, call_id=form.call_id),
    )


@bp.get("/staff/applications/<int:application_id>")
@guarded(Can.APPLICATION_REVIEW, load=queries.application)
def review(application: "Application") -> ResponseReturnValue:
    """Everything about an application: costs, support and why, assessments, history."""
    session = db_session()
    history = audit.history(session, "application", application.id)
    return render_template(
        "applications/review.html",
        application=application,
        fair=application.call.fair,
        quote=_quote_for_staff(application),
        possible=actions_in(application.state),
        has_assessed=current_user.id in application.assessor_ids,
        has_interest=current_user.id in application.conflicted_ids,
        sees_scores=sees_scores(
            has_assessed=current_user.id in application.assessor_ids,
            may_assess=can("application:assess", application),
            is_assessed=application.state != ApplicationState.SUBMITTED,
        ),
        mean=service.mean_of(application),
        hundredths=HUNDREDTHS,
        history=history,
        actors=queries.names_of_users(session, {event.actor_id for event in history if event.actor_id}),
        exhibitor=queries.exhibitor_of_application(session, application.id),
    )


def _quote_for_staff(application: "Application") -> Any:
    """What would be granted today, or what was decided."""
    if application.state not in UNDECIDED:
        return shown_quote(application)
    quote = queries.current_quote(db_session(), application, now=utcnow(), granting=True)
    return None if quote is None else with_names(application, quote)


def _back(application: "Application", message: str) -> ResponseReturnValue:
    flash(message, "success")
    return redirect(url_for(".review", application_id=application.id))


@bp.route("/staff/applications/<int:application_id>/assess", methods=["GET", "POST"])
@guarded(Can.APPLICATION_ASSESS, load=queries.application, reads=Can.APPLICATION_REVIEW)
def assess(application: "Application") -> ResponseReturnValue:
    """Give a score and a recommendation; once for each assessor."""
    criteria = application.call.criteria
    form = assess_form(criteria)
    if not form.validate_on_submit():
        page = render_template(
            "applications/assess.html",
            application=application,
            form=form,
            criteria=criteria,
            quote=_quote_for_staff(application),
        )
        return page, 422 if form.errors else 200
    points = {
        each.id: service.GivenPoints(form[f"points_{each.id}"].data, form[f"comment_{each.id}"].data)
        for each in criteria
    }
    with unit_of_work(db_session()) as session:
        service.assess(
            session,
            application,
            score=None if criteria else form.score.data,
            points=points,
            recommendation=Recommendation(form.recommendation.data),
            note=form.note.data,
            by=current_user,
            now=utcnow(),
        )
    return _back(application, _("Your assessment is recorded."))


@bp.route("/staff/applications/<int:application_id>/return", methods=["GET", "POST"])
@guarded(Can.APPLICATION_ASSESS, load=queries.application, reads=Can.APPLICATION_REVIEW)
def send_back(application: "Application") -> ResponseReturnValue:
    """Ask the group to change its application."""
    done = _("The application is with the group again.")
    return _with_reason(application, "applications/return.html", service.send_back, done)


@bp.route("/staff/applications/<int:application_id>/refuse", methods=["GET", "POST"])
@guarded(Can.APPLICATION_APPROVE, load=queries.application, reads=Can.APPLICATION_REVIEW)
def refuse(application: "Application") -> ResponseReturnValue:
    """Say no, with a reason."""
    return _with_reason(application, "applications/refuse.html", service.refuse, _("The application is refused."))


def _with_reason(application: "Application", template: str, act: Callable[..., None], done: str) -> ResponseReturnValue:
    form = ReasonForm()
    if not form.validate_on_submit():
        page = render_template(template, application=application, form=form)
        return page, 422 if form.errors else 200
    with unit_of_work(db_session()) as session:
        act(session, application, form.reason.data, by=current_user, now=utcnow())
    return _back(application, done)


@bp.post("/staff/applications/<int:application_id>/approve")
@guarded(Can.APPLICATION_APPROVE, load=queries.application, reads=Can.APPLICATION_REVIEW)
def approve(application: "Application") -> ResponseReturnValue:
    """Grant the support and reserve it on the envelope."""
    with unit_of_work(db_session()) as session:
        service.check_alone(session, application)
        service.approve(session, application, by=current_user, now=utcnow())
    return _back(application, _("The award is granted and the group is told."))


@bp.route("/staff/exhibitors/<int:exhibitor_id>/stand", methods=["GET", "POST"])
@guarded(Can.EXHIBITOR_EDIT, load=queries.exhibitor)
def stand(exhibitor: "Exhibitor") -> ResponseReturnValue:
    """Give an exhibitor another stand."""
    stands = [*queries.free_stands(db_session(), exhibitor.fair_id)]
    if exhibitor.stand is not None:
        stands.insert(0, exhibitor.stand)
    form = StandForm([(each.id, each.label) for each in stands], exhibitor.stand_id)
    if form.validate_on_submit():
        try:
            with unit_of_work(db_session()) as session:
                service.change_stand(session, exhibitor, form.stand_id, by=current_user, now=utcnow())
            return _back(exhibitor.application, _("The stand is changed."))
        except Invalid as error:
            show_on_form(form, error)
    page = render_template("applications/stand.html", exhibitor=exhibitor, fair=exhibitor.fair, form=form)
    return page, 422 if form.errors else 200
