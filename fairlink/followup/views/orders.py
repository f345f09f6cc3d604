"""Orders in the account: one order as both sides see it, another order of a lead, its parts in a group."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from fairlink.followup import queries, service
from fairlink.followup.forms import OrderForm, shares_form
from fairlink.followup.states import Channel
from fairlink.followup.views.blueprint import bp, viewer_side
from fairlink.followup.views.questions import judged, order_options, verdict_form
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Invalid
from fairlink.policy import Can
from fairlink.web.access import guarded
from fairlink.web.errors import show_on_form
from fairlink.web.session import db_session


@bp.route("/orders/<int:order_id>", methods=["GET", "POST"])
@guarded(Can.ORDER_READ, load=queries.order)
def order(order: Any) -> ResponseReturnValue:
    """One order as both sides see it; the side whose turn it is judges it here."""
    form = verdict_form(order)
    if form.validate_on_submit() and judged(form, order, viewer_side(), Channel.ACCOUNT):
        flash(_("Thank you. Your answer is recorded."), "success")
        return redirect(url_for(".order", order_id=order.id))
    page = render_template("followup/order.html", order=order, lead=order.lead, side=viewer_side(), form=form)
    return page, 422 if form.errors else 200


@bp.route("/leads/<int:lead_id>/orders/new", methods=["GET", "POST"])
@guarded(Can.LEAD_EDIT, load=queries.lead)
def report_order(lead: Any) -> ResponseReturnValue:
    """Tell of another order of a lead, whenever it comes."""
    form = OrderForm(data={"currency": lead.currency}, **order_options(lead))
    if not form.validate_on_submit():
        page = render_template("followup/report_order.html", form=form, lead=lead, side=viewer_side())
        return page, 422 if form.errors else 200
    with unit_of_work(db_session()) as session:
        made = service.report_order(
            session,
            lead,
            form.order(),
            side=viewer_side(),
            channel=Channel.ACCOUNT,
            by=current_user,
            now=utcnow(),
        )
    flash(_("The order is recorded. We ask the other side whether it is right."), "success")
    return redirect(url_for(".order", order_id=made.id))


@bp.route("/orders/<int:order_id>/shares", methods=["GET", "POST"])
@guarded(Can.ORDER_SHARE, load=queries.order, reads=Can.ORDER_READ)
def shares(order: Any) -> ResponseReturnValue:
    """How a group shares an order among its firms."""
    form = shares_form(order)
    if form.validate_on_submit():
        try:
            with unit_of_work(db_session()) as session:
                service.split_order(session, order, form.parts(), by=current_user, now=utcnow())
        except Invalid as error:
            show_on_form(form, error)
        else:
            flash(_("Saved."), "success")
            return redirect(url_for(".order", order_id=order.id))
    return render_template("followup/shares.html", form=form, order=order, lead=order.lead), 422 if form.errors else 200
