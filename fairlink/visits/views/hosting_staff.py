"""Travel support for buyers, as an agency sees it: offer, choose, promise, check, approve."""

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from fairlink.applications.rules import last_day
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Invalid
from fairlink.kernel.money import Money
from fairlink.policy import Can
from fairlink.subsidies import queries as subsidies
from fairlink.visits import queries, service
from fairlink.visits.forms.hosting import OfferForm, OfficerForm
from fairlink.visits.rules.hosting import Verdict, by_amount
from fairlink.visits.states import HostedAction, HostedState
from fairlink.visits.views.blueprint import bp
from fairlink.web.access import guarded
from fairlink.web.errors import show_on_form
from fairlink.web.pagination import paginate_newest
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.subsidies.models import Call
    from fairlink.visits.models import HostedStay


@bp.get("/staff/calls/<int:call_id>/hosting")
@guarded(Can.HOSTING_REVIEW, load=subsidies.call)
def hosted_stays(call: "Call") -> ResponseReturnValue:
    """The travel support at the call's fair: the offer, and who applied for it."""
    page = paginate_newest(db_session(), queries.stays_of_fair(call.fair_id))
    offer = queries.hosting_offer(db_session(), call.fair_id)
    return render_template(
        "visits/hosted_stays.html",
        call=call,
        offer=offer,
        regions=by_amount(offer.ceiling_by_origin) if offer else {},
        last_day=last_day(offer.claim_window.closes_at, offer.fair.zone) if offer else None,
        page=page,
    )


@bp.route("/staff/calls/<int:call_id>/hosting/offer", methods=["GET", "POST"])
@guarded(Can.HOSTING_EDIT, load=subsidies.call, reads=Can.HOSTING_REVIEW)
def offer_hosting(call: "Call") -> ResponseReturnValue:
    """Say what is offered; it is paid from the call's envelope."""
    offer = queries.hosting_offer(db_session(), call.fair_id)
    known: dict[str, Any] = {}
    if offer is not None:
        ceilings = offer.ceiling_by_origin
        known = {
            "meetings_required": offer.meetings_required,
            "counts_workshops": offer.counts_workshops,
            "rate_bp": offer.rate_bp,
            "deposit": offer.deposit,
            "claim_within_days": offer.claim_within_days,
            "conditions": offer.conditions,
            "other": Money(ceilings[""], call.currency) if "" in ceilings else None,
            "ceilings": [
                {"countries": countries, "amount": Money(amount, call.currency)}
                for amount, countries in by_amount(ceilings).items()
            ]
            # Room for more.
            + [{}, {}],
        }
    form = OfferForm(data=known, currency=call.currency)
    if not form.validate_on_submit():
        return _offer_page(call, form)
    try:
        with unit_of_work(db_session()) as session:
            service.offer_hosting(
                session,
                call.fair,
                call,
                meetings_required=form.meetings_required.data,
                counts_workshops=form.counts_workshops.data,
                rate_bp=form.rate_bp.data,
                deposit_minor=form.deposit.data.minor if form.deposit.data else 0,
                claim_within_days=form.claim_within_days.data,
                ceilings=form.by_origin(),
                conditions=form.conditions.data,
                by=current_user,
                now=utcnow(),
            )
    except Invalid as error:
        show_on_form(form, error)
        return _offer_page(call, form)
    flash(_("Buyers who have booked a visit can apply now."), "success")
    return redirect(url_for(".hosted_stays", call_id=call.id))


def _offer_page(call: "Call", form: OfferForm) -> ResponseReturnValue:
    page = render_template("visits/hosting_form.html", form=form, call=call)
    return page, 422 if form.errors else 200


@bp.get("/staff/hosting/<int:stay_id>")
@guarded(Can.HOSTING_REVIEW, load=queries.hosted_stay)
def hosted_stay(stay: "HostedStay") -> ResponseReturnValue:
    """One buyer's application, claim, and what is to be done."""
    return _page(stay, OfficerForm())


def _page(stay: "HostedStay", form: OfficerForm) -> ResponseReturnValue:
    attendance = queries.attendance_of(db_session(), stay)
    page = render_template(
        "visits/hosted_stay.html",
        stay=stay,
        form=form,
        attendance=attendance,
        payment=queries.payment_of(db_session(), stay),
        last_day=last_day(stay.offer.claim_window.closes_at, stay.offer.fair.zone),
        verdict=attendance.verdict(stay.offer.meetings_required),
        over=stay.offer.fair.schedule.is_over(utcnow()),
    )
    return page, 422 if form.errors else 200


@bp.post("/staff/hosting/<int:stay_id>/decide")
@guarded(Can.HOSTING_EDIT, load=queries.hosted_stay, reads=Can.HOSTING_REVIEW)
def decide_hosting(stay: "HostedStay") -> ResponseReturnValue:
    """An officer chooses or refuses a buyer, or checks a claim."""
    form = OfficerForm()
    if not form.validate_on_submit():
        return _page(stay, form)
    with unit_of_work(db_session()) as session:
        if form.action.data == HostedAction.CHOOSE:
            service.choose(session, stay, by=current_user, now=utcnow())
            message = _("Chosen. Somebody else approves the money.")
        elif form.action.data == HostedAction.REFUSE:
            service.refuse_hosting(session, stay, reason=form.reason.data, by=current_user, now=utcnow())
            message = _("Refused. The buyer reads your reason.")
        else:
            verdict = service.check_hosting(session, stay, by=current_user, now=utcnow())
            earned = verdict is Verdict.EARNED
            message = _("Checked. Somebody else approves the payment.") if earned else _("Forfeited by the meetings.")
    flash(message, "success")
    return redirect(url_for(".hosted_stay", stay_id=stay.id))


@bp.post("/staff/hosting/<int:stay_id>/money")
@guarded(Can.HOSTING_PAY, load=queries.hosted_stay, reads=Can.HOSTING_REVIEW)
def approve_hosting(stay: "HostedStay") -> ResponseReturnValue:
    """Another person promises the money, or approves the payment: whichever is next."""
    with unit_of_work(db_session()) as session:
        if stay.state is HostedState.CHOSEN:
            service.grant(session, stay, by=current_user, now=utcnow())
        else:
            service.approve_hosting(session, stay, by=current_user, now=utcnow())
    flash(_("Approved."), "success")
    return redirect(url_for(".hosted_stay", stay_id=stay.id))
