"""Travel support for buyers, as buyers see it: apply, send a colleague, claim."""

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from fairlink.applications import queries as applications
from fairlink.applications.rules import last_day
from fairlink.files.views import download
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Invalid
from fairlink.kernel.money import Money
from fairlink.policy import Can
from fairlink.visits import queries, service
from fairlink.visits.forms.hosting import ApplyForm, EvidenceForm, SubstituteForm, TripForm
from fairlink.visits.rules.hosting import ceiling_of
from fairlink.visits.views.blueprint import bp
from fairlink.web.access import guarded
from fairlink.web.errors import error_page, show_on_form
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.visits.models import HostedEvidence, HostedStay, Visit


@bp.route("/visits/<int:visit_id>/hosting", methods=["GET", "POST"])
@guarded(Can.VISIT_EDIT, load=queries.visit)
def hosting(visit: "Visit") -> ResponseReturnValue:
    """What is offered for this visit, the application for it, and how far it is."""
    stay = queries.hosted_stay_of(db_session(), visit.id)
    if stay is not None:
        return _stay_page(stay)
    form = ApplyForm()
    if form.validate_on_submit():
        with unit_of_work(db_session()) as session:
            service.apply_for_hosting(session, visit, by=current_user, now=utcnow())
        flash(_("You have applied. The agency decides and tells you here."), "success")
        return redirect(url_for(".hosting", visit_id=visit.id))
    offer = queries.hosting_offer(db_session(), visit.fair_id)
    minor = ceiling_of(visit.buyer.country, offer.ceiling_by_origin) if offer else 0
    ceiling = Money(minor, offer.call.currency) if offer and minor else None
    page = render_template(
        "visits/hosting_offer.html",
        visit=visit,
        offer=offer,
        ceiling=ceiling,
        last_day=last_day(offer.claim_window.closes_at, visit.fair.zone) if offer else None,
        form=form,
    )
    return page, 422 if form.errors else 200


def _stay_page(
    stay: "HostedStay", trip: TripForm | None = None, files: EvidenceForm | None = None
) -> ResponseReturnValue:
    colleagues = queries.colleagues_of(db_session(), current_user)
    substitute = SubstituteForm(formdata=None)
    substitute.colleague_id.choices = [(each.id, each.name) for each in colleagues]
    window, now = stay.offer.claim_window, utcnow()
    page = render_template(
        "visits/hosting.html",
        stay=stay,
        attendance=queries.attendance_of(db_session(), stay),
        payment=queries.payment_of(db_session(), stay),
        account=applications.payout_account(db_session(), stay.buyer_id),
        form=trip or TripForm(formdata=None, currency=stay.offer.call.currency),
        files=files or EvidenceForm(formdata=None),
        substitute=substitute if colleagues else None,
        now=now,
        last_day=last_day(window.closes_at, stay.offer.fair.zone),
        claim_over=now >= window.closes_at,
    )
    wrong = any(each.errors or each.form_errors for each in (trip, files) if each)
    return page, 422 if wrong else 200


def _back(stay: "HostedStay") -> ResponseReturnValue:
    return redirect(url_for(".hosting", visit_id=stay.visit_id))


@bp.post("/hosting/<int:stay_id>/substitute")
@guarded(Can.VISIT_EDIT, load=queries.hosted_stay)
def substitute(stay: "HostedStay") -> ResponseReturnValue:
    """Send a colleague instead."""
    form = SubstituteForm()
    form.colleague_id.choices = [(each.id, each.name) for each in queries.colleagues_of(db_session(), current_user)]
    if not form.validate_on_submit():
        return error_page(422, _("Choose a colleague."))
    with unit_of_work(db_session()) as session:
        service.substitute(session, stay, form.colleague_id.data, by=current_user, now=utcnow())
    flash(_("Your colleague travels instead. All meetings stay as they are."), "success")
    return _back(stay)


@bp.post("/hosting/<int:stay_id>/withdraw")
@guarded(Can.VISIT_EDIT, load=queries.hosted_stay)
def withdraw_hosting(stay: "HostedStay") -> ResponseReturnValue:
    """Do without the support."""
    with unit_of_work(db_session()) as session:
        service.withdraw_hosting(session, stay, by=current_user, now=utcnow())
    flash(_("You do without the support. Your visit stays booked."), "success")
    return _back(stay)


@bp.post("/hosting/<int:stay_id>/evidence")
@guarded(Can.VISIT_EDIT, load=queries.hosted_stay)
def add_hosted_evidence(stay: "HostedStay") -> ResponseReturnValue:
    """Hand in what proves the trip."""
    form = EvidenceForm()
    try:
        if not form.validate_on_submit():
            return _stay_page(stay, files=form)
        with unit_of_work(db_session()) as session:
            service.add_hosted_evidence(session, stay, form.files.data, by=current_user, now=utcnow())
    except Invalid as error:
        show_on_form(form, error)
        return _stay_page(stay, files=form)
    flash(_("The files are kept."), "success")
    return _back(stay)


@bp.post("/hosting/<int:stay_id>/claim")
@guarded(Can.VISIT_EDIT, load=queries.hosted_stay)
def claim_hosting(stay: "HostedStay") -> ResponseReturnValue:
    """Ask for the money, once the fair is over."""
    form = TripForm(currency=stay.offer.call.currency)
    try:
        if not form.validate_on_submit():
            return _stay_page(stay, trip=form)
        travel, lodging = form.travel.data, form.lodging.data
        with unit_of_work(db_session()) as session:
            service.claim_hosting(
                session,
                stay,
                travel_minor=travel.minor,
                lodging_minor=lodging.minor if lodging else 0,
                by=current_user,
                now=utcnow(),
            )
    except Invalid as error:
        show_on_form(form, error)
        return _stay_page(stay, trip=form)
    flash(_("Your claim is sent."), "success")
    return _back(stay)


@bp.get("/hosting/evidence/<int:evidence_id>")
@guarded(Can.HOSTED_EVIDENCE_READ, load=queries.hosted_evidence)
def hosted_evidence(evidence: "HostedEvidence") -> ResponseReturnValue:
    """A file of a stay, for the buyer and for the agency."""
    return download(evidence.file)
