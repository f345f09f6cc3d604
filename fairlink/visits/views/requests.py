"""Asking for meetings without a time, answering, refusing for good; and the rules of a fair for that."""

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from fairlink.applications import queries as applications
from fairlink.fairs import queries as fairs
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Conflict, Invalid, NotFound
from fairlink.policy import Can
from fairlink.visits import queries, service
from fairlink.visits.forms.meetings import SlotForm
from fairlink.visits.forms.requests import AskForm, MatchForm, RulesForm, VetoForm
from fairlink.visits.rules.requests import expiry
from fairlink.visits.states import Half, Level, Shown, Side
from fairlink.visits.views.blueprint import bp, page_with_slots, viewer_side
from fairlink.web.access import guarded
from fairlink.web.errors import show_on_form
from fairlink.web.limits import by_viewer, limiter
from fairlink.web.pagination import paginate, paginate_newest
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.applications.models import Exhibitor
    from fairlink.fairs.models import Fair
    from fairlink.visits.models import MeetingRequest, Visit


@bp.route("/staff/fairs/<int:fair_id>/meetings", methods=["GET", "POST"])
@guarded(Can.AGENDA_EDIT, load=fairs.fair, reads=Can.FAIR_REVIEW)
def rules(fair: "Fair") -> ResponseReturnValue:
    """How meetings come about at a fair."""
    known = queries.rules_of(db_session(), fair.id)
    form = RulesForm(data=RulesForm.shown(known))
    if form.validate_on_submit():
        try:
            with unit_of_work(db_session()) as session:
                service.set_rules(session, fair, form.values(), by=current_user, now=utcnow())
        except Conflict as error:
            show_on_form(form, error)
        else:
            flash(_("Your changes are saved."), "success")
            return redirect(url_for(".rules", fair_id=fair.id))
    return render_template("visits/rules.html", form=form, fair=fair), 422 if form.errors else 200


@bp.get("/exhibitors/<int:exhibitor_id>/buyers")
@guarded(Can.EXHIBIT_READ, load=applications.exhibitor)
def buyers(exhibitor: "Exhibitor") -> ResponseReturnValue:
    """The buyers who come to the fair, as far as it lets exhibitors see them."""
    session = db_session()
    rules = queries.rules_of(session, exhibitor.fair_id)
    form = MatchForm(request.args)
    if rules.buyers_shown is Shown.HIDDEN:
        return render_template("visits/buyers.html", exhibitor=exhibitor, form=form, page=None, rules=rules)
    query, keys = queries.buyers_for(session, exhibitor, form.wanted, everyone=form.everyone)
    page = paginate(session, query, keys, after=request.args.get("after"), before=request.args.get("before"))
    found = queries.standings(session, [visit.id for visit in page.items], [exhibitor.id], Side.FIRM)
    return render_template(
        "visits/buyers.html", exhibitor=exhibitor, form=form, page=page, rules=rules, standings=found
    )


def _buyer(exhibitor: "Exhibitor") -> "Visit":
    """The visit that the address asks for, if the fair shows it to the exhibitor, or its buyer has asked."""
    session, number = db_session(), request.args.get("visit", "")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise NotFound("not_found")
    visit = queries.visit_to(session, exhibitor, int(number))
    if visit is None:
        raise NotFound("not_found")
    hidden = queries.rules_of(session, exhibitor.fair_id).buyers_shown is Shown.HIDDEN
    if hidden and queries.live_request(session, visit.id, exhibitor.id) is None:
        raise NotFound("not_found")
    return visit


@bp.route("/exhibitors/<int:exhibitor_id>/buyer", methods=["GET", "POST"])
@limiter.limit("60 per hour", key_func=by_viewer, methods=["POST"])
@guarded(Can.EXHIBIT_READ, load=applications.exhibitor)
def buyer(exhibitor: "Exhibitor") -> ResponseReturnValue:
    """A buyer as the exhibitor sees it, and the request for a meeting."""
    if "visit" not in request.args:
        return redirect(url_for(".buyers", exhibitor_id=exhibitor.id))
    visit = _buyer(exhibitor)
    form = AskForm()
    if form.validate_on_submit():
        try:
            return _ask(visit, exhibitor, Side.FIRM, form)
        except Conflict as error:
            show_on_form(form, error)
    return _page_to_ask("visits/buyer.html", form, visit, exhibitor, Side.FIRM)


