"""The people of an organisation: inviting them, what they may do, and their leaving."""

from typing import TYPE_CHECKING, Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from fairlink.accounts import queries, service
from fairlink.accounts.forms import ROLE_NAMES, InviteForm, JoinForm, RolesForm
from fairlink.accounts.states import Role
from fairlink.accounts.views.blueprint import bp
from fairlink.accounts.views.browser import enter
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

if TYPE_CHECKING:
    from fairlink.accounts.models import Invitation, Membership, Organisation


def _by_viewer() -> str:
    return f"user:{current_user.id}"


@bp.context_processor
def words() -> dict[str, Any]:
    return {"role_name": lambda role: ROLE_NAMES[Role(role)]}


@bp.get("/organisation/colleagues")
@guarded(Can.ORGANISATION_READ, load=queries.organisation)
def colleagues(organisation: "Organisation") -> ResponseReturnValue:
    """Who works for the organisation, and who is invited."""
    return _colleagues_page(organisation, InviteForm(organisation.kind))


@bp.post("/organisation/colleagues")
@limiter.limit("20 per hour", key_func=_by_viewer)
@limiter.limit("5 per hour", key_func=by_email_field)
@guarded(Can.COLLEAGUE_INVITE, load=queries.organisation, reads=Can.ORGANISATION_READ)
def invite(organisation: "Organisation") -> ResponseReturnValue:
    form = InviteForm(organisation.kind)
    if not form.validate_on_submit():
        return _colleagues_page(organisation, form), 422
    try:
        with unit_of_work(db_session()) as session:
            email, roles = form.email.data, form.chosen
            service.invite_colleague(
                session, organisation, email=email, roles=roles, by=current_user, now=utcnow(), locale=language()
            )
    except Invalid as error:
        show_on_form(form, error)
        return _colleagues_page(organisation, form), 422
    flash(_("The invitation is on its way to %(email)s.", email=form.email.data), "success")
    return redirect(url_for(".colleagues"))


@bp.post("/organisation/invitations/<int:invitation_id>/revoke")
@guarded(Can.COLLEAGUE_EDIT, load=queries.invitation, reads=Can.COLLEAGUE_READ)
def revoke(invitation: "Invitation") -> ResponseReturnValue:
    with unit_of_work(db_session()) as session:
        service.revoke_invitation(session, invitation, by=current_user, now=utcnow())
    flash(_("The invitation is taken back."), "success")
    return redirect(url_for(".colleagues"))


@bp.route("/organisation/colleagues/<int:membership_id>", methods=["GET", "POST"])
@guarded(Can.COLLEAGUE_EDIT, load=queries.membership, reads=Can.COLLEAGUE_READ)
def colleague(membership: "Membership") -> ResponseReturnValue:
    """What one colleague may do."""
    form = RolesForm(membership.organisation.kind, held=map(Role, membership.roles))
    page = {"form": form, "membership": membership}
    if request.method != "POST":
        return render_template("accounts/colleague.html", **page)
    if not form.validate_on_submit():
        return render_template("accounts/colleague.html", **page), 422
    with unit_of_work(db_session()) as session:
        service.change_roles(session, membership, roles=form.chosen, by=current_user, now=utcnow())
    flash(_("Saved."), "success")
    return redirect(url_for(".colleagues"))


@bp.post("/organisation/colleagues/<int:membership_id>/end")
@guarded(Can.COLLEAGUE_EDIT, load=queries.membership, reads=Can.COLLEAGUE_READ)
def end(membership: "Membership") -> ResponseReturnValue:
    """The colleague left."""
    with unit_of_work(db_session()) as session:
        service.end_membership(session, membership, by=current_user, now=utcnow())
    flash(_("%(name)s no longer works for your organisation.", name=membership.user.name), "success")
    return redirect(url_for("pages.home" if membership.user_id == current_user.id else ".colleagues"))


@bp.get("/join/<token>")
@guarded(Can.PUBLIC_READ)
def join(token: str) -> ResponseReturnValue:
    """A mailed invitation: what it is, and for whom."""
    invitation = queries.open_invitation(db_session(), token, now=utcnow())
    if invitation is None:
        return secret_page("accounts/join_dead.html", status=404)
    return _join_page(invitation, token, JoinForm(locale=language()))


@bp.post("/join/<token>")
@limiter.limit("60 per hour")
@guarded(Can.PUBLIC_READ)
def join_save(token: str) -> ResponseReturnValue:
    """Accept it, as the signed-in owner of the invited address or as somebody new."""
    invitation = queries.open_invitation(db_session(), token, now=utcnow())
    if invitation is None:
        return secret_page("accounts/join_dead.html", status=404)
    form, now = JoinForm(), utcnow()
    if current_user.is_authenticated:
        with unit_of_work(db_session()) as session:
            service.accept_invitation(session, invitation, by=current_user, now=now)
        return _joined(invitation)
    if not form.validate_on_submit():
        return _join_page(invitation, token, form, 422)
    try:
        with unit_of_work(db_session()) as session:
            user = service.join_as_new(session, invitation, **form.values(), now=now)
            enter(session, user, now=now)
    except Invalid as error:
        show_on_form(form, error)
        return _join_page(invitation, token, form, 422)
    return _joined(invitation)


def _joined(invitation: "Invitation") -> ResponseReturnValue:
    name = invitation.organisation.name
    flash(_("Welcome. You now work for %(organisation)s on FairLink.", organisation=name), "success")
    return redirect(url_for("pages.home"))


def _colleagues_page(organisation: "Organisation", form: InviteForm) -> str:
    session = db_session()
    return render_template(
        "accounts/colleagues.html",
        organisation=organisation,
        memberships=queries.memberships(session, organisation.id),
        invitations=queries.invitations(session, organisation.id, now=utcnow()),
        form=form,
    )


def _join_page(invitation: "Invitation", token: str, form: JoinForm, status: int = 200) -> Response:
    owner = queries.user_by_email(db_session(), invitation.email)
    return secret_page(
        "accounts/join.html",
        status=status,
        invitation=invitation,
        token=token,
        form=form,
        # Who holds the link has read the mail to this address, so this tells them nothing new.
        has_account=owner is not None and owner.email_confirmed_at is not None,
        is_theirs=owner is not None and owner.id == current_user.id,
    )
