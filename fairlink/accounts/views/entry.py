"""Signing up, confirming the address, signing in and out, and new passwords by mail."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from fairlink.accounts import queries, service
from fairlink.accounts.forms import ConfirmForm, ForgottenForm, ResetForm, SignInForm, SignUpForm
from fairlink.accounts.rules import own_path
from fairlink.accounts.states import TokenPurpose
from fairlink.accounts.views.blueprint import bp
from fairlink.accounts.views.browser import enter, leave, remember_sign_up, sign_up_secret
from fairlink.accounts.views.secret import secret_page
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Invalid
from fairlink.policy import Can
from fairlink.web.access import guarded
from fairlink.web.errors import show_on_form
from fairlink.web.i18n import language
from fairlink.web.limits import by_email_field, limiter
from fairlink.web.session import db_session

# A class of producers may sign up behind one address within the hour; one receiver needs few mails.
SIGN_UP_LIMIT = "60 per hour"
SIGN_IN_LIMIT = "100 per 10 minutes"
PASSWORD_TRIES = "10 per 10 minutes"  # noqa: S105 a limit, not a secret
MAILS_TO_ONE = "5 per hour"


@bp.route("/sign-up", methods=["GET", "POST"])
@limiter.limit(SIGN_UP_LIMIT, methods=["POST"])
@limiter.limit(MAILS_TO_ONE, key_func=by_email_field, methods=["POST"])
@guarded(Can.PUBLIC_READ)
def sign_up() -> ResponseReturnValue:
    """Open an account; says the same whether the address is known or not."""
    if current_user.is_authenticated:
        return redirect(url_for("pages.home"))
    form = SignUpForm(locale=language(), kind=request.args.get("kind", "firm"))
    if request.method != "POST":
        return render_template("accounts/sign_up.html", form=form)
    if not form.validate_on_submit():
        return render_template("accounts/sign_up.html", form=form), 422
    try:
        with unit_of_work(db_session()) as session:
            service.sign_up(session, **form.values(), browser=remember_sign_up(), now=utcnow())
    except Invalid as error:
        show_on_form(form, error)
        return render_template("accounts/sign_up.html", form=form), 422
    return redirect(url_for(".sign_up_sent"))


@bp.get("/sign-up/sent")
@guarded(Can.PUBLIC_READ)
def sign_up_sent() -> ResponseReturnValue:
    """Look at your mail."""
    return render_template("accounts/sign_up_sent.html")


@bp.route("/confirm/<token>", methods=["GET", "POST"])
@limiter.limit(PASSWORD_TRIES, methods=["POST"])
@guarded(Can.PUBLIC_READ)
def confirm(token: str) -> ResponseReturnValue:
    """A mailed link: shows a button, for mail scanners open links; its press confirms the address and signs in."""
    found = queries.email_token(db_session(), TokenPurpose.CONFIRM_EMAIL, token, now=utcnow())
    if found is None:
        return secret_page("accounts/confirm_dead.html", status=404)
    form = ConfirmForm()
    asks_password = not found.is_from(sign_up_secret())
    page: dict[str, Any] = {"form": form, "email": found.user.email, "asks_password": asks_password}
    if request.method != "POST":
        return secret_page("accounts/confirm.html", **page)
    if not form.validate_on_submit():
        return secret_page("accounts/confirm.html", status=422, **page)
    now = utcnow()
    try:
        with unit_of_work(db_session()) as session:
            browser, password = sign_up_secret(), form.password.data
            user = service.confirm_email(session, found, browser=browser, password=password, now=now)
            enter(session, user, now=now)
    except Invalid as error:
        show_on_form(form, error)
        return secret_page("accounts/confirm.html", status=422, **page)
    flash(_("Your address is confirmed."), "success")
    return redirect(url_for("pages.home"))


@bp.route("/sign-in", methods=["GET", "POST"])
@limiter.limit(SIGN_IN_LIMIT, methods=["POST"])
@limiter.limit(PASSWORD_TRIES, key_func=by_email_field, methods=["POST"])
@guarded(Can.PUBLIC_READ)
def sign_in() -> ResponseReturnValue:
    """Sign in, then go on to the page that was asked for, if it is one of ours."""
    target = own_path(request.args.get("next")) or url_for("pages.home")
    if current_user.is_authenticated and request.method != "POST":
        return redirect(target)
    form = SignInForm()
    if request.method != "POST":
        return render_template("accounts/sign_in.html", form=form)
    if not form.validate_on_submit():
        return render_template("accounts/sign_in.html", form=form), 422
    now = utcnow()
    try:
        with unit_of_work(db_session()) as session:
            email, password = form.email.data, form.password.data or ""
            user = service.authenticate(session, email=email, password=password, now=now)
            enter(session, user, now=now)
    except Invalid as error:
        show_on_form(form, error)
        return render_template("accounts/sign_in.html", form=form), 422
    return redirect(target)


@bp.post("/sign-out")
@guarded(Can.ACCOUNT_MANAGE)
def sign_out() -> ResponseReturnValue:
    """End the session here, and with it every copy of its cookie."""
    with unit_of_work(db_session()) as session:
        leave(session, now=utcnow())
    flash(_("You are signed out."), "info")
    return redirect(url_for(".sign_in"))


@bp.route("/forgotten", methods=["GET", "POST"])
@limiter.limit(SIGN_UP_LIMIT, methods=["POST"])
@limiter.limit(MAILS_TO_ONE, key_func=by_email_field, methods=["POST"])
@guarded(Can.PUBLIC_READ)
def forgotten() -> ResponseReturnValue:
    """Ask for a new password by mail; says the same whether the address is known or not."""
    form = ForgottenForm()
    if request.method != "POST":
        return render_template("accounts/forgotten.html", form=form)
    if not form.validate_on_submit():
        return render_template("accounts/forgotten.html", form=form), 422
    with unit_of_work(db_session()) as session:
        service.request_reset(session, email=form.email.data, locale=language())
    return redirect(url_for(".forgotten_sent"))


@bp.get("/forgotten/sent")
@guarded(Can.PUBLIC_READ)
def forgotten_sent() -> ResponseReturnValue:
    """Look at your mail."""
    return render_template("accounts/forgotten_sent.html")


@bp.route("/reset/<token>", methods=["GET", "POST"])
@limiter.limit(PASSWORD_TRIES, methods=["POST"])
@guarded(Can.PUBLIC_READ)
def reset(token: str) -> ResponseReturnValue:
    """A mailed link: choose a new password, and sign in with it."""
    found = queries.email_token(db_session(), TokenPurpose.RESET_PASSWORD, token, now=utcnow())
    if found is None:
        return secret_page("accounts/reset_dead.html", status=404)
    form = ResetForm()
    page: dict[str, Any] = {"form": form, "email": found.user.email}
    if request.method != "POST":
        return secret_page("accounts/reset.html", **page)
    if not form.validate_on_submit():
        return secret_page("accounts/reset.html", status=422, **page)
    try:
        with unit_of_work(db_session()) as session:
            service.reset_password(session, found, password=form.password.data or "", now=utcnow())
            leave(session, now=utcnow())
    except Invalid as error:
        show_on_form(form, error)
        return secret_page("accounts/reset.html", status=422, **page)
    flash(_("Your new password is saved. Sign in with it."), "success")
    return redirect(url_for(".sign_in"))
