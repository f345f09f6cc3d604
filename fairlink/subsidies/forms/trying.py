"""A made-up application with which staff try the rules of a scheme: firms, costs, and the scheme's own questions."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import FieldList, FormField
from wtforms import Form as PlainForm
from wtforms.validators import Length, Optional

from fairlink.kernel.money import Money
from fairlink.subsidies.forms.shaped import CodeField
from fairlink.subsidies.forms.words import CHOICES, cost_class_name
from fairlink.subsidies.rules import Rules
from fairlink.subsidies.rules.document import DeclaredFact
from fairlink.subsidies.rules.scalars import JsonObject
from fairlink.subsidies.rules.syntax import Kind
from fairlink.subsidies.rules.terms import Size, Subject
from fairlink.web.fields import (
    CountryField,
    Form,
    LocalDateField,
    MoneyField,
    NumberField,
    Required,
    SelectField,
    TextField,
    options,
)

#: A country that is none: where earlier fairs of a made-up firm were held.
_ELSEWHERE = "ZZ"
_YES, _NO = "yes", "no"


class TriedFirmForm(PlainForm):
    """One firm; what is left empty is not known."""

    optional_parts = frozenset({"exports", "founded_on", "first_award_on", "fairs", "aid", "staff"})

    size = SelectField(_("Size"), [Optional()], choices=CHOICES[Size].items, blank=_("Not known"))
    region = CodeField(_("Region"), [Optional()])
    staff = NumberField(_("Staff"), [Optional()], maximum=1_000_000)
    turnover = MoneyField(_("Turnover of the last year"), [Optional()])
    exports = MoneyField(_("Exports of it to the fair's country"), [Optional()])
    founded_on = LocalDateField(_("Founded on"), [Optional()])
    first_award_on = LocalDateField(_("First award on"), [Optional()])
    fairs = NumberField(_("Supported fairs so far"), [Optional()], maximum=60)
    aid = MoneyField(_("Public aid within the last years"), [Optional()])


class TriedCostForm(PlainForm):
    """One cost; without an amount it does not count."""

    optional_parts = frozenset({"quantity", "distance_km"})

    cost_class = SelectField(_("Kind of cost"), [Optional()])
    amount = MoneyField(_("Amount"), [Optional()])
    firm = SelectField(_("Who bears it"), [Optional()])
    quantity = NumberField(_("Units"), [Optional()], maximum=1_000_000)
    distance_km = NumberField(_("Distance in km"), [Optional()], maximum=10_000)


class TryForm(Form):
    """The whole of it; the fields for the scheme's questions are made by `try_form`."""

    country = CountryField(_("Country of the fair"), [Required()])
    kinds = TextField(_("Kinds of market of the fair"), [Optional(), Length(max=200)], description=_("With commas."))
    starts_on = LocalDateField(_("First day of the fair"), [Required()])
    days = NumberField(_("Length of the fair in days"), [Required()], minimum=1, maximum=60)
    applied_on = LocalDateField(_("Day of applying"), [Required()])
    firms: Any
    costs = FieldList(FormField(TriedCostForm), label=_("Cost"), min_entries=1, max_entries=60)

    def facts(self, rules: Rules) -> JsonObject:
        """What was typed as the facts of an application, once the form is valid; not yet read."""
        starts_on: date = self.starts_on.data
        fair = {
            "code": "this_fair",
            "country": self.country.data,
            "kinds": [each.strip() for each in (self.kinds.data or "").split(",") if each.strip()],
            "starts_on": starts_on.isoformat(),
            "ends_on": (starts_on + timedelta(days=self.days.data - 1)).isoformat(),
        }
        firms = list(enumerate((entry.form for entry in self.firms), start=1))
        costs = list(enumerate((entry.form for entry in self.costs), start=1))
        applied_on: date = self.applied_on.data
        return {
            "fair": fair,
            "applied_on": applied_on.isoformat(),
            "members": [_member(str(number), row, self, rules) for number, row in firms],
            "lines": [_line(str(number), row) for number, row in costs if row.amount.data is not None],
            "answers": _answers(self, rules, Subject.APPLICATION),
            "prior_aid": [
                {
                    "undertaking": str(number),
                    "regime": ceiling.code,
                    "granted_on": (applied_on - timedelta(days=1)).isoformat(),
                    "amount_minor": row.aid.data.minor,
                    "currency": rules.currency,
                }
                for number, row in firms
                if row.aid.data
                for ceiling in rules.aid_ceilings
            ],
            # One for one: what a foreign ceiling is worth on a day is no matter of the rules.
            "exchange": [
                {"currency": code, "rate": 1}
                for code in sorted({each.currency for each in rules.aid_ceilings} - {rules.currency})
            ],
        }

    def cost_names(self) -> dict[str, str]:
        """What the costs are called, by the ids that `facts` gives them."""
        return {
            str(number): cost_class_name(entry.form.cost_class.data or "") for number, entry in enumerate(self.costs, 1)
        }


