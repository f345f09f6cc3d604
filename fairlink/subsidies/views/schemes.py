"""The schemes of an agency."""

from typing import TYPE_CHECKING

from babel.numbers import get_territory_currencies
from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Conflict, Invalid
from fairlink.policy import Can
from fairlink.subsidies import queries, service
from fairlink.subsidies.forms import SchemeForm, scheme_terms
from fairlink.subsidies.views.blueprint import bp
from fairlink.web.access import guarded
from fairlink.web.errors import show_on_form
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.subsidies.models import Scheme


@bp.get("/staff/schemes")
@guarded(Can.SCHEME_LIST)
def schemes() -> ResponseReturnValue:
    """The schemes of the viewer's agency. It has a handful: no pages."""
    found = queries.schemes(db_session(), current_user.organisation_id)
    return render_template("subsidies/schemes.html", schemes=found)


@bp.route("/staff/schemes/new", methods=["GET", "POST"])
@guarded(Can.SCHEME_CREATE)
def create_scheme() -> ResponseReturnValue:
    """Make a scheme, by default in the currency of the agency's country."""
    currencies = get_territory_currencies(current_user.organisation.country)
    form = SchemeForm(currency=currencies[0] if currencies else None)
    if form.validate_on_submit():
        try:
            with unit_of_work(db_session()) as session:
                scheme = service.create_scheme(
                    session, form.rules(), form.description.data, by=current_user, now=utcnow()
                )
        except Invalid as error:
            show_on_form(form, error)
        else:
            flash(_("%(scheme)s is saved. Read its rules once more as applicants will.", scheme=scheme.name), "success")
            return redirect(url_for(".scheme", scheme_id=scheme.id))
    return render_template("subsidies/scheme_form.html", form=form, scheme=None), 422 if form.errors else 200


@bp.get("/staff/schemes/<int:scheme_id>")
@guarded(Can.SCHEME_READ, load=queries.scheme)
def scheme(scheme: "Scheme") -> ResponseReturnValue:
    """A scheme with its rules in plain words, its versions and its calls."""
    return render_template(
        "subsidies/scheme.html",
        scheme=scheme,
        is_simple=scheme_terms(scheme) is not None,
        calls=queries.scheme_calls(db_session(), scheme),
    )


@bp.route("/staff/schemes/<int:scheme_id>/edit", methods=["GET", "POST"])
@guarded(Can.SCHEME_EDIT, load=queries.scheme, reads=Can.SCHEME_READ)
def edit_scheme(scheme: "Scheme") -> ResponseReturnValue:
    """Change a scheme whose rules the form can show."""
    terms = scheme_terms(scheme)
    if terms is None:
        raise Conflict("scheme_not_simple")
    form = SchemeForm(**terms)
    if form.validate_on_submit():
        try:
            with unit_of_work(db_session()) as session:
                service.edit_scheme(session, scheme, form.rules(), form.description.data, by=current_user, now=utcnow())
        except Invalid as error:
            show_on_form(form, error)
        else:
            flash(_("Your changes are saved."), "success")
            return redirect(url_for(".scheme", scheme_id=scheme.id))
    return render_template("subsidies/scheme_form.html", form=form, scheme=scheme), 422 if form.errors else 200
