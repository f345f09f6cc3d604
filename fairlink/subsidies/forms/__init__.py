"""What staff fill in about schemes and calls."""

from typing import TYPE_CHECKING, Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import FieldList, FormField
from wtforms import Form as PlainForm
from wtforms.validators import Length, Optional, ValidationError
from wtforms.widgets import TextArea

from fairlink.kernel.money import Money
from fairlink.subsidies.rules import STANDARD_CLASSES, Rules, simple_rules, simple_terms
from fairlink.subsidies.rules.calls import CallTerms, CriterionTerms
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

if TYPE_CHECKING:
    from fairlink.subsidies.models import Call, Scheme

#: What people call the cost classes that every agency knows.
COST_CLASSES = {
    "stand_space": _("Stand space"),
    "stand_build": _("Stand building"),
    "furniture": _("Furniture"),
    "utilities": _("Electricity, water and other utilities"),
    "graphics": _("Graphics and signs"),
    "freight": _("Freight"),
    "travel": _("Travel"),
    "interpreting": _("Interpreting"),
    "catalogue": _("Entry in the catalogue"),
    "other": _("Other costs"),
}


#: Whom a scheme of one flat rate can pay.
PAYEES = {
    Payee.FIRM: _("The firms, which pay the organiser and other suppliers themselves"),
    Payee.ORGANISER: _("The organiser, by the agency: firms pay their own part to the agency"),
}


def cost_class_name(code: str) -> str:
    """A cost class in the reader's language; classes that only one scheme has are named by their code."""
    return str(COST_CLASSES.get(code) or code.replace("_", " ").capitalize())


class SchemeForm(Form):
    """A scheme with one flat rate; makes the rules that the engine reads."""

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


def scheme_terms(scheme: "Scheme") -> dict[str, Any] | None:
    """What `SchemeForm` shows of a scheme's current rules; None if they say more than it can."""
    terms = simple_terms(scheme.current.document)
    if terms is None:
        return None
    cap = terms["cap_per_firm_minor"]
    shown = {"rate": terms["rate_bp"], "cap": Money(cap, terms["currency"]) if cap else None}
    return terms | shown | {"description": scheme.description}


class CallForm(Form):
    """A call: its window and its envelope, in the currency of its scheme."""

    opens_on = LocalDateField(_("First day to apply"), [Required()])
    closes_on = LocalDateField(_("Last day to apply"), [Required()])
    envelope = MoneyField(
        _("Envelope"), [Required()], minimum=1, description=_("The money for all awards of this call together.")
    )
    accept_days = NumberField(
        _("Days to accept an award"),
        [Required()],
        minimum=1,
        maximum=365,
        default=21,
        description=_("An award that is not accepted by then lapses."),
    )

    class Meta:
        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Any:
            """Bind a field, the envelope with the currency of the scheme."""
            currency = {"currency": form.currency} if unbound_field.field_class is MoneyField else {}
            return unbound_field.bind(form=form, **options, **currency)

    def __init__(self, currency: str, call: "Call | None" = None) -> None:
        self.currency = currency
        super().__init__(obj=call)

    def terms(self) -> CallTerms:
        """What was typed, once it is valid."""
        return CallTerms(
            opens_on=self.opens_on.data,
            closes_on=self.closes_on.data,
            envelope_minor=self.envelope.data.minor,
            accept_days=self.accept_days.data,
        )


class CriterionForm(PlainForm):
    """One thing that assessors judge; without a name it does not count."""

    name = TextField(_("What is judged"), [Optional(), Length(max=120)])
    description = TextField(
        _("What earns many points, and what few"),
        [Optional(), Length(max=500)],
        widget=TextArea(),
        render_kw={"rows": 2},
    )
    weight = RateField(_("Weight"))
    max_score = NumberField(_("Most points"), minimum=1, maximum=100, default=10)

    def validate(self, extra_validators: Any = None) -> bool:
        """A criterion needs its weight and its scale."""
        valid = super().validate(extra_validators)
        for field in (self.weight, self.max_score):
            if self.name.data and not field.data and not field.errors:
                field.errors = [gettext("Enter a number above zero.")]
                valid = False
        return valid


class AssessmentForm(Form):
    """How applications to a call are scored."""

    assessors = NumberField(
        _("Assessors for each application"),
        [Required()],
        minimum=1,
        maximum=9,
        description=_("Each scores alone and sees the others' points only afterwards."),
    )
    criteria = FieldList(FormField(CriterionForm), label=_("Criterion"), min_entries=1, max_entries=20)

    def terms(self) -> list[CriterionTerms]:
        """The criteria that have a name, once the form is valid."""
        return [
            CriterionTerms(row.name.data, row.description.data or "", row.weight.data, row.max_score.data)
            for row in (entry.form for entry in self.criteria)
            if row.name.data
        ]


class PlanForm(Form):
    """How the effect of a call will be worked out."""

    text = MarkdownField(
        _("Plan"),
        [Required(), Length(max=40_000)],
        description=_(
            "Which outcome, measured when, compared with whom, by which method; and what would speak against it."
        ),
    )