@bp.post("/exhibitors/<int:exhibitor_id>/requests")
@limiter.limit("60 per hour", key_func=by_viewer)
@guarded(Can.MEETING_REQUEST, load=applications.exhibitor, reads=Can.EXHIBITOR_READ)
def ask(exhibitor: "Exhibitor") -> ResponseReturnValue:
    """A buyer's request for a meeting without a time."""
    visit = queries.booked_visit(db_session(), exhibitor.fair_id, current_user)
    if visit is None:
        raise Conflict("visit_not_booked")
    form = AskForm()
    if form.validate_on_submit():
        try:
            return _ask(visit, exhibitor, Side.BUYER, form)
        except Conflict as error:
            show_on_form(form, error)
    return _page_to_ask("visits/exhibitor.html", form, visit, exhibitor, Side.BUYER)


def _ask(visit: "Visit", exhibitor: "Exhibitor", side: Side, form: AskForm) -> ResponseReturnValue:
    with unit_of_work(db_session()) as session:
        made = service.ask(
            session,
            visit,
            exhibitor,
            side=side,
            level=Level(form.level.data),
            note=form.note.data,
            half=Half(form.half.data) if form.half.data else None,
            by=current_user,
            now=utcnow(),
        )
    flash(_("Your request is sent."), "success")
    return redirect(url_for(".show_request", request_id=made.id))


def _page_to_ask(
    template: str, form: AskForm, visit: "Visit", exhibitor: "Exhibitor", side: Side
) -> ResponseReturnValue:
    page = render_template(
        template, exhibitor=exhibitor, visit=visit, form=None, over=False, ask=ask_context(visit, exhibitor, side, form)
    )
    return page, 422 if form.errors else 200


def ask_context(visit: "Visit", exhibitor: "Exhibitor", side: Side, form: AskForm) -> dict[str, object]:
    """What a page that offers a request needs to know of the two."""
    session, now = db_session(), utcnow()
    rules = queries.rules_of(session, exhibitor.fair_id)
    return {
        "form": form,
        "rules": rules,
        "live": queries.live_request(session, visit.id, exhibitor.id),
        "meeting": queries.standing_meeting(session, visit.id, exhibitor.id),
        "preference": queries.preference(session, visit.id, exhibitor.id, side),
        "taken": queries.taken_by(session, side, visit.id if side is Side.BUYER else exhibitor.id),
        "minimum": rules.minimum(side),
        "maximum": rules.maximum(side),
        "expires_at": expiry(now, rules.request_hours, exhibitor.fair.ends_at),
        "over": exhibitor.fair.schedule.is_over(now),
    }


@bp.route("/exhibitors/<int:exhibitor_id>/veto", methods=["GET", "POST"])
@guarded(Can.MEETING_REQUEST, load=applications.exhibitor, reads=Can.EXHIBITOR_READ)
def veto_exhibitor(exhibitor: "Exhibitor") -> ResponseReturnValue:
    """A buyer never wants to meet this exhibitor."""
    visit = queries.booked_visit(db_session(), exhibitor.fair_id, current_user)
    if visit is None:
        raise Conflict("visit_not_booked")
    back = url_for(".exhibitor", exhibitor_id=exhibitor.id)
    return _veto(visit, exhibitor, Side.BUYER, back, url_for(".exhibitors", visit_id=visit.id))


@bp.route("/exhibitors/<int:exhibitor_id>/buyer/veto", methods=["GET", "POST"])
@guarded(Can.EXHIBIT_READ, load=applications.exhibitor)
def veto_buyer(exhibitor: "Exhibitor") -> ResponseReturnValue:
    """An exhibitor never wants to meet this buyer."""
    if "visit" not in request.args:
        return redirect(url_for(".buyers", exhibitor_id=exhibitor.id))
    visit = _buyer(exhibitor)
    back = url_for(".buyer", exhibitor_id=exhibitor.id, visit=visit.id)
    return _veto(visit, exhibitor, Side.FIRM, back, url_for(".buyers", exhibitor_id=exhibitor.id))


def _veto(visit: "Visit", exhibitor: "Exhibitor", side: Side, back: str, next_page: str) -> ResponseReturnValue:
    form = VetoForm()
    if form.validate_on_submit():
        try:
            with unit_of_work(db_session()) as session:
                service.veto(session, visit, exhibitor, side=side, note=form.note.data, by=current_user, now=utcnow())
        except Conflict as error:
            show_on_form(form, error)
        else:
            flash(_("Noted. You will not meet, and nobody is told."), "success")
            return redirect(next_page)
    name = visit.buyer.name if side is Side.FIRM else exhibitor.name
    return render_template("visits/veto.html", form=form, name=name, back=back), 422 if form.errors else 200


