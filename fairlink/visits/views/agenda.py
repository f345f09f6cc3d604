"""The organiser's agenda: made by the optimiser, changed by hand, published."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from fairlink.fairs import queries as fairs
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Conflict, Invalid, NotFound
from fairlink.policy import Can
from fairlink.visits import queries, service
from fairlink.visits.forms.agenda import RunForm
from fairlink.visits.forms.meetings import SlotForm
from fairlink.visits.rules.checker import below_minimum, faults
from fairlink.visits.rules.impossible import foresee
from fairlink.visits.rules.planning import TABLES, Slot
from fairlink.visits.rules.problem import REASONS
from fairlink.visits.states import UNDER_WAY, AgendaMode, AgendaState
from fairlink.visits.views.blueprint import bp
from fairlink.web.access import guarded
from fairlink.web.errors import SENTENCES, sentence, show_on_form
from fairlink.web.filters import write_datetime
from fairlink.web.pagination import paginate
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.fairs.models import Fair
    from fairlink.visits.models import AgendaEntry, AgendaRun, MeetingRequest

#: Of many reasons so many are shown.
MOST_SHOWN = 30


@bp.route("/staff/fairs/<int:fair_id>/agenda", methods=["GET", "POST"])
@guarded(Can.AGENDA_EDIT, load=fairs.fair, reads=Can.FAIR_REVIEW)
def agenda(fair: "Fair") -> ResponseReturnValue:
    """Where the agenda of a fair stands; the form orders a run."""
    form = RunForm(mode=_usual_mode(fair).value)
    if form.validate_on_submit():
        try:
            with unit_of_work(db_session()) as session:
                mode, seconds = AgendaMode(form.mode.data), int(form.seconds.data)
                service.order_run(session, fair, mode, seconds, by=current_user, now=utcnow())
        except Conflict as error:
            show_on_form(form, error)
        else:
            flash(_("The agenda is being made. You can leave this page and come back."), "success")
            return redirect(url_for(".agenda", fair_id=fair.id))
    return _overview(fair, form), 422 if form.errors else 200


def _usual_mode(fair: "Fair") -> AgendaMode:
    """What is published stays as far as it can."""
    known = AgendaState.PUBLISHED in queries.present_runs(db_session(), fair.id)
    return AgendaMode.REPAIR if known else AgendaMode.FULL


def _overview(fair: "Fair", form: RunForm) -> str:
    session, now = db_session(), utcnow()
    rules = queries.rules_of(session, fair.id)
    runs = queries.present_runs(session, fair.id)
    draft = runs.get(AgendaState.DRAFT)
    slots = queries.slots_of(session, fair.id)
    plan = queries.plan_of(session, fair, AgendaMode.REPAIR, now=now)
    found: Sequence[str] = ()
    short: Sequence[str] = ()
    if draft is not None:
        number = {slot_id: i for i, slot_id in enumerate(plan.slot_ids)}
        entries = queries.all_entries(session, draft)
        schedule = {str(each.request_id): number[each.slot_id] for each in entries}
        found = _say_all([(r.code, r.parameters) for r in faults(plan.problem, schedule)], slots, fair.zone)
        short = _say_all([(r.code, r.parameters) for r in below_minimum(plan.problem, schedule)], slots, fair.zone)
    return render_template(
        "visits/agenda.html",
        fair=fair,
        form=form,
        rules=rules,
        running=next((runs[state] for state in UNDER_WAY if state in runs), None),
        draft=draft,
        published=runs.get(AgendaState.PUBLISHED),
        wanted=len(plan.problem.meetings),
        foreseen=_say_all([(r.code, r.parameters) for r in foresee(plan.problem)], slots, fair.zone),
        faults=found,
        short=short,
        reasons=_say_all([(r["code"], r["parameters"]) for r in draft.reasons], slots, fair.zone) if draft else (),
        called_off=queries.called_off_count(session, draft, now=now) if draft else 0,
        seated=queries.entry_count(session, draft) if draft else 0,
        unplaced=queries.unplaced_count(session, draft, now=now) if draft else 0,
    )


def _say_all(found: Sequence[tuple[str, Mapping[str, Any]]], slots: Sequence[Slot], zone: str) -> list[str]:
    """Reasons of the rules in the reader's language; of very many the first ones."""
    return [_say(code, parameters, slots, zone) for code, parameters in found[:MOST_SHOWN]]


