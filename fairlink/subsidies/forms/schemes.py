"""What staff fill in about a scheme: a first simple one, its sections, a document to read in, a renewal."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import FileField, HiddenField
from wtforms.validators import Length, Optional, ValidationError

from fairlink.subsidies.forms.shaped import Surroundings, document_of, dress, form_of, shown_values
from fairlink.subsidies.forms.words import cost_class_name
from fairlink.subsidies.rules import STANDARD_CLASSES, Rules, rules_to_dict, simple_rules
from fairlink.subsidies.rules.scalars import JsonObject
from fairlink.subsidies.rules.shapes import object_shape
from fairlink.subsidies.rules.terms import Payee
from fairlink.web.fields import (
    CurrencyField,
    Form,
    LocalDateField,
    MarkdownField,
    MoneyField,
    MultiCheckboxField,
    NumberField,
    RadioField,
    RateField,
    Required,
    TextField,
    options,
)

#: Whom a scheme of one flat rate can pay.
PAYEES = {
    Payee.FIRM: _("The firms, which pay the organiser and other suppliers themselves"),
    Payee.ORGANISER: _("The organiser, by the agency: firms pay their own part to the agency"),
}


class SchemeForm(Form):
    """A new scheme with one flat rate; makes the rules that the engine reads. Its sections say the rest."""

    name = TextField(_("Name"), [Required(), Length(max=120)])
    description = MarkdownField(
        _("Description"), [Optional(), Length(max=20_000)], description=_("What it is for, as applicants read it.")
    )
    currency = CurrencyField(_("Currency"), [Required()])
    rate = RateField(_("Co-financing rate"), [Required()], description=_("The part of the cost that you bear."))
    cap = MoneyField(
        _("Most support per firm and fair"),
        [Optional()],
        currency_field="currency",
        minimum=1,
        description=_("In the currency of the scheme. Leave it empty for no limit."),
    )
    min_firms = NumberField(_("Smallest group"), [Required()], minimum=1, maximum=200, default=2)
    max_firms = NumberField(
        _("Largest group"), [Optional()], minimum=1, maximum=200, description=_("Leave it empty for no limit.")
    )
    cost_classes = MultiCheckboxField(
        _("Costs that count"),
        [Required()],
        choices=lambda: [(code, cost_class_name(code)) for code in STANDARD_CLASSES],
        default=list(STANDARD_CLASSES),
    )
    payee = RadioField(_("Who is paid"), [Required()], choices=options(PAYEES.items()), default=Payee.FIRM)
    sunset_on = LocalDateField(
        _("Last day of the scheme"), [Required()], description=_("No call under it can open after this day.")
    )

    def __init__(self, **shown: Any) -> None:
        super().__init__(data=shown)

    def validate_max_firms(self, field: NumberField) -> None:
        """It holds at least the smallest group."""
        if field.data and self.min_firms.data and field.data < self.min_firms.data:
            raise ValidationError(gettext("This must be at least the smallest group."))

    def rules(self) -> Rules:
        """The rules that were typed, once they are valid."""
        return simple_rules(
            name=self.name.data,
            currency=self.currency.data,
            rate_bp=self.rate.data,
            sunset_on=self.sunset_on.data,
            cap_per_firm_minor=self.cap.data.minor if self.cap.data else None,
            min_firms=self.min_firms.data,
            max_firms=self.max_firms.data,
            cost_classes=self.cost_classes.data or (),
            payee=Payee(self.payee.data),
        )


class Section(NamedTuple):
    """One page of the editor: its title and the keys of the rules that it says."""

    title: Any
    keys: tuple[str, ...]


#: All that a document can say, in the order in which one thinks of it.
SECTIONS: Mapping[str, Section] = {
    "basics": Section(
        _("Name and time"), ("name", "currency", "sunset_on", "valid_from_on", "year_starts_month", "source")
    ),
    "applicants": Section(_("Who may apply"), ("group", "facts", "eligibility", "counts")),
    "costs": Section(
        _("Costs"), ("cost_classes", "other_public", "line_requirements", "minimum_spends", "deductibles")
    ),
    "rates": Section(_("Rates"), ("rates", "add_ons")),
    "caps": Section(_("Caps and ceilings"), ("caps", "aid_ceilings", "minimum_award", "envelope_excess")),
    "timing": Section(_("Time limits"), ("timing",)),
    "payment": Section(_("Payment"), ("payee", "own_cash_bp", "payment")),
    "selection": Section(_("Selection"), ("selection",)),
    "recovery": Section(_("Recovery"), ("recovery",)),
}


class SectionForm(Form):
    """One section of the rules; its fields are made from their types, see `section_form`."""

    #: Fingerprint of the rules on which the page was made: a form built on other rules is refused.
    seen = HiddenField()

    def document(self, rules: Rules) -> JsonObject:
        """`rules` with what was typed in this section instead of what they say, as JSON; not yet read."""
        shape = object_shape(Rules)
        kept = {key: value for key, value in rules_to_dict(rules).items() if key not in self}
        return kept | document_of(self, shape)


class BasicsForm(SectionForm):
    """The first section also holds what applicants read of the scheme besides its rules."""

    description = MarkdownField(
        _("Description"), [Optional(), Length(max=20_000)], description=_("What it is for, as applicants read it.")
    )


def section_form(
    name: str, rules: Rules, sent: MultiDict[str, str] | None, *, seen: str, description: str
) -> SectionForm:
    """The form of the section `name`, with what was `sent` or else with what `rules` say."""
    keys = SECTIONS[name].keys
    made: Any = type("RulesSectionForm", (BasicsForm if "name" in keys else SectionForm, form_of(Rules, *keys)), {})
    shown = shown_values(rules, rules.currency, keys)
    form = made(sent, data=shown | {"seen": seen, "description": description})
    dress(form, Surroundings.of(rules))
    found: SectionForm = form
    return found


class ImportForm(Form):
    """A document of rules: chosen as a file, or pasted."""

    file = FileField(_("File"), description=_("A JSON file of rules, such as one that was exported here."))
    text = MarkdownField(_("Or its text"), [Optional(), Length(max=400_000)])

    def source(self) -> str:
        """The text of the document; of two the file counts."""
        if self.file.data:
            # What is not UTF-8 is told by the reader, with its place.
            return str(self.file.data.read().decode("utf-8", "replace"))
        return self.text.data or ""


class RenewalForm(Form):
    """More time for a scheme."""

    until_on = LocalDateField(_("New last day"), [Required()])
    reason = MarkdownField(
        _("Reason"),
        [Required(), Length(max=4000)],
        description=_("Why the support should go on: what came of it so far. It stays on record with your name."),
    )
