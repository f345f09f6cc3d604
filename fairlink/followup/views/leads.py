"""Leads in the account: the list, one lead, recording and editing it."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from fairlink.followup import queries, service
from fairlink.followup.forms import LeadForm
from fairlink.followup.states import Interest
from fairlink.followup.views.blueprint import bp, viewer_side
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.policy import Can
from fairlink.visits import queries as visits
from fairlink.web.access import guarded
from fairlink.web.pagination import paginate, searched_text
from fairlink.web.session import db_session


@bp.get("/leads")
@guarded(Can.DIARY_READ)
def leads() -> ResponseReturnValue:
    """The viewer's leads, newest first, with the questions that wait for an answer on top."""
    session = db_session()
    page = paginate(
        session,
        queries.leads_of(current_user.organisation_id, text := searched_text()),
        queries.LEAD_KEYS,
        after=request.args.get("after"),
        before=request.args.get("before"),
        descending=True,
    )
    prompts = queries.open_prompts(session, current_user.organisation_id, viewer_side(), utcnow())
    return render_template("followup/leads.html", page=page, text=text, prompts=prompts, side=viewer_side())


@bp.get("/leads/<int:lead_id>")
@guarded(Can.LEAD_READ, load=queries.lead)
def lead(lead: Any) -> ResponseReturnValue:
    """One lead: what was learnt, what was asked and answered, what was ordered."""
    return render_template("followup/lead.html", lead=lead, side=viewer_side(), now=utcnow())


@bp.route("/meetings/<int:meeting_id>/lead", methods=["GET", "POST"])
@guarded(Can.MEETING_MARK, load=visits.meeting)
def record_lead(meeting: Any) -> ResponseReturnValue:
    """Make a lead of a meeting that was held; shows the lead where there is one already."""
    session = db_session()
    known = queries.lead_of_meeting(session, meeting.id)
    if known is not None:
        return redirect(url_for(".lead", lead_id=known.id))
    form = _lead_form(meeting.exhibitor, interest=Interest.MEDIUM)
    if not form.validate_on_submit():
        status = 422 if form.errors else 200
        return render_template("followup/record_lead.html", form=form, meeting=meeting, side=viewer_side()), status
    with unit_of_work(session):
        made = service.record_lead(
            session, meeting, side=viewer_side(), by=current_user, now=utcnow(), **_lead_values(form)
        )
    flash(_("The lead is recorded. We will ask both sides what came of it."), "success")
    return redirect(url_for(".lead", lead_id=made.id))


@bp.route("/leads/<int:lead_id>/edit", methods=["GET", "POST"])
@guarded(Can.LEAD_EDIT, load=queries.lead)
def edit_lead(lead: Any) -> ResponseReturnValue:
    """Correct what was learnt at the fair."""
    session = db_session()
    own = lead.recorded_side == viewer_side()
    expected = lead.expected_by(viewer_side())
    form = _lead_form(
        lead.exhibitor,
        interest=lead.interest,
        products=[product.code for product in lead.products],
        expected=expected,
        expected_currency=expected.currency if expected else None,
        note=lead.note if own else "",
    )
    if not own:
        # The note is private to the side that wrote it.
        del form.note
    if not form.validate_on_submit():
        return render_template("followup/edit_lead.html", form=form, lead=lead, side=viewer_side()), (
            422 if form.errors else 200
        )
    values = _lead_values(form)
    if not own:
        values["note"] = lead.note
    with unit_of_work(session):
        service.edit_lead(session, lead, side=viewer_side(), by=current_user, now=utcnow(), **values)
    flash(_("Saved."), "success")
    return redirect(url_for(".lead", lead_id=lead.id))


def _lead_form(exhibitor: Any, **values: Any) -> LeadForm:
    values["expected_currency"] = values.get("expected_currency") or exhibitor.application.call.currency
    form = LeadForm(data=values)
    form.products.choices = [(code.code, code.name) for code in queries.products_of(db_session(), exhibitor)]
    return form


def _lead_values(form: LeadForm) -> dict[str, Any]:
    return {
        "interest": Interest(form.interest.data),
        "products": queries.products(db_session(), form.products.data or []),
        "expected": form.expected.data,
        "note": form.note.data if "note" in form else "",
    }
