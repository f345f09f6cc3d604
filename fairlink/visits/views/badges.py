"""Badges of visitors: shown on the visitor's phone, read by the camera of an exhibitor's."""

from typing import TYPE_CHECKING

from flask import flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup

from fairlink.applications import queries as applications
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import NotFound
from fairlink.mail.emails import link
from fairlink.policy import Can
from fairlink.visits import exports, queries, service
from fairlink.visits.views.blueprint import bp
from fairlink.web.access import guarded
from fairlink.web.security import hide_address
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.visits.models import Visit
    from fairlink.visits.queries import ScannedBadge


@bp.get("/visits/<int:visit_id>/badge")
@guarded(Can.VISIT_READ, load=queries.visit)
def badge(visit: "Visit") -> ResponseReturnValue:
    """The visitor's badge as a QR code, or what it is for."""
    own = queries.badge_of_visit(db_session(), visit.id) if visit.visitor_id == current_user.id else None
    code = None
    if own is not None:
        code = Markup(exports.qr_code(link(f"/b/{own.token}")))  # noqa: S704  # a drawing of an address of ours
    return render_template("visits/badge.html", visit=visit, code=code)


@bp.post("/visits/<int:visit_id>/badge")
@guarded(Can.VISIT_EDIT, load=queries.visit)
def make_badge(visit: "Visit") -> ResponseReturnValue:
    """Make the badge; with it the visitor agrees that exhibitors who read it see who they are."""
    with unit_of_work(db_session()) as session:
        service.make_badge(session, visit, by=current_user, now=utcnow())
    return redirect(url_for(".badge", visit_id=visit.id))


@bp.post("/visits/<int:visit_id>/badge/withdraw")
@guarded(Can.VISIT_EDIT, load=queries.visit)
def withdraw_badge(visit: "Visit") -> ResponseReturnValue:
    """Take the badge back."""
    with unit_of_work(db_session()) as session:
        service.withdraw_badge(session, visit, by=current_user, now=utcnow())
    flash(_("Your badge is dead: nobody learns anything from it any more."), "success")
    return redirect(url_for(".badge", visit_id=visit.id))


@bp.get("/b/<token>")
@guarded(Can.BADGE_READ, load=queries.scanned_badge)
def read_badge(scanned: "ScannedBadge") -> ResponseReturnValue:
    """Where a badge's QR code leads: people who exhibit at its fair go on to the contact form."""
    found = applications.exhibitors_of_firm(db_session(), current_user.organisation_id)
    here = [each for each in found if each.fair_id == scanned.badge.visit.fair_id]
    if not here:
        raise NotFound("not_found")
    # Who exhibits with two groups notes it for the one that the visitor meets; the form offers the other.
    met = {each.exhibitor_id for each in queries.meetings_of_visit(db_session(), scanned.badge.visit)}
    exhibitor = next((each for each in here if each.id in met), here[0])
    target = url_for(".new_contact", exhibitor_id=exhibitor.id, badge=scanned.badge.token)
    return hide_address(make_response(redirect(target)))
