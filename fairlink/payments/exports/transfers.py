"""Money by bank transfer as other programs read it: QR codes for payers, files for the agency's bank."""

import io
from collections.abc import Sequence
from datetime import date
from typing import Any

import segno.helpers
from defusedcsv import csv
from sepaxml import SepaTransfer
from stdnum import iban

from fairlink.kernel.money import Money
from fairlink.payments.models import BankAccount, Refund, RefundFile

#: Countries of the Single Euro Payments Area, in which banking apps read the code.
SEPA = frozenset({
    "AD", "AL", "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI",
    "FR", "GB", "GI", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV",
    "MC", "MD", "ME", "MK", "MT", "NL", "NO", "PL", "PT", "RO", "RS", "SE", "SI",
    "SK", "SM", "VA",
})  # fmt: skip
_MOST = 999_999_999_99


def epc_qr(account: BankAccount, amount: Money, reference: str) -> str | None:
    """An SVG of the EPC code that fills a transfer in; None where it does not apply: it is for euros within SEPA."""
    number = iban.compact(account.number)
    if amount.currency != "EUR" or number[:2] not in SEPA or not iban.is_valid(number):
        return None
    if not 0 < amount.minor <= _MOST:
        return None
    code = segno.helpers.make_epc_qr(
        name=account.holder[:70], iban=number, amount=amount.to_major(), reference=reference, bic=account.bic or None
    )
    # Dark on light whatever the page's colours are: cameras want it so.
    return str(code.svg_inline(scale=4, dark="#000", light="#fff"))


def pain_file(file: RefundFile, account: BankAccount, refunds: Sequence[Refund], on: date) -> bytes:
    """A pain.001 file with one transfer for each refund. Its names are the same each time it is made, so that a bank
    can tell that it had it before."""
    config: dict[str, Any] = {
        "name": account.holder[:70],
        "IBAN": iban.compact(account.number),
        "batch": True,
        "currency": "EUR",
    }
    if account.bic:
        config["BIC"] = account.bic
    made = _NamedFile(config, f"FAIRLINK-{file.id}")
    for refund in refunds:
        made.add_payment(
            {
                "name": _holder(refund),
                "IBAN": iban.compact(refund.payment.account_number),
                "amount": refund.amount_minor,
                "execution_date": on,
                "description": f"Refund {refund.id} {refund.payment.fair.title}",
                "endtoend_id": refund.key.hex,
            }
        )
    return bytes(made.export(validate=True))


class _NamedFile(SepaTransfer):  # type: ignore[misc]  # the library is not typed
    """A file of a given name, where the library would make a new one up each time."""

    def __init__(self, config: dict[str, Any], name: str) -> None:
        self._name = name
        super().__init__(config, clean=True)

    @property
    def msg_id(self) -> str:
        return self._name

    @msg_id.setter
    def msg_id(self, _made_up: str) -> None:
        """The library's own is not used."""


def refund_table(refunds: Sequence[Refund]) -> bytes:
    """The same as a table, for banks outside SEPA and for accounts that nobody told."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["refund", "name", "account", "amount", "currency", "text"])
    for refund in refunds:
        text = f"Refund {refund.id} {refund.payment.fair.title}"
        account = refund.payment.account_number
        writer.writerow([refund.id, _holder(refund), account, refund.amount.to_major(), refund.currency, text])
    return out.getvalue().encode("utf-8-sig")


def _holder(refund: Refund) -> str:
    return refund.payment.account_holder or refund.payment.payer.name
