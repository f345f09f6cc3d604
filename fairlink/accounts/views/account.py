"""A person's own account: name, language, zone and password."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from fairlink.accounts import service
from fairlink.accounts.forms import PasswordForm, ProfileForm
from fairlink.accounts.views.blueprint import bp
from fairlink.accounts.views.browser import remember_sign_up
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Invalid
from fairlink.policy import Can
from fairlink.web.access import guarded
from fairlink.web.errors import show_on_form
from fairlink.web.limits import limiter
from fairlink.web.session import db_session


def _by_viewer() -> str:
    return f"user:{current_user.id}"


@bp.get("/account")
@guarded(Can.ACCOUNT_MANAGE)
def account() -> ResponseReturnValue:
    """Name, language and zone."""
    return render_template("accounts/account.html", form=ProfileForm(obj=current_user))


@bp.post("/account")
@guarded(Can.ACCOUNT_MANAGE)
def account_save() -> ResponseReturnValue:
    form = ProfileForm()
    if not form.validate_on_submit():
        return render_template("accounts/account.html", form=form), 422
    with unit_of_work(db_session()) as session:
        service.change_profile(session, current_user, **form.values(), now=utcnow())
    flash(_("Saved."), "success")
    return redirect(url_for(".account"))


@bp.get("/account/password")
@guarded(Can.ACCOUNT_MANAGE)
def password() -> ResponseReturnValue:
    """Choose another password."""
    return render_template("accounts/password.html", form=PasswordForm())


@bp.post("/account/password")
@limiter.limit("10 per 10 minutes", key_func=_by_viewer)
@guarded(Can.ACCOUNT_MANAGE)
def password_save() -> ResponseReturnValue:
    form = PasswordForm()
    if not form.validate_on_submit():
        return render_template("accounts/password.html", form=form), 422
    try:
        with unit_of_work(db_session()) as session:
            current, new = form.current.data or "", form.new.data or ""
            service.change_password(session, current_user, current=current, new=new, now=utcnow())
    except Invalid as error:
        show_on_form(form, error)
        return render_template("accounts/password.html", form=form), 422
    flash(_("Your password is changed. You are signed out everywhere else."), "success")
    return redirect(url_for(".account"))


@bp.post("/account/confirmation")
@limiter.limit("5 per hour", key_func=_by_viewer)
@guarded(Can.ACCOUNT_MANAGE)
def confirmation() -> ResponseReturnValue:
    """Mail the link that confirms the address again."""
    with unit_of_work(db_session()) as session:
        service.request_confirmation(session, current_user, browser=remember_sign_up(), now=utcnow())
    flash(_("We have sent the mail again."), "success")
    return redirect(url_for("pages.home"))
