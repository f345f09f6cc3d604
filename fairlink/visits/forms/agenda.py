"""What an organiser fills in about an agenda."""

from flask_babel import lazy_gettext as _

from fairlink.visits.states import AgendaMode
from fairlink.web.fields import Form, RadioField, Required, SelectField


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
