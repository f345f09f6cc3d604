"""Invoices and statements as accessible PDF documents, in the language of their reader."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fairlink.kernel.pdf import typeset
from fairlink.kernel.words import Words, words
from fairlink.payments.exports.statements import Account
from fairlink.payments.models import Charge, Invoice
from fairlink.payments.states import ENTRY_NAMES, KIND_NAMES, InvoiceKind


def invoice_pdf(invoice: Invoice) -> bytes:
    """The document of an invoice or a credit note; always the same bytes, whatever became of the names in it since."""
    reader = words(invoice.locale)
    _ = reader.gettext
    charge = invoice.charge
    is_credit = invoice.kind == InvoiceKind.CREDIT_NOTE
    heading = (
        _("Credit note %(number)s", number=invoice.title)
        if is_credit
        else _("Invoice %(number)s", number=invoice.title)
    )
    facts = [[_("Date"), reader.date(invoice.issued_at)], [_("Fair"), invoice.content["fair"]]]
    if invoice.corrects is not None:
        facts.append([_("Takes back from invoice"), invoice.corrects.title])
        facts += [[_("Reason"), invoice.content["reason"]]] if invoice.content["reason"] else []
    else:
        facts += [[_("Pay by"), reader.date(charge.due_on)], [_("Reference of the transfer"), charge.reference]]
    amount = -invoice.amount if is_credit else invoice.amount
    table = {
        "title": None,
        "columns": [_("For"), _("Amount")],
        "rows": [[_name(charge, reader), reader.money(amount)]],
        "total": [_("Total"), reader.money(amount)],
        "texts": 1,
    }
    content = _letter(reader, invoice.content["seller"], invoice.content["buyer"], invoice.issued_at)
    content |= {"reference": heading, "heading": heading, "facts": facts, "tables": [table], "notes": []}
    return typeset("account", content, language=invoice.locale, title=heading, made_at=invoice.issued_at)


def statement_pdf(charge: Charge, accounts: Sequence[Account], *, language: str, now: datetime) -> bytes:
    """What the firm of `charge` owes and has paid at its fair, as of `now`."""
    reader = words(language)
    _ = reader.gettext
    zone = charge.fair.zone
    heading = _("Statement of account for %(fair)s", fair=charge.fair.title)
    tables = [
        {
            "title": account.balance.currency if len(accounts) > 1 else None,
            "columns": [_("What"), _("Date"), _("Amount"), _("Balance")],
            "rows": [
                [
                    f"{_(ENTRY_NAMES[each.kind])}: {_name(each.charge, reader)}",
                    reader.date(each.at, zone),
                    reader.money(each.amount),
                    reader.money(each.balance),
                ]
                for each in account.movements
            ],
            "total": [_("Balance"), "", "", reader.money(account.balance)],
            "texts": 2,
        }
        for account in accounts
    ]
    content = _letter(reader, [charge.agency.name], [charge.firm.name], now)
    content |= {
        "reference": heading,
        "heading": heading,
        "facts": [[_("Firm"), charge.firm.name]],
        "tables": tables,
        "notes": [_("A balance above zero is still to be paid; one below zero is the firm's.")],
    }
    return typeset("account", content, language=language, title=heading, made_at=now)


def _letter(reader: Words, seller: Sequence[str], buyer: Sequence[str], at: datetime) -> dict[str, Any]:
    page_of = reader.gettext("Page {page} of {pages}")
    return {"sender": ", ".join(seller), "place_and_date": reader.date(at), "page_of": page_of, "addressee": [*buyer]}


def _name(charge: Charge, reader: Words) -> str:
    kind = reader.gettext(KIND_NAMES[charge.kind])
    return f"{kind}: {charge.label}" if charge.label else kind
