"""What an exhibitor fills in about somebody met at the fair."""

import uuid
from datetime import UTC, datetime
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, HiddenField, TextAreaField
from wtforms.validators import Length, Optional, StopValidation

from fairlink.kernel.money import Money
from fairlink.visits.rules.contacts import Noted
from fairlink.visits.states import Interest
from fairlink.web.fields import (
    CountryField,
    CurrencyField,
    EmailField,
    Form,
    MoneyField,
    MultiCheckboxField,
    PhoneField,
    RadioField,
    Required,
    TextField,
)

INTERESTS = {
    Interest.HIGH: _("High: wants to buy"),
    Interest.MEDIUM: _("Medium: wants to know more"),
    Interest.LOW: _("Low: just looked"),
}


class ContactForm(Form):
    """A contact made at the fair. Who it is may come from a badge; then the fields about it are left out."""

    key = HiddenField()
    badge = HiddenField()
    captured_at = HiddenField()
    owner = HiddenField()
    organisation = TextField(_("Company"), [Required(), Length(max=200)])
    country = CountryField(_("Country"), [Required()])
    person = TextField(_("Name of the person"), [Optional(), Length(max=200)])
    email = EmailField(_("E-mail"), [Optional(), Length(max=254)])
    phone = PhoneField(_("Telephone"), [Optional()])
    consent = BooleanField(
        _("They agree that we keep their name, e-mail and telephone to follow up."),
        description=_("Ask them. Without it only the company is kept."),
    )
    interest = RadioField(_("How interested are they?"), [Required()], choices=list(INTERESTS.items()))
    products = MultiCheckboxField(_("Which products did you talk about?"), [Optional()])
    currency = CurrencyField(_("Currency"))
    expected_3 = MoneyField(_("Within 3 months"), [Optional()], currency_field="currency")
    expected_6 = MoneyField(_("Within 6 months"), [Optional()], currency_field="currency")
    expected_12 = MoneyField(_("Within 12 months"), [Optional()], currency_field="currency")
    note = TextAreaField(_("Note"), [Optional(), Length(max=2000)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.badge.data:
            for name in ("organisation", "country", "person", "email", "phone", "consent"):
                del self[name]

    def validate_key(self, field: HiddenField) -> None:
        try:
            uuid.UUID(field.data or "")
        except ValueError:
            raise StopValidation(str(_("Load the page again."))) from None

    def validate_consent(self, field: BooleanField) -> None:
        if not field.data and any(self[name].data for name in ("person", "email", "phone")):
            raise StopValidation(str(_("Ask them and tick this, or leave their name, e-mail and telephone empty.")))

    def validate_expected_6(self, field: MoneyField) -> None:
        self._check_grows(field, self.expected_3)

    def validate_expected_12(self, field: MoneyField) -> None:
        self._check_grows(field, self.expected_6 if self.expected_6.data is not None else self.expected_3)

    @staticmethod
    def _check_grows(field: MoneyField, earlier: MoneyField) -> None:
        if field.data is not None and earlier.data is not None and field.data < earlier.data:
            raise StopValidation(str(_("Each amount includes what comes earlier: it cannot be lower.")))

    def _expected(self) -> dict[int, Money]:
        amounts = {3: self.expected_3.data, 6: self.expected_6.data, 12: self.expected_12.data}
        return {months: amount for months, amount in amounts.items() if amount is not None}

    def noted(self, now: datetime) -> Noted:
        """What was filled in, once it is valid; a clock that nobody can read is taken as `now`."""
        who = {
            name: self[name].data or ""
            for name in ("organisation", "country", "person", "email", "phone")
            if name in self
        }
        return Noted(
            key=uuid.UUID(self.key.data),
            captured_at=_instant(self.captured_at.data) or now,
            badge=self.badge.data or "",
            interest=Interest(self.interest.data),
            products=self.products.data or (),
            expected=self._expected(),
            note=self.note.data or "",
            consent="consent" in self and bool(self.consent.data),
            **who,
        )


def _instant(text: str | None) -> datetime | None:
    try:
        instant = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return instant.astimezone(UTC) if instant.tzinfo else None
