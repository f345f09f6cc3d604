"""What the agency's staff fill in about applications and stands."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import HiddenField
from wtforms.validators import Length, Optional

from fairlink.applications.states import ApplicationState, Recommendation
from fairlink.web.fields import (
    Form,
    MarkdownField,
    NumberField,
    RadioField,
    Required,
    SelectField,
    options,
)

#: What each state is called.
APPLICATION_STATES: dict[ApplicationState, Any] = {
    ApplicationState.DRAFT: _("Draft"),
    ApplicationState.SUBMITTED: _("Sent"),
    ApplicationState.ASSESSED: _("Assessed"),
    ApplicationState.AWARDED: _("Awarded"),
    ApplicationState.ACCEPTED: _("Accepted"),
    ApplicationState.REFUSED: _("Refused"),
    ApplicationState.DECLINED: _("Declined"),
    ApplicationState.LAPSED: _("Lapsed"),
    ApplicationState.WITHDRAWN: _("Withdrawn"),
}

RECOMMENDATIONS: dict[Recommendation, Any] = {
    Recommendation.AWARD: _("Award"),
    Recommendation.REFUSE: _("Refuse"),
}


class FilterForm(Form):
    """Which applications to list. A GET form: what makes no sense asks for nothing."""

    call = SelectField(_("Call"), blank=_("Every call"))
    #: Chosen by the tabs above the form, and kept while the call changes.
    state = HiddenField()

    class Meta:
        csrf = False

    def __init__(self, formdata: Mapping[str, Any], calls: Iterable[tuple[int, str]]) -> None:
        super().__init__(formdata)
        self.call.choices = options([("", _("Every call")), *((str(key), title) for key, title in calls)])
        self.validate()

    @property
    def call_id(self) -> int | None:
        """The chosen call."""
        return int(self.call.data) if self.call.data and not self.call.errors else None

    @property
    def chosen_state(self) -> ApplicationState | None:
        """The chosen state."""
        return ApplicationState(self.state.data) if self.state.data in set(ApplicationState) else None


class AssessForm(Form):
    """What one assessor found."""

    score = NumberField(_("Score"), [Required()], maximum=100, description=_("From 0 to 100."))
    recommendation = RadioField(
        _("What do you recommend?"), [Required()], choices=lambda: list(RECOMMENDATIONS.items())
    )
    note = MarkdownField(
        _("Note"), [Optional(), Length(max=5000)], description=_("For your colleagues. Applicants never see it.")
    )


class ReasonForm(Form):
    """Why an application is returned or refused."""

    reason = MarkdownField(_("Reason"), [Required(), Length(max=5000)], description=_("The group gets it by mail."))


class StandForm(Form):
    """The stand of an exhibitor."""

    stand = SelectField(_("Stand"), blank=_("No stand yet"))

    def __init__(self, stands: Iterable[tuple[int, str]], chosen: int | None) -> None:
        super().__init__(data={"stand": str(chosen or "")})
        self.stand.choices = options([("", _("No stand yet")), *((str(key), label) for key, label in stands)])

    @property
    def stand_id(self) -> int | None:
        """The chosen stand."""
        return int(self.stand.data) if self.stand.data else None
