"""Invoices and statements, as pages and as PDF."""

from typing import TYPE_CHECKING

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from fairlink.files.views import as_download
from fairlink.kernel.clock import utcnow
from fairlink.payments import exports, queries
from fairlink.payments.exports import Account
from fairlink.payments.views.blueprint import bp
from fairlink.policy import Can, allows
from fairlink.web.access import guarded
from fairlink.web.i18n import language
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.payments.models import Charge, Invoice


@bp.get("/payments/invoices/<int:invoice_id>")
@guarded(Can.INVOICE_READ, load=queries.invoice)
def invoice(invoice: "Invoice") -> ResponseReturnValue:
    """The document of an invoice or a credit note."""
    return as_download(exports.invoice_pdf(invoice), f"{invoice.kind.value}-{invoice.title}.pdf", "application/pdf")


@bp.get("/payments/<int:charge_id>/statement")
@guarded(Can.CHARGE_READ, load=queries.charge)
def own_statement(charge: "Charge") -> ResponseReturnValue:
    """What the firm of a charge owes and has paid at its fair."""
    pdf = url_for(".own_statement_pdf", charge_id=charge.id)
    return _statement_page(charge, _accounts(charge, Can.CHARGE_READ), url_for(".own_list"), pdf)


@bp.get("/payments/<int:charge_id>/statement.pdf")
@guarded(Can.CHARGE_READ, load=queries.charge)
def own_statement_pdf(charge: "Charge") -> ResponseReturnValue:
    """The same as a document."""
    return _statement_pdf(charge, _accounts(charge, Can.CHARGE_READ))


@bp.get("/staff/payments/<int:charge_id>/statement")
@guarded(Can.CHARGE_REVIEW, load=queries.charge)
def statement(charge: "Charge") -> ResponseReturnValue:
    """What the firm of a charge owes and has paid at its fair, for staff."""
    pdf = url_for(".statement_pdf", charge_id=charge.id)
    return _statement_page(charge, _accounts(charge, Can.CHARGE_REVIEW), url_for(".staff_list"), pdf)


@bp.get("/staff/payments/<int:charge_id>/statement.pdf")
@guarded(Can.CHARGE_REVIEW, load=queries.charge)
def statement_pdf(charge: "Charge") -> ResponseReturnValue:
    """The same as a document."""
    return _statement_pdf(charge, _accounts(charge, Can.CHARGE_REVIEW))


def _accounts(charge: "Charge", permission: Can) -> list[Account]:
    """Of what the viewer may see: the lead of one group does not see what a firm owes as a member of another."""
    seen = [each for each in queries.charges_at_fair(db_session(), charge) if allows(current_user, permission, each)]
    return exports.statement(seen)


def _statement_page(charge: "Charge", accounts: list[Account], back: str, pdf: str) -> ResponseReturnValue:
    return render_template("payments/statement.html", charge=charge, accounts=accounts, back=back, pdf=pdf)


def _statement_pdf(charge: "Charge", accounts: list[Account]) -> ResponseReturnValue:
    content = exports.statement_pdf(charge, accounts, language=language(), now=utcnow())
    return as_download(content, f"statement-{charge.reference}.pdf", "application/pdf")
