"""Forms of staff: a transfer that came in, money to give back, the agency's account."""

import uuid
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from stdnum import bic, iban
from stdnum.exceptions import ValidationError
from wtforms import HiddenField
from wtforms.validators import Length, Optional, StopValidation

from fairlink.payments.states import ChargeState
from fairlink.web.fields import Form, LocalDateField, MoneyField, Required, TextField

CHARGE_STATES = {
    ChargeState.OPEN: _("Open"),
    ChargeState.OVERDUE: _("Overdue"),
    ChargeState.PAID: _("Paid"),
    ChargeState.CANCELLED: _("Cancelled"),
}


class _OnceForm(Form):
    """A form whose second sending is known by the key it was made with."""

    key = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.key.data:
            self.key.data = str(uuid.uuid4())

    def validate_key(self, field: HiddenField) -> None:
        try:
            uuid.UUID(field.data or "")
        except ValueError:
            raise StopValidation(str(_("Load the page again."))) from None

    @property
    def once(self) -> uuid.UUID:
        return uuid.UUID(self.key.data or "")


class TransferForm(_OnceForm):
    """Money that came in on the agency's account."""

    amount = MoneyField(_("Amount received"), minimum=1, validators=[Required()])
    received_on = LocalDateField(_("Day on the bank statement"), validators=[Required()])

    def __init__(self, *args: Any, currency: str, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.amount.currency = currency
        self.today = today

    def validate_received_on(self, field: LocalDateField) -> None:
        if field.data is not None and field.data > self.today:
            raise StopValidation(str(_("This day lies in the future.")))


class RefundForm(_OnceForm):
    """Money to give back."""

    amount = MoneyField(_("Amount to give back"), minimum=1, validators=[Required()])
    reason = TextField(_("Reason"), validators=[Required(), Length(max=300)], description=_("The firm reads it."))

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.amount.currency = currency


class BankAccountForm(Form):
    """Where firms transfer money to."""

    holder = TextField(_("Name of the account's holder"), validators=[Required(), Length(max=120)])
    number = TextField(
        _("IBAN or account number"),
        validators=[Required(), Length(max=60)],
        description=_("Without an IBAN: as banks in your country write it, with branch and bank code."),
    )
    bank = TextField(_("Name of the bank"), validators=[Optional(), Length(max=120)])
    bic = TextField(_("BIC"), validators=[Optional(), Length(max=14)], description=_("Needed for money from abroad."))

    def validate_number(self, field: TextField) -> None:
        compact = iban.compact(field.data or "")
        # Two letters and two digits begin an IBAN and no other number.
        if compact[:2].isalpha() and compact[2:4].isdigit():
            try:
                field.data = iban.format(iban.validate(compact))
            except ValidationError:
                raise StopValidation(str(_("This IBAN has a mistake in it."))) from None

    def validate_bic(self, field: TextField) -> None:
        if field.data:
            try:
                field.data = bic.validate(field.data)
            except ValidationError:
                raise StopValidation(str(_("This is not a BIC."))) from None
