"""Forms about bank accounts."""

from flask_babel import lazy_gettext as _
from stdnum import bic, iban
from stdnum.exceptions import ValidationError
from wtforms import FileField
from wtforms.validators import Length, Optional, StopValidation

from fairlink.web.fields import Form, Required, TextField


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


class StatementForm(Form):
    """A bank statement to import."""

    file = FileField(
        _("Bank statement"),
        validators=[Required()],
        description=_("camt.053 (XML) from your bank, or a table (CSV) with the columns date, amount and currency."),
    )


class BookForm(Form):
    """For which charge money came in."""

    reference = TextField(
        _("Reference of the charge"),
        validators=[Required(), Length(max=1000)],
        description=_("Several with commas between them, for one transfer for a group."),
    )


class SetAsideForm(Form):
    """Why money that came in is for no charge."""

    note = TextField(_("What it is"), validators=[Required(), Length(max=200)])
