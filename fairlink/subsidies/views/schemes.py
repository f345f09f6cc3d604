"""The schemes of an agency: their pages, the editor section by section, documents in and out, renewals."""

import json
from typing import TYPE_CHECKING, Any

from babel.numbers import get_territory_currencies
from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Invalid
from fairlink.policy import Can
from fairlink.subsidies import queries, service
from fairlink.subsidies.forms import (
    SECTIONS,
    ImportForm,
    RenewalForm,
    SchemeForm,
    SectionForm,
    Surroundings,
    dress,
    is_filled_in,
    lists_of,
    section_form,
    show_problems,
)
from fairlink.subsidies.rules import Problem, Rules, RulesError, fingerprint, problem_text, read_rules, rules_to_dict
from fairlink.subsidies.rules.worked import examples, scheme_part
from fairlink.subsidies.views.blueprint import bp
from fairlink.subsidies.views.sentences import changes_in_words
from fairlink.web.access import guarded
from fairlink.web.controls import add_row_asked, removal_asked, without_removed_row
from fairlink.web.errors import show_on_form
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.subsidies.models import Scheme

bp.add_app_template_test(is_filled_in, "filled_in")


@bp.get("/staff/schemes")
@guarded(Can.SCHEME_LIST)
def schemes() -> ResponseReturnValue:
    """The schemes of the viewer's agency. It has a handful: no pages."""
    found = queries.schemes(db_session(), current_user.organisation_id)
    return render_template("subsidies/schemes.html", schemes=found)


@bp.route("/staff/schemes/new", methods=["GET", "POST"])
@guarded(Can.SCHEME_CREATE)
def create_scheme() -> ResponseReturnValue:
    """Make a scheme, by default in the currency of the agency's country; its sections say what is special."""
    currencies = get_territory_currencies(current_user.organisation.country)
    form = SchemeForm(currency=currencies[0] if currencies else None)
    if form.validate_on_submit() and (made := _create(form, form.rules(), form.description.data or "")):
        return made
    return render_template("subsidies/scheme_form.html", form=form), 422 if form.errors else 200


def _create(form: Any, rules: Rules, description: str) -> ResponseReturnValue | None:
    try:
        with unit_of_work(db_session()) as session:
            scheme = service.create_scheme(session, rules, description, by=current_user, now=utcnow())
    except Invalid as error:
        show_on_form(form, error)
        return None
    flash(_("%(scheme)s is saved. Read its rules once more as applicants will.", scheme=scheme.name), "success")
    return redirect(url_for(".scheme", scheme_id=scheme.id))


@bp.route("/staff/schemes/import", methods=["GET", "POST"])
@guarded(Can.SCHEME_CREATE)
def import_scheme() -> ResponseReturnValue:
    """Make a scheme from a document; that of a public programme can be taken from the list."""
    form = ImportForm()
    chosen = examples().get(request.args.get("example", ""))
    if chosen is not None and not form.is_submitted():
        form.text.data = _document_text(chosen)
    problems: list[str] = []
    if form.validate_on_submit():
        rules, problems = _read(form)
        if rules and (made := _create(form, rules, "")):
            return made
    page = render_template(
        "subsidies/import.html", form=form, scheme=None, problems=problems, examples=examples().items()
    )
    return page, 422 if form.errors or problems else 200


def _read(form: ImportForm) -> tuple[Rules | None, list[str]]:
    """The rules of a document, or every reason why they cannot be used, each with its path."""
    try:
        return scheme_part(form.source()), []
    except RulesError as error:
        return None, list(map(_told, error.problems))


def _told(problem: Problem) -> str:
    return f"{problem.path}: {problem_text(problem.code, problem.params, _)}"


def _document_text(rules: Rules) -> str:
    return json.dumps(rules_to_dict(rules), indent=2, ensure_ascii=False)


@bp.get("/staff/schemes/<int:scheme_id>")
@guarded(Can.SCHEME_READ, load=queries.scheme)
def scheme(scheme: "Scheme") -> ResponseReturnValue:
    """A scheme with its rules in plain words, its versions, renewals and calls."""
    return render_template(
        "subsidies/scheme.html",
        scheme=scheme,
        sections=SECTIONS,
        renewals=queries.renewals(db_session(), scheme),
        calls=queries.scheme_calls(db_session(), scheme),
    )


