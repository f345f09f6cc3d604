"""Recovery cases, for the agency's staff and for the firm that is asked to pay back."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user

from fairlink.applications import queries, service
from fairlink.applications.exports.recovery_letters import recovery_letter, reference
from fairlink.applications.forms.money import AnswerForm, MoneyReasonForm, PaidBackForm, RecoveryForm
from fairlink.applications.states.money import RECOVERY_TRANSITIONS, RecoveryState
from fairlink.applications.views.blueprint import bp
from fairlink.audit import queries as audit
from fairlink.files.views import as_download
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Invalid, NotFound
from fairlink.kernel.money import Money
from fairlink.kernel.states import allowed_actions
from fairlink.policy import Can
from fairlink.subsidies.rules.terms import RecoveryCause
from fairlink.web.access import guarded
from fairlink.web.errors import show_on_form
from fairlink.web.pagination import paginate_newest
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.applications.models import Application, RecoveryCase

ANSWER_DAYS = 15


@bp.get("/staff/recoveries")
@guarded(Can.RECOVERY_LIST)
def recovery_list() -> ResponseReturnValue:
    """The agency's recovery cases."""
    session, agency_id = db_session(), current_user.organisation_id
    asked = request.args.get("state")
    state = RecoveryState(asked) if asked in set(RecoveryState) else None
    return render_template(
        "applications/recovery_list.html",
        page=paginate_newest(session, queries.recoveries_of_agency(agency_id, state)),
        counts=queries.recovery_counts(session, agency_id),
        chosen=state,
    )


@bp.route("/staff/applications/<int:application_id>/recover", methods=["GET", "POST"])
@guarded(Can.RECOVERY_OPEN, load=queries.application, reads=Can.APPLICATION_REVIEW)
def open_recovery(application: "Application") -> ResponseReturnValue:
    """Open a case against one firm of a group."""
    award = application.award
    if award is None:
        raise NotFound("not_found")
    session = db_session()
    paid = {member.firm_id: queries.recoverable(session, award, member.firm_id) for member in award.members}
    named = application.call.scheme_version.document.recovery
    form = RecoveryForm(
        award.currency,
        [(member.firm_id, member.firm.name) for member in award.members if paid[member.firm_id] > 0],
        [each.cause for each in named] or list(RecoveryCause),
        answer_days=ANSWER_DAYS,
    )
    if form.validate_on_submit():
        try:
            with unit_of_work(session):
                case = service.open_recovery(
                    session,
                    application,
                    int(form.firm.data),
                    RecoveryCause(form.cause.data),
                    form.amount.data.minor if form.amount.data else None,
                    form.reason.data,
                    answer_days=form.answer_days.data,
                    by=current_user,
                    now=utcnow(),
                )
            return _back(case, _("The case is open and the firm is told."))
        except Invalid as error:
            show_on_form(form, error)
    page = render_template(
        "applications/recovery_open.html",
        application=application,
        form=form,
        fair=application.call.fair,
        paid=[(member.firm, Money(paid[member.firm_id], award.currency)) for member in award.members],
    )
    return page, 422 if form.errors else 200


def _back(case: "RecoveryCase", message: str) -> ResponseReturnValue:
    flash(message, "success")
    return redirect(url_for(".review_recovery", case_id=case.id), 303)


@bp.get("/staff/recoveries/<int:case_id>")
@guarded(Can.RECOVERY_REVIEW, load=queries.recovery)
def review_recovery(case: "RecoveryCase") -> ResponseReturnValue:
    """One case: what happened, the answer, the decision, its ledger and history."""
    session = db_session()
    history = audit.history(session, "recovery_case", case.id)
    return render_template(
        "applications/recovery_review.html",
        case=case,
        fair=case.application.call.fair,
        possible=allowed_actions(RECOVERY_TRANSITIONS, case.state),
        reference=reference(case),
        history=history,
        actors=queries.names_of_users(session, {event.actor_id for event in history if event.actor_id}),
    )


