"""Claims for the agency's staff: list, review, checking line by line, and the second person's approval."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from fairlink.applications import queries, service
from fairlink.applications.forms.money import CheckForm, MoneyReasonForm
from fairlink.applications.rules.claims import evidence_asked
from fairlink.applications.states.money import CLAIM_TRANSITIONS, WITH_AGENCY, ClaimState
from fairlink.applications.views.applying import with_names
from fairlink.applications.views.blueprint import bp
from fairlink.audit import queries as audit
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Conflict
from fairlink.kernel.states import allowed_actions
from fairlink.policy import Can
from fairlink.subsidies.rules import Quote
from fairlink.web.access import guarded
from fairlink.web.pagination import paginate_newest
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.applications.models import Claim


@bp.get("/staff/claims")
@guarded(Can.CLAIM_LIST)
def claim_list() -> ResponseReturnValue:
    """The claims that were sent to the agency."""
    session, agency_id = db_session(), current_user.organisation_id
    asked = request.args.get("state")
    state = ClaimState(asked) if asked in set(ClaimState) else None
    return render_template(
        "applications/claim_list.html",
        page=paginate_newest(session, queries.claims_of_agency(agency_id, state)),
        counts=queries.claim_counts(session, agency_id),
        chosen=state,
    )


@bp.get("/staff/claims/<int:claim_id>")
@guarded(Can.CLAIM_REVIEW, load=queries.claim)
def review_claim(claim: "Claim") -> ResponseReturnValue:
    """Everything about a claim: costs and proofs, what follows from them, history."""
    session, application = db_session(), claim.application
    history = audit.history(session, "claim", claim.id)
    return render_template(
        "applications/claim_review.html",
        claim=claim,
        application=application,
        fair=application.call.fair,
        asked=evidence_asked(application.call.scheme_version.document),
        quote=None if claim.quote is None else with_names(application, Quote.from_dict(claim.quote)),
        possible=allowed_actions(CLAIM_TRANSITIONS, claim.state),
        history=history,
        actors=queries.names_of_users(session, {event.actor_id for event in history if event.actor_id}),
    )


def _back(claim: "Claim", message: str) -> ResponseReturnValue:
    flash(message, "success")
    return redirect(url_for(".review_claim", claim_id=claim.id), 303)


@bp.route("/staff/claims/<int:claim_id>/check", methods=["GET", "POST"])
@guarded(Can.CLAIM_CHECK, load=queries.claim, reads=Can.CLAIM_REVIEW)
def check_claim(claim: "Claim") -> ResponseReturnValue:
    """Say line by line what is accepted; with nothing to prove, one press will do."""
    if claim.state not in WITH_AGENCY:
        raise Conflict("transition_not_allowed")
    claimed = {line.id: line.money(line.actual_minor or 0) for line in claim.lines}
    rows = [
        {
            "line_id": line.id,
            "accepted": line.money(line.actual_minor or 0 if line.accepted_minor is None else line.accepted_minor),
            "reason": line.reason,
        }
        for line in claim.lines
    ]
    form = CheckForm(claimed, rows, claim.award.currency)
    if form.validate_on_submit():
        with unit_of_work(db_session()) as session:
            service.check_claim(session, claim, form.decided(), by=current_user, now=utcnow())
        return _back(claim, _("The claim is checked. A colleague of finance approves it."))
    page = render_template(
        "applications/claim_check.html",
        claim=claim,
        fair=claim.application.call.fair,
        form=form,
        lines={str(line.id): line for line in claim.lines},
    )
    return page, 422 if form.errors else 200


@bp.post("/staff/claims/<int:claim_id>/approve")
@guarded(Can.CLAIM_APPROVE, load=queries.claim, reads=Can.CLAIM_REVIEW)
def approve_claim(claim: "Claim") -> ResponseReturnValue:
    """Order the payments of a checked claim."""
    with unit_of_work(db_session()) as session:
        service.approve_claim(session, claim, by=current_user, now=utcnow())
    return _back(claim, _("The claim is approved. Its payments wait for a bank file."))


@bp.route("/staff/claims/<int:claim_id>/return", methods=["GET", "POST"])
@guarded(Can.CLAIM_CHECK, load=queries.claim, reads=Can.CLAIM_REVIEW)
def return_claim(claim: "Claim") -> ResponseReturnValue:
    """Ask the group to change its claim."""
    return _with_reason(claim, _("Return for change"), service.send_claim_back, _("The claim is with the group again."))


@bp.route("/staff/claims/<int:claim_id>/refuse", methods=["GET", "POST"])
@guarded(Can.CLAIM_CHECK, load=queries.claim, reads=Can.CLAIM_REVIEW)
def refuse_claim(claim: "Claim") -> ResponseReturnValue:
    """Pay nothing of a claim."""
    return _with_reason(claim, _("Refuse"), service.refuse_claim, _("The claim is refused."))


def _with_reason(claim: "Claim", title: str, act: Callable[..., Any], done: str) -> ResponseReturnValue:
    form = MoneyReasonForm()
    if not form.validate_on_submit():
        page = render_template("applications/claim_reason.html", claim=claim, form=form, title=title)
        return page, 422 if form.errors else 200
    with unit_of_work(db_session()) as session:
        act(session, claim, form.reason.data, by=current_user, now=utcnow())
    return _back(claim, done)
