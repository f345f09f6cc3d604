"""What both sides fill in about a meeting."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms.validators import Length, Optional, ValidationError
from wtforms.widgets import HiddenInput

from fairlink.visits.rules.diary import by_day
from fairlink.visits.states import MARKS, MeetingAction
from fairlink.web.fields import Form, MarkdownField, NumberField, RadioField, Required, TextField, options
from fairlink.web.filters import write_time


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
    substitute = TextField(_("Who came instead?"), [Optional(), Length(max=200)])

    @property
    def chosen(self) -> MeetingAction:
        """What was pressed, once it is valid."""
        return MeetingAction(self.action.data)
