"""Disputes for officers, exchange rates, and addresses that get no mails."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from fairlink.followup import queries, rules, service
from fairlink.followup.forms import RateFileForm, SettleForm, TypedRateForm
from fairlink.followup.rules import NotRates
from fairlink.followup.states import OrderState, RateSource
from fairlink.followup.views.blueprint import bp
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import NotFound
from fairlink.policy import Can
from fairlink.web.access import guarded
from fairlink.web.pagination import paginate
from fairlink.web.session import db_session


def _page(query: Any, keys: Any) -> Any:
    return paginate(
        db_session(),
        query,
        keys,
        after=request.args.get("after"),
        before=request.args.get("before"),
        descending=True,
    )


@bp.get("/staff/orders")
@guarded(Can.ORDER_SETTLE_LIST)
def disputes() -> ResponseReturnValue:
    """Orders about which the two sides disagree, with both figures."""
    page = _page(queries.disputed(current_user.organisation_id), queries.ORDER_KEYS)
    return render_template("followup/disputes.html", page=page)


@bp.route("/staff/orders/<int:order_id>", methods=["GET", "POST"])
@guarded(Can.ORDER_SETTLE, load=queries.order)
def settle(order: Any) -> ResponseReturnValue:
    """Both figures side by side; an officer decides, with a reason."""
    form = SettleForm(data={"currency": order.currency})
    if order.state == OrderState.DISPUTED and form.validate_on_submit():
        with unit_of_work(db_session()) as session:
            service.settle_order(
                session, order, form.settled(), reason=form.reason.data or "", by=current_user, now=utcnow()
            )
        flash(_("The order is settled. Both sides are told."), "success")
        return redirect(url_for(".settle", order_id=order.id))
    page = render_template("followup/settle.html", order=order, lead=order.lead, form=form)
    return page, 422 if form.errors else 200


@bp.get("/staff/rates")
@guarded(Can.RATE_LIST)
def rates() -> ResponseReturnValue:
    """The exchange rates by which orders are worked out in the agency's currency."""
    return _rates_page(RateFileForm(), TypedRateForm(), 200)


def _rates_page(file_form: RateFileForm, typed_form: TypedRateForm, status: int) -> ResponseReturnValue:
    page = _page(queries.rates_of(current_user.organisation_id), queries.RATE_KEYS)
    waiting = queries.waiting_for_rates(db_session(), current_user.organisation_id)
    shown = {"page": page, "waiting": waiting, "file_form": file_form, "typed_form": typed_form}
    return render_template("followup/rates.html", **shown), status


@bp.post("/staff/rates/file")
@guarded(Can.RATE_EDIT)
def rate_file() -> ResponseReturnValue:
    """Take in a file of the European Central Bank."""
    form = RateFileForm()
    if form.validate_on_submit():
        try:
            quoted = rules.read_ecb(request.files["file"].read())
        except NotRates:
            form.file.errors = [_("This is not a file of exchange rates of the European Central Bank.")]
        else:
            return _take(quoted, RateSource.ECB)
    return _rates_page(form, TypedRateForm(formdata=None), 422)


@bp.post("/staff/rates/typed")
@guarded(Can.RATE_EDIT)
def typed_rate() -> ResponseReturnValue:
    """Take one rate that was typed."""
    form = TypedRateForm()
    if form.validate_on_submit():
        quoted = rules.QuotedRate(form.rated_on.data, form.currency.data, form.per_euro.data)
        return _take([quoted], RateSource.TYPED)
    return _rates_page(RateFileForm(formdata=None), form, 422)


def _take(quoted: list[rules.QuotedRate], source: RateSource) -> ResponseReturnValue:
    with unit_of_work(db_session()) as session:
        number = service.take_rates(
            session, quoted, source=source, agency_id=current_user.organisation_id, by=current_user, now=utcnow()
        )
        # At once what a page can wait for; a job does the rest.
        service.convert_missing(session)
    flash(_("%(number)s rates are recorded.", number=number), "success")
    return redirect(url_for(".rates"), 303)


@bp.get("/staff/mail/suppressed")
@guarded(Can.SUPPRESSION_LIST)
def suppressed() -> ResponseReturnValue:
    """Addresses that get no mails of the follow-up, and why."""
    page = _page(queries.suppressed_of(current_user.organisation_id), queries.SUPPRESSION_KEYS)
    return render_template("followup/suppressed.html", page=page)


@bp.post("/staff/mail/suppressed/<int:suppression_id>/lift")
@guarded(Can.SUPPRESSION_LIFT)
def lift(suppression_id: int) -> ResponseReturnValue:
    """Let an address get mails again."""
    with unit_of_work(db_session()) as session:
        found = queries.suppression(session, suppression_id, current_user.organisation_id)
        if found is None:
            raise NotFound("not_found")
        service.lift_suppression(session, found, by=current_user, now=utcnow())
    flash(_("The address gets mails again."), "success")
    return redirect(url_for(".suppressed"), 303)
