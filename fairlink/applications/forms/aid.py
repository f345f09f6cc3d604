"""What staff and firms fill in for the aid ledger: exchange rates and links between firms."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms.validators import Length, StopValidation

from fairlink.accounts.rules.company_numbers import company_number
from fairlink.applications.forms.parts import regime_name
from fairlink.subsidies.rules.document import AidCeiling
from fairlink.subsidies.states.aid import AidKind, LinkState
from fairlink.web.fields import (
    CountryField,
    CurrencyField,
    Form,
    LocalDateField,
    MoneyField,
    Required,
    SelectField,
    TextField,
    options,
)

AID_KINDS: dict[AidKind, Any] = {
    AidKind.GRANTED: _("Granted"),
    AidKind.DECLARED: _("Declared by the firm"),
    AidKind.CORRECTED: _("Correction downwards"),
}

LINK_STATES: dict[LinkState, Any] = {
    LinkState.DECLARED: _("Not confirmed yet"),
    LinkState.CONFIRMED: _("Confirmed"),
    LinkState.REFUSED: _("Not found to be so"),
    LinkState.ENDED: _("Ended"),
}


class ExchangeRateForm(Form):
    """What one currency is worth in another."""

    currency = CurrencyField(_("One of"), [Required()])
    into = CurrencyField(_("Is worth, in"), [Required()])
    rate = TextField(_("Rate"), [Required(), Length(max=20)], description=_("With a point: 0.2431"))
    since_on = LocalDateField(_("From this day on"), [Required()])

    def validate_rate(self, field: TextField) -> None:
        """A rate is a positive number of at most eight decimals."""
        try:
            rate = Decimal(field.data or "")
        except InvalidOperation:
            rate = Decimal(0)
        exponent = rate.as_tuple().exponent
        if not rate.is_finite() or not 0 < rate < 10**9 or not isinstance(exponent, int) or exponent < -8:
            raise StopValidation(str(_("Enter a rate like 0.2431.")))

    @property
    def value(self) -> Decimal:
        """The rate, once the form is valid."""
        return Decimal(self.rate.data or "")


def known_number(country: str | None, typed: str | None) -> str:
    """A company number in its compact form; raises StopValidation for one that its country does not give."""
    number = company_number(country or "", typed or "")
    if number is None:
        raise StopValidation(str(_("This is not a company number of that country.")))
    return number


class LinkForm(Form):
    """Another firm under common control."""

    name = TextField(_("Name of the other firm"), [Required(), Length(max=200)])
    country = CountryField(_("Country"), [Required()])
    company_number = TextField(_("Its company number"), [Required(), Length(max=40)])

    def validate_company_number(self, field: TextField) -> None:
        """A number of its country, kept in its compact form."""
        field.data = known_number(self.country.data, field.data)


class ForeignAidForm(Form):
    """Aid that another body granted to a firm."""

    country = CountryField(_("Country of the firm"), [Required()])
    company_number = TextField(_("Its company number"), [Required(), Length(max=40)])
    regime = SelectField(_("Counts as"), [Required()])
    currency = CurrencyField(_("Currency"), [Required()])
    amount = MoneyField(_("Amount"), [Required()], currency_field="currency", minimum=1)
    granted_on = LocalDateField(_("Granted on"), [Required()])
    source = TextField(
        _("Who granted it, and how you know"), [Required(), Length(max=300)], description=_("It stays on record.")
    )

    def __init__(self, ceilings: Iterable[AidCeiling], today: date) -> None:
        super().__init__()
        self.today = today
        self.regime.choices = options((each.code, regime_name(each.code)) for each in ceilings)

    def validate_company_number(self, field: TextField) -> None:
        """A number of its country, kept in its compact form."""
        field.data = known_number(self.country.data, field.data)

    def validate_granted_on(self, field: LocalDateField) -> None:
        """The day has come."""
        if field.data is not None and field.data > self.today:
            raise StopValidation(str(_("This day lies in the future.")))


class EndLinkForm(Form):
    """Why a link between firms is taken back."""

    reason = TextField(_("Why is it taken back?"), [Required(), Length(max=500)])
