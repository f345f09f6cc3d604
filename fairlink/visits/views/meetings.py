"""What both sides do with one meeting."""

from typing import TYPE_CHECKING

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Conflict, Invalid
from fairlink.policy import Can
from fairlink.visits import emails, queries, service
from fairlink.visits.forms.meetings import CancelForm, ConfirmForm, DeclineForm, MarkForm, SlotForm
from fairlink.visits.rules.requests import expiry
from fairlink.visits.states import MeetingAction
from fairlink.visits.views.blueprint import bp, page_with_slots, viewer_side
from fairlink.web.access import guarded
from fairlink.web.errors import error_page
from fairlink.web.limits import by_viewer, limiter
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.visits.models import Meeting


def _back(meeting: "Meeting") -> ResponseReturnValue:
    return redirect(url_for(".meeting", meeting_id=meeting.id))


@bp.get("/meetings/<int:meeting_id>")
@guarded(Can.MEETING_READ, load=queries.meeting)
def meeting(meeting: "Meeting") -> ResponseReturnValue:
    """One meeting, with what the viewer can do about it."""
    rules = queries.rules_of(db_session(), meeting.fair.id)
    return render_template("visits/meeting.html", meeting=meeting, rules=rules, mark_form=MarkForm())


@bp.get("/meetings/<int:meeting_id>/calendar.ics")
@guarded(Can.MEETING_READ, load=queries.meeting)
def calendar(meeting: "Meeting") -> ResponseReturnValue:
    """The meeting for the viewer's own calendar."""
    content = emails.download(meeting, viewer_side(), current_user, now=utcnow())
    response = Response(content, mimetype="text/calendar")
    response.headers.set("Content-Disposition", "attachment", filename=f"meeting-{meeting.id}.ics")
    return response


@bp.post("/meetings/<int:meeting_id>/confirm")
@guarded(Can.MEETING_ANSWER, load=queries.meeting, reads=Can.MEETING_READ)
def confirm(meeting: "Meeting") -> ResponseReturnValue:
    """Accept the proposed time."""
    form = ConfirmForm()
    if not form.validate_on_submit():
        return error_page(422, _("The meeting was not confirmed."))
    with unit_of_work(db_session()) as session:
        service.confirm(session, meeting, sequence=form.sequence.data, by=current_user, now=utcnow())
    flash(_("The meeting is confirmed. Both sides get it for their calendars."), "success")
    return _back(meeting)


@bp.route("/meetings/<int:meeting_id>/decline", methods=["GET", "POST"])
@guarded(Can.MEETING_ANSWER, load=queries.meeting, reads=Can.MEETING_READ)
def decline(meeting: "Meeting") -> ResponseReturnValue:
    """Refuse the proposed time, with the reason."""
    form = DeclineForm(sequence=meeting.sequence)
    if not form.validate_on_submit():
        return render_template("visits/decline.html", form=form, meeting=meeting), 422 if form.errors else 200
    with unit_of_work(db_session()) as session:
        service.decline(
            session, meeting, sequence=form.sequence.data, reason=form.reason.data, by=current_user, now=utcnow()
        )
    flash(_("The meeting is declined. The other side reads your reason."), "success")
    return _back(meeting)


@bp.route("/meetings/<int:meeting_id>/move", methods=["GET", "POST"])
@limiter.limit("60 per hour", key_func=by_viewer, methods=["POST"])
@guarded(Can.MEETING_CHANGE, load=queries.meeting)
def move(meeting: "Meeting") -> ResponseReturnValue:
    """Propose another time to the other side."""
    form = SlotForm()
    sides = (meeting.exhibitor, meeting.visit)
    hours = queries.rules_of(db_session(), meeting.fair.id).request_hours
    expires_at = expiry(utcnow(), hours, meeting.fair.ends_at)
    if not form.validate_on_submit():
        return page_with_slots("visits/move.html", form, *sides, meeting=meeting, expires_at=expires_at)
    try:
        with unit_of_work(db_session()) as session:
            service.reschedule(session, meeting, slot_id=int(form.slot_id.data), by=current_user, now=utcnow())
    except (Conflict, Invalid) as error:
        return page_with_slots("visits/move.html", form, *sides, refusal=error, meeting=meeting, expires_at=expires_at)
    flash(_("The new time is kept, and the other side has been asked."), "success")
    return _back(meeting)


@bp.route("/meetings/<int:meeting_id>/cancel", methods=["GET", "POST"])
@guarded(Can.MEETING_CHANGE, load=queries.meeting)
def cancel(meeting: "Meeting") -> ResponseReturnValue:
    """Call a meeting off, asking once."""
    form = CancelForm()
    if not form.validate_on_submit():
        return render_template("visits/cancel.html", form=form, meeting=meeting), 422 if form.errors else 200
    with unit_of_work(db_session()) as session:
        service.cancel(session, meeting, reason=form.reason.data, by=current_user, now=utcnow())
    flash(_("The meeting is cancelled. Both sides are told, and the time is free again."), "success")
    return _back(meeting)


@bp.post("/meetings/<int:meeting_id>/mark")
@guarded(Can.MEETING_MARK, load=queries.meeting)
def mark(meeting: "Meeting") -> ResponseReturnValue:
    """Say what became of a meeting; a held one goes on to its lead."""
    form = MarkForm()
    if not form.validate_on_submit():
        return error_page(422, _("Say whether the meeting was held."))
    with unit_of_work(db_session()) as session:
        service.mark(session, meeting, form.chosen, substitute=form.substitute.data, by=current_user, now=utcnow())
    if form.chosen is MeetingAction.HOLD:
        flash(_("The meeting is marked as held. Now note what you learnt."), "success")
        return redirect(url_for("followup.record_lead", meeting_id=meeting.id))
    flash(_("Noted."), "success")
    return _back(meeting)
