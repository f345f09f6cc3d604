"""Files for banks: ISO 20022 pain.001 for SEPA, a table for every other country and currency."""

import io
from collections.abc import Sequence
from datetime import date

from defusedcsv import csv
from sepaxml import SepaTransfer

from fairlink.applications.models import Disbursement, PayoutAccount

#: The version of the message that SEPA asks of customers since November 2025.
SCHEMA = "pain.001.001.09"

COLUMNS = ("reference", "payee", "account_holder", "account", "bic", "amount", "currency")


def pain_001(account: PayoutAccount, disbursements: Sequence[Disbursement], on: date) -> tuple[str, bytes]:
    """Credit transfers in euros from `account` on the day `on`: the message's id and the XML, valid by its schema.

    Accents are left out: not every bank takes them.
    """
    debtor = {"name": account.holder, "IBAN": account.number, "currency": "EUR", "batch": True}
    if account.bic:
        debtor["BIC"] = account.bic
    transfer = SepaTransfer(debtor, schema=SCHEMA, clean=True)
    for each in disbursements:
        payment = {
            "name": each.holder,
            "IBAN": each.number,
            "amount": each.amount_minor,
            "execution_date": on,
            "description": each.reference,
            "endtoend_id": end_to_end_id(each),
        }
        transfer.add_payment(payment | {"BIC": each.bic} if each.bic else payment)
    return transfer.msg_id, transfer.export()


def end_to_end_id(disbursement: Disbursement) -> str:
    """What a payment is known by to both banks; at most 35 characters."""
    return f"FL-{disbursement.agency_id}-{disbursement.id}"


def bank_table(disbursements: Sequence[Disbursement]) -> bytes:
    """The payments as CSV in UTF-8 with amounts in major units; cells that a spreadsheet might run are defused."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for each in disbursements:
        row = (each.reference, each.payee_name, each.holder, each.number, each.bic, each.amount.to_major())
        writer.writerow([*map(str, row), each.currency])
    return text.getvalue().encode()
