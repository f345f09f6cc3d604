"""The application of a group, page by page, for its members; the lead fills it in."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.datastructures import MultiDict

from fairlink.applications import queries, service
from fairlink.applications.forms.answers import given_answers
from fairlink.applications.forms.applying import (
    ALONE,
    ApplicantForm,
    CostsForm,
    MembersForm,
    SubmitForm,
    VersionedForm,
    about_form,
    shown_line,
    without_row,
)
from fairlink.applications.rules import equal_shares
from fairlink.applications.states import ApplicationState
from fairlink.applications.views.blueprint import bp
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Conflict, Invalid
from fairlink.policy import Can
from fairlink.subsidies import queries as subsidies
from fairlink.subsidies.forms import cost_class_name
from fairlink.subsidies.rules import Quote
from fairlink.subsidies.rules.terms import Subject
from fairlink.subsidies.views.quotes import ShownQuote, show_quote
from fairlink.web.access import guarded
from fairlink.web.controls import add_row_asked
from fairlink.web.errors import show_on_form
from fairlink.web.pagination import paginate_newest
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.applications.models import Application, ProducerGroup
    from fairlink.subsidies.models import Call


@bp.get("/applications")
@guarded(Can.APPLICATION_OWN_LIST)
def own_list() -> ResponseReturnValue:
    """The applications in which the viewer's firm has a part."""
    page = paginate_newest(db_session(), queries.applications_of_firm(current_user.organisation_id))
    return render_template("applications/own_list.html", page=page)


@bp.route("/calls/<int:call_id>/apply", methods=["GET", "POST"])
@guarded(Can.APPLICATION_CREATE, load=subsidies.call, reads=Can.CALL_READ)
def start(call: "Call") -> ResponseReturnValue:
    """Say who applies; a draft that is there already is opened again."""
    session = db_session()
    groups = {str(group.id): group for group in queries.groups_led(session, current_user.organisation_id)}
    applicants = _applicants(call, groups)
    form = ApplicantForm(applicants)
    if request.method != "POST" and applicants:
        form.applicant.data = applicants[0][0]
    if request.method == "POST" and "applicant" not in request.form and len(applicants) == 1:
        # The button on the page of a fair names nobody, and here there is nothing to choose.
        return _begin(call, groups.get(applicants[0][0]))
    if form.validate_on_submit():
        return _begin(call, groups.get(form.applicant.data))
    known = queries.applications_to_call(session, call, current_user.organisation_id)
    size = call.scheme_version.document.group
    # Whoever comes from that button has not left anything out.
    status = 422 if form.errors and "applicant" in request.form else 200
    return render_template("applications/apply.html", call=call, form=form, known=known, size=size), status


def _begin(call: "Call", group: "ProducerGroup | None") -> ResponseReturnValue:
    with unit_of_work(db_session()) as session:
        application = service.start(session, call, group, by=current_user, now=utcnow())
    return redirect(url_for(".show", application_id=application.id))


def _applicants(call: "Call", groups: dict[str, Any]) -> list[tuple[str, str]]:
    size = call.scheme_version.document.group
    choices = [] if size.max_firms == 1 else [(key, group.name) for key, group in groups.items()]
    if size.min_firms == 1:
        choices.append((ALONE, _("%(firm)s alone", firm=current_user.organisation.name)))
    return choices


@bp.get("/applications/<int:application_id>")
@guarded(Can.APPLICATION_READ, load=queries.application)
def show(application: "Application") -> ResponseReturnValue:
    """The task list of a draft, or what has become of what was sent, with the support worked out."""
    return render_template(
        "applications/show.html",
        application=application,
        fair=application.call.fair,
        statuses=service.task_statuses(application),
        quote=shown_quote(application),
        may_be_sent=service.may_be_sent(application, utcnow()),
        exhibitor=queries.exhibitor_of_application(db_session(), application.id),
        is_draft=application.state == ApplicationState.DRAFT,
        place=queries.selection_place(db_session(), application.id),
        own_part=next((each for each in application.members if each.firm_id == current_user.organisation_id), None),
    )


def shown_quote(application: "Application") -> ShownQuote | None:
    """The quote as it was sent or decided; for a draft as it would be today."""
    if application.state == ApplicationState.DRAFT or application.quote is None:
        quote = queries.current_quote(db_session(), application, now=utcnow())
    else:
        quote = Quote.from_dict(application.quote)
    return None if quote is None else with_names(application, quote)


def with_names(application: "Application", quote: Quote) -> ShownQuote:
    """`quote` with the names of the application's firms and costs."""
    firms = {str(member.firm_id): member.firm.name for member in application.members}
    lines = {str(line.id): line.description or cost_class_name(line.cost_class) for line in application.lines}
    return show_quote(quote, firms, lines)


def _save(form: VersionedForm, application: "Application", save: Any, *values: Any) -> ResponseReturnValue | None:
    """Save one page; None when the service finds something wrong with it, which then stands on the form."""
    try:
        with unit_of_work(db_session()) as session:
            save(session, application, *values, version=form.version.data or 0, by=current_user, now=utcnow())
    except Invalid as error:
        show_on_form(form, error)
        return None
    flash(_("Saved."), "success")
    return redirect(url_for(".show", application_id=application.id))


def _page(name: str, application: "Application", form: Any) -> ResponseReturnValue:
    page = render_template(f"applications/{name}.html", application=application, fair=application.call.fair, form=form)
    return page, 422 if form.errors else 200


