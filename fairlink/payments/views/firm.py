"""Payments for firms: what is owed, paying it, and what came of a payment."""

from typing import TYPE_CHECKING

from flask import make_response, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup

from fairlink.applications import queries as applications
from fairlink.kernel.clock import utcnow
from fairlink.payments import exports, queries, rules, service
from fairlink.payments.gateway import CardServiceAway, can_reach, card_pages, takes_cards
from fairlink.payments.states import UNSETTLED
from fairlink.payments.views.blueprint import bp, name_of
from fairlink.policy import Can
from fairlink.web.access import guarded
from fairlink.web.limits import by_viewer, limiter
from fairlink.web.pagination import paginate_newest
from fairlink.web.security import allow_form_to
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.applications.models import Application
    from fairlink.payments.models import Charge, Payment


@bp.get("/payments")
@guarded(Can.CHARGE_OWN_LIST)
def own_list() -> ResponseReturnValue:
    """What the viewer's firm owes and has paid, and the firms of the groups that it leads."""
    session, firm_id = db_session(), current_user.organisation_id
    groups = queries.groups_to_pay_for(session, firm_id)
    accounts = queries.card_accounts(session, {charges[0].agency_id for _, charges in groups})
    groups = [each for each in groups if takes_cards(accounts.get(each[1][0].agency_id))]
    page = render_template(
        "payments/own_list.html",
        page=paginate_newest(session, queries.charges_of_firm(firm_id)),
        groups=groups,
        with_extras=queries.applications_with_extras(session, firm_id),
    )
    return _may_lead_to_stripe(page, bool(groups))


@bp.get("/payments/<int:charge_id>")
@guarded(Can.CHARGE_READ, load=queries.charge)
def show(charge: "Charge") -> ResponseReturnValue:
    """One charge: what is left, how to pay it, and all that happened to it."""
    session = db_session()
    account = queries.bank_account(session, charge.agency_id)
    code = exports.epc_qr(account, charge.left, charge.reference) if account else None
    by_card = takes_cards(queries.card_account(session, charge.agency_id)) and rules.is_card_currency(charge.currency)
    page = render_template(
        "payments/show.html",
        charge=charge,
        account=account,
        qr=Markup(code) if code else "",  # noqa: S704 a drawing; what is typed is in it as black and white squares
        payments=queries.payments_of_charge(session, charge.id),
        refunds=queries.refunds_of_charge(session, charge.id),
        invoices=queries.invoices_of_charge(session, charge.id),
        by_card=by_card,
    )
    return _may_lead_to_stripe(page, by_card)


@bp.post("/payments/<int:charge_id>/card")
@limiter.limit("30 per hour", key_func=by_viewer)
@guarded(Can.CHARGE_PAY, load=queries.charge, reads=Can.CHARGE_READ)
def pay_by_card(charge: "Charge") -> ResponseReturnValue:
    """On to the card page for all that is left of one charge."""
    names = {charge.id: name_of(charge)}
    return redirect(service.pay_by_card(db_session(), names, by=current_user, now=utcnow()), 303)


@bp.post("/payments/applications/<int:application_id>/card")
@limiter.limit("30 per hour", key_func=by_viewer)
@guarded(Can.CHARGE_PAY_FOR_GROUP, load=applications.application, reads=Can.APPLICATION_READ)
def pay_for_group(application: "Application") -> ResponseReturnValue:
    """On to the card page for all that the firms of a group still owe."""
    session = db_session()
    names = {charge.id: name_of(charge) for charge in queries.unpaid_of_application(session, application.id)}
    return redirect(service.pay_by_card(session, names, by=current_user, now=utcnow()), 303)


@bp.get("/payments/made/<int:payment_id>")
@limiter.limit("120 per hour", key_func=by_viewer)
@guarded(Can.PAYMENT_READ, load=queries.payment)
def made(payment: "Payment") -> ResponseReturnValue:
    """What came of a payment; here the payer comes back from the card page.

    The one GET that may write: it asks Stripe, since the webhook may be late, and takes the answer in through the same
    function. Asking twice changes nothing.
    """
    unanswered = False
    if payment.state in UNSETTLED and can_reach(payment.card_account):
        try:
            service.ask(db_session(), payment.id, now=utcnow())
        except CardServiceAway:
            unanswered = True
    shown = queries.payment(db_session(), payment.id)
    return render_template("payments/made.html", payment=shown, unanswered=unanswered)


def _may_lead_to_stripe(page: str, by_card: bool) -> ResponseReturnValue:
    """A page with a button to the card page: the browser must be allowed to go on there."""
    return allow_form_to(make_response(page), card_pages()) if by_card else page
