"""What is filled in about travel support for buyers."""

from collections import Counter
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, FieldList, FormField
from wtforms import Form as PlainForm
from wtforms.validators import Length, Optional, ValidationError

from fairlink.kernel.money import Money
from fairlink.visits.states import HostedAction
from fairlink.web.fields import (
    CountriesField,
    Form,
    MarkdownField,
    MoneyField,
    NumberField,
    RadioField,
    RateField,
    Required,
    SelectField,
    UploadField,
)
from fairlink.web.filters import write_country


class _CeilingForm(PlainForm):
    countries = CountriesField(_("Countries"), [Optional()])
    amount = MoneyField(_("At most"), [Optional()])


class OfferForm(Form):
    """The travel support that an agency offers at a fair; amounts are in the call's currency."""

    meetings_required = NumberField(_("Meetings to be held"), [Required()], minimum=1, maximum=200, default=8)
    counts_workshops = BooleanField(_("A visit to a workshop counts as a meeting"))
    rate_bp = RateField(_("Share of the cost that is paid"), [Required()])
    deposit = MoneyField(_("Deposit, returned after the meetings"), [Optional()])
    claim_within_days = NumberField(
        _("Days to claim after the fair"),
        [Required()],
        minimum=1,
        maximum=730,
        default=60,
        description=_("What is not claimed by then is forfeited."),
    )
    other = MoneyField(_("At most, from every other country"), [Optional()])
    ceilings = FieldList(FormField(_CeilingForm), min_entries=3)
    conditions = MarkdownField(_("Conditions"), [Required(), Length(max=5000)])

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in (self.deposit, self.other, *(entry.form.amount for entry in self.ceilings)):
            field.currency = currency

    def _rows(self) -> list[tuple[list[str] | None, Money | None]]:
        return [(entry.form.countries.data, entry.form.amount.data) for entry in self.ceilings]

    def by_origin(self) -> dict[str, int]:
        """The ceilings in minor units by country, "" for all others."""
        found = {code: amount.minor for codes, amount in self._rows() if codes and amount for code in codes}
        return found | ({"": self.other.data.minor} if self.other.data else {})

    def validate_ceilings(self, field: FieldList) -> None:  # type: ignore[type-arg]  # published types differ
        if any(entry.errors for entry in field):
            return
        if any(bool(codes) != bool(amount) for codes, amount in self._rows()):
            raise ValidationError(gettext("Each line needs countries and an amount."))
        for code, times in Counter(code for codes, _amount in self._rows() for code in codes or ()).items():
            if times > 1:
                raise ValidationError(gettext("%(country)s stands in two lines.", country=write_country(code)))
        if not self.by_origin():
            raise ValidationError(gettext("Say for at least one origin how much is paid at most."))


class ApplyForm(Form):
    """A buyer asks for travel support."""

    accepted = BooleanField(_("We accept the conditions."), [Required()])


class TripForm(Form):
    """What the trip cost."""

    travel = MoneyField(_("Tickets"), [Required()])
    lodging = MoneyField(_("Hotel"), [Optional()])

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.travel.currency = self.lodging.currency = currency


class EvidenceForm(Form):
    """Files that prove the trip."""

    files = UploadField(_("Files"), [Required()], most=5)


class SubstituteForm(Form):
    """Who travels instead."""

    colleague_id = SelectField(_("Who travels instead?"), [Required()], coerce=int)


class OfficerForm(Form):
    """What an officer says of a stay."""

    action = RadioField("", [Required()], choices=[(each, each) for each in ("choose", "refuse", "check")])
    reason = MarkdownField(_("Why not?"), [Length(max=1000)], description=_("The buyer reads it."))

    def validate_reason(self, field: MarkdownField) -> None:
        if self.action.data == HostedAction.REFUSE and not field.data:
            raise ValidationError(gettext("Say why: the buyer reads it."))
