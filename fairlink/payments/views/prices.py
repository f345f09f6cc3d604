"""The price list of a fair, for officers; and extras, for firms."""

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from fairlink.applications import queries as applications
from fairlink.fairs import queries as fairs
from fairlink.kernel.clock import local_date, utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Invalid
from fairlink.payments import queries, service
from fairlink.payments.forms import ExtraForm, PriceForm, TermsForm
from fairlink.payments.views.blueprint import bp
from fairlink.policy import Can
from fairlink.web.access import guarded
from fairlink.web.errors import show_on_form
from fairlink.web.filters import write_day, write_money
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.applications.models import Application
    from fairlink.fairs.models import Fair
    from fairlink.payments.models import Price


@bp.route("/staff/fairs/<int:fair_id>/prices", methods=["GET", "POST"])
@guarded(Can.FAIR_EDIT, load=fairs.fair, reads=Can.FAIR_REVIEW)
def prices(fair: "Fair") -> ResponseReturnValue:
    """What firms owe at a fair besides their own contribution, and what they may order."""
    now = utcnow()
    form = PriceForm(today=local_date(now, fair.zone))
    if form.validate_on_submit():
        with unit_of_work(db_session()) as session:
            service.add_price(
                session,
                fair,
                kind=form.kind.data,
                name=form.name.data,
                amount=form.amount.data,
                unit=form.unit.data,
                due_on=form.due_on.data,
                by=current_user,
                now=now,
            )
        flash(_("%(name)s is on the price list.", name=form.name.data), "success")
        return redirect(url_for(".prices", fair_id=fair.id), 303)
    return _prices_page(fair, form, _terms_form(fair)), 422 if form.errors else 200


def _terms_form(fair: "Fair") -> TermsForm:
    return TermsForm(formdata=None, obj=queries.terms(db_session(), fair.id))


def _prices_page(fair: "Fair", form: PriceForm, terms: TermsForm) -> str:
    refused = terms if terms.errors else form
    prices = queries.prices_of_fair(db_session(), fair.id)
    return render_template("payments/prices.html", fair=fair, prices=prices, pricing=form, terms=terms, form=refused)


@bp.post("/staff/fairs/<int:fair_id>/payment-terms")
@guarded(Can.FAIR_EDIT, load=fairs.fair, reads=Can.FAIR_REVIEW)
def set_terms(fair: "Fair") -> ResponseReturnValue:
    """Say when stands that are not paid are released."""
    terms = TermsForm()
    if not terms.validate_on_submit():
        form = PriceForm(formdata=None, today=local_date(utcnow(), fair.zone))
        return _prices_page(fair, form, terms), 422
    with unit_of_work(db_session()) as session:
        service.set_terms(session, fair, terms.release_days.data, by=current_user, now=utcnow())
    flash(_("Saved."), "success")
    return redirect(url_for(".prices", fair_id=fair.id), 303)


@bp.post("/staff/prices/<int:price_id>/end")
@guarded(Can.FAIR_EDIT, load=queries.price, reads=Can.FAIR_REVIEW)
def end_price(price: "Price") -> ResponseReturnValue:
    """Take a line off the list."""
    with unit_of_work(db_session()) as session:
        service.end_price(session, price, by=current_user, now=utcnow())
    flash(_("%(name)s is off the price list. What was charged stays owed.", name=price.name), "success")
    return redirect(url_for(".prices", fair_id=price.fair_id), 303)


@bp.route("/payments/applications/<int:application_id>/extras", methods=["GET", "POST"])
@guarded(Can.EXTRA_ORDER, load=applications.application, reads=Can.APPLICATION_READ)
def extras(application: "Application") -> ResponseReturnValue:
    """Order what the fair's price list offers; it is charged at once."""
    offered = queries.extras_to_order(db_session(), application, current_user.organisation_id)
    form = ExtraForm(
        [(each.id, f"{each.name}: {write_money(each.amount)}, {write_day(each.due_on)}") for each in offered]
    )
    if form.validate_on_submit():
        price = next(each for each in offered if each.id == form.price.data)
        try:
            with unit_of_work(db_session()) as session:
                charge = service.order_extra(
                    session, application, price, form.count.data, by=current_user, now=utcnow()
                )
        except Invalid as error:
            show_on_form(form, error)
        else:
            flash(_("Ordered. Here is how to pay."), "success")
            return redirect(url_for(".show", charge_id=charge.id), 303)
    page = render_template("payments/extras.html", application=application, offered=offered, form=form)
    return page, 422 if form.errors else 200
