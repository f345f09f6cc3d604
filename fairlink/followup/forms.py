"""Forms of leads, answers and verdicts."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import TextAreaField
from wtforms.validators import Length, Optional, StopValidation

from fairlink.followup.rules import Reply, ReportedOrder
from fairlink.followup.states import ORDERED, Interest, Outcome, Side, StatementKind
from fairlink.web.fields import (
    CurrencyField,
    Form,
    LocalDateField,
    MoneyField,
    MultiCheckboxField,
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


class AnswerForm(Form):
    """What came of a lead: at most five short things."""

    outcome = RadioField(_("What came of it?"), choices=list(OUTCOMES.items()), validators=[Required()])
    currency = CurrencyField(_("Currency"))
    value = MoneyField(_("Value of the order"), currency_field="currency")
    ordered_on = LocalDateField(_("Date of the order"))
    hs_code = SelectField(_("Product"), choices=[], validators=[Optional()])
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
    note = TextAreaField(_("Anything else?"), [Optional(), Length(max=2000)])

    def __init__(self, *args: Any, side: Side, today: date, products: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.hs_code.choices = [("", _("Several or another")), *products]
        if side is not Side.FIRM:
            del self.without_support

    def validate_value(self, field: MoneyField) -> None:
        if self._ordered() and field.data is None and not field.errors:
            raise StopValidation(str(_("Say what the order was worth. A rough figure is enough.")))
        if field.data is not None and field.data.minor <= 0:
            raise StopValidation(str(_("The value must be more than zero.")))

    def validate_ordered_on(self, field: LocalDateField) -> None:
        if self._ordered() and field.data is None and not field.errors:
            raise StopValidation(str(_("Say when the order was made. About is enough.")))
        if field.data is not None and field.data > self.today:
            raise StopValidation(str(_("The order lies in the future. Report it once it was made.")))

    def _ordered(self) -> bool:
        return self.outcome.data in ORDERED

    def reply(self) -> Reply:
        """The answer that was typed; an order's figures count only with an outcome that tells of one."""
        order = None
        if self._ordered():
            assert self.value.data is not None
            assert self.ordered_on.data is not None
            order = ReportedOrder(self.value.data, self.ordered_on.data, self.hs_code.data or None)
        lost = self.outcome.data == Outcome.LOST
        return Reply(
            outcome=Outcome(self.outcome.data),
            order=order,
            expected=None if lost else self.expected.data,
            without_support_bp=self.without_support.data if order and "without_support" in self else None,
            lost_reason=(self.lost_reason.data or "") if lost else "",
            note=self.note.data or "",
        )


VERDICTS = {"yes": StatementKind.CONFIRM, "correct": StatementKind.CORRECT, "no": StatementKind.DISPUTE}


class VerdictForm(Form):
    """Whether an order that the other side reported is right."""

    agrees = RadioField(
        _("Is this right?"),
        choices=[
            ("yes", _("Yes, this is right")),
            ("correct", _("There was an order, but the figure is another one")),
            ("no", _("No, I dispute it: there was no such order")),
        ],
        validators=[Required()],
    )
    currency = CurrencyField(_("Currency"))
    value = MoneyField(
        _("Your figure"),
        [Optional()],
        currency_field="currency",
        description=_("Leave it empty if there was no order."),
    )
    note = TextField(_("What was different?"), [Optional(), Length(max=500)])

    def validate_value(self, field: MoneyField) -> None:
        if self.agrees.data == "correct" and field.data is None and not field.errors:
            raise StopValidation(str(_("Say what the order was worth. A rough figure is enough.")))
        if field.data is not None and field.data.minor <= 0:
            raise StopValidation(str(_("The value must be more than zero.")))

    def verdict(self) -> StatementKind:
        """What was chosen."""
        return VERDICTS[self.agrees.data]