@bp.route("/applications/<int:application_id>/members", methods=["GET", "POST"])
@guarded(Can.APPLICATION_EDIT, load=queries.application, reads=Can.APPLICATION_READ)
def members(application: "Application") -> ResponseReturnValue:
    """Which firms take part, and how they share common costs."""
    _check_draft(application)
    form = _members_form(application)
    if "equal" in request.form:
        for (_firm_id, row), share in zip(form.rows, equal_shares(len(form.rows) or 1), strict=False):
            row.share.raw_data, row.share.data = None, share
        return _page("members", application, form)
    if form.validate_on_submit() and (done := _save(form, application, service.save_members, form.shares())):
        return done
    return _page("members", application, form)


def _members_form(application: "Application") -> MembersForm:
    shares = {member.firm_id: member.share_bp for member in application.members}
    names = {member.firm_id: member.firm.name for member in application.members}
    if application.group is not None:
        names = {member.firm_id: member.firm.name for member in application.group.active_members}
    rows = [{"firm_id": str(key), "takes_part": key in shares, "share": shares.get(key, 0)} for key in names]
    return MembersForm(names, members=rows, version=application.version)


@bp.route("/applications/<int:application_id>/costs", methods=["GET", "POST"])
@guarded(Can.APPLICATION_EDIT, load=queries.application, reads=Can.APPLICATION_READ)
def costs(application: "Application") -> ResponseReturnValue:
    """The planned expenses; rows are added and taken away by the page itself."""
    _check_draft(application)
    form = _costs_form(application)
    if add_row_asked(form.lines, request.form):
        form.dress()
        return _page("costs", application, form)
    if "remove-row" in request.form:
        return _page("costs", application, form)
    if form.validate_on_submit():
        lines = [service.NewLine(**line) for line in form.given()]
        if done := _save(form, application, service.save_costs, lines):
            return done
    return _page("costs", application, form)


def _costs_form(application: "Application") -> CostsForm:
    sent = MultiDict(request.form) if request.method == "POST" else None
    gone = request.form.get("remove-row", "")
    if sent is not None and gone.isdigit():
        sent = without_row(sent, "lines", int(gone))
    rules = application.call.scheme_version.document
    return CostsForm(
        sent,
        currency=application.call.currency,
        cost_classes=rules.cost_classes,
        firms={member.firm_id: member.firm.name for member in application.members},
        lines=[shown_line(line) for line in application.lines],
        version=application.version,
    )


@bp.route("/applications/<int:application_id>/about", methods=["GET", "POST"])
@guarded(Can.APPLICATION_EDIT, load=queries.application, reads=Can.APPLICATION_READ)
def about(application: "Application") -> ResponseReturnValue:
    """What the group wants to reach."""
    _check_draft(application)
    asked = [each for each in application.call.scheme_version.document.facts if each.of is Subject.APPLICATION]
    shown = {"motivation": application.motivation, "version": application.version}
    form = about_form(asked, application.answers, **shown)
    if form.validate_on_submit():
        answers = given_answers(asked, form.answers.form)
        if done := _save(form, application, service.save_about, form.motivation.data, answers):
            return done
    return _page("about", application, form)


def _check_draft(application: "Application") -> None:
    if application.state != ApplicationState.DRAFT:
        raise Conflict("application_not_draft")


@bp.get("/applications/<int:application_id>/check")
@guarded(Can.APPLICATION_EDIT, load=queries.application, reads=Can.APPLICATION_READ)
def check(application: "Application") -> ResponseReturnValue:
    """Everything that was filled in, what it gives, and the button to send it."""
    _check_draft(application)
    shown = {"version": application.version, "opened": _seal().dumps([application.id, utcnow().isoformat()])}
    return _check_page(application, SubmitForm(formdata=None, data=shown))


def _seal() -> URLSafeSerializer:
    """Signs when a page was opened, so that nobody opens one before the deadline but on paper."""
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="application-opened")


def _opened_at(application: "Application", sealed: str | None) -> datetime | None:
    try:
        application_id, at = _seal().loads(sealed or "")
    except BadSignature:
        return None
    return datetime.fromisoformat(at) if application_id == application.id else None


def _check_page(application: "Application", form: SubmitForm) -> ResponseReturnValue:
    page = render_template(
        "applications/check.html",
        application=application,
        fair=application.call.fair,
        form=form,
        statuses=service.task_statuses(application),
        quote=shown_quote(application),
        may_be_sent=service.may_be_sent(application, utcnow(), opened_at=_opened_at(application, form.opened.data)),
    )
    return page, 422 if form.errors else 200


@bp.post("/applications/<int:application_id>/submit")
@guarded(Can.APPLICATION_EDIT, load=queries.application, reads=Can.APPLICATION_READ)
def submit(application: "Application") -> ResponseReturnValue:
    """Send the application."""
    form = SubmitForm()
    if not form.validate_on_submit():
        return _check_page(application, form)
    try:
        with unit_of_work(db_session()) as session:
            service.submit(
                session,
                application,
                version=form.version.data or 0,
                by=current_user,
                now=utcnow(),
                opened_at=_opened_at(application, form.opened.data),
            )
    except Invalid as error:
        show_on_form(form, error)
        return _check_page(application, form)
    flash(_("Your application is sent. A receipt goes to every firm."), "success")
    return redirect(url_for(".show", application_id=application.id))


@bp.post("/applications/<int:application_id>/withdraw")
@guarded(Can.APPLICATION_WITHDRAW, load=queries.application, reads=Can.APPLICATION_READ)
def withdraw(application: "Application") -> ResponseReturnValue:
    """Take the application back."""
    with unit_of_work(db_session()) as session:
        service.withdraw(session, application, by=current_user, now=utcnow())
    flash(_("The application is withdrawn."), "success")
    return redirect(url_for(".show", application_id=application.id))
