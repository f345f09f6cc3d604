"""What both sides fill in about requests and absences, and staff about a fair's rules for meetings."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms.validators import Length, Optional, ValidationError

from fairlink.visits.forms.finding import FindForm
from fairlink.visits.rules.halves import HalfDay
from fairlink.visits.states import Consent, Half, Level, Scheduling, Shown
from fairlink.web.fields import (
    Form,
    MarkdownField,
    MultiCheckboxField,
    NumberField,
    RadioField,
    Required,
    SelectField,
    options,
)
from fairlink.web.filters import write_date


class MatchForm(FindForm):
    """Whom a participant looks for: without a word those that fit its own sectors and products."""

    show = SelectField(_("Show"), choices=[("", _("Those that fit you")), ("all", _("Everyone"))])

    @property
    def everyone(self) -> bool:
        """Whether those that do not fit are shown too."""
        return bool(self.show.data == "all")

    @property
    def is_searched(self) -> bool:
        """Whether anything is looked for."""
        return super().is_narrowed

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is looked for, or somebody left out."""
        return self.is_searched or not self.everyone


class AskForm(Form):
    """A request for a meeting without a time."""

    level = RadioField(
        _("How much do you want to meet?"),
        [Required()],
        choices=[(Level.MEET.value, _("I would like to")), (Level.MUST_MEET.value, _("I must"))],
        default=Level.MEET.value,
        description=_("Those who must meet are seated first. The other side does not see this."),
    )
    note = MarkdownField(
        _("Why do you want to meet?"),
        [Optional(), Length(max=2000)],
        description=_("They read it before they answer."),
    )
    half = SelectField(
        _("Part of the day"),
        blank=_("Morning or afternoon"),
        choices=[(Half.AM.value, _("Only in the morning")), (Half.PM.value, _("Only in the afternoon"))],
        description=_("Leave it open if you can: it is easier to find a time."),
    )


class VetoForm(Form):
    """A participant never to meet."""

    note = MarkdownField(_("Your own note"), [Optional(), Length(max=1000)], description=_("Only your side sees it."))


class AbsenceForm(Form):
    """The half days on which a participant has no meetings."""

    halves = MultiCheckboxField(_("I have no meetings on"))

    def offer(self, halves: Sequence[HalfDay]) -> None:
        """Show these half days of the fair."""
        words = {Half.AM: _("%(day)s, morning"), Half.PM: _("%(day)s, afternoon")}
        self.halves.choices = options(
            (f"{on.isoformat()} {half.value}", words[half] % {"day": write_date(on)}) for on, half in halves
        )

    @property
    def chosen(self) -> list[HalfDay]:
        """What was ticked, once it is valid."""
        parts = (value.split(" ") for value in self.halves.data or ())
        return [(date.fromisoformat(on), Half(half)) for on, half in parts]


class RulesForm(Form):
    """How meetings come about at a fair."""

    scheduling = RadioField(
        _("Who gives the times?"),
        [Required()],
        choices=[
            (Scheduling.SELF.value, _("Buyers and exhibitors choose times themselves")),
            (Scheduling.ORGANISER.value, _("We make the agenda from their requests")),
        ],
    )
    consent = RadioField(
        _("Must the other side agree?"),
        [Required()],
        choices=[
            (Consent.ASKED.value, _("Yes, it is asked")),
            (Consent.AUTOMATIC.value, _("No, every request counts")),
        ],
    )
    request_hours = NumberField(
        _("Hours a request waits for its answer"),
        [Required()],
        minimum=1,
        maximum=2160,
        description=_("Then it ends by itself. The time is shown before a request is sent."),
    )
    buyers_shown = RadioField(
        _("What do exhibitors see of the buyers?"),
        [Required()],
        choices=[
            (Shown.HIDDEN.value, _("Nothing: only buyers can ask")),
            (Shown.PROFILE.value, _("Organisation, country, sectors and products")),
            (Shown.CONTACT.value, _("The name of the visitor too")),
        ],
    )
    exhibitor_contact_shown = SelectField(
        _("Do buyers see the contact person of exhibitors?"),
        choices=[("", _("No")), ("yes", _("Yes"))],
        description=_("Firms and products of exhibitors are public."),
    )
    buyer_minimum = NumberField(_("At least, for a buyer"), [Required()], maximum=500)
    buyer_maximum = NumberField(_("At most, for a buyer"), [Optional()], minimum=1, maximum=500)
    exhibitor_minimum = NumberField(_("At least, for an exhibitor"), [Required()], maximum=500)
    exhibitor_maximum = NumberField(_("At most, for an exhibitor"), [Optional()], minimum=1, maximum=500)
    tables = NumberField(
        _("Tables"),
        [Optional()],
        minimum=1,
        maximum=5000,
        description=_("Meetings at the same time. Leave it empty if each takes place at the exhibitor's own stand."),
    )

    def validate_buyer_maximum(self, field: NumberField) -> None:
        """Not below the minimum."""
        self._check_maximum(field, self.buyer_minimum)

    def validate_exhibitor_maximum(self, field: NumberField) -> None:
        """Not below the minimum."""
        self._check_maximum(field, self.exhibitor_minimum)

    def _check_maximum(self, field: NumberField, minimum: NumberField) -> None:
        if field.data is not None and minimum.data is not None and field.data < minimum.data:
            raise ValidationError(gettext("This is less than the minimum."))

    @staticmethod
    def shown(rules: Any) -> dict[str, Any]:
        """The rules as the fields show them."""
        names = (name for name in RulesForm.__dict__ if hasattr(rules, name))
        known = {name: getattr(rules, name) for name in names}
        return known | {"exhibitor_contact_shown": "yes" if rules.exhibitor_contact_shown else ""}

    def values(self) -> dict[str, Any]:
        """The columns of the rules, once the form is valid."""
        return {
            "scheduling": Scheduling(self.scheduling.data),
            "consent": Consent(self.consent.data),
            "request_hours": self.request_hours.data,
            "buyers_shown": Shown(self.buyers_shown.data),
            "exhibitor_contact_shown": self.exhibitor_contact_shown.data == "yes",
            "buyer_minimum": self.buyer_minimum.data,
            "buyer_maximum": self.buyer_maximum.data,
            "exhibitor_minimum": self.exhibitor_minimum.data,
            "exhibitor_maximum": self.exhibitor_maximum.data,
            "tables": self.tables.data,
        }