@bp.get("/visits/<int:visit_id>/requests")
@guarded(Can.VISIT_READ, load=queries.visit)
def requests_of_visit(visit: "Visit") -> ResponseReturnValue:
    """The requests of a visit, both ways."""
    page = paginate_newest(db_session(), queries.requests_of_visit(visit.id))
    back = url_for(".visit", visit_id=visit.id)
    find = url_for(".exhibitors", visit_id=visit.id)
    return render_template("visits/requests.html", page=page, fair=visit.fair, back=back, find=find)


@bp.get("/exhibitors/<int:exhibitor_id>/requests")
@guarded(Can.EXHIBIT_READ, load=applications.exhibitor)
def requests_of_exhibitor(exhibitor: "Exhibitor") -> ResponseReturnValue:
    """The requests of an exhibitor, both ways."""
    page = paginate_newest(db_session(), queries.requests_of_exhibitor(exhibitor.id))
    back = url_for(".diary", exhibitor_id=exhibitor.id)
    find = url_for(".buyers", exhibitor_id=exhibitor.id)
    return render_template("visits/requests.html", page=page, fair=exhibitor.fair, back=back, find=find)


@bp.get("/requests/<int:request_id>")
@guarded(Can.REQUEST_READ, load=queries.request)
def show_request(asked: "MeetingRequest") -> ResponseReturnValue:
    """One request, with what the viewer can do about it."""
    return _request_page(asked, SlotForm())


def _request_page(asked: "MeetingRequest", form: SlotForm, refusal: object = None) -> ResponseReturnValue:
    session = db_session()
    rules = queries.rules_of(session, asked.fair.id)
    may_answer = viewer_side() is not asked.from_side and asked.state == "sent" and utcnow() < asked.expires_at
    if viewer_side() in queries.vetoes(session, asked.visit_id, asked.exhibitor_id):
        may_answer = False
    context = {"asked": asked, "rules": rules, "may_answer": may_answer}
    if may_answer and not rules.by_organiser:
        return page_with_slots("visits/request.html", form, asked.exhibitor, asked.visit, refusal=refusal, **context)
    return render_template("visits/request.html", form=None, exhibitor=asked.exhibitor, visit=asked.visit, **context)


@bp.post("/requests/<int:request_id>/accept")
@guarded(Can.REQUEST_ANSWER, load=queries.request, reads=Can.REQUEST_READ)
def accept_request(asked: "MeetingRequest") -> ResponseReturnValue:
    """Agree to meet; where participants schedule themselves, at one of the free times."""
    by_organiser = queries.rules_of(db_session(), asked.fair.id).by_organiser
    form = SlotForm()
    if not by_organiser and not form.validate_on_submit():
        return _request_page(asked, form)
    try:
        with unit_of_work(db_session()) as session:
            slot_id = None if by_organiser else int(form.slot_id.data)
            made = service.accept_request(session, asked, slot_id=slot_id, by=current_user, now=utcnow())
    except (Conflict, Invalid) as error:
        if by_organiser or error.code not in ("slot_taken", "own_slot_taken", "no_such_slot"):
            raise
        return _request_page(asked, form, error)
    if made is not None:
        flash(_("The meeting is confirmed. Both sides get it for their calendars."), "success")
        return redirect(url_for(".meeting", meeting_id=made.id))
    flash(_("You have agreed to meet. You get the time when the agenda is published."), "success")
    return redirect(url_for(".show_request", request_id=asked.id))


@bp.post("/requests/<int:request_id>/decline")
@guarded(Can.REQUEST_ANSWER, load=queries.request, reads=Can.REQUEST_READ)
def decline_request(asked: "MeetingRequest") -> ResponseReturnValue:
    """Say no; the page has asked once."""
    with unit_of_work(db_session()) as session:
        service.decline_request(session, asked, by=current_user, now=utcnow())
    flash(_("The request is declined, and they are told."), "success")
    return redirect(url_for(".show_request", request_id=asked.id))


@bp.post("/requests/<int:request_id>/withdraw")
@guarded(Can.REQUEST_WITHDRAW, load=queries.request, reads=Can.REQUEST_READ)
def withdraw_request(asked: "MeetingRequest") -> ResponseReturnValue:
    """Take a request back; the page has asked once."""
    with unit_of_work(db_session()) as session:
        service.withdraw_request(session, asked, by=current_user, now=utcnow())
    flash(_("Your request is taken back."), "success")
    return redirect(url_for(".show_request", request_id=asked.id))
