"""Payments for the agency's staff: what is open, overdue and paid; transfers and refunds."""

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from fairlink.accounts import queries as accounts
from fairlink.kernel.clock import local_date, utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Invalid
from fairlink.payments import queries, service
from fairlink.payments.forms import BankAccountForm, ReductionForm, RefundForm, TransferForm
from fairlink.payments.views.blueprint import bp, wanted_charges
from fairlink.policy import Can
from fairlink.web.access import guarded
from fairlink.web.errors import show_on_form
from fairlink.web.pagination import paginate
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.accounts.models import Organisation
    from fairlink.payments.models import Charge, Payment, Refund


@bp.get("/staff/payments")
@guarded(Can.CHARGE_LIST)
def staff_list() -> ResponseReturnValue:
    """What firms owe to the agency, soonest due first."""
    session, agency_id, today = db_session(), current_user.organisation_id, utcnow().date()
    wanted = wanted_charges()
    page = paginate(
        session,
        queries.charges_of_agency(agency_id, wanted, today),
        queries.DUE_KEYS,
        after=request.args.get("after"),
        before=request.args.get("before"),
    )
    counts = queries.totals_of_agency(session, agency_id, today)
    return render_template(
        "payments/staff_list.html",
        page=page,
        counts=counts,
        chosen=wanted,
        account=queries.bank_account(session, agency_id),
        disputes=queries.open_disputes(session, agency_id),
    )


@bp.get("/staff/payments/<int:charge_id>")
@guarded(Can.CHARGE_REVIEW, load=queries.charge)
def review(charge: "Charge") -> ResponseReturnValue:
    """One charge: its ledger, its payments and its refunds."""
    session = db_session()
    return render_template(
        "payments/review.html",
        charge=charge,
        payments=queries.payments_of_charge(session, charge.id),
        refunds=queries.refunds_of_charge(session, charge.id),
        invoices=queries.invoices_of_charge(session, charge.id),
        disputes=queries.disputes_of_charge(session, charge.id),
    )


@bp.route("/staff/payments/<int:charge_id>/transfer", methods=["GET", "POST"])
@guarded(Can.CHARGE_SETTLE, load=queries.charge, reads=Can.CHARGE_REVIEW)
def record_transfer(charge: "Charge") -> ResponseReturnValue:
    """Note money that came in on the agency's account."""
    today = local_date(utcnow(), current_user.zone)
    form = TransferForm(
        currency=charge.currency, today=today, data={"amount": charge.left or None, "received_on": today}
    )
    if not form.validate_on_submit():
        return _form_page("payments/transfer.html", form, charge)
    try:
        with unit_of_work(db_session()) as session:
            service.record_transfer(
                session,
                charge,
                form.amount.data,
                form.received_on.data,
                service.Sender(form.holder.data or "", form.number.data or ""),
                key=form.once,
                by=current_user,
                now=utcnow(),
            )
    except Invalid as error:
        show_on_form(form, error)
        return _form_page("payments/transfer.html", form, charge)
    flash(_("The transfer is recorded and the firm has its receipt."), "success")
    return redirect(url_for(".review", charge_id=charge.id), 303)


@bp.route("/staff/payments/<int:charge_id>/refund", methods=["GET", "POST"])
@guarded(Can.CHARGE_SETTLE, load=queries.charge, reads=Can.CHARGE_REVIEW)
def refund(charge: "Charge") -> ResponseReturnValue:
    """Give money back, all of it or a part."""
    form = RefundForm(currency=charge.currency, data={"amount": charge.excess or None})
    if not form.validate_on_submit():
        return _form_page("payments/refund.html", form, charge)
    try:
        with unit_of_work(db_session()) as session:
            service.request(
                session,
                charge,
                form.amount.data.minor,
                form.reason.data,
                key=form.once,
                by=current_user,
                now=utcnow(),
            )
    except Invalid as error:
        show_on_form(form, error)
        return _form_page("payments/refund.html", form, charge)
    flash(_("The refund is recorded. Money paid by card goes back by itself; transfers are for your bank."), "success")
    return redirect(url_for(".review", charge_id=charge.id), 303)


@bp.route("/staff/payments/<int:charge_id>/reduce", methods=["GET", "POST"])
@guarded(Can.CHARGE_SETTLE, load=queries.charge, reads=Can.CHARGE_REVIEW)
def reduce(charge: "Charge") -> ResponseReturnValue:
    """Let less be owed, or nothing: the firm gets a credit note."""
    form = ReductionForm(currency=charge.currency, data={"amount": charge.owed or None})
    if not form.validate_on_submit():
        return _form_page("payments/reduce.html", form, charge)
    try:
        with unit_of_work(db_session()) as session:
            service.reduce(session, charge, form.amount.data, form.reason.data, by=current_user, now=utcnow())
    except Invalid as error:
        show_on_form(form, error)
        return _form_page("payments/reduce.html", form, charge)
    flash(_("The charge is reduced and the firm has its credit note."), "success")
    return redirect(url_for(".review", charge_id=charge.id), 303)


@bp.post("/staff/payments/made/<int:payment_id>/keep")
@guarded(Can.CHARGE_SETTLE, load=queries.payment, reads=Can.CHARGE_REVIEW)
def keep_deposit(payment: "Payment") -> ResponseReturnValue:
    """Take a deposit that is put by on a card."""
    charge_id = payment.parts[0].charge_id
    service.keep_deposit(db_session(), payment, by=current_user, now=utcnow())
    flash(_("The deposit is kept and the firm has its receipt."), "success")
    return redirect(url_for(".review", charge_id=charge_id), 303)


@bp.post("/staff/refunds/<int:refund_id>/sent")
@guarded(Can.CHARGE_SETTLE, load=queries.refund, reads=Can.CHARGE_REVIEW)
def refund_sent(refund: "Refund") -> ResponseReturnValue:
    """Note that the agency's bank has sent a refund."""
    with unit_of_work(db_session()) as session:
        service.mark_sent(session, refund, by=current_user, now=utcnow())
    flash(_("The refund is recorded as sent."), "success")
    return redirect(url_for(".review", charge_id=refund.parts[0].charge_id), 303)


@bp.route("/staff/payments/account", methods=["GET", "POST"])
@guarded(Can.BANK_ACCOUNT_EDIT, load=accounts.organisation)
def edit_bank_account(agency: "Organisation") -> ResponseReturnValue:
    """Where firms transfer money to."""
    form = BankAccountForm(obj=queries.bank_account(db_session(), agency.id))
    if not form.validate_on_submit():
        return _form_page("payments/bank_account.html", form, None)
    with unit_of_work(db_session()) as session:
        service.save_bank_account(
            session,
            agency.id,
            holder=form.holder.data,
            number=form.number.data,
            bank=form.bank.data or "",
            bic=form.bic.data or "",
            by=current_user,
            now=utcnow(),
        )
    flash(_("Saved. Firms now see this account."), "success")
    return redirect(url_for(".staff_list"), 303)


def _form_page(template: str, form: Any, charge: "Charge | None") -> ResponseReturnValue:
    return render_template(template, form=form, charge=charge), 422 if form.errors else 200
