"""Money as documents and as files of other programs: invoices, statements of account, QR codes, transfers."""

from fairlink.payments.exports.documents import invoice_pdf, statement_pdf
from fairlink.payments.exports.statements import Account, Movement, statement
from fairlink.payments.exports.transfers import epc_qr, pain_file, refund_table

__all__ = [
    "Account",
    "Movement",
    "epc_qr",
    "invoice_pdf",
    "pain_file",
    "refund_table",
    "statement",
    "statement_pdf",
]
