"""What both sides do with a visit to a workshop."""

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Conflict, Invalid
from fairlink.policy import Can
from fairlink.visits import queries, service
from fairlink.visits.forms.meetings import CancelForm, ConfirmForm, SlotForm
from fairlink.visits.forms.workshops import HostMarkForm
from fairlink.visits.rules.diary import possible_on_workshop_visit
from fairlink.visits.views.blueprint import bp, viewer_side
from fairlink.web.access import guarded
from fairlink.web.errors import error_page, sentence
from fairlink.web.limits import by_viewer, limiter
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.visits.models import WorkshopVisit


def _page(booking: "WorkshopVisit", form: CancelForm) -> ResponseReturnValue:
    possible = possible_on_workshop_visit(booking.state, starts_at=booking.starts_at, now=utcnow(), by=viewer_side())
    page = render_template("visits/workshop_visit.html", booking=booking, possible=possible, form=form)
    return page, 422 if form.errors else 200


@bp.get("/workshop-visits/<int:workshop_visit_id>")
@guarded(Can.MEETING_READ, load=queries.workshop_visit)
def workshop_visit(booking: "WorkshopVisit") -> ResponseReturnValue:
    """One visit to a workshop, with what the viewer can do about it."""
    return _page(booking, CancelForm())


@bp.post("/workshop-visits/<int:workshop_visit_id>/confirm")
@guarded(Can.MEETING_ANSWER, load=queries.workshop_visit, reads=Can.MEETING_READ)
def confirm_workshop_visit(booking: "WorkshopVisit") -> ResponseReturnValue:
    """The hosts will be there."""
    form = ConfirmForm()
    if not form.validate_on_submit():
        return error_page(422, _("The visit was not confirmed."))
    with unit_of_work(db_session()) as session:
        service.confirm_workshop_visit(session, booking, sequence=form.sequence.data, by=current_user, now=utcnow())
    flash(_("The visit is confirmed. Both sides get it for their calendars."), "success")
    return redirect(url_for(".workshop_visit", workshop_visit_id=booking.id))


@bp.post("/workshop-visits/<int:workshop_visit_id>/decline")
@guarded(Can.MEETING_ANSWER, load=queries.workshop_visit, reads=Can.MEETING_READ)
def decline_workshop_visit(booking: "WorkshopVisit") -> ResponseReturnValue:
    """The hosts cannot receive the buyer then."""
    form = CancelForm()
    if not form.validate_on_submit():
        return _page(booking, form)
    with unit_of_work(db_session()) as session:
        service.decline_workshop_visit(session, booking, reason=form.reason.data, by=current_user, now=utcnow())
    flash(_("The visit is declined, and the buyer is told."), "success")
    return redirect(url_for(".workshop_visit", workshop_visit_id=booking.id))


@bp.post("/workshop-visits/<int:workshop_visit_id>/cancel")
@guarded(Can.MEETING_CHANGE, load=queries.workshop_visit)
def cancel_workshop_visit(booking: "WorkshopVisit") -> ResponseReturnValue:
    """Call the visit off."""
    form = CancelForm()
    if not form.validate_on_submit():
        return _page(booking, form)
    with unit_of_work(db_session()) as session:
        service.cancel_workshop_visit(session, booking, reason=form.reason.data, by=current_user, now=utcnow())
    flash(_("The visit is cancelled. Both sides are told."), "success")
    return redirect(url_for(".workshop_visit", workshop_visit_id=booking.id))


@bp.route("/workshop-visits/<int:workshop_visit_id>/move", methods=["GET", "POST"])
@limiter.limit("60 per hour", key_func=by_viewer, methods=["POST"])
@guarded(Can.VISIT_EDIT, load=queries.workshop_visit, reads=Can.MEETING_READ)
def move_workshop_visit(booking: "WorkshopVisit") -> ResponseReturnValue:
    """The buyer takes another session."""
    form, status = SlotForm(), 200
    if form.validate_on_submit():
        try:
            with unit_of_work(db_session()) as session:
                service.move_workshop_visit(
                    session, booking, slot_id=int(form.slot_id.data), by=current_user, now=utcnow()
                )
        except (Conflict, Invalid) as error:
            form.slot_id.errors = [sentence(error)]
            status = error.http_status
        else:
            flash(_("The new time is kept, and the hosts have been asked."), "success")
            return redirect(url_for(".workshop_visit", workshop_visit_id=booking.id))
    elif form.errors:
        status = 422
    free = service.open_sessions(
        db_session(), booking.workshop, booking.visit, people=booking.people, now=utcnow(), moving=booking
    )
    form.offer([each for each in free if each.starts_at != booking.starts_at], booking.fair.zone)
    return render_template("visits/move_workshop_visit.html", booking=booking, form=form), status


@bp.post("/workshop-visits/<int:workshop_visit_id>/mark")
@guarded(Can.MEETING_ANSWER, load=queries.workshop_visit, reads=Can.MEETING_READ)
def mark_workshop_visit(booking: "WorkshopVisit") -> ResponseReturnValue:
    """The hosts say whether the buyer came."""
    form = HostMarkForm()
    if not form.validate_on_submit():
        return error_page(422, _("Say whether the buyer came."))
    with unit_of_work(db_session()) as session:
        service.mark_workshop_visit(session, booking, form.chosen, by=current_user, now=utcnow())
    flash(_("Noted."), "success")
    return redirect(url_for(".workshop_visit", workshop_visit_id=booking.id))
