"""Every firm's own part of an application, and the quotes for its costs."""

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from fairlink.applications import queries, service
from fairlink.applications.forms.answers import given_answers
from fairlink.applications.forms.applying import without_row
from fairlink.applications.forms.parts import QuotesForm, part_form
from fairlink.applications.states import ApplicationState
from fairlink.applications.views.blueprint import bp
from fairlink.files.views import download
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Conflict, Invalid
from fairlink.kernel.money import Money
from fairlink.policy import Can
from fairlink.subsidies.forms import cost_class_name
from fairlink.subsidies.rules.document import DeclaredFact
from fairlink.subsidies.rules.terms import Subject
from fairlink.web.access import guarded
from fairlink.web.controls import add_row_asked
from fairlink.web.errors import show_on_form
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.applications.models import Application, CostFile, CostLine


def _check_draft(application: "Application") -> None:
    if application.state != ApplicationState.DRAFT:
        raise Conflict("application_not_draft")


def line_title(line: "CostLine") -> str:
    """What a cost is called where it stands alone."""
    kind = cost_class_name(line.cost_class)
    return f"{kind}: {line.description}" if line.description else str(kind)


@bp.route("/applications/<int:application_id>/part", methods=["GET", "POST"])
@guarded(Can.APPLICATION_CONFIRM, load=queries.application, reads=Can.APPLICATION_READ)
def part(application: "Application") -> ResponseReturnValue:
    """The viewer's firm agrees to its share and costs, and declares what the scheme asks."""
    _check_draft(application)
    form = _part_form(application)
    if form.ceilings and add_row_asked(form.aid, request.form):
        form.dress()
    elif "remove-row" not in request.form and form.validate_on_submit():
        with unit_of_work(db_session()) as session:
            service.confirm_part(
                session,
                application,
                answers=given_answers(_asked(application), form.answers.form),
                aid=_given_aid(form),
                lines=_given_lines(form),
                version=form.version.data or 0,
                by=current_user,
                now=utcnow(),
            )
        flash(_("Your part is confirmed."), "success")
        return redirect(url_for(".show", application_id=application.id))
    return _part_page(application, form)


def _part_page(application: "Application", form: Any) -> ResponseReturnValue:
    own = service.member_of(application, current_user.organisation_id)
    page = render_template(
        "applications/part.html",
        application=application,
        fair=application.call.fair,
        form=form,
        own=own,
        lines={line.id: line for line in service.lines_to_declare(application, own.firm_id)},
        years=queries.years_on_record(db_session(), own.firm_id),
    )
    return page, 422 if form.errors else 200


def _asked(application: "Application") -> list[DeclaredFact]:
    return [each for each in application.call.scheme_version.document.facts if each.of is Subject.FIRM]


def _part_form(application: "Application") -> Any:
    own = service.member_of(application, current_user.organisation_id)
    currency, ceilings = application.call.currency, application.call.scheme_version.document.aid_ceilings
    sent = MultiDict(request.form) if request.method == "POST" else None
    gone = request.form.get("remove-row", "")
    if sent is not None and gone.isdigit():
        sent = without_row(sent, "aid", int(gone))
    aid = [
        {
            "regime": each.regime,
            "granted_on": each.granted_on,
            "amount": Money(each.amount_minor, each.currency),
            "giver": each.giver,
        }
        for each in own.declared_aid
        if ceilings
    ]
    lines = [
        {
            "line_id": str(line.id),
            "committed_on": line.committed_on,
            "other_public": Money(line.other_public_minor, currency) if line.other_public_minor else None,
        }
        for line in service.lines_to_declare(application, own.firm_id)
    ]
    return part_form(
        sent,
        _asked(application),
        own.answers,
        currency=currency,
        ceilings=ceilings,
        aid=aid,
        lines=lines,
        version=application.version,
    )


def _given_aid(form: Any) -> list[service.NewAid]:
    rows = [entry.form for entry in form.aid if not entry.form.is_blank]
    return [
        service.NewAid(
            row.regime.data, row.granted_on.data, row.amount.data.minor, row.amount.data.currency, row.giver.data
        )
        for row in rows
    ]


def _given_lines(form: Any) -> dict[int, service.LineDeclaration]:
    rows = [entry.form for entry in form.lines if (entry.form.line_id.data or "").isdigit()]
    return {
        int(row.line_id.data): service.LineDeclaration(
            row.committed_on.data, row.other_public.data.minor if row.other_public.data else 0
        )
        for row in rows
    }


@bp.get("/applications/<int:application_id>/parts")
@guarded(Can.APPLICATION_EDIT, load=queries.application, reads=Can.APPLICATION_READ)
def parts(application: "Application") -> ResponseReturnValue:
    """Which firms have confirmed their parts."""
    _check_draft(application)
    return render_template("applications/firm_parts.html", application=application, fair=application.call.fair)


@bp.post("/applications/<int:application_id>/parts/ask")
@guarded(Can.APPLICATION_EDIT, load=queries.application, reads=Can.APPLICATION_READ)
def ask_for_parts(application: "Application") -> ResponseReturnValue:
    """Ask those that have not, by mail."""
    with unit_of_work(db_session()) as session:
        asked = service.ask_for_parts(session, application, by=current_user, now=utcnow())
    flash(ngettext("%(num)s firm is asked by mail.", "%(num)s firms are asked by mail.", asked), "success")
    return redirect(url_for(".parts", application_id=application.id))


@bp.route("/applications/<int:application_id>/quotes", methods=["GET", "POST"])
@guarded(Can.APPLICATION_EDIT, load=queries.application, reads=Can.APPLICATION_READ)
def quotes(application: "Application") -> ResponseReturnValue:
    """Files that show what the costs will be."""
    _check_draft(application)
    form = QuotesForm([(line.id, line_title(line)) for line in application.lines])
    if form.validate_on_submit():
        try:
            with unit_of_work(db_session()) as session:
                service.add_files(
                    session, application, int(form.line.data), form.quotes.data, by=current_user, now=utcnow()
                )
            flash(_("The files are saved."), "success")
            return redirect(url_for(".quotes", application_id=application.id))
        except Invalid as error:
            show_on_form(form, error)
    page = render_template(
        "applications/quotes.html",
        application=application,
        fair=application.call.fair,
        form=form,
        line_title=line_title,
    )
    return page, 422 if form.errors else 200


@bp.get("/cost-files/<int:cost_file_id>")
@guarded(Can.COST_FILE_READ, load=queries.cost_file)
def cost_file(cost_file: "CostFile") -> ResponseReturnValue:
    """A quote, to be saved."""
    return download(cost_file.file)


@bp.post("/cost-files/<int:cost_file_id>/remove")
@guarded(Can.COST_FILE_EDIT, load=queries.cost_file, reads=Can.COST_FILE_READ)
def remove_cost_file(cost_file: "CostFile") -> ResponseReturnValue:
    """Take a quote away again."""
    application_id = cost_file.line.application_id
    with unit_of_work(db_session()) as session:
        service.remove_file(session, cost_file, by=current_user, now=utcnow())
    flash(_("The file is removed."), "success")
    return redirect(url_for(".quotes", application_id=application_id))
