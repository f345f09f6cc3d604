"""Documents about money: invoices, credit notes, statements of account."""

from fairlink.payments.exports.documents import invoice_pdf, statement_pdf
from fairlink.payments.exports.statements import Account, Movement, statement

__all__ = ["Account", "Movement", "invoice_pdf", "statement", "statement_pdf"]
