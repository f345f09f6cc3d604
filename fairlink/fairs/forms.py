"""What staff and visitors fill in about fairs."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms.validators import Length, Optional, ValidationError

from fairlink.accounts.forms import sector_choices
from fairlink.fairs import queries
from fairlink.fairs.rules import FairDetails, Schedule, UnreadableLabels, stand_labels
from fairlink.web import places
from fairlink.web.fields import (
    CountryField,
    Form,
    LocalDateField,
    LocalTimeField,
    MarkdownField,
    MultiCheckboxField,
    NumberField,
    Required,
    SelectField,
    TextField,
    ZoneField,
    options,
)
from fairlink.web.filters import write_date
from fairlink.web.i18n import language

if TYPE_CHECKING:
    from fairlink.fairs.models import Stand


class CatalogueForm(Form):
    """What a visitor looks for. A GET form: what is not among the choices counts as not chosen."""

    q = TextField(_("Name, city or venue"), [Length(max=100)], render_kw={"type": "search"})
    country = SelectField(_("Country"))
    sector = SelectField(_("Sector"), blank=_("Every sector"), choices=sector_choices)
    month = SelectField(_("Month"))
    when = SelectField(_("When"), choices=[("", _("To come")), ("past", _("Past"))])

    class Meta:
        csrf = False

    def __init__(self, formdata: Mapping[str, Any], *, countries: Iterable[str], months: Iterable[date]) -> None:
        super().__init__(formdata)
        there = set(countries)
        named = [pair for pair in places.countries(language()) if pair[0] in there]
        self.country.choices = options([("", _("Every country")), *named])
        self.month.choices = options(
            [("", _("Every month")), *((f"{month:%Y-%m}", write_date(month, "month")) for month in months)]
        )
        self.validate()

    def wanted(self) -> queries.Wanted:
        """What to look for."""
        month = self._chosen("month")
        return queries.Wanted(
            text=self._chosen("q"),
            country=self._chosen("country"),
            sector=self._chosen("sector"),
            month=date.fromisoformat(f"{month}-01") if month else None,
            past=self._chosen("when") == "past",
        )

    def _chosen(self, name: str) -> str:
        return "" if self[name].errors else self[name].data or ""

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is looked for at all."""
        return any(map(self._chosen, ("q", "country", "sector", "month")))


class FairForm(Form):
    """Everything that staff say about a fair."""

    name = TextField(_("Name"), [Required(), Length(max=120)], description=_("Of the series, such as FIMEC."))
    edition = TextField(_("Edition"), [Required(), Length(max=40)], description=_("Such as 2027 or 48th."))
    sector_codes = MultiCheckboxField(_("Sectors"), [Required()], choices=sector_choices)
    website = TextField(
        _("Website of the organiser"),
        [Optional(), Length(max=300)],
        render_kw={"type": "url", "inputmode": "url"},
    )
    description = MarkdownField(
        _("Description"),
        [Optional(), Length(max=20_000)],
        description=_("Blank lines make paragraphs, - makes lists, **makes bold**. You see it set on the next page."),
    )
    venue = TextField(_("Venue"), [Required(), Length(max=120)])
    city = TextField(_("City"), [Required(), Length(max=120)])
    country = CountryField(_("Country"), [Required()])
    zone = ZoneField(_("Time zone"), [Required()], description=_("All hours of the fair are in this zone."))
    starts_on = LocalDateField(_("First day"), [Required()])
    ends_on = LocalDateField(_("Last day"), [Required()])
    opens = LocalTimeField(_("Opens"), [Required()])
    closes = LocalTimeField(_("Closes"), [Required()])
    last_day_closes = LocalTimeField(_("Closes on the last day"), [Optional()], description=_("Only if it is earlier."))
    slot_minutes = NumberField(
        _("Minutes of a meeting"),
        [Required()],
        minimum=5,
        maximum=240,
        default=30,
        description=_("The opening hours are cut into times of this length, which buyers book."),
    )

    def validate_website(self, field: TextField) -> None:
        """Only web addresses: the page makes a link of it."""
        if not re.match(r"https?://[^\s/.]+\.[^\s/]+", field.data, re.IGNORECASE):
            raise ValidationError(gettext("Enter an address that begins with https:// or http://."))

    def validate_ends_on(self, field: LocalDateField) -> None:
        """The last day follows the first within a month."""
        if field.data and self.starts_on.data:
            days = (field.data - self.starts_on.data).days
            if days < 0:
                raise ValidationError(gettext("The last day must not be before the first."))
            if days > 30:
                raise ValidationError(gettext("A fair lasts at most 31 days."))

    def validate_closes(self, field: LocalTimeField) -> None:
        """It closes after it opens."""
        self._check_closing(field)

    def validate_last_day_closes(self, field: LocalTimeField) -> None:
        """On the last day too."""
        self._check_closing(field)

    def _check_closing(self, field: LocalTimeField) -> None:
        if field.data and self.opens.data and field.data <= self.opens.data:
            raise ValidationError(gettext("It must close after it opens."))

    def details(self) -> FairDetails:
        """What was typed, once it is valid."""
        return FairDetails(
            name=self.name.data,
            edition=self.edition.data,
            venue=self.venue.data,
            city=self.city.data,
            country=self.country.data,
            schedule=Schedule(
                zone=self.zone.data,
                starts_on=self.starts_on.data,
                ends_on=self.ends_on.data,
                opens=self.opens.data,
                closes=self.closes.data,
                last_day_closes=self.last_day_closes.data,
                slot_minutes=self.slot_minutes.data,
            ),
            sector_codes=tuple(self.sector_codes.data or ()),
            website=self.website.data,
            description=self.description.data,
        )


class StandsForm(Form):
    """Many stands at once."""

    text = MarkdownField(
        _("Stands to add"),
        [Required(), Length(max=10_000)],
        description=_("One per line. Two dots make a run: 4-C01..4-C20 is twenty stands."),
    )
    area_m2 = NumberField(_("Area of each"), [Optional()], minimum=1, maximum=10_000)

    #: What the text asks for, once it is valid.
    labels: list[str]

    def validate_text(self, field: MarkdownField) -> None:
        """Every line can be read."""
        try:
            self.labels = stand_labels(field.data)
        except UnreadableLabels as error:
            raise ValidationError(
                gettext(
                    "“%(line)s” cannot be read. Write a run like 4-C01..4-C20, at most 500 stands.", line=error.line
                )
            ) from None


class RemoveStandsForm(Form):
    """Stands that are marked to be removed."""

    stands = MultiCheckboxField(_("Stands"), [Required(_("Mark the stands to remove."))], coerce=int)

    def __init__(self, stands: "Iterable[Stand]", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.stands.choices = options((stand.id, stand.label) for stand in stands)
