"""Groups: found one, invite firms, join, leave."""

from typing import TYPE_CHECKING

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from fairlink.applications import queries, service
from fairlink.applications.forms.groups import GroupForm, InviteForm
from fairlink.applications.states import InvitationState
from fairlink.applications.views.blueprint import bp
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Invalid
from fairlink.policy import Can
from fairlink.web.access import guarded
from fairlink.web.errors import show_on_form
from fairlink.web.i18n import language
from fairlink.web.limits import limiter
from fairlink.web.security import hide_address
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.applications.models import GroupInvitation, GroupMember, ProducerGroup


def _by_viewer() -> str:
    return f"user:{current_user.id}"


@bp.get("/groups")
@guarded(Can.APPLICATION_OWN_LIST)
def groups() -> ResponseReturnValue:
    """The groups of the viewer's firm."""
    found = queries.groups_of_firm(db_session(), current_user.organisation_id)
    return render_template("applications/groups.html", groups=found)


@bp.route("/groups/new", methods=["GET", "POST"])
@guarded(Can.GROUP_CREATE)
def create_group() -> ResponseReturnValue:
    """Found a group that the viewer's firm leads."""
    form = GroupForm()
    if not form.validate_on_submit():
        return render_template("applications/group_form.html", form=form), 422 if form.errors else 200
    with unit_of_work(db_session()) as session:
        group = service.create_group(
            session, name=form.name.data, description=form.description.data, by=current_user, now=utcnow()
        )
    flash(_("The group is founded. Invite the other firms now."), "success")
    return redirect(url_for(".group", group_id=group.id))


@bp.get("/groups/<int:group_id>")
@guarded(Can.GROUP_READ, load=queries.group)
def group(group: "ProducerGroup") -> ResponseReturnValue:
    """Members, invitations and applications of a group."""
    return _group_page(group, InviteForm(formdata=None))


def _group_page(group: "ProducerGroup", form: InviteForm, status: int = 200) -> ResponseReturnValue:
    page = render_template(
        "applications/group.html",
        group=group,
        form=form,
        now=utcnow(),
        own_place=queries.place_of_firm(group, current_user.organisation_id),
        applications=queries.applications_of_group(db_session(), group),
        open_state=InvitationState.OPEN,
    )
    return page, status


@bp.post("/groups/<int:group_id>/invite")
@limiter.limit("20 per hour", key_func=_by_viewer)
@guarded(Can.GROUP_MANAGE, load=queries.group, reads=Can.GROUP_READ)
def invite(group: "ProducerGroup") -> ResponseReturnValue:
    """Mail invitations to the typed addresses."""
    form = InviteForm()
    if not form.validate_on_submit():
        return _group_page(group, form, 422)
    try:
        with unit_of_work(db_session()) as session:
            sent = service.invite(session, group, form.addresses.data, by=current_user, locale=language(), now=utcnow())
    except Invalid as error:
        show_on_form(form, error)
        return _group_page(group, form, 422)
    flash(ngettext("%(num)s invitation is on its way.", "%(num)s invitations are on their way.", len(sent)), "success")
    return redirect(url_for(".group", group_id=group.id))


@bp.post("/groups/invitations/<int:invitation_id>/revoke")
@guarded(Can.GROUP_MANAGE, load=queries.invitation)
def revoke(invitation: "GroupInvitation") -> ResponseReturnValue:
    """Take an open invitation back."""
    with unit_of_work(db_session()) as session:
        service.revoke(session, invitation, by=current_user, now=utcnow())
    flash(_("The invitation is taken back; its link does not work any more."), "success")
    return redirect(url_for(".group", group_id=invitation.group_id))


@bp.post("/groups/members/<int:member_id>/remove")
@guarded(Can.GROUP_MANAGE, load=queries.group_member)
def remove_member(member: "GroupMember") -> ResponseReturnValue:
    """The lead takes a firm out of the group."""
    with unit_of_work(db_session()) as session:
        service.leave(session, member, by=current_user, now=utcnow())
    flash(_("%(firm)s is no longer in the group.", firm=member.firm.name), "success")
    return redirect(url_for(".group", group_id=member.group_id))


@bp.post("/groups/<int:group_id>/leave")
@guarded(Can.GROUP_LEAVE, load=queries.group, reads=Can.GROUP_READ)
def leave(group: "ProducerGroup") -> ResponseReturnValue:
    """The viewer's firm leaves the group."""
    place = queries.place_of_firm(group, current_user.organisation_id)
    assert place is not None  # the permission asks for it
    with unit_of_work(db_session()) as session:
        service.leave(session, place, by=current_user, now=utcnow())
    flash(_("Your firm has left %(group)s.", group=group.name), "success")
    return redirect(url_for(".groups"))


@bp.get("/group-invitations/<token>")
@guarded(Can.PUBLIC_READ, load=queries.invitation_by_token)
def invitation(invitation: "GroupInvitation") -> ResponseReturnValue:
    """Who invites whom to what. Mail scanners follow links: only the press of the button joins."""
    is_open = invitation.state(utcnow()) == InvitationState.OPEN
    page = render_template(
        "applications/invitation.html",
        invitation=invitation,
        group=invitation.group,
        is_open=is_open,
        is_for_viewer=current_user.is_authenticated and current_user.email.lower() == invitation.email.lower(),
        is_member=current_user.organisation_id in invitation.group.firm_ids,
        path=request.path,
    )
    return hide_address(make_response(page, 200 if is_open else 410))


@bp.post("/group-invitations/<token>")
@guarded(Can.GROUP_JOIN, load=queries.invitation_by_token, reads=Can.PUBLIC_READ)
def join(invitation: "GroupInvitation") -> ResponseReturnValue:
    """The invited firm joins."""
    with unit_of_work(db_session()) as session:
        service.join(session, invitation, by=current_user, now=utcnow())
    flash(_("Your firm is now in %(group)s.", group=invitation.group.name), "success")
    return redirect(url_for(".group", group_id=invitation.group_id))


@bp.post("/group-invitations/<token>/decline")
@guarded(Can.ACCOUNT_MANAGE, load=queries.invitation_by_token, reads=Can.PUBLIC_READ)
def decline_invitation(invitation: "GroupInvitation") -> ResponseReturnValue:
    """The invited person says no."""
    with unit_of_work(db_session()) as session:
        service.decline_invitation(session, invitation, by=current_user, now=utcnow())
    flash(_("You have declined the invitation to %(group)s.", group=invitation.group.name), "success")
    return redirect(url_for("pages.home"))
