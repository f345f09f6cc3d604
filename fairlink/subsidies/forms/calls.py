"""What staff fill in about a call: its terms, its assessment, the plan of its analysis."""

from typing import TYPE_CHECKING, Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import FieldList, FormField
from wtforms import Form as PlainForm
from wtforms.validators import Length, Optional
from wtforms.widgets import TextArea

from fairlink.subsidies.rules.calls import CallTerms, CriterionTerms
from fairlink.web.fields import (
    Form,
    LocalDateField,
    MarkdownField,
    MoneyField,
    NumberField,
    RateField,
    Required,
    TextField,
)

if TYPE_CHECKING:
    from fairlink.subsidies.models import Call


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
