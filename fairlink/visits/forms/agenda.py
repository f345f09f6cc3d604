"""What an organiser fills in about an agenda."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms.validators import ValidationError

from fairlink.visits.states import AgendaMode
from fairlink.web.fields import Form, RadioField, Required, SelectField, options


class RunForm(Form):
    """An agenda to be made."""

    mode = RadioField(
        _("What may change?"),
        [Required()],
        choices=[
            (AgendaMode.FULL.value, _("Everything: a new agenda")),
            (AgendaMode.REPAIR.value, _("As few published meetings as possible")),
            (AgendaMode.UNBOOKED.value, _("No published meeting: only free times are given")),
        ],
        default=AgendaMode.FULL.value,
    )
    seconds = SelectField(
        _("How long may it take?"),
        [Required()],
        choices=[("10", _("10 seconds")), ("60", _("1 minute")), ("300", _("5 minutes")), ("1800", _("Half an hour"))],
        default="60",
        description=_("It stops sooner when nothing is left to improve."),
    )


class PlaceForm(Form):
    """A time for one meeting of a draft."""

    slot_id = RadioField(_("Free times"), [Required()], validate_choice=False)

    def offer(self, pairs: Sequence[tuple[Any, str]]) -> None:
        """Show these slot ids with their words."""
        self.slot_id.choices = options((str(value), text) for value, text in pairs)

    def validate_slot_id(self, field: RadioField) -> None:
        """Slots have numbers."""
        if not (field.data.isascii() and field.data.isdigit() and len(field.data) < 19):
            raise ValidationError(_("Choose one of these."))
