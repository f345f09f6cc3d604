"""The award of a group: the letter, and taking or declining it."""

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from fairlink.applications import queries, service
from fairlink.applications.states import ApplicationState
from fairlink.applications.views.applying import shown_quote
from fairlink.applications.views.blueprint import bp
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import NotFound
from fairlink.policy import Can
from fairlink.web.access import guarded
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.applications.models import Application


@bp.get("/applications/<int:application_id>/award")
@guarded(Can.APPLICATION_READ, load=queries.application)
def award(application: "Application") -> ResponseReturnValue:
    """What was granted to each firm, how it was worked out, and until when it can be accepted."""
    if application.award is None:
        raise NotFound("not_found")
    return render_template(
        "applications/award.html",
        application=application,
        award=application.award,
        fair=application.call.fair,
        quote=shown_quote(application),
        is_waiting=application.state == ApplicationState.AWARDED and utcnow() < application.award.accept_by,
        exhibitor=queries.exhibitor_of_application(db_session(), application.id),
    )


@bp.post("/applications/<int:application_id>/award/accept")
@guarded(Can.AWARD_ACCEPT, load=queries.application, reads=Can.APPLICATION_READ)
def accept(application: "Application") -> ResponseReturnValue:
    """The group takes the award."""
    with unit_of_work(db_session()) as session:
        exhibitor = service.accept(session, application, by=current_user, now=utcnow())
    if exhibitor.stand is None:
        flash(_("The award is yours. The agency gives you a stand later."), "success")
    else:
        flash(_("The award is yours, and so is stand %(stand)s.", stand=exhibitor.stand.label), "success")
    return redirect(url_for(".award", application_id=application.id))


@bp.post("/applications/<int:application_id>/award/decline")
@guarded(Can.AWARD_ACCEPT, load=queries.application, reads=Can.APPLICATION_READ)
def decline(application: "Application") -> ResponseReturnValue:
    """The group does not want the award."""
    with unit_of_work(db_session()) as session:
        service.decline(session, application, by=current_user, now=utcnow())
    flash(_("You have declined the award."), "success")
    return redirect(url_for(".show", application_id=application.id))
