"""Forms of price lists: a line of them, and an extra that a firm orders."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms.validators import Length, Optional, StopValidation

from fairlink.payments.states import ChargeKind, PriceUnit
from fairlink.web.fields import (
    CurrencyField,
    Form,
    LocalDateField,
    MoneyField,
    NumberField,
    RadioField,
    Required,
    SelectField,
    TextField,
    options,
)

PRICE_KINDS = {
    ChargeKind.STAND: _("A stand fee, owed by every firm with an award"),
    ChargeKind.DEPOSIT: _("A deposit, owed by every firm with an award and given back after the fair"),
    ChargeKind.EXTRA: _("An extra, owed by the firms that order it"),
}
PRICE_UNITS = {
    PriceUnit.FIRM: _("for each firm, or for each piece of an extra"),
    PriceUnit.SQUARE_METRE: _("for each square metre of the group's stand, by the firms' shares"),
}
#: More than anybody orders of one extra.
MOST_PIECES = 100


class PriceForm(Form):
    """One line of a fair's price list."""

    kind = RadioField(_("What it is"), [Required()], choices=options(PRICE_KINDS.items()))
    name = TextField(_("Name"), [Required(), Length(max=80)], description=_("Firms read it on their invoice."))
    currency = CurrencyField(_("Currency"), [Required()])
    amount = MoneyField(_("Price"), [Required()], currency_field="currency", minimum=1)
    unit = RadioField(_("How often"), [Required()], choices=options(PRICE_UNITS.items()), default=PriceUnit.FIRM)
    due_on = LocalDateField(_("Last day to pay"), [Required()])

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def validate_due_on(self, field: LocalDateField) -> None:
        if field.data is not None and field.data < self.today:
            raise StopValidation(str(_("This day lies in the past.")))

    def validate_unit(self, field: RadioField) -> None:
        if field.data == PriceUnit.SQUARE_METRE and self.kind.data != ChargeKind.STAND:
            raise StopValidation(str(_("Only a stand fee can be by the square metre.")))


class TermsForm(Form):
    """What follows if nobody pays."""

    release_days = NumberField(
        _("Release a stand so many days after its firms were told that they are late"),
        [Optional()],
        minimum=1,
        maximum=90,
        description=_("Leave it empty to keep stands whether they are paid or not."),
    )


class ExtraForm(Form):
    """What a firm orders of the price list."""

    price = SelectField(_("What"), [Required()], coerce=int)
    count = NumberField(_("How many"), [Required()], minimum=1, maximum=MOST_PIECES, default=1)

    def __init__(self, choices: Sequence[tuple[int, str]]) -> None:
        super().__init__()
        self.price.choices = options(choices)
