"""The blueprint of visits and what its views share."""

from typing import TYPE_CHECKING, Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from fairlink.kernel.clock import utcnow
from fairlink.kernel.errors import Conflict, Invalid
from fairlink.visits import queries
from fairlink.visits.rules.diary import possible_actions, side_of
from fairlink.visits.states import MeetingAction, Side
from fairlink.web.errors import sentence
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.applications.models import Exhibitor
    from fairlink.visits.forms.meetings import SlotForm
    from fairlink.visits.models import Meeting, Visit

bp = Blueprint("visits", __name__)


@bp.context_processor
def words() -> dict[str, Any]:
    """What the pages of this package ask about states and sides."""
    return {"side": viewer_side(), "actions_of": actions_of}


def viewer_side() -> Side:
    """On which side of a meeting the viewer stands."""
    return side_of(current_user.organisation_kind)


def actions_of(meeting: "Meeting") -> frozenset[MeetingAction]:
    """What the viewer can do with a meeting now."""
    return possible_actions(
        meeting.state,
        starts_at=meeting.slot.starts_at,
        now=utcnow(),
        by=viewer_side(),
        asked=meeting.asked_side,
    )


def page_with_slots(
    template: str, form: "SlotForm", exhibitor: "Exhibitor", visit: "Visit", *, refusal: Any = None, **context: Any
) -> ResponseReturnValue:
    """A page that offers the times free for both sides; with `refusal` it says beside them why one was not had.

    The status is then the refusal's (409 for a time that somebody else was faster to take), 422 for a form filled in
    wrong.
    """
    status = 422 if form.errors else 200
    if isinstance(refusal, Conflict | Invalid):
        # The transaction is over; what is shown below is the present state.
        form.slot_id.errors = [sentence(refusal)]
        status = refusal.http_status
    form.offer(queries.free_slots(db_session(), exhibitor, visit, now=utcnow()), exhibitor.fair.zone)
    return render_template(template, form=form, exhibitor=exhibitor, visit=visit, **context), status
