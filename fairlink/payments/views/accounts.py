"""The agency's account at Stripe, for its finance staff and officers."""

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from fairlink.accounts import queries as accounts
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Conflict, Invalid
from fairlink.mail.emails import link
from fairlink.payments import gateway, queries, service
from fairlink.payments.forms import ConnectedAccountForm, OwnKeysForm
from fairlink.payments.views.blueprint import bp
from fairlink.policy import Can
from fairlink.web.access import guarded
from fairlink.web.errors import show_on_form
from fairlink.web.limits import by_viewer, limiter
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.accounts.models import Organisation


@bp.get("/staff/payments/cards")
@guarded(Can.CARD_ACCOUNT_EDIT, load=accounts.organisation)
def card_account(agency: "Organisation") -> ResponseReturnValue:
    """Where card payments for the agency go."""
    return _page(agency, ConnectedAccountForm(formdata=None), OwnKeysForm(formdata=None))


@bp.post("/staff/payments/cards/connected")
@limiter.limit("20 per hour", key_func=by_viewer)
@guarded(Can.CARD_ACCOUNT_EDIT, load=accounts.organisation)
def connect_account(agency: "Organisation") -> ResponseReturnValue:
    """Use an account that is connected to the platform's."""
    if not gateway.can_connect():
        raise Conflict("card_account_not_set_up")
    form = ConnectedAccountForm()
    if form.validate_on_submit():
        try:
            service.connect_account(db_session(), agency.id, form.connected_id.data, by=current_user, now=utcnow())
        except Invalid as error:
            show_on_form(form, error)
        else:
            return _saved()
    return _page(agency, form, OwnKeysForm(formdata=None)), 422


@bp.post("/staff/payments/cards/keys")
@limiter.limit("20 per hour", key_func=by_viewer)
@guarded(Can.CARD_ACCOUNT_EDIT, load=accounts.organisation)
def save_keys(agency: "Organisation") -> ResponseReturnValue:
    """Use the agency's own keys."""
    if not gateway.vault().is_set:
        raise Conflict("card_account_not_set_up")
    form = OwnKeysForm()
    if form.validate_on_submit():
        key, webhook_secret = form.secret_key.data or "", form.webhook_secret.data or ""
        try:
            service.save_keys(db_session(), agency.id, key, webhook_secret, by=current_user, now=utcnow())
        except Invalid as error:
            show_on_form(form, error)
        else:
            return _saved()
    return _page(agency, ConnectedAccountForm(formdata=None), form), 422


@bp.post("/staff/payments/cards/test")
@limiter.limit("20 per hour", key_func=by_viewer)
@guarded(Can.CARD_ACCOUNT_EDIT, load=accounts.organisation)
def test_account(agency: "Organisation") -> ResponseReturnValue:
    """See whether Stripe lets us in."""
    account = queries.card_account(db_session(), agency.id)
    if account is None:
        flash(_("There is no account to test."), "warning")
    elif not gateway.can_reach(account):
        flash(_("The platform is not set up for this account."), "error")
    else:
        try:
            gateway.gateway(account).check()
            flash(_("Stripe lets us in."), "success")
        except gateway.CardServiceRefused:
            flash(_("Stripe does not let us in. Save the account anew."), "error")
        except gateway.CardServiceAway:
            flash(_("Stripe does not answer. Try again in a few minutes."), "error")
    return redirect(url_for(".card_account"), 303)


@bp.post("/staff/payments/cards/remove")
@guarded(Can.CARD_ACCOUNT_EDIT, load=accounts.organisation)
def remove_account(agency: "Organisation") -> ResponseReturnValue:
    """Use it for nothing new."""
    with unit_of_work(db_session()) as session:
        service.remove_account(session, agency.id, by=current_user, now=utcnow())
    flash(_("Removed. What was paid with it can still be given back."), "success")
    return redirect(url_for(".card_account"), 303)


def _saved() -> ResponseReturnValue:
    flash(_("Saved. New card payments go to this account."), "success")
    return redirect(url_for(".card_account"), 303)


def _page(agency: "Organisation", connecting: ConnectedAccountForm, keys: OwnKeysForm) -> str:
    return render_template(
        "payments/card_account.html",
        account=queries.card_account(db_session(), agency.id),
        connecting=connecting if gateway.can_connect() else None,
        keys=keys if gateway.vault().is_set else None,
        form=keys if keys.errors else connecting,
        is_shared=gateway.is_shared(),
        webhook=link(url_for(".agency_webhook", agency_id=agency.id)),
    )
