"""The blueprint that the views of this package register on, and the words their templates share."""

from typing import Any

from flask import Blueprint
from flask_babel import lazy_gettext as _

from fairlink.applications.forms.staff import APPLICATION_STATES, RECOMMENDATIONS
from fairlink.applications.rules import Task, TaskStatus, last_day
from fairlink.applications.states import InvitationState
from fairlink.subsidies.forms import cost_class_name

bp = Blueprint("applications", __name__)

INVITATION_STATES = {
    InvitationState.OPEN: _("Not answered yet"),
    InvitationState.ACCEPTED: _("Accepted"),
    InvitationState.DECLINED: _("Declined"),
    InvitationState.REVOKED: _("Taken back"),
    InvitationState.EXPIRED: _("Expired"),
}

TASKS = {
    Task.MEMBERS: _("Firms and shares"),
    Task.COSTS: _("Planned costs"),
    Task.QUOTES: _("Quotes for the costs"),
    Task.ABOUT: _("What you want to reach"),
    Task.PARTS: _("Every firm confirms its part"),
    Task.CHECK: _("Check and send"),
}

TASK_STATUSES = {
    TaskStatus.DONE: _("Done"),
    TaskStatus.TO_DO: _("To do"),
    TaskStatus.OPTIONAL: _("Optional"),
    TaskStatus.BLOCKED: _("Cannot start yet"),
}

#: What the history of an application calls each event.
EVENTS = {
    "application:start": _("Started"),
    "application:edit": _("Draft saved"),
    "application:submit": _("Sent"),
    "application:return": _("Returned for change"),
    "application:assess": _("Assessed"),
    "application:score": _("Scored"),
    "application:override": _("Override recorded"),
    "application:declare_interest": _("An interest was declared"),
    "application:appeal": _("Appeal"),
    "application:answer_appeal": _("Appeal answered"),
    "application:reopen": _("Opened for a new decision"),
    "application:approve": _("Awarded"),
    "application:refuse": _("Refused"),
    "application:accept": _("Award accepted"),
    "application:decline": _("Award declined"),
    "application:lapse": _("Award lapsed"),
    "application:withdraw": _("Withdrawn"),
    "application:member_left": _("A firm left"),
    "application:lose": _("Award lost"),
    "application:confirm_part": _("A firm confirmed its part"),
    "application:ask_for_parts": _("The firms were asked to confirm"),
    "application:add_files": _("Quotes added"),
    "application:remove_file": _("A quote removed"),
}


@bp.context_processor
def words() -> dict[str, Any]:
    """What the templates of this package share."""
    return {
        "application_states": APPLICATION_STATES,
        "recommendations": RECOMMENDATIONS,
        "invitation_states": INVITATION_STATES,
        "task_names": TASKS,
        "task_statuses": TASK_STATUSES,
        "event_names": EVENTS,
        "last_day": last_day,
        "cost_class_name": cost_class_name,
    }
