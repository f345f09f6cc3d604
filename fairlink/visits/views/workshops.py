"""Workshops: offered by a group, found and booked by buyers of its fair."""

from datetime import date, timedelta
from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from fairlink.applications import queries as applications
from fairlink.kernel.clock import local_date, utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Conflict, Invalid
from fairlink.policy import Can
from fairlink.visits import queries, service
from fairlink.visits.forms.workshops import BookWorkshopForm, TourForm, WaysForm, WorkshopForm
from fairlink.visits.states import MeetingState
from fairlink.visits.views.blueprint import bp
from fairlink.web.access import guarded
from fairlink.web.errors import sentence, show_on_form
from fairlink.web.limits import by_viewer, limiter
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fairlink.applications.models import Exhibitor
    from fairlink.visits.models import Visit, Workshop


@bp.get("/exhibitors/<int:exhibitor_id>/workshops")
@guarded(Can.EXHIBIT_READ, load=applications.exhibitor)
def workshops_of_exhibitor(exhibitor: "Exhibitor") -> ResponseReturnValue:
    """The workshops of the viewer's group, with who comes and what waits for an answer."""
    session = db_session()
    bookings = queries.workshop_visits_of_exhibitor(session, exhibitor.id)
    return render_template(
        "visits/workshops_of_exhibitor.html",
        exhibitor=exhibitor,
        workshops=queries.workshops_of_exhibitor(session, exhibitor.id),
        waiting=[each for each in bookings if each.state is MeetingState.REQUESTED],
        coming=[each for each in bookings if each.state is not MeetingState.REQUESTED],
    )


@bp.route("/exhibitors/<int:exhibitor_id>/workshops/new", methods=["GET", "POST"])
@guarded(Can.WORKSHOP_EDIT, load=applications.exhibitor)
def offer_workshop(exhibitor: "Exhibitor") -> ResponseReturnValue:
    """Offer another workshop."""
    fair = exhibitor.fair
    form = WorkshopForm(data={"first_on": fair.starts_on, "last_on": fair.ends_on})
    if not form.validate_on_submit():
        return _workshop_page(form, exhibitor, None)
    with unit_of_work(db_session()) as session:
        service.offer_workshop(session, exhibitor, form.details(), by=current_user, now=utcnow())
    flash(_("Buyers can now book visits."), "success")
    return redirect(url_for(".workshops_of_exhibitor", exhibitor_id=exhibitor.id))


@bp.route("/workshops/<int:workshop_id>/edit", methods=["GET", "POST"])
@guarded(Can.WORKSHOP_EDIT, load=queries.workshop)
def edit_workshop(workshop: "Workshop") -> ResponseReturnValue:
    """Change what is said of a workshop."""
    form = WorkshopForm(obj=workshop)
    if not form.validate_on_submit():
        return _workshop_page(form, workshop.exhibitor, workshop)
    with unit_of_work(db_session()) as session:
        service.edit_workshop(session, workshop, form.details(), by=current_user, now=utcnow())
    flash(_("Saved. Visits that are booked keep their time."), "success")
    return redirect(url_for(".workshops_of_exhibitor", exhibitor_id=workshop.exhibitor_id))


def _workshop_page(form: WorkshopForm, exhibitor: "Exhibitor", workshop: "Workshop | None") -> ResponseReturnValue:
    page = render_template("visits/workshop_form.html", form=form, exhibitor=exhibitor, workshop=workshop)
    return page, 422 if form.errors else 200


@bp.post("/workshops/<int:workshop_id>/close")
@guarded(Can.WORKSHOP_EDIT, load=queries.workshop)
def close_workshop(workshop: "Workshop") -> ResponseReturnValue:
    """Take no new visits."""
    with unit_of_work(db_session()) as session:
        service.close_workshop(session, workshop, by=current_user, now=utcnow())
    flash(_("No new visits can be booked. Those that are booked stay."), "success")
    return redirect(url_for(".workshops_of_exhibitor", exhibitor_id=workshop.exhibitor_id))