def _say(code: str, parameters: Mapping[str, Any], slots: Sequence[Slot], zone: str) -> str:
    """A reason in the reader's language; numbers of slots become times on the fair's clocks."""
    told = dict(parameters)

    def time(number: str | int) -> str:
        at = int(number)
        return write_datetime(slots[at].starts_at, zone) if at < len(slots) else str(number)

    if "slot" in told:
        told["slot"] = time(told["slot"])
    if isinstance(told.get("slots"), str):
        runs = (part.partition("-") for part in told["slots"].split(", ") if part)
        told["slots"] = "; ".join(f"{time(first)}–{time(last)}" if last else time(first) for first, _dash, last in runs)
    if told.get("place") == TABLES:
        told["place"] = _("the tables")
    return str(_(REASONS[code]) % told)


@bp.post("/staff/agendas/<int:run_id>/stop")
@guarded(Can.AGENDA_EDIT, load=queries.agenda_run)
def stop_agenda(run: "AgendaRun") -> ResponseReturnValue:
    """End the waiting; the best agenda so far is kept."""
    with unit_of_work(db_session()) as session:
        service.stop_run(session, run, by=current_user, now=utcnow())
    flash(_("It stops within seconds and keeps the best agenda so far."), "success")
    return redirect(url_for(".agenda", fair_id=run.fair_id))


@bp.get("/staff/agendas/<int:run_id>")
@guarded(Can.AGENDA_EDIT, load=queries.agenda_run)
def agenda_table(run: "AgendaRun") -> ResponseReturnValue:
    """The meetings of a draft by time and place."""
    session = db_session()
    days = queries.days_of(session, run)
    chosen = _day(request.args.get("day")) or (days[0][0] if days else None)
    query, keys = queries.entries_on(run, chosen)
    page = paginate(session, query, keys, after=request.args.get("after"), before=request.args.get("before"), size=40)
    must = queries.must_meet_pairs(session, [entry.visit_id for entry in page.items])
    return render_template("visits/agenda_table.html", run=run, days=days, chosen=chosen, page=page, must=must)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


@bp.get("/staff/agendas/<int:run_id>/unplaced")
@guarded(Can.AGENDA_EDIT, load=queries.agenda_run)
def agenda_unplaced(run: "AgendaRun") -> ResponseReturnValue:
    """The accepted requests without a time, and why."""
    session = db_session()
    query = queries.unplaced(run, now=utcnow())
    page = paginate(
        session,
        query,
        [queries.request_key()],
        after=request.args.get("after"),
        before=request.args.get("before"),
        size=40,
    )
    slots = queries.slots_of(session, run.fair_id)
    why = {
        each.id: _say(known["code"], known["parameters"], slots, run.fair.zone)
        if (known := run.unplaced.get(str(each.id)))
        else _("Taken out by hand, or agreed since.")
        for each in page.items
    }
    must = queries.must_meet_pairs(session, [each.visit_id for each in page.items])
    return render_template("visits/agenda_unplaced.html", run=run, page=page, why=why, must=must)


@bp.route("/staff/agendas/<int:run_id>/place", methods=["GET", "POST"])
@guarded(Can.AGENDA_EDIT, load=queries.agenda_run)
def place(run: "AgendaRun") -> ResponseReturnValue:
    """Give an accepted request a time by hand."""
    number = request.args.get("request", "")
    if not number:
        return redirect(url_for(".agenda_unplaced", run_id=run.id))
    known = queries.request(db_session(), int(number)) if number.isascii() and number.isdigit() else None
    if known is None or known.fair.id != run.fair_id:
        raise NotFound("not_found")
    form = SlotForm()
    if form.validate_on_submit():
        try:
            with unit_of_work(db_session()) as session:
                slot_id = int(form.slot_id.data)
                service.place(session, run, known, slot_id=slot_id, by=current_user, now=utcnow())
        except (Conflict, Invalid) as error:
            return _place_page(run, known, form, refusal=error)
        flash(_("The meeting is in the agenda, and stays where you put it."), "success")
        return redirect(url_for(".agenda_unplaced", run_id=run.id))
    return _place_page(run, known, form)


