"""Claims for the firms of a group: what can be claimed, what it came to, its proofs, and where to be paid."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user

from fairlink.accounts import queries as accounts
from fairlink.applications import queries, service
from fairlink.applications.forms.money import (
    CLAIM_KINDS,
    CLAIM_STATES,
    DISBURSEMENT_STATES,
    EVIDENCE,
    FILE_KINDS,
    PURPOSES,
    RECOVERY_CAUSES,
    RECOVERY_ENTRIES,
    RECOVERY_STATES,
    AccountForm,
    ActualsForm,
    EvidenceForm,
    SendClaimForm,
)
from fairlink.applications.rules.claims import evidence_asked
from fairlink.applications.states.money import ClaimKind, ClaimState
from fairlink.applications.views.blueprint import bp
from fairlink.files.views import download
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Conflict, Invalid, NotFound
from fairlink.policy import Can
from fairlink.subsidies.rules.terms import Evidence
from fairlink.web.access import guarded
from fairlink.web.errors import show_on_form
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.accounts.models import Organisation
    from fairlink.applications.models import Application, Claim, ClaimEvidence, ClaimLine

#: What the histories of claims and recovery cases call each event.
EVENTS = {
    "claim:start": lazy_gettext("Started"),
    "claim:edit": lazy_gettext("Costs saved"),
    "claim:evidence": lazy_gettext("Proof added"),
    "claim:evidence_removed": lazy_gettext("Proof removed"),
    "claim:submit": lazy_gettext("Sent"),
    "claim:return": lazy_gettext("Returned for change"),
    "claim:check": lazy_gettext("Checked"),
    "claim:approve": lazy_gettext("Approved"),
    "claim:refuse": lazy_gettext("Refused"),
    "claim:lapse": lazy_gettext("Lapsed"),
    "claim:retention": lazy_gettext("What was kept back is paid"),
    "recovery:open": lazy_gettext("Opened"),
    "recovery:answer": lazy_gettext("Answered"),
    "recovery:decide": lazy_gettext("Money demanded"),
    "recovery:drop": lazy_gettext("Dropped"),
    "recovery:paid_back": lazy_gettext("Paid back"),
    "recovery:close": lazy_gettext("Closed"),
}


@bp.context_processor
def money_words() -> dict[str, Any]:
    """What the templates about money share."""
    return {
        "claim_kinds": CLAIM_KINDS,
        "claim_states": CLAIM_STATES,
        "purposes": PURPOSES,
        "disbursement_states": DISBURSEMENT_STATES,
        "file_kinds": FILE_KINDS,
        "evidence_names": EVIDENCE,
        "evidence_words": _evidence_words,
        "recovery_states": RECOVERY_STATES,
        "recovery_causes": RECOVERY_CAUSES,
        "recovery_entries": RECOVERY_ENTRIES,
        "money_events": EVENTS,
    }


def _evidence_words(kinds: Iterable[Evidence]) -> str:
    return ", ".join(str(EVIDENCE[kind]) for kind in kinds)


@bp.get("/applications/<int:application_id>/claims")
@guarded(Can.APPLICATION_READ, load=queries.application)
def claims(application: "Application") -> ResponseReturnValue:
    """What was awarded, claimed, paid and asked back, and what can be claimed now."""
    session, award, now = db_session(), application.award, utcnow()
    if award is None:
        raise NotFound("not_found")
    return render_template(
        "applications/claims.html",
        application=application,
        award=award,
        fair=application.call.fair,
        claims=queries.claims_of_award(session, award.id),
        possible=[kind for kind in ClaimKind if service.may_claim(application, kind, now)],
        window=service.claim_window(application),
        disbursements=queries.disbursements_of_award(session, award.id),
        account=queries.payout_account(session, current_user.organisation_id),
        recoveries=queries.recoveries_of_firm(session, award.id, current_user.organisation_id),
    )


@bp.post("/applications/<int:application_id>/claims")
@guarded(Can.CLAIM_START, load=queries.application, reads=Can.APPLICATION_READ)
def start_claim(application: "Application") -> ResponseReturnValue:
    """Begin a claim."""
    kind = ClaimKind.ADVANCE if request.form.get("kind") == ClaimKind.ADVANCE else ClaimKind.FINAL
    with unit_of_work(db_session()) as session:
        claim = service.start_claim(session, application, kind, by=current_user, now=utcnow())
    return redirect(url_for(".claim", claim_id=claim.id), 303)


@bp.get("/claims/<int:claim_id>")
@guarded(Can.CLAIM_READ, load=queries.claim)
def claim(claim: "Claim") -> ResponseReturnValue:
    """One claim: its costs and proofs, and what came of it."""
    return _claim_page(claim, SendClaimForm(formdata=None))


def _claim_page(claim: "Claim", form: SendClaimForm) -> ResponseReturnValue:
    application = claim.application
    page = render_template(
        "applications/claim.html",
        claim=claim,
        application=application,
        fair=application.call.fair,
        form=form,
        asked=evidence_asked(application.call.scheme_version.document),
        missing=service.missing_evidence(claim),
        is_complete=service.is_complete(claim),
        may_be_sent=service.may_send_claim(claim, utcnow()),
        window=service.claim_window(application),
    )
    return page, 422 if form.errors else 200


@bp.route("/claims/<int:claim_id>/costs", methods=["GET", "POST"])
@guarded(Can.CLAIM_EDIT, load=queries.claim)
def claim_costs(claim: "Claim") -> ResponseReturnValue:
    """What the planned costs came to: one's own, and those of all for the lead."""
    _check_draft(claim)
    own = [line for line in claim.lines if current_user.organisation_id in line.firm_ids]
    rows = [
        {"line_id": line.id, "actual": None if line.actual_minor is None else line.money(line.actual_minor)}
        for line in own
    ]
    form = ActualsForm(claim.award.currency, rows)
    if form.validate_on_submit():
        with unit_of_work(db_session()) as session:
            service.save_actual_costs(session, claim, form.amounts(), by=current_user, now=utcnow())
        flash(_("Saved."), "success")
        return redirect(url_for(".claim", claim_id=claim.id), 303)
    page = render_template(
        "applications/claim_costs.html",
        claim=claim,
        fair=claim.application.call.fair,
        form=form,
        lines={str(line.id): line for line in own},
    )
    return page, 422 if form.errors else 200


