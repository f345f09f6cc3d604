"""Payments for finance staff: what waits, the files for the bank, and what the bank said."""

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from fairlink.applications import queries, service
from fairlink.applications.forms.money import AccountForm, FailedForm, SettledForm
from fairlink.applications.rules.payouts import file_kind
from fairlink.applications.states.money import DisbursementState, FileKind
from fairlink.applications.views.blueprint import bp
from fairlink.files.views import as_download
from fairlink.kernel.clock import local_date, utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Conflict
from fairlink.kernel.money import Money
from fairlink.policy import Can
from fairlink.web.access import guarded
from fairlink.web.pagination import paginate_newest
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.applications.models import Disbursement, DisbursementBatch, PayoutAccount

_FORMATS = {FileKind.PAIN_001: ("xml", "application/xml"), FileKind.CSV: ("csv", "text/csv")}


@bp.get("/staff/disbursements")
@guarded(Can.DISBURSEMENT_LIST)
def disbursements() -> ResponseReturnValue:
    """The agency's payments, what waits for a file of each kind, and the latest files."""
    session, agency_id = db_session(), current_user.organisation_id
    asked = request.args.get("state")
    state = DisbursementState(asked) if asked in set(DisbursementState) else None
    account = queries.payout_account(session, agency_id)
    return render_template(
        "applications/disbursements.html",
        page=paginate_newest(session, queries.disbursements_of_agency(agency_id, state)),
        counts=queries.disbursement_counts(session, agency_id),
        chosen=state,
        account=account,
        ready=_ready(account) if account else {},
        batches=queries.batches_of_agency(session, agency_id),
    )


def _ready(account: "PayoutAccount") -> dict[tuple[FileKind | None, str], tuple[int, Money]]:
    """How many payments of which sum fit each kind of file and currency; kind None for those without an account."""
    session, found = db_session(), dict[tuple[FileKind | None, str], tuple[int, Money]]()
    waiting = queries.waiting_of_agency(session, account.organisation_id)
    accounts = queries.payout_accounts(session, {each.payee_id for each in waiting if each.payee_id})
    for each in waiting:
        own = accounts.get(each.payee_id) if each.payee_id else None
        number = own.number if own else each.number
        kind = file_kind(each.currency, account.number, number) if number else None
        count, total = found.get((kind, each.currency), (0, Money.zero(each.currency)))
        found[kind, each.currency] = (count + 1, total + each.amount)
    return found


@bp.post("/staff/batches")
@guarded(Can.BATCH_MAKE)
def make_batch() -> ResponseReturnValue:
    """Put what waits into one file for the bank."""
    kind = FileKind.PAIN_001 if request.form.get("kind") == FileKind.PAIN_001 else FileKind.CSV
    with unit_of_work(db_session()) as session:
        batch = service.make_batch(
            session, current_user.organisation, kind, request.form.get("currency", ""), by=current_user, now=utcnow()
        )
    flash(_("The file is made. Download it and give it to your bank."), "success")
    return redirect(url_for(".batch", batch_id=batch.id), 303)


@bp.get("/staff/batches/<int:batch_id>")
@guarded(Can.BATCH_READ, load=queries.batch)
def batch(batch: "DisbursementBatch") -> ResponseReturnValue:
    """One bank file and its payments."""
    return _batch_page(batch, SettledForm(_today()))


def _today() -> Any:
    return local_date(utcnow(), current_user.zone)


def _batch_page(batch: "DisbursementBatch", form: SettledForm) -> ResponseReturnValue:
    page = render_template("applications/batch.html", batch=batch, form=form, zone=current_user.zone)
    return page, 422 if form.errors else 200


@bp.get("/staff/batches/<int:batch_id>/file")
@guarded(Can.BATCH_READ, load=queries.batch)
def batch_file(batch: "DisbursementBatch") -> ResponseReturnValue:
    """The bytes of a bank file, always the same."""
    ending, mime = _FORMATS[batch.kind]
    return as_download(batch.content, f"{batch.message_id}.{ending}", mime)


@bp.post("/staff/batches/<int:batch_id>/paid")
@guarded(Can.BATCH_READ, load=queries.batch)
def batch_paid(batch: "DisbursementBatch") -> ResponseReturnValue:
    """The bank has made the payments of a file."""
    form = SettledForm(_today())
    if not form.validate_on_submit():
        return _batch_page(batch, form)
    with unit_of_work(db_session()) as session:
        count = service.mark_paid(session, batch, form.on.data, by=current_user, now=utcnow())
    flash(_("%(count)s payments are marked as paid.", count=count), "success")
    return redirect(url_for(".batch", batch_id=batch.id), 303)


@bp.route("/staff/disbursements/<int:disbursement_id>/failed", methods=["GET", "POST"])
@guarded(Can.DISBURSEMENT_SETTLE, load=queries.disbursement, reads=Can.DISBURSEMENT_REVIEW)
def disbursement_failed(disbursement: "Disbursement") -> ResponseReturnValue:
    """The bank has sent a payment back."""
    form = FailedForm(_today())
    if form.validate_on_submit():
        with unit_of_work(db_session()) as session:
            service.mark_failed(session, disbursement, form.on.data, form.problem.data, by=current_user, now=utcnow())
        flash(_("The payment is marked as sent back, and the payee is told."), "success")
        return redirect(url_for(".disbursements"), 303)
    return _payment_page("applications/disbursement_failed.html", form, disbursement)


@bp.post("/staff/disbursements/<int:disbursement_id>/again")
@guarded(Can.DISBURSEMENT_SETTLE, load=queries.disbursement, reads=Can.DISBURSEMENT_REVIEW)
def disbursement_again(disbursement: "Disbursement") -> ResponseReturnValue:
    """Order a payment anew that the bank sent back."""
    with unit_of_work(db_session()) as session:
        service.order_again(session, disbursement, by=current_user, now=utcnow())
    flash(_("The payment is ordered again."), "success")
    return redirect(url_for(".disbursements"), 303)


@bp.route("/staff/disbursements/<int:disbursement_id>/account", methods=["GET", "POST"])
@guarded(Can.DISBURSEMENT_SETTLE, load=queries.disbursement, reads=Can.DISBURSEMENT_REVIEW)
def disbursement_account(disbursement: "Disbursement") -> ResponseReturnValue:
    """The account of a payee outside the platform."""
    if disbursement.payee_id is not None:
        raise Conflict("account_not_yours_to_enter")
    form = AccountForm(data={"holder": disbursement.holder or disbursement.payee_name, "number": disbursement.number})
    if form.validate_on_submit():
        with unit_of_work(db_session()) as session:
            service.enter_account(
                session,
                disbursement,
                holder=form.holder.data,
                number=form.number.data,
                bic=form.bic.data or "",
                by=current_user,
                now=utcnow(),
            )
        flash(_("The account is saved."), "success")
        return redirect(url_for(".disbursements"), 303)
    return _payment_page("applications/disbursement_account.html", form, disbursement)


def _payment_page(template: str, form: Any, disbursement: "Disbursement") -> ResponseReturnValue:
    return render_template(template, form=form, disbursement=disbursement), 422 if form.errors else 200