def _member(number: str, row: Any, form: TryForm, rules: Rules) -> JsonObject:
    year = form.applied_on.data.year - 1
    member: JsonObject = {"id": number, "answers": _answers(row, rules, Subject.FIRM)}
    for name in ("size", "region"):
        if row[name].data:
            member[name] = row[name].data
    for name in ("founded_on", "first_award_on"):
        if row[name].data:
            member[name] = row[name].data.isoformat()
    if row.turnover.data or row.staff.data is not None or row.exports.data:
        exports = row.exports.data.minor if row.exports.data else 0
        member["years"] = [
            {
                "year": year,
                "turnover_minor": row.turnover.data.minor if row.turnover.data else 0,
                "staff": row.staff.data or 0,
                "exports": [{"country": form.country.data, "amount_minor": exports}] if exports else [],
            }
        ]
    member["participations"] = [
        {"fair": f"earlier_{index}", "country": _ELSEWHERE, "starts_on": f"{year - index}-03-01"}
        for index in range(row.fairs.data or 0)
    ]
    return member


def _line(number: str, row: Any) -> JsonObject:
    line: JsonObject = {"id": number, "cost_class": row.cost_class.data or "", "cost_minor": row.amount.data.minor}
    for name, value in (
        ("member", row.firm.data),
        ("quantity", row.quantity.data),
        ("distance_km", row.distance_km.data),
    ):
        if value not in (None, ""):
            line[name] = value
    return line


def _answers(form: Any, rules: Rules, subject: Subject) -> JsonObject:
    found: JsonObject = {}
    for fact in rules.facts:
        value = form[f"answer_{fact.name}"].data if fact.of is subject else None
        if value in (None, ""):
            continue
        if fact.kind is Kind.BOOLEAN:
            value = value == _YES
        elif fact.kind is Kind.DATE:
            value = value.isoformat()
        elif fact.kind is Kind.TEXTS:
            value = [each.strip() for each in value.split(",") if each.strip()]
        found[fact.name] = value
    return found


def _question(fact: DeclaredFact) -> Any:
    """The field for one question of the scheme."""
    if fact.kind is Kind.BOOLEAN:
        named = [(_YES, _("Yes")), (_NO, _("No"))]
        return SelectField(fact.question, [Optional()], choices=lambda: named, blank=_("Not known"))
    if fact.kind is Kind.NUMBER:
        return NumberField(fact.question, [Optional()])
    if fact.kind is Kind.DATE:
        return LocalDateField(fact.question, [Optional()])
    return TextField(fact.question, [Optional(), Length(max=200)])


def try_form(rules: Rules, sent: MultiDict[str, str] | None, *, country: str, today: date) -> TryForm:
    """The form for `rules`; shown first, it holds a group of the least size with a few costs."""
    asked = {subject: {f"answer_{f.name}": _question(f) for f in rules.facts if f.of is subject} for subject in Subject}
    firm = type("FirmForm", (TriedFirmForm,), asked[Subject.FIRM])
    firms: Any = FieldList(FormField(firm), label=_("Firm"), min_entries=1, max_entries=40)
    made: Any = type("SchemeTryForm", (TryForm,), {**asked[Subject.APPLICATION], "firms": firms})
    form: TryForm = made(sent, data=_sample(rules, country, today))
    dress_try(form, rules)
    return form


def dress_try(form: TryForm, rules: Rules) -> None:
    """Give every row the currency, kinds of cost and firms; again after a row was added."""
    counted = [(each.code, cost_class_name(each.code)) for each in rules.cost_classes]
    numbers = [str(number) for number in range(1, len(form.firms) + 1)]
    bearers = [("", _("All, equally")), *((number, _("Firm %(number)s", number=number)) for number in numbers)]
    for entry in form.firms:
        for field in (entry.form.turnover, entry.form.exports, entry.form.aid):
            field.currency = rules.currency
    for entry in form.costs:
        entry.form.amount.currency = rules.currency
        entry.form.cost_class.choices = options(counted)
        entry.form.firm.choices = options(bearers)


def _sample(rules: Rules, country: str, today: date) -> JsonObject:
    months = rules.timing.apply_from_months_before or 6
    firms = [{"size": Size.SMALL.value}] * min(rules.group.min_firms, 40)
    counted = [each for each in rules.cost_classes if not each.excluded]
    costs = [
        {
            "cost_class": each.code,
            "amount": Money.from_major(Decimal(1000 if index else 3000), rules.currency),
            "quantity": 1 if each.unit_amount or each.unit_ceiling_minor or each.max_units else None,
            "distance_km": 1000 if each.unit_amount and len(each.unit_amount.bands) > 1 else None,
        }
        for index, each in enumerate(counted[:3])
    ]
    starts_on = today + timedelta(days=30 * months - 10)
    return {
        "country": country,
        "starts_on": starts_on,
        "days": 3,
        "applied_on": today,
        "firms": firms,
        "costs": costs,
    }
