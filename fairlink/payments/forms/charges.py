"""Forms of staff about one charge: money that came in, money to give back, less to be owed."""

import uuid
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import HiddenField
from wtforms.validators import Length, Optional, StopValidation

from fairlink.web.fields import Form, LocalDateField, MoneyField, Required, TextField


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

    holder = TextField(_("Name of the payer's account"), validators=[Optional(), Length(max=120)])
    number = TextField(
        _("Number of the payer's account"),
        validators=[Optional(), Length(max=60)],
        description=_("Money that goes back goes there."),
    )

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


class ReductionForm(Form):
    """Less to be owed than was charged."""

    amount = MoneyField(_("Amount that is no longer owed"), minimum=1, validators=[Required()])
    reason = TextField(
        _("Reason"), validators=[Required(), Length(max=300)], description=_("It stands on the credit note.")
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.amount.currency = currency