@bp.route("/staff/agenda-entries/<int:entry_id>", methods=["GET", "POST"])
@guarded(Can.AGENDA_EDIT, load=queries.entry)
def agenda_entry(entry: "AgendaEntry") -> ResponseReturnValue:
    """One meeting of a draft: move it, fix it, take it out."""
    form = SlotForm()
    if form.validate_on_submit():
        try:
            with unit_of_work(db_session()) as session:
                service.shift(session, entry, slot_id=int(form.slot_id.data), by=current_user, now=utcnow())
        except (Conflict, Invalid) as error:
            return _place_page(entry.run, entry.request, form, entry=entry, refusal=error)
        flash(_("The meeting is moved, and stays where you put it."), "success")
        return redirect(url_for(".agenda_table", run_id=entry.run_id))
    return _place_page(entry.run, entry.request, form, entry=entry)


def _place_page(
    run: "AgendaRun",
    asked: "MeetingRequest",
    form: SlotForm,
    *,
    entry: "AgendaEntry | None" = None,
    refusal: Conflict | Invalid | None = None,
) -> ResponseReturnValue:
    """The free times of a meeting, and beside every other one what stands in the way."""
    status = 422 if form.errors else 200
    if refusal is not None:
        form.slot_id.errors = [sentence(refusal)]
        status = refusal.http_status
    pairs = queries.obstacles(db_session(), run, asked, now=utcnow())
    zone = run.fair.zone
    form.offer([slot for slot, code in pairs if code is None], zone)
    blocked = [(slot, SENTENCES[code]) for slot, code in pairs if code is not None]
    page = render_template("visits/agenda_entry.html", run=run, asked=asked, entry=entry, form=form, blocked=blocked)
    return page, status


@bp.post("/staff/agenda-entries/<int:entry_id>/remove")
@guarded(Can.AGENDA_EDIT, load=queries.entry)
def remove_entry(entry: "AgendaEntry") -> ResponseReturnValue:
    """Take a meeting out of a draft; the page has asked once."""
    run_id = entry.run_id
    with unit_of_work(db_session()) as session:
        service.remove(session, entry, by=current_user, now=utcnow())
    flash(_("The meeting is out of the agenda. Its request stays."), "success")
    return redirect(url_for(".agenda_table", run_id=run_id))


@bp.post("/staff/agenda-entries/<int:entry_id>/fix")
@guarded(Can.AGENDA_EDIT, load=queries.entry)
def fix_entry(entry: "AgendaEntry") -> ResponseReturnValue:
    """Let the next run move a meeting, or not."""
    with unit_of_work(db_session()) as session:
        service.fix(session, entry, fixed=not entry.is_fixed, by=current_user, now=utcnow())
    flash(_("Your changes are saved."), "success")
    return redirect(url_for(".agenda_entry", entry_id=entry.id))


@bp.post("/staff/agendas/<int:run_id>/publish")
@guarded(Can.AGENDA_EDIT, load=queries.agenda_run)
def publish_agenda(run: "AgendaRun") -> ResponseReturnValue:
    """Make the draft the fair's meetings; the page has asked once."""
    with unit_of_work(db_session()) as session:
        count = service.publish(session, run, by=current_user, now=utcnow())
    flash(
        ngettext(
            "The agenda is published: %(num)s meeting. Everybody it concerns gets a mail.",
            "The agenda is published: %(num)s meetings. Everybody they concern gets a mail.",
            count,
        ),
        "success",
    )
    return redirect(url_for(".agenda", fair_id=run.fair_id))


@bp.post("/staff/agendas/<int:run_id>/discard")
@guarded(Can.AGENDA_EDIT, load=queries.agenda_run)
def discard_agenda(run: "AgendaRun") -> ResponseReturnValue:
    """Throw a draft away; the page has asked once."""
    with unit_of_work(db_session()) as session:
        service.discard(session, run, by=current_user, now=utcnow())
    flash(_("The draft is thrown away. What is published stays."), "success")
    return redirect(url_for(".agenda", fair_id=run.fair_id))
