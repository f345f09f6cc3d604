"""What the agency's staff fill in about applications and stands."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from fairlink.subsidies.models import CallCriterion

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
    """What one assessor found; made by `assess_form`."""

    recommendation = RadioField(
        _("What do you recommend?"), [Required()], choices=lambda: list(RECOMMENDATIONS.items())
    )
    note = MarkdownField(
        _("Note"), [Optional(), Length(max=5000)], description=_("For your colleagues. Applicants never see it.")
    )


def assess_form(criteria: Iterable["CallCriterion"]) -> Any:
    """An `AssessForm` with points and a comment for each criterion, or with one score where there are none."""
    fields: dict[str, Any] = {}
    for each in criteria:
        fields[f"points_{each.id}"] = NumberField(
            _("Points"), [Required()], maximum=each.max_score, description=_("From 0 to %(most)s.", most=each.max_score)
        )
        fields[f"comment_{each.id}"] = MarkdownField(_("Why"), [Optional(), Length(max=2000)])
    if not fields:
        fields["score"] = NumberField(_("Score"), [Required()], maximum=100, description=_("From 0 to 100."))
    return type("AssessFormOfCall", (AssessForm,), fields)()


class InterestForm(Form):
    """Why somebody does not judge an application."""

    reason = MarkdownField(
        _("Reason"),
        [Required(), Length(max=2000)],
        description=_("For instance: you worked for one of the firms, or are related to its owner."),
    )


class AppealForm(Form):
    """Why a group thinks that its refusal was wrong."""

    text = MarkdownField(_("Why should it be decided anew?"), [Required(), Length(max=5000)])


class AnswerForm(Form):
    """What is decided on an appeal."""

    upheld = RadioField(
        _("Is the appeal right?"),
        [Required()],
        choices=lambda: [("yes", _("Yes: decide anew")), ("no", _("No: the refusal stands"))],
    )
    answer = MarkdownField(_("Answer"), [Required(), Length(max=5000)], description=_("The group gets it by mail."))


class OverrideForm(Form):
    """A decision against the score, before the selection."""

    application = SelectField(_("Application"), [Required()], blank=_("Choose"))
    outcome = RadioField(
        _("What is decided?"),
        [Required()],
        choices=lambda: [
            ("awarded", _("Award it, whatever its score")),
            ("refused", _("Refuse it, whatever its score")),
        ],
    )
    reason = MarkdownField(_("Reason"), [Required(), Length(max=2000)], description=_("It stays on record."))

    def __init__(self, applications: Iterable[tuple[int, str]], **given: Any) -> None:
        super().__init__(**given)
        self.application.choices = options([("", _("Choose")), *((str(key), name) for key, name in applications)])


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
