"""What the lead of a group fills in, page by page, until the application is sent."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, FieldList, FormField, HiddenField
from wtforms import Form as PlainForm
from wtforms.validators import Length, Optional, ValidationError
from wtforms.widgets import HiddenInput

from fairlink.applications.forms.answers import answers_form, shown_answers
from fairlink.applications.rules import MOST_LINES
from fairlink.kernel.money import WHOLE_BP
from fairlink.subsidies.forms import cost_class_name
from fairlink.subsidies.rules.document import CostClass, DeclaredFact
from fairlink.web.fields import (
    Form,
    MarkdownField,
    MoneyField,
    NumberField,
    QuantityField,
    RadioField,
    RateField,
    Required,
    SelectField,
    TextField,
    options,
)
from fairlink.web.filters import write_rate

if TYPE_CHECKING:
    from fairlink.applications.models import CostLine

#: Stands for the single firm where a group could be chosen.
ALONE = "alone"

#: Stands for all members where one firm could be chosen.
SHARED = ""


class ApplicantForm(Form):
    """Who applies: one of the groups that the firm leads, or the firm alone."""

    applicant = RadioField(_("Who applies?"), [Required()])

    def __init__(self, choices: Iterable[tuple[str, str]]) -> None:
        super().__init__()
        self.applicant.choices = options(choices)


class VersionedForm(Form):
    """A page of an application; remembers on which version of it the page was made."""

    version = NumberField(widget=HiddenInput())


class MemberForm(PlainForm):
    """One firm of the group."""

    firm_id = HiddenField()
    takes_part = BooleanField()
    share = RateField(_("Share of common costs"))


class MembersForm(VersionedForm):
    """Which firms take part, and how they share the common costs."""

    members = FieldList(FormField(MemberForm))

    def __init__(self, names: Mapping[int, str], **shown: Any) -> None:
        super().__init__(data=shown)
        for entry in self.members:
            firm_id = entry.form.firm_id.data or ""
            entry.form.takes_part.label.text = names.get(int(firm_id), "") if firm_id.isdigit() else ""

    @property
    def rows(self) -> list[tuple[int, MemberForm]]:
        """The firms that are ticked, by id."""
        ticked = [entry.form for entry in self.members if entry.form.takes_part.data]
        return [(int(key), row) for row in ticked if (key := row.firm_id.data or "").isdigit()]

    def shares(self) -> dict[int, int]:
        """Basis points of each firm that takes part, once the form is valid."""
        return {firm_id: row.share.data for firm_id, row in self.rows}

    def validate_members(self, field: "FieldList[Any]") -> None:
        """Each that takes part has a share, and together they are the whole."""
        if field.errors:
            return
        if any(row.share.data is None for _firm_id, row in self.rows):
            raise ValidationError(gettext("Enter a share for every firm that takes part; 0 for none."))
        total = sum(row.share.data for _firm_id, row in self.rows)
        if total != WHOLE_BP:
            found, whole = write_rate(total), write_rate(WHOLE_BP)
            raise ValidationError(
                gettext("The shares add up to %(total)s, not to %(whole)s.", total=found, whole=whole)
            )


class LineForm(PlainForm):
    """One planned expense; left blank it does not count."""

    line_id = HiddenField()
    cost_class = SelectField(_("Kind of cost"), blank=_("Choose"))
    description = TextField(_("What exactly"), [Optional(), Length(max=200)])
    amount = MoneyField(_("Amount without tax"), minimum=1)
    quantity = QuantityField(_("Quantity"), description=_("Square metres, nights, travellers: what this cost counts."))
    distance_km = NumberField(_("Distance in kilometres"), maximum=50_000)
    firm = SelectField(_("Who bears it"))

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed; who bears it is always chosen."""
        typed = (self.cost_class, self.description, self.amount)
        return not any(str(text).strip() for field in typed for text in field.raw_data or ())

    def validate(self, extra_validators: Any = None) -> bool:
        """A line needs its kind and its amount."""
        valid = super().validate(extra_validators)
        if self.is_blank:
            return valid
        for field, message in (
            (self.cost_class, gettext("Choose a kind of cost.")),
            (self.amount, gettext("Enter the amount.")),
        ):
            if field.data is None and not field.errors:
                field.errors = [message]
                valid = False
        return valid