@bp.route("/staff/recoveries/<int:case_id>/decide", methods=["GET", "POST"])
@guarded(Can.RECOVERY_DECIDE, load=queries.recovery, reads=Can.RECOVERY_REVIEW)
def decide_recovery(case: "RecoveryCase") -> ResponseReturnValue:
    """Demand the money."""
    return _with_reason(
        case, _("Demand the money"), service.decide_recovery, _("The decision is recorded and the firm is told.")
    )


@bp.route("/staff/recoveries/<int:case_id>/drop", methods=["GET", "POST"])
@guarded(Can.RECOVERY_DECIDE, load=queries.recovery, reads=Can.RECOVERY_REVIEW)
def drop_recovery(case: "RecoveryCase") -> ResponseReturnValue:
    """Ask for nothing more."""
    return _with_reason(case, _("Drop the case"), service.drop_recovery, _("The case is dropped and the firm is told."))


def _with_reason(case: "RecoveryCase", title: str, act: Callable[..., None], done: str) -> ResponseReturnValue:
    form = MoneyReasonForm()
    if not form.validate_on_submit():
        page = render_template("applications/recovery_reason.html", case=case, form=form, title=title)
        return page, 422 if form.errors else 200
    with unit_of_work(db_session()) as session:
        act(session, case, form.reason.data, by=current_user, now=utcnow())
    return _back(case, done)


@bp.route("/staff/recoveries/<int:case_id>/paid-back", methods=["GET", "POST"])
@guarded(Can.RECOVERY_SETTLE, load=queries.recovery, reads=Can.RECOVERY_REVIEW)
def recovery_paid_back(case: "RecoveryCase") -> ResponseReturnValue:
    """Note money that came back."""
    form = PaidBackForm(case.left)
    if form.validate_on_submit():
        try:
            with unit_of_work(db_session()) as session:
                service.record_paid_back(session, case, form.amount.data.minor, by=current_user, now=utcnow())
            return _back(case, _("The money is entered."))
        except Invalid as error:
            show_on_form(form, error)
    page = render_template("applications/recovery_paid_back.html", case=case, form=form)
    return page, 422 if form.errors else 200


@bp.get("/staff/recoveries/<int:case_id>/letter")
@guarded(Can.RECOVERY_REVIEW, load=queries.recovery)
def staff_letter(case: "RecoveryCase") -> ResponseReturnValue:
    """The letter to the firm, in the language of its group."""
    return _letter(case, case.application.locale)


@bp.get("/recoveries/<int:case_id>")
@guarded(Can.RECOVERY_READ, load=queries.recovery)
def recovery(case: "RecoveryCase") -> ResponseReturnValue:
    """The case as the firm sees it."""
    return _case_page(case, AnswerForm(formdata=None, data={"answer": case.answer}))


def _case_page(case: "RecoveryCase", form: AnswerForm) -> ResponseReturnValue:
    page = render_template(
        "applications/recovery.html",
        case=case,
        fair=case.application.call.fair,
        form=form,
        reference=reference(case),
    )
    return page, 422 if form.errors else 200


@bp.post("/recoveries/<int:case_id>/answer")
@guarded(Can.RECOVERY_ANSWER, load=queries.recovery, reads=Can.RECOVERY_READ)
def answer_recovery(case: "RecoveryCase") -> ResponseReturnValue:
    """The firm says how it sees it."""
    form = AnswerForm()
    if not form.validate_on_submit():
        return _case_page(case, form)
    with unit_of_work(db_session()) as session:
        service.answer_recovery(session, case, form.answer.data, by=current_user, now=utcnow())
    flash(_("Your answer is with the agency."), "success")
    return redirect(url_for(".recovery", case_id=case.id), 303)


@bp.get("/recoveries/<int:case_id>/letter")
@guarded(Can.RECOVERY_READ, load=queries.recovery)
def letter(case: "RecoveryCase") -> ResponseReturnValue:
    """The agency's letter, in the reader's language."""
    return _letter(case, str(get_locale()))


def _letter(case: "RecoveryCase", language: str) -> ResponseReturnValue:
    return as_download(recovery_letter(case, language=language), f"{reference(case)}.pdf", "application/pdf")
