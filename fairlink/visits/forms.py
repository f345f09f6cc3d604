"""What buyers and exhibitors fill in about visits and meetings."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms.validators import Length, Optional, ValidationError
from wtforms.widgets import HiddenInput

from fairlink.accounts import queries as accounts
from fairlink.visits.rules.diary import by_day
from fairlink.visits.states import MARKS, MeetingAction
from fairlink.web import places
from fairlink.web.fields import Form, MarkdownField, NumberField, RadioField, Required, SelectField, TextField, options
from fairlink.web.filters import write_time
from fairlink.web.i18n import language
from fairlink.web.session import db_session


class VisitForm(Form):
    """A visit to book."""

    note = MarkdownField(
        _("What are you looking for?"),
        [Optional(), Length(max=2000)],
        description=_("Products, quantities, standards. Only you and your colleagues see it."),
    )


class SlotForm(Form):
    """One of the free times."""

    slot_id = RadioField(_("Free times"), [Required()], validate_choice=False)
    #: The free times by the fair's days, each with its option; set by `offer`.
    days: dict[date, list[tuple[Any, Any]]]

    def offer(self, slots: Sequence[Any], zone: str) -> None:
        """Show these time slots, in the fair's `zone`. What was sent is not judged by them: the service does that."""
        self.slot_id.choices = options((str(slot.id), write_time(slot.starts_at, zone)) for slot in slots)
        self.days = by_day(zip(slots, self.slot_id, strict=True), lambda pair: pair[0].starts_at, zone)

    def validate_slot_id(self, field: RadioField) -> None:
        """Slots have numbers."""
        if not (field.data.isascii() and field.data.isdigit() and len(field.data) < 19):
            raise ValidationError(_("Choose one of these."))


class RequestForm(SlotForm):
    """A meeting to ask for."""

    note = MarkdownField(
        _("Why do you want to meet?"),
        [Optional(), Length(max=2000)],
        description=_("They read it before they answer."),
    )


class ConfirmForm(Form):
    """A proposed time to accept, as it was seen."""

    sequence = NumberField("", [Required()], widget=HiddenInput())


class DeclineForm(ConfirmForm):
    """A proposed time to refuse."""

    reason = MarkdownField(_("Why not?"), [Required(), Length(max=1000)], description=_("The other side reads it."))


class CancelForm(Form):
    """A meeting to call off."""

    reason = MarkdownField(_("Why?"), [Optional(), Length(max=1000)], description=_("The other side reads it."))


class MarkForm(Form):
    """What became of a meeting."""

    action = RadioField(
        _("What became of it?"), [Required()], choices=[(each.value, each.value) for each in sorted(MARKS)]
    )

    @property
    def chosen(self) -> MeetingAction:
        """What was pressed, once it is valid."""
        return MeetingAction(self.action.data)


def sector_choices() -> list[tuple[str, str]]:
    """Every sector by its name in the reader's language."""
    named = [(sector.code, sector.name(language())) for sector in accounts.sectors(db_session())]
    return sorted(named, key=lambda pair: places.sort_key(pair[1]))


class FindForm(Form):
    """Which exhibitors a buyer looks for. A GET form: what makes no sense asks for nothing."""

    q = TextField(
        _("Product or name"),
        [Length(max=100)],
        render_kw={"type": "search"},
        description=_("A word, or the digits of an HS code."),
    )
    sector = SelectField(_("Sector"), blank=_("Every sector"), choices=sector_choices)

    class Meta:
        csrf = False

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is looked for at all."""
        return any(self.wanted.values())

    @property
    def wanted(self) -> dict[str, str | None]:
        """The conditions of `applications.queries.exhibitors_found`: two to six digits are a code, all else words."""
        self.validate()
        typed = "" if self.q.errors else self.q.data or ""
        digits = typed.replace(".", "").replace(" ", "")
        is_code = digits.isascii() and digits.isdigit() and 2 <= len(digits) <= 6
        sector = None if self.sector.errors else self.sector.data
        return {"text": None if is_code else typed or None, "hs_code": digits if is_code else None, "sector": sector}
