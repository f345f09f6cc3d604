"""Pages of an exhibiting group: its fairs and its diary."""

from typing import TYPE_CHECKING

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from fairlink.applications import queries as applications
from fairlink.kernel.clock import utcnow
from fairlink.policy import Can
from fairlink.visits import queries
from fairlink.visits.rules.diary import by_day
from fairlink.visits.states import MeetingAction, Side
from fairlink.visits.views.blueprint import actions_of, bp
from fairlink.web.access import guarded
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.applications.models import Exhibitor


@bp.get("/exhibits")
@guarded(Can.EXHIBIT_LIST)
def exhibits() -> ResponseReturnValue:
    """The fairs at which the viewer's firm exhibits, with the number of meetings."""
    session = db_session()
    found = applications.exhibitors_of_firm(session, current_user.organisation_id)
    counts = queries.counts_of_exhibitors(session, [exhibitor.id for exhibitor in found])
    return render_template("visits/exhibits.html", exhibitors=found, counts=counts)


@bp.get("/exhibitors/<int:exhibitor_id>/diary")
@guarded(Can.EXHIBIT_READ, load=applications.exhibitor)
def diary(exhibitor: "Exhibitor") -> ResponseReturnValue:
    """The exhibitor's agenda by day, with the requests that wait for its answer on top."""
    meetings = queries.meetings_of_exhibitor(db_session(), exhibitor)
    return render_template(
        "visits/diary.html",
        exhibitor=exhibitor,
        waiting=[meeting for meeting in meetings if MeetingAction.CONFIRM in actions_of(meeting)],
        asked=queries.waiting_count(db_session(), Side.FIRM, exhibitor.id, now=utcnow()),
        rules=queries.rules_of(db_session(), exhibitor.fair_id),
        days=by_day(meetings, lambda meeting: meeting.slot.starts_at, exhibitor.fair.zone),
    )
