"""Pages of a visiting buyer: book a visit, find exhibitors, ask for meetings."""

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from fairlink.applications import queries as applications
from fairlink.fairs import queries as fairs
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Conflict, Invalid
from fairlink.policy import Can, allows
from fairlink.visits import queries, service
from fairlink.visits.forms.meetings import RequestForm
from fairlink.visits.forms.requests import AskForm, MatchForm
from fairlink.visits.forms.visits import VisitForm
from fairlink.visits.rules.diary import by_day
from fairlink.visits.states import Side
from fairlink.visits.views.blueprint import bp, page_with_slots
from fairlink.visits.views.requests import ask_context
from fairlink.web.access import guarded
from fairlink.web.limits import by_viewer, limiter
from fairlink.web.pagination import paginate, paginate_newest
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.applications.models import Exhibitor
    from fairlink.fairs.models import Fair
    from fairlink.visits.models import Visit


@bp.route("/fairs/<int:fair_id>/visit", methods=["GET", "POST"])
@guarded(Can.VISIT_CREATE, load=fairs.fair, reads=Can.FAIR_READ)
def book(fair: "Fair") -> ResponseReturnValue:
    """Book a visit to a fair; whoever has one already is taken to it."""
    known = queries.booked_visit(db_session(), fair.id, current_user)
    if known is not None and known.visitor_id == current_user.id:
        return redirect(url_for(".visit", visit_id=known.id))
    form = VisitForm()
    if not form.validate_on_submit():
        over = fair.schedule.is_over(utcnow())
        return render_template("visits/book.html", form=form, fair=fair, over=over), 422 if form.errors else 200
    with unit_of_work(db_session()) as session:
        made = service.book(session, fair, note=form.note.data, by=current_user, now=utcnow())
    flash(_("Your visit is booked. Now find the exhibitors you want to meet."), "success")
    return redirect(url_for(".exhibitors", visit_id=made.id))


@bp.get("/visits")
@guarded(Can.VISIT_LIST)
def visits() -> ResponseReturnValue:
    """The visits of the viewer's organisation, the latest booked first."""
    session = db_session()
    page = paginate_newest(session, queries.visits_of(current_user.organisation_id))
    counts = queries.counts_of_visits(session, [visit.id for visit in page.items])
    return render_template("visits/visits.html", page=page, counts=counts)


@bp.get("/visits/<int:visit_id>")
@guarded(Can.VISIT_READ, load=queries.visit)
def visit(visit: "Visit") -> ResponseReturnValue:
    """The agenda of a visit by day."""
    meetings = queries.meetings_of_visit(db_session(), visit)
    days = by_day(meetings, lambda meeting: meeting.slot.starts_at, visit.fair.zone)
    now = utcnow()
    return render_template(
        "visits/visit.html",
        visit=visit,
        days=days,
        asked=queries.waiting_count(db_session(), Side.BUYER, visit.id, now=now),
        bookings=queries.workshop_visits_of_visit(db_session(), visit.id),
        over=visit.fair.schedule.is_over(now),
    )


@bp.post("/visits/<int:visit_id>/cancel")
@guarded(Can.VISIT_EDIT, load=queries.visit)
def cancel_visit(visit: "Visit") -> ResponseReturnValue:
    """Cancel a visit with its meetings still to come; the page has asked once."""
    with unit_of_work(db_session()) as session:
        service.cancel_visit(session, visit, by=current_user, now=utcnow())
    flash(_("Your visit is cancelled. The exhibitors you were to meet have been told."), "success")
    return redirect(url_for(".visits"))


@bp.get("/visits/<int:visit_id>/exhibitors")
@guarded(Can.VISIT_READ, load=queries.visit)
def exhibitors(visit: "Visit") -> ResponseReturnValue:
    """The exhibitors of the fair, searched by product, name and sector."""
    session = db_session()
    form = MatchForm(request.args)
    query, keys = queries.exhibitors_for(session, visit, form.wanted, everyone=form.everyone)
    page = paginate(session, query, keys, after=request.args.get("after"), before=request.args.get("before"))
    found = queries.standings(session, [visit.id], [exhibitor.id for exhibitor in page.items], Side.BUYER)
    return render_template("visits/exhibitors.html", visit=visit, form=form, page=page, standings=found)


@bp.get("/exhibitors/<int:exhibitor_id>")
@guarded(Can.EXHIBITOR_READ, load=applications.exhibitor)
def exhibitor(exhibitor: "Exhibitor") -> ResponseReturnValue:
    """The public page of an exhibitor; a buyer who visits its fair asks for a meeting here."""
    visit = None
    if allows(current_user, Can.MEETING_REQUEST):
        visit = queries.booked_visit(db_session(), exhibitor.fair_id, current_user)
    over = exhibitor.fair.schedule.is_over(utcnow())
    if visit is None or over:
        return render_template(
            "visits/exhibitor.html", exhibitor=exhibitor, visit=visit, form=None, over=over, ask=None
        )
    if queries.rules_of(db_session(), exhibitor.fair_id).by_organiser:
        ask = ask_context(visit, exhibitor, Side.BUYER, AskForm())
        return render_template("visits/exhibitor.html", exhibitor=exhibitor, visit=visit, form=None, over=over, ask=ask)
    return _exhibitor_page(RequestForm(), exhibitor, visit)


def _exhibitor_page(
    form: RequestForm, exhibitor: "Exhibitor", visit: "Visit", refusal: Conflict | Invalid | None = None
) -> ResponseReturnValue:
    """The page where a buyer books a time directly."""
    ask = ask_context(visit, exhibitor, Side.BUYER, AskForm())
    return page_with_slots("visits/exhibitor.html", form, exhibitor, visit, refusal=refusal, over=False, ask=ask)


@bp.post("/exhibitors/<int:exhibitor_id>/meetings")
@limiter.limit("60 per hour", key_func=by_viewer)
@guarded(Can.MEETING_REQUEST, load=applications.exhibitor, reads=Can.EXHIBITOR_READ)
def request_meeting(exhibitor: "Exhibitor") -> ResponseReturnValue:
    """Ask for a meeting. Whoever was not fast enough sees what is still free."""
    visit = queries.booked_visit(db_session(), exhibitor.fair_id, current_user)
    if visit is None:
        raise Conflict("visit_not_booked")
    form = RequestForm()
    if not form.validate_on_submit():
        return _exhibitor_page(form, exhibitor, visit)
    try:
        with unit_of_work(db_session()) as session:
            made = service.request_meeting(
                session,
                visit,
                exhibitor,
                slot_id=int(form.slot_id.data),
                note=form.note.data,
                by=current_user,
                now=utcnow(),
            )
    except (Conflict, Invalid) as error:
        return _exhibitor_page(form, exhibitor, visit, error)
    flash(
        _("%(exhibitor)s has been asked. The time is kept for you until they answer.", exhibitor=exhibitor.name),
        "success",
    )
    return redirect(url_for(".meeting", meeting_id=made.id))
