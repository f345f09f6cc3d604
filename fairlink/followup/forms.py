"""Forms of leads, answers and verdicts."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, FileField, HiddenField, TextAreaField
from wtforms.validators import Length, Optional, StopValidation

from fairlink.followup.rules import Reply, ReportedOrder, unknown
from fairlink.followup.states import ORDERED, Interest, OrderState, Outcome, Side, StatementKind, Unit
from fairlink.kernel.money import Money
from fairlink.web.fields import (
    CurrencyField,
    Form,
    LocalDateField,
    MoneyField,
    MultiCheckboxField,
    QuantityField,
    RadioField,
    RateField,
    Required,
    SelectField,
    TextField,
)

INTERESTS = {
    Interest.HIGH: _("High: wants to buy"),
    Interest.MEDIUM: _("Medium: wants to know more"),
    Interest.LOW: _("Low: just looked"),
}

OUTCOMES = {
    Outcome.NO_REPLY: _("Nothing yet: no reply"),
    Outcome.TALKING: _("We are talking"),
    Outcome.SAMPLE: _("A sample was sent"),
    Outcome.QUOTE: _("A quote was made"),
    Outcome.ORDER: _("An order"),
    Outcome.REPEAT_ORDER: _("A repeat order"),
    Outcome.LOST: _("Nothing will come of it"),
}


class LeadForm(Form):
    """What was learnt at the fair."""

    interest = RadioField(_("How interested was the other side?"), choices=list(INTERESTS.items()))
    products = MultiCheckboxField(_("Which products did you talk about?"), [Optional()])
    expected_currency = CurrencyField(_("Currency"))
    expected = MoneyField(
        _("What do you expect to sell or buy in the next twelve months?"),
        [Optional()],
        currency_field="expected_currency",
        description=_("A rough figure is enough. It is never counted as an order."),
    )
    note = TextAreaField(
        _("Note"), [Optional(), Length(max=2000)], description=_("Only your own organisation sees it.")
    )


UNITS = {
    Unit.PIECE: _("pieces"),
    Unit.PAIR: _("pairs"),
    Unit.KILOGRAM: _("kilograms"),
    Unit.TONNE: _("tonnes"),
    Unit.LITRE: _("litres"),
    Unit.METRE: _("metres"),
    Unit.SQUARE_METRE: _("square metres"),
    Unit.BOX: _("boxes"),
    Unit.CONTAINER: _("containers"),
}


class OrderForm(Form):
    """A real order: how much, when, of which product."""

    value = MoneyField(_("Value of the order"), [Required()], currency_field="currency")
    currency = CurrencyField(_("Currency"))
    ordered_on = LocalDateField(_("Date of the order"), [Required()])
    hs_code = SelectField(_("Product"), choices=[], validators=[Optional()])
    quantity = QuantityField(_("Quantity"), [Optional()])
    unit = SelectField(_("Counted in"), choices=list(UNITS.items()), blank="", validators=[Optional()])
    is_last = BooleanField(
        _("This was the last order: nothing more will come of the contact"),
        description=_("We then stop asking, once the other side has confirmed it."),
    )

    def __init__(self, *args: Any, since: date, today: date, products: list[tuple[str, str]], **kwargs: Any) -> None:
        """`since` is the first day of the fair, `today` the latest one anywhere."""
        super().__init__(*args, **kwargs)
        self.since, self.today = since, today
        self.hs_code.choices = [("", _("Several or another")), *products]

    def validate_value(self, field: MoneyField) -> None:
        if field.data is not None and field.data.minor <= 0:
            raise StopValidation(str(_("The value must be more than zero.")))

    def validate_ordered_on(self, field: LocalDateField) -> None:
        if field.data is not None and field.data > self.today:
            raise StopValidation(str(_("The order lies in the future. Report it once it was made.")))
        if field.data is not None and field.data < self.since:
            raise StopValidation(str(_("The order is older than the fair and did not come of it. Look at the year.")))

    def validate_unit(self, field: SelectField) -> None:
        if self.quantity.data is not None and not field.data:
            raise StopValidation(str(_("Say in what the quantity is counted.")))

    def order(self) -> ReportedOrder:
        """The order that was typed."""
        assert self.value.data is not None
        assert self.ordered_on.data is not None
        counted = self.quantity.data is not None
        return ReportedOrder(
            self.value.data,
            self.ordered_on.data,
            self.hs_code.data or None,
            quantity=self.quantity.data,
            unit=Unit(self.unit.data) if counted else None,
            is_last=bool(self.is_last.data),
        )


class AnswerForm(OrderForm):
    """What came of a lead: five short things. The order's fields count only with an outcome that tells of one."""

    outcome = RadioField(_("What came of it?"), choices=list(OUTCOMES.items()), validators=[Required()])
    value = MoneyField(_("Value of the order"), currency_field="currency")
    ordered_on = LocalDateField(_("Date of the order"))
    without_support = RateField(
        _("How much of it would have come without the support?"),
        validators=[Optional()],
        description=_("In per cent: 0 if none of it, 100 if all of it."),
    )
    expected_currency = CurrencyField(_("Currency"))
    expected = MoneyField(
        _("What else do you expect in the next twelve months?"), [Optional()], currency_field="expected_currency"
    )
    lost_reason = TextField(_("Why will nothing come of it?"), [Optional(), Length(max=300)])
    #: The answer that is being corrected.
    corrects = HiddenField()

    def __init__(self, *args: Any, side: Side, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if side is not Side.FIRM:
            del self.without_support

    def validate_value(self, field: MoneyField) -> None:
        if self._ordered() and field.data is None and not field.errors:
            raise StopValidation(str(_("Say what the order was worth. A rough figure is enough.")))
        super().validate_value(field)

    def validate_ordered_on(self, field: LocalDateField) -> None:
        if self._ordered() and field.data is None and not field.errors:
            raise StopValidation(str(_("Say when the order was made. About is enough.")))
        super().validate_ordered_on(field)

    def _ordered(self) -> bool:
        return self.outcome.data in ORDERED

    def reply(self, note: str = "") -> Reply:
        """The answer that was typed; `note` is an officer's about a telephone call."""
        order = self.order() if self._ordered() else None
        lost = self.outcome.data == Outcome.LOST
        return Reply(
            outcome=Outcome(self.outcome.data),
            order=order,
            expected=None if lost else self.expected.data,
            without_support_bp=self.without_support.data if order and "without_support" in self else None,
            lost_reason=(self.lost_reason.data or "") if lost else "",
            note=note,
        )


class TelephoneForm(AnswerForm):
    """An answer that somebody gave on the telephone."""

    spoken_with = TextField(_("Whom did you speak with?"), [Required(), Length(max=200)])


VERDICTS = {"yes": StatementKind.CONFIRM, "correct": StatementKind.CORRECT, "no": StatementKind.DISPUTE}


class VerdictForm(Form):
    """Whether an order that the other side reported is right."""

    agrees = RadioField(
        _("Is this right?"),
        choices=[
            ("yes", _("Yes, this is right")),
            ("correct", _("There was an order, but the figure is another one")),
            ("no", _("No, I dispute it")),
        ],
        validators=[Required()],
    )
    currency = CurrencyField(_("Currency"))
    value = MoneyField(
        _("Your figure"),
        [Optional()],
        currency_field="currency",
        description=_("If you dispute it because there was no order, leave it empty."),
    )
    note = TextField(_("What was different?"), [Optional(), Length(max=500)])
    #: The last thing that had been said about the order when the page was shown.
    seen = HiddenField()

    def validate_value(self, field: MoneyField) -> None:
        if self.agrees.data == "correct" and field.data is None and not field.errors:
            raise StopValidation(str(_("Say what the order was worth. A rough figure is enough.")))
        if field.data is not None and field.data.minor <= 0:
            raise StopValidation(str(_("The value must be more than zero.")))

    def ask_about(self, state: OrderState) -> None:
        """A reporter who was given another figure takes it or stands by the first one: there is no third."""
        if state == OrderState.CORRECTED:
            self.agrees.choices = [
                ("yes", _("Yes, this figure is right")),
                ("no", _("No, I stand by my own figure")),
            ]

    def verdict(self) -> StatementKind:
        """What was chosen."""
        return VERDICTS[self.agrees.data]

    def seen_id(self) -> int | None:
        """The id of the statement that was seen last; None where the page did not say."""
        seen = self.seen.data or ""
        return int(seen) if seen.isdecimal() else None


def shares_form(order: Any) -> "SharesForm":
    """The form of an order's parts: one amount for each firm that shares it, in the order's currency."""
    fields = {
        f"part_{share.firm_id}": MoneyField(share.firm.name, [Required()], currency=order.currency)
        for share in order.shares
    }
    form_class = type("OrderSharesForm", (SharesForm,), fields)
    return cast(SharesForm, form_class(data={f"part_{share.firm_id}": share.value for share in order.shares}))


class SharesForm(Form):
    """The parts of an order; `shares_form` gives it its fields."""

    def part_fields(self) -> list[MoneyField]:
        """The amounts, one for each firm."""
        return [field for field in self if field.name.startswith("part_")]

    def parts(self) -> dict[int, int]:
        """Minor units by firm id."""
        return {int(field.name.removeprefix("part_")): field.data.minor for field in self.part_fields()}


#: Waves that a side's plan has room for.
MOST_WAVES = 8


def plan_form(planned: Mapping[Side, Sequence[date]], days: Mapping[Side, Sequence[date]]) -> "PlanForm":
    """The form of a fair's waves; those in `planned` were asked already and are not in it. `days` are the others."""
    fields, data = {}, {}
    for side in Side:
        for number in range(len(planned[side]), MOST_WAVES):
            name = f"{side}_{number + 1}"
            fields[name] = LocalDateField(_("Wave %(number)s", number=number + 1), [Optional()])
        for number, day in enumerate(days[side], start=len(planned[side]) + 1):
            data[f"{side}_{number}"] = day
    form_class = type("FairPlanForm", (PlanForm,), fields)
    return cast(PlanForm, form_class(data=data))


class PlanForm(Form):
    """The days of the waves to come; `plan_form` gives it its fields."""

    def of(self, side: Side) -> list[LocalDateField]:
        """The fields of one side."""
        return [field for field in self if field.name.startswith(f"{side}_")]

    def days(self, side: Side) -> list[date]:
        """The days that were given for one side, in order."""
        return sorted({field.data for field in self.of(side) if field.data is not None})


class WaveTextForm(Form):
    """An agency's own words for its waves; both empty means the house's."""

    subject = TextField(_("Subject"), [Optional(), Length(max=150)])
    body = TextAreaField(
        _("Text"),
        [Optional(), Length(max=3000)],
        description=_("A blank line begins a new paragraph. Greeting, list of contacts and button are added."),
    )

    def validate_body(self, field: TextAreaField) -> None:
        if bool((field.data or "").strip()) != bool(self.subject.data):
            raise StopValidation(str(_("Give both a subject and a text, or neither.")))
        _refuse_unknown(field)

    def validate_subject(self, field: TextField) -> None:
        _refuse_unknown(field)


def _refuse_unknown(field: TextField | TextAreaField) -> None:
    if names := unknown(field.data or ""):
        raise StopValidation(gettext("{%(name)s} would not be filled in: look at its spelling.", name=names[0]))


class SettleForm(Form):
    """How an officer decides a dispute."""

    finding = RadioField(
        _("What have you found?"),
        choices=[("order", _("There was an order of this value:")), ("none", _("There was no such order"))],
        validators=[Required()],
    )
    value = MoneyField(_("Value"), [Optional()], currency_field="currency")
    currency = CurrencyField(_("Currency"))
    reason = TextAreaField(
        _("Why?"), [Required(), Length(max=1000)], description=_("Both sides read it, by mail and on the order's page.")
    )

    def validate_value(self, field: MoneyField) -> None:
        if self.finding.data == "order" and (field.data is None or field.data.minor <= 0) and not field.errors:
            raise StopValidation(str(_("The value must be more than zero.")))

    def settled(self) -> Money | None:
        """The figure that stands; None for no order."""
        return self.value.data if self.finding.data == "order" else None


class RateFileForm(Form):
    """A file of the European Central Bank."""

    file = FileField(
        _("File"),
        [Required()],
        description=_("The reference rates of the European Central Bank, daily or historical, as XML, CSV or ZIP."),
        render_kw={"accept": ".xml,.csv,.zip,application/xml,text/xml,text/csv,application/zip"},
    )


class TypedRateForm(Form):
    """One rate, where no file has it."""

    currency = CurrencyField(_("Currency"), [Required()])
    per_euro = QuantityField(_("Units for one euro"), [Required()], digits=10)
    rated_on = LocalDateField(_("Day"), [Required()])
