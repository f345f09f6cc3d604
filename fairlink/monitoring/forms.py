"""By what staff narrow the results they look at."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _

from fairlink.accounts.forms import sector_choices
from fairlink.kernel.errors import NotFound
from fairlink.monitoring.queries import figures
from fairlink.monitoring.rules.results import NARROWED, PERIOD, Applicants, Dimension, Selection
from fairlink.web import places
from fairlink.web.fields import Form, SelectField, options
from fairlink.web.filters import write_date
from fairlink.web.session import db_session

_BLANKS: dict[Dimension, Any] = {
    Dimension.YEAR: _("Every year"),
    Dimension.FAIR: _("Every fair"),
    Dimension.CALL: _("Every call of the fair"),
    Dimension.SCHEME: _("Every scheme"),
    Dimension.SECTOR: _("Every sector"),
    Dimension.REGION: _("Every region"),
}


_ANY_MONTH = _("Any month")


class SelectionForm(Form):
    """The part of the results to look at. A GET form."""

    year = SelectField(_("Year of the fair"), coerce=int)
    #: Both of fairs that begin in it.
    since = SelectField(_("From the month"))
    until = SelectField(_("To the month"))
    fair = SelectField(_("Fair"), coerce=int)
    call = SelectField(_("Call"), coerce=int)
    scheme = SelectField(_("Scheme"), coerce=int)
    sector = SelectField(_("Sector of the lead firm"))
    region = SelectField(_("Region of the lead firm"))
    #: Chosen by a link where calls are in several currencies.
    currency = SelectField(_("Currency"))
    #: Whose rows; chosen by the link of a figure.
    applicants = SelectField(_("Applicants"), coerce=Applicants)

    class Meta:
        csrf = False

    def __init__(self, formdata: Mapping[str, Any], agency_id: int, fair_id: int | None = None) -> None:
        """Raises NotFound for anything that is not among this agency's results."""
        super().__init__(formdata, data={"fair": fair_id})
        self._agency_id = agency_id
        if fair_id is not None:
            self.fair.data = fair_id
        if self.applicants.process_errors:
            raise NotFound("not_found")
        found = figures.scopes(db_session(), agency_id)
        sectors = dict(sector_choices())
        for dimension, blank in _BLANKS.items():
            there = [row for row in found if row.dimension == dimension]
            if dimension is Dimension.CALL:
                there = [row for row in there if row.fair_id == self.fair.data or row.key == str(self.call.data)]
            named = [(row.key, sectors.get(row.key) or row.label or row.key) for row in there]
            named.sort(key=lambda pair: places.sort_key(pair[1]), reverse=dimension is Dimension.YEAR)
            self[dimension].choices = options([("", blank), *named])
            chosen = self[dimension].data
            if chosen is not None and str(chosen) not in {row.key for row in there} and chosen != fair_id:
                raise NotFound("not_found")
        self._choose_period([int(row.key) for row in found if row.dimension == Dimension.YEAR])

    def _choose_period(self, years: list[int]) -> None:
        """Offer the months of all years with results; a period that is told backwards is turned round."""
        first = (
            [date(year, month, 1) for year in range(min(years), max(years) + 1) for month in range(1, 13)]
            if years
            else []
        )
        months = [(f"{day:%Y-%m}", write_date(day, "month")) for day in first]
        chosen = [self[name].data for name in PERIOD]
        if not {value for value in chosen if value} <= {value for value, _label in months}:
            raise NotFound("not_found")
        if all(chosen):
            self.since.data, self.until.data = sorted(chosen)
        for name in PERIOD:
            self[name].choices = options([("", _ANY_MONTH), *months])

    @property
    def chosen(self) -> Selection:
        """What was chosen."""
        named = {name: self[name].data for name in NARROWED}
        return Selection(self._agency_id, **named, currency=self.currency.data, applicants=self.applicants.data)

    @property
    def narrowed(self) -> list[str]:
        """The words of what was chosen."""
        words = {"since": _("from %(what)s"), "until": _("to %(what)s")}
        return [
            str(words[name] % {"what": choice.label} if name in words else choice.label)
            for name, value in self.chosen.chosen.items()
            for choice in self[name].choices
            if str(choice.value) == str(value)
        ]

    def has_choice(self, name: str) -> bool:
        """Whether there is anything to choose between."""
        return len(self[name].choices) > 2 or self[name].data is not None  # the blank is one