def _check_draft(claim: "Claim") -> None:
    if claim.state != ClaimState.DRAFT:
        raise Conflict("claim_not_draft")


@bp.route("/claim-lines/<int:line_id>/evidence", methods=["GET", "POST"])
@guarded(Can.CLAIM_EDIT, load=queries.claim_line)
def evidence(line: "ClaimLine") -> ResponseReturnValue:
    """The files that prove one cost."""
    _check_draft(line.claim)
    asked = evidence_asked(line.claim.application.call.scheme_version.document)[line.cost_line.cost_class]
    form = EvidenceForm(asked)
    if form.validate_on_submit():
        try:
            with unit_of_work(db_session()) as session:
                kind = Evidence(form.kind.data)
                service.add_evidence(session, line, kind, form.files.data, by=current_user, now=utcnow())
            flash(_("The files are kept."), "success")
            return redirect(url_for(".evidence", line_id=line.id), 303)
        except Invalid as error:
            show_on_form(form, error)
    page = render_template(
        "applications/claim_evidence.html",
        line=line,
        claim=line.claim,
        fair=line.claim.application.call.fair,
        form=form,
        asked=asked,
    )
    return page, 422 if form.errors else 200


@bp.get("/claim-evidence/<int:evidence_id>")
@guarded(Can.EVIDENCE_READ, load=queries.claim_evidence)
def evidence_file(evidence: "ClaimEvidence") -> ResponseReturnValue:
    """A file that proves a cost, as a download."""
    return download(evidence.file)


@bp.post("/claim-evidence/<int:evidence_id>/remove")
@guarded(Can.CLAIM_EDIT, load=queries.claim_evidence)
def remove_evidence(evidence: "ClaimEvidence") -> ResponseReturnValue:
    """Take a file away."""
    line_id = evidence.claim_line_id
    with unit_of_work(db_session()) as session:
        service.remove_evidence(session, evidence, by=current_user, now=utcnow())
    flash(_("The file is removed."), "success")
    return redirect(url_for(".evidence", line_id=line_id), 303)


@bp.post("/claims/<int:claim_id>/submit")
@guarded(Can.CLAIM_SEND, load=queries.claim, reads=Can.CLAIM_READ)
def submit_claim(claim: "Claim") -> ResponseReturnValue:
    """Send the claim."""
    form = SendClaimForm()
    if not form.validate_on_submit():
        return _claim_page(claim, form)
    try:
        with unit_of_work(db_session()) as session:
            service.submit_claim(session, claim, by=current_user, now=utcnow())
    except Invalid as error:
        show_on_form(form, error)
        return _claim_page(claim, form)
    flash(_("Your claim is sent."), "success")
    return redirect(url_for(".claim", claim_id=claim.id), 303)


@bp.route("/payout-account", methods=["GET", "POST"])
@guarded(Can.PAYOUT_ACCOUNT_EDIT, load=accounts.organisation)
def payout_account(organisation: "Organisation") -> ResponseReturnValue:
    """Where the viewer's organisation is paid; an agency's is the account that it pays from."""
    form = AccountForm(obj=queries.payout_account(db_session(), organisation.id))
    if form.validate_on_submit():
        with unit_of_work(db_session()) as session:
            service.save_account(
                session,
                organisation,
                holder=form.holder.data,
                number=form.number.data,
                bic=form.bic.data or "",
                bank=form.bank.data or "",
                by=current_user,
                now=utcnow(),
            )
        flash(_("The account is saved. Payments that are on their way keep the old one."), "success")
        return redirect(url_for(".payout_account"), 303)
    page = render_template("applications/payout_account.html", form=form, organisation=organisation)
    return page, 422 if form.errors else 200