@bp.route("/staff/schemes/<int:scheme_id>/edit", methods=["GET", "POST"])
@guarded(Can.SCHEME_EDIT, load=queries.scheme, reads=Can.SCHEME_READ)
def edit_scheme(scheme: "Scheme") -> ResponseReturnValue:
    """One section of a scheme's rules, the one that the address names; rows come and go by presses of the page."""
    name = request.args.get("section", next(iter(SECTIONS)))
    if name not in SECTIONS:
        abort(404)
    rules = scheme.current.document
    sent = without_removed_row(request.form) if request.method == "POST" else None
    form = section_form(name, rules, sent, seen=fingerprint(rules), description=scheme.description)
    added = [rows for rows in lists_of(form) if add_row_asked(rows, request.form)]
    dress(form, Surroundings.of(rules))
    edits_rows = added or removal_asked(request.form)
    if not edits_rows and form.validate_on_submit() and (done := _save_section(scheme, rules, form)):
        return done
    page = render_template("subsidies/section.html", form=form, scheme=scheme, name=name, sections=SECTIONS)
    return page, 422 if form.errors else 200


def _save_section(scheme: "Scheme", rules: Rules, form: SectionForm) -> ResponseReturnValue | None:
    document = form.document(rules)
    if form.errors:
        return None
    try:
        changed = read_rules(document)
        description = form["description"].data or "" if "description" in form else scheme.description
        with unit_of_work(db_session()) as session:
            service.edit_scheme(
                session, scheme, changed, description, seen=form.seen.data or "", by=current_user, now=utcnow()
            )
    except RulesError as error:
        show_problems(form, error.problems)
        return None
    except Invalid as error:
        show_on_form(form, error)
        return None
    flash(_("Your changes are saved."), "success")
    return redirect(url_for(".scheme", scheme_id=scheme.id))


@bp.route("/staff/schemes/<int:scheme_id>/import", methods=["GET", "POST"])
@guarded(Can.SCHEME_EDIT, load=queries.scheme, reads=Can.SCHEME_READ)
def replace_rules(scheme: "Scheme") -> ResponseReturnValue:
    """Give a scheme the rules of a document."""
    form, problems = ImportForm(), list[str]()
    if form.validate_on_submit():
        rules, problems = _read(form)
        if rules is not None:
            seen = fingerprint(scheme.current.document)
            try:
                with unit_of_work(db_session()) as session:
                    service.edit_scheme(
                        session, scheme, rules, scheme.description, seen=seen, by=current_user, now=utcnow()
                    )
            except Invalid as error:
                show_on_form(form, error)
            else:
                flash(_("The rules are read in. Read them once more as applicants will."), "success")
                return redirect(url_for(".scheme", scheme_id=scheme.id))
    page = render_template("subsidies/import.html", form=form, scheme=scheme, problems=problems, examples=())
    return page, 422 if form.errors or problems else 200


@bp.get("/staff/schemes/<int:scheme_id>/export")
@guarded(Can.SCHEME_READ, load=queries.scheme)
def export_rules(scheme: "Scheme") -> ResponseReturnValue:
    """The rules of a version, by default the newest, as a file that can be read in again."""
    version = _version(scheme, "version", scheme.current.number)
    response = make_response(_document_text(version.document) + "\n")
    response.headers["Content-Type"] = "application/json; charset=utf-8"
    name = f"scheme-{scheme.id}-version-{version.number}.json"
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response


@bp.get("/staff/schemes/<int:scheme_id>/changes")
@guarded(Can.SCHEME_READ, load=queries.scheme)
def changes(scheme: "Scheme") -> ResponseReturnValue:
    """What differs between two versions, by default the newest and the one before, in plain words."""
    new = _version(scheme, "new", scheme.current.number)
    old = _version(scheme, "old", max(1, new.number - 1))
    return render_template(
        "subsidies/changes.html",
        scheme=scheme,
        old=old,
        new=new,
        changes=changes_in_words(old.document, new.document),
    )


def _version(scheme: "Scheme", argument: str, default: int) -> Any:
    number = request.args.get(argument, default, type=int)
    found = next((each for each in scheme.versions if each.number == number), None)
    return found or abort(404)


@bp.route("/staff/schemes/<int:scheme_id>/renew", methods=["GET", "POST"])
@guarded(Can.SCHEME_EDIT, load=queries.scheme, reads=Can.SCHEME_READ)
def renew(scheme: "Scheme") -> ResponseReturnValue:
    """Give a scheme more time, with the reason on record."""
    form = RenewalForm()
    if form.validate_on_submit():
        try:
            with unit_of_work(db_session()) as session:
                service.renew_scheme(
                    session, scheme, form.until_on.data, form.reason.data, by=current_user, now=utcnow()
                )
        except Invalid as error:
            show_on_form(form, error)
        else:
            flash(_("The scheme is renewed."), "success")
            return redirect(url_for(".scheme", scheme_id=scheme.id))
    return render_template("subsidies/renew.html", form=form, scheme=scheme), 422 if form.errors else 200
