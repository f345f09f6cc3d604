"""What each firm declares about its own part of an application, and the quotes for its costs."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, FieldList, FormField, HiddenField
from wtforms import Form as PlainForm
from wtforms.validators import Length, Optional

from fairlink.applications.forms.answers import answers_form, shown_answers
from fairlink.applications.forms.applying import VersionedForm
from fairlink.subsidies.rules.document import AidCeiling, DeclaredFact
from fairlink.web.fields import (
    Form,
    LocalDateField,
    MoneyField,
    Required,
    SelectField,
    TextField,
    UploadField,
    options,
)

MOST_AID = 40


class AidForm(PlainForm):
    """Public aid that the firm was granted elsewhere; left blank it does not count."""

    regime = SelectField(_("Counts as"))
    granted_on = LocalDateField(_("Granted on"), [Optional()])
    amount = MoneyField(_("Amount"), [Optional()], minimum=1)
    giver = TextField(_("Who granted it"), [Optional(), Length(max=200)])

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed."""
        typed = (self.granted_on, self.amount, self.giver)
        return not any(str(text).strip() for field in typed for text in field.raw_data or ())

    def validate(self, extra_validators: Any = None) -> bool:
        """A row is filled in whole or not at all."""
        valid = super().validate(extra_validators)
        if self.is_blank:
            return valid
        for field in (self.granted_on, self.amount):
            if field.data is None and not field.errors:
                field.errors = [gettext("Enter this too, or leave the whole row empty.")]
                valid = False
        return valid


class LineDeclarationForm(PlainForm):
    """What is declared about one cost."""

    line_id = HiddenField()
    committed_on = LocalDateField(
        _("Ordered or paid on"), [Optional()], description=_("Leave empty if nothing was ordered or paid yet.")
    )
    other_public = MoneyField(
        _("Other public money for this cost"), [Optional()], description=_("Leave empty if there is none.")
    )


class PartForm(VersionedForm):
    """A firm's own part; made by `part_form` with the scheme's questions."""

    aid = FieldList(FormField(AidForm), max_entries=MOST_AID)
    lines = FieldList(FormField(LineDeclarationForm))
    agrees = BooleanField(
        _("Our firm takes part with this share and these costs, and what is stated here is true."),
        [Required(_("Tick this to confirm your part."))],
    )

    def __init__(
        self, sent: MultiDict[str, str] | None, *, currency: str, ceilings: Sequence[AidCeiling], **shown: Any
    ) -> None:
        self.currency, self.ceilings = currency, ceilings
        super().__init__(sent, data=shown)
        if not ceilings:
            # Nobody asked, whatever was sent.
            self.aid.entries = []
        self.dress()

    def dress(self) -> None:
        """Give every row the currencies and choices of this scheme."""
        regimes = options((each.code, regime_name(each.code)) for each in self.ceilings)
        for entry in self.aid:
            entry.form.regime.choices = regimes
            entry.form.amount.currency = self.ceilings[0].currency
            if entry.form.regime.data is None:
                entry.form.regime.data = self.ceilings[0].code
        for line in self.lines:
            line.form.other_public.currency = self.currency


def part_form(
    sent: MultiDict[str, str] | None,
    asked: Sequence[DeclaredFact],
    stored: Mapping[str, Any],
    *,
    currency: str,
    ceilings: Sequence[AidCeiling],
    **shown: Any,
) -> Any:
    """A `PartForm` with a field ``answers`` for the questions `asked`, showing the `stored` answers."""
    made = type("PartFormOfScheme", (PartForm,), {"answers": FormField(answers_form(asked))})
    shown["answers"] = shown_answers(asked, stored)
    return made(sent, currency=currency, ceilings=ceilings, **shown)


def regime_name(code: str) -> str:
    """The name of an aid ceiling by its code."""
    return gettext("De minimis aid") if code == "de_minimis" else code.replace("_", " ").capitalize()


class QuotesForm(Form):
    """Files that show what one cost will be."""

    line = SelectField(_("Which cost?"), [Required()], blank=_("Choose"))
    quotes = UploadField(
        _("Files"), [Required()], most=5, description=_("PDF, JPEG, PNG, XLSX or DOCX; at most 5 MB each.")
    )

    def __init__(self, lines: Iterable[tuple[int, str]], **given: Any) -> None:
        super().__init__(**given)
        self.line.choices = options([("", _("Choose")), *((str(key), title) for key, title in lines)])
