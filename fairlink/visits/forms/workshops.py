"""What is filled in about workshops: by the group that offers them, and by buyers who go there."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import FieldList, FormField, HiddenField
from wtforms import Form as PlainForm
from wtforms.validators import Length, Optional, ValidationError

from fairlink.visits.forms.meetings import SlotForm
from fairlink.visits.rules.tours import WorkshopDetails
from fairlink.visits.states import HOST_MARKS, MeetingAction
from fairlink.web.fields import (
    Form,
    LocalDateField,
    LocalTimeField,
    MarkdownField,
    MultiCheckboxField,
    NumberField,
    RadioField,
    Required,
    SelectField,
    TextField,
)
from fairlink.web.filters import write_date, write_language

#: What hosts at fairs are asked for.
LANGUAGES = ("ar", "de", "en", "es", "fr", "it", "ja", "pt", "ru", "zh")


def _languages() -> list[tuple[str, str]]:
    return sorted(((code, write_language(code)) for code in LANGUAGES), key=lambda pair: pair[1].casefold())


class WorkshopForm(Form):
    """A workshop that buyers of the fair can visit."""

    name = TextField(_("Name of the workshop"), [Required(), Length(max=200)])
    address = TextField(_("Address"), [Required(), Length(max=300)], description=_("As a driver needs it."))
    description = MarkdownField(_("What is there to see?"), [Optional(), Length(max=2000)])
    first_on = LocalDateField(_("First day"), [Required()])
    last_on = LocalDateField(_("Last day"), [Required()])
    opens = LocalTimeField(_("Opens"), [Required()])
    closes = LocalTimeField(_("Closes"), [Required()])
    visit_minutes = NumberField(
        _("Minutes of a visit"),
        [Required()],
        minimum=15,
        maximum=480,
        default=60,
        description=_("The hours are cut into visits of this length."),
    )
    capacity = NumberField(_("People you can receive at once"), [Required()], minimum=1, maximum=500, default=8)
    travel_minutes = NumberField(_("Minutes from the fair, one way"), [Required()], minimum=0, maximum=600)
    languages = MultiCheckboxField(_("Languages you speak there"), [Required()], choices=_languages)

    def validate_last_on(self, field: LocalDateField) -> None:
        if field.data and self.first_on.data and not 0 <= (field.data - self.first_on.data).days <= 30:
            raise ValidationError(gettext("The last day must follow the first within a month."))

    def validate_closes(self, field: LocalTimeField) -> None:
        if field.data and self.opens.data and field.data <= self.opens.data:
            raise ValidationError(gettext("It must close after it opens."))

    def details(self) -> WorkshopDetails:
        """What was typed, once it is valid."""
        return WorkshopDetails(
            name=self.name.data,
            address=self.address.data,
            description=self.description.data,
            first_on=self.first_on.data,
            last_on=self.last_on.data,
            opens=self.opens.data,
            closes=self.closes.data,
            visit_minutes=self.visit_minutes.data,
            capacity=self.capacity.data,
            languages=self.languages.data or (),
            travel_minutes=self.travel_minutes.data,
        )


class _WayForm(PlainForm):
    workshop_id = HiddenField()
    minutes = NumberField(_("Minutes"), [Optional()], minimum=0, maximum=600)


class WaysForm(Form):
    """How long the ways from one workshop to others take."""

    ways = FieldList(FormField(_WayForm))

    def minutes(self, known: Sequence[int]) -> dict[int, int | None]:
        """The ways to the workshops `known`; anything else that was sent is nothing."""
        typed = {str(entry.form.workshop_id.data): entry.form.minutes.data for entry in self.ways}
        return {workshop_id: typed[str(workshop_id)] for workshop_id in known if str(workshop_id) in typed}


def _people() -> NumberField:
    return NumberField(_("How many people?"), [Required()], minimum=1, maximum=50, default=1)


class BookWorkshopForm(SlotForm):
    """One session of a workshop."""

    people = _people()
    note = MarkdownField(_("What do you want to see?"), [Optional(), Length(max=1000)])


class HostMarkForm(Form):
    """Whether the buyer came."""

    action = RadioField("", [Required()], choices=[(each.value, each.value) for each in sorted(HOST_MARKS)])

    @property
    def chosen(self) -> MeetingAction:
        """What was pressed, once it is valid."""
        return MeetingAction(self.action.data)


class TourForm(Form):
    """Several workshops on one day; the platform finds the order and the times."""

    workshops = MultiCheckboxField(_("Which workshops?"), [Required()], coerce=int)
    on = SelectField(_("On which day?"), [Required()])
    people = _people()
    note = MarkdownField(_("What do you want to see?"), [Optional(), Length(max=1000)])

    def offer(self, workshops: Sequence[Any], days: Sequence[date]) -> None:
        """Let these workshops and days be chosen."""
        self.workshops.choices = [(each.id, each.name) for each in workshops]
        self.on.choices = [(day.isoformat(), write_date(day)) for day in days]

    def validate_workshops(self, field: MultiCheckboxField) -> None:
        if len(field.data or ()) > 5:
            raise ValidationError(gettext("Choose at most five for one day."))