class CostsForm(VersionedForm):
    """All planned expenses. Quantities and distances are asked for where the rules of a class count them."""

    lines = FieldList(FormField(LineForm), min_entries=1, max_entries=MOST_LINES)

    def __init__(
        self,
        formdata: MultiDict[str, str] | None,
        *,
        currency: str,
        cost_classes: Sequence[CostClass],
        firms: Mapping[int, str],
        **shown: Any,
    ) -> None:
        self.currency, self.firms = currency, firms
        self.cost_classes = [each for each in cost_classes if not each.excluded]
        self.counted = {each.code for each in self.cost_classes if _counts_units(each)}
        self.measured = {
            each.code for each in self.cost_classes if each.unit_amount and len(each.unit_amount.bands) > 1
        }
        super().__init__(formdata, data=shown)
        self.dress()

    def dress(self) -> None:
        """Give every row the currency and choices of this application."""
        kinds = options([("", _("Choose")), *((each.code, cost_class_name(each.code)) for each in self.cost_classes)])
        bearers = options(
            [(SHARED, _("All, by their shares")), *((str(key), name) for key, name in self.firms.items())]
        )
        for entry in self.lines:
            entry.form.amount.currency = self.currency
            entry.form.cost_class.choices = kinds
            entry.form.firm.choices = bearers
            if not self.counted and "quantity" in entry.form:
                del entry.form.quantity
            if not self.measured and "distance_km" in entry.form:
                del entry.form.distance_km

    def validate_lines(self, field: "FieldList[Any]") -> None:
        """What the rules count must be told."""
        for entry in field:
            row = entry.form
            for name, classes in (("quantity", self.counted), ("distance_km", self.measured)):
                if row.cost_class.data in classes and row[name].data is None and not row[name].errors:
                    row[name].errors = [gettext("This kind of cost is counted: enter it.")]
                    raise ValidationError(gettext("A quantity or distance is missing."))

    def given(self) -> list[dict[str, Any]]:
        """The lines that were filled in, as `service.NewLine` wants them, once the form is valid."""
        rows = [entry.form for entry in self.lines if not entry.form.is_blank]
        return [
            {
                "cost_class": row.cost_class.data,
                "description": row.description.data,
                "amount_minor": row.amount.data.minor,
                "firm_id": int(row.firm.data) if row.firm.data else None,
                "line_id": int(key) if (key := row.line_id.data or "").isdecimal() else None,
                "quantity": row.quantity.data if self.counted else None,
                "distance_km": row.distance_km.data if self.measured else None,
            }
            for row in rows
        ]


def _counts_units(each: CostClass) -> bool:
    return bool(each.unit_amount or each.unit_ceiling_minor or each.max_units)


def shown_line(line: "CostLine") -> dict[str, Any]:
    """A saved line as `CostsForm` shows it."""
    return {
        "line_id": str(line.id),
        "cost_class": line.cost_class,
        "description": line.description,
        "amount": line.amount,
        "quantity": line.quantity,
        "distance_km": line.distance_km,
        "firm": SHARED if line.firm_id is None else str(line.firm_id),
    }


def without_row(submitted: MultiDict[str, str], name: str, gone: int) -> MultiDict[str, str]:
    """What was sent without the row `gone` of the field list `name`; later rows move up."""
    kept: MultiDict[str, str] = MultiDict()
    for key, value in submitted.items(multi=True):
        head, _dash, rest = key.partition("-")
        number, _dash, field = rest.partition("-")
        if head != name or not number.isdigit():
            kept.add(key, value)
        elif int(number) != gone:
            kept.add(f"{name}-{int(number) - (int(number) > gone)}-{field}", value)
    return kept


class AboutForm(VersionedForm):
    """Why the group wants to go; made by `about_form` with the scheme's own questions."""

    motivation = MarkdownField(
        _("What do you want to reach at the fair?"),
        [Required(), Length(max=5000)],
        description=_("Which products, which buyers, which markets, and what you will do afterwards."),
    )


def about_form(asked: Sequence[DeclaredFact], stored: Mapping[str, Any], **shown: Any) -> Any:
    """An `AboutForm` with a field ``answers`` for the questions `asked`, showing the `stored` answers."""
    made = type("AboutFormOfScheme", (AboutForm,), {"answers": FormField(answers_form(asked))})
    return made(data={**shown, "answers": shown_answers(asked, stored)})


class SubmitForm(VersionedForm):
    """The last page: everything was checked. `opened` proves when it was opened."""

    opened = HiddenField()
    declared = BooleanField(
        _("All firms that take part agree, what is stated here is true, and nothing of it was ordered or paid yet."),
        [Required(_("Confirm this to send the application."))],
    )
