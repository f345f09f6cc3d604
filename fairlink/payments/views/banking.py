"""Bank statements and refund files, for finance staff."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Conflict, Invalid
from fairlink.payments import exports, queries, rules, service
from fairlink.payments.forms import BookForm, SetAsideForm, StatementForm
from fairlink.payments.states import FileFormat
from fairlink.payments.views.blueprint import bp
from fairlink.policy import Can
from fairlink.web.access import guarded
from fairlink.web.errors import sentence, show_on_form
from fairlink.web.pagination import paginate
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.payments.models import BankEntry, Charge, RefundFile


@dataclass(frozen=True, slots=True)
class Waiting:
    """Money that waits for a decision, with what it may be for: each proposal is one or several charges."""

    entry: "BankEntry"
    proposals: "list[list[Charge]]"


@bp.route("/staff/payments/statements", methods=["GET", "POST"])
@guarded(Can.BANK_FILE_IMPORT)
def statements() -> ResponseReturnValue:
    """Import a statement, and decide what could not be booked at once."""
    form = StatementForm()
    if form.validate_on_submit():
        content = form.file.data.read()
        try:
            with unit_of_work(db_session()) as session:
                file, booked = service.import_statement(
                    session,
                    current_user.organisation_id,
                    form.file.data.filename or "",
                    content,
                    by=current_user,
                    now=utcnow(),
                )
        except (Invalid, Conflict) as error:
            if isinstance(error, Conflict):
                form.file.errors = [sentence(error)]
            else:
                show_on_form(form, error)
        else:
            new = ngettext("%(num)s new payment", "%(num)s new payments", file.entries)
            flash(_("%(new)s, %(booked)d booked at once.", new=new, booked=booked), "success")
            return redirect(url_for(".statements"), 303)
    return _statements_page(form), 422 if form.errors else 200


def _statements_page(form: Any) -> str:
    session, agency_id = db_session(), current_user.organisation_id
    page = paginate(
        session,
        queries.open_entries(agency_id),
        queries.ENTRY_KEYS,
        after=request.args.get("after"),
        before=request.args.get("before"),
    )
    return render_template(
        "payments/statements.html",
        form=form,
        page=page,
        waiting=_waiting(page.items),
        files=queries.bank_files(session, agency_id),
        account=queries.bank_account(session, agency_id),
    )


def _waiting(entries: Any) -> list[Waiting]:
    session, agency_id = db_session(), current_user.organisation_id
    owing = queries.owing(session, agency_id) if entries else []
    matches = [
        rules.match(
            amount_minor=each.amount_minor, currency=each.currency, payer=each.payer, told=each.told, owing=owing
        )
        for each in entries
    ]
    # What has become certain since the import is proposed like the rest.
    proposals = [((each.certain,),) if each.certain else each.proposals for each in matches]
    named = {number for some in proposals for one in some for number in one}
    charges = {charge.id: charge for charge in queries.charges_named(session, agency_id, sorted(named))}
    return [
        Waiting(entry, [[charges[number] for number in one] for one in some])
        for entry, some in zip(entries, proposals, strict=True)
    ]


@bp.get("/staff/bank-entries/<int:entry_id>")
@guarded(Can.BANK_ENTRY_DECIDE, load=queries.bank_entry)
def bank_entry(entry: "BankEntry") -> ResponseReturnValue:
    """Money that waits for a decision."""
    return _entry_page(entry, BookForm(), SetAsideForm())


@bp.post("/staff/bank-entries/<int:entry_id>/book")
@guarded(Can.BANK_ENTRY_DECIDE, load=queries.bank_entry)
def book(entry: "BankEntry") -> ResponseReturnValue:
    """Book money to the charges that were proposed, or to the one whose reference was typed."""
    session, form = db_session(), BookForm()
    if not form.validate_on_submit():
        return _entry_page(entry, form, SetAsideForm()), 422
    charges = queries.charges_by_reference(session, entry.agency_id, form.reference.data)
    try:
        with unit_of_work(session):
            service.book(session, entry, charges, by=current_user, now=utcnow())
    except Invalid as error:
        show_on_form(form, error)
        return _entry_page(entry, form, SetAsideForm()), 422
    flash(_("Booked. The firm has its receipt."), "success")
    return redirect(url_for(".statements"), 303)


@bp.post("/staff/bank-entries/<int:entry_id>/set-aside")
@guarded(Can.BANK_ENTRY_DECIDE, load=queries.bank_entry)
def set_aside(entry: "BankEntry") -> ResponseReturnValue:
    """This money is not for a charge."""
    form = SetAsideForm()
    if not form.validate_on_submit():
        return _entry_page(entry, BookForm(formdata=None), form), 422
    with unit_of_work(db_session()) as session:
        service.set_aside(session, entry, form.note.data, by=current_user, now=utcnow())
    flash(_("Set aside."), "success")
    return redirect(url_for(".statements"), 303)


def _entry_page(entry: "BankEntry", form: BookForm, aside: SetAsideForm) -> str:
    (waiting,) = _waiting([entry])
    return render_template(
        "payments/bank_entry.html", waiting=waiting, form=form if not aside.errors else aside, booking=form, aside=aside
    )


@bp.get("/staff/refunds")
@guarded(Can.BANK_FILE_IMPORT)
def refunds() -> ResponseReturnValue:
    """Transfers that the bank has yet to send back, and the files that tell it to."""
    session, agency_id = db_session(), current_user.organisation_id
    return render_template(
        "payments/refunds.html",
        waiting=queries.transfers_back(session, agency_id),
        files=queries.refund_files(session, agency_id),
    )


@bp.post("/staff/refunds/files")
@guarded(Can.BANK_FILE_IMPORT)
def make_refund_files() -> ResponseReturnValue:
    """Put what is in no file yet into one."""
    with unit_of_work(db_session()) as session:
        service.make_refund_files(session, current_user.organisation_id, by=current_user, now=utcnow())
    flash(_("The file is made. Give it to your bank, and say here when it has sent the money."), "success")
    return redirect(url_for(".refunds"), 303)


@bp.get("/staff/refund-files/<int:refund_file_id>")
@guarded(Can.BANK_ENTRY_DECIDE, load=queries.refund_file)
def refund_file(file: "RefundFile") -> ResponseReturnValue:
    """A file for the agency's bank: pain.001, or a table."""
    session = db_session()
    refunds, account = queries.refunds_in_file(session, file.id), queries.bank_account(session, file.agency_id)
    if file.format == FileFormat.PAIN and account is not None:
        content, kind, ending = exports.pain_file(file, account, refunds, utcnow().date()), "application/xml", "xml"
    else:
        content, kind, ending = exports.refund_table(refunds), "text/csv", "csv"
    answer = Response(content, mimetype=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="refunds-{file.id}.{ending}"'
    return answer


@bp.post("/staff/refund-files/<int:refund_file_id>/sent")
@guarded(Can.BANK_ENTRY_DECIDE, load=queries.refund_file)
def refund_file_sent(file: "RefundFile") -> ResponseReturnValue:
    """The bank has carried a file out."""
    with unit_of_work(db_session()) as session:
        service.mark_file_sent(session, file, by=current_user, now=utcnow())
    flash(_("All refunds of the file are recorded as sent."), "success")
    return redirect(url_for(".refunds"), 303)