@bp.route("/workshops/<int:workshop_id>/ways", methods=["GET", "POST"])
@guarded(Can.WORKSHOP_EDIT, load=queries.workshop)
def ways(workshop: "Workshop") -> ResponseReturnValue:
    """How long the ways to the other workshops of the fair take."""
    session = db_session()
    others = [each for each in queries.workshops_of_fair(session, workshop.fair.id) if each.id != workshop.id]
    known = queries.ways(session, workshop.fair.id).between
    rows = [
        {"workshop_id": each.id, "minutes": known.get((min(each.id, workshop.id), max(each.id, workshop.id)))}
        for each in others
    ]
    form = WaysForm(data={"ways": rows})
    if not form.validate_on_submit():
        page = render_template("visits/ways.html", form=form, workshop=workshop, others=others)
        return page, 422 if form.errors else 200
    with unit_of_work(session):
        minutes = form.minutes([each.id for each in others])
        service.set_ways(session, workshop, minutes, by=current_user, now=utcnow())
    flash(_("Saved."), "success")
    return redirect(url_for(".workshops_of_exhibitor", exhibitor_id=workshop.exhibitor_id))


@bp.route("/visits/<int:visit_id>/workshops", methods=["GET", "POST"])
@limiter.limit("60 per hour", key_func=by_viewer, methods=["POST"])
@guarded(Can.VISIT_EDIT, load=queries.visit)
def workshops(visit: "Visit") -> ResponseReturnValue:
    """The workshops of the fair to visit one by one, or several on a day as a tour."""
    session = db_session()
    found = queries.workshops_of_fair(session, visit.fair_id)
    form = TourForm()
    form.offer(found, _days(found))
    if form.validate_on_submit():
        try:
            with unit_of_work(session):
                booked = service.book_tour(
                    session,
                    visit,
                    form.workshops.data or (),
                    on=date.fromisoformat(form.on.data),
                    people=form.people.data,
                    note=form.note.data,
                    by=current_user,
                    now=utcnow(),
                )
        except (Conflict, Invalid) as error:
            show_on_form(form, error)
        else:
            flash(
                ngettext(
                    "%(num)s visit is booked. The hosts have been asked.",
                    "%(num)s visits are booked. The hosts have been asked.",
                    len(booked),
                ),
                "success",
            )
            return redirect(url_for(".visit", visit_id=visit.id))
    own = queries.workshop_visits_of_visit(session, visit.id)
    page = render_template("visits/workshops.html", visit=visit, workshops=found, form=form, own=own)
    return page, 422 if form.errors or form.form_errors else 200


def _days(found: "Sequence[Workshop]") -> list[date]:
    """The days on which any of the workshops is still open, in order."""
    if not found:
        return []
    first = max(local_date(utcnow(), found[0].fair.zone), min(each.first_on for each in found))
    last = max(each.last_on for each in found)
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


@bp.route("/workshops/<int:workshop_id>/visits/new", methods=["GET", "POST"])
@limiter.limit("60 per hour", key_func=by_viewer, methods=["POST"])
@guarded(Can.MEETING_REQUEST, load=queries.workshop, reads=Can.EXHIBITOR_READ)
def book_workshop(workshop: "Workshop") -> ResponseReturnValue:
    """Book one session of a workshop, in what is free for the hosts and for the buyer, the way included."""
    session = db_session()
    visit = queries.booked_visit(session, workshop.fair.id, current_user)
    if visit is None:
        raise Conflict("visit_not_booked")
    form, status = BookWorkshopForm(), 200
    if form.validate_on_submit():
        try:
            with unit_of_work(session):
                made = service.book_workshop(
                    session,
                    visit,
                    workshop,
                    slot_id=int(form.slot_id.data),
                    people=form.people.data,
                    note=form.note.data,
                    by=current_user,
                    now=utcnow(),
                )
        except (Conflict, Invalid) as error:
            form.slot_id.errors = [sentence(error)]
            status = error.http_status
        else:
            flash(_("The hosts have been asked. The time is kept for you until they answer."), "success")
            return redirect(url_for(".workshop_visit", workshop_visit_id=made.id))
    elif form.errors:
        status = 422
    people = form.people.data or 1
    free = service.open_sessions(session, workshop, visit, people=people, now=utcnow())
    form.offer(free, workshop.fair.zone)
    return render_template("visits/book_workshop.html", workshop=workshop, visit=visit, form=form), status
