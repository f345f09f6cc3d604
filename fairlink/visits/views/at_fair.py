"""The day at the fair, for a phone in one hand."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from fairlink.kernel.clock import end_of_day, local_date, local_instant, utcnow
from fairlink.policy import Can
from fairlink.visits import queries
from fairlink.visits.states import OPEN
from fairlink.visits.views.blueprint import bp
from fairlink.web.access import guarded
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fairlink.visits.models import Meeting, WorkshopVisit
    from fairlink.visits.queries import Stay


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the viewer at one fair."""

    stay: "Stay"
    on: date
    is_today: bool
    meetings: "Sequence[Meeting]"
    #: Visits to workshops: the viewer's own, or those that come to the exhibitor's.
    bookings: "Sequence[WorkshopVisit]"
    #: The meeting that is going on or comes next.
    next_id: int | None


@bp.get("/at-the-fair")
@guarded(Can.DIARY_READ)
def at_fair() -> ResponseReturnValue:
    """Today's meetings with what is done at the stand; before the fair those of its first day."""
    now = utcnow()
    days = [_day(stay, now) for stay in queries.stays(db_session(), current_user, now=now)]
    return render_template("visits/at_fair.html", days=days, now=now)


def _day(stay: "Stay", now: datetime) -> Day:
    session, fair = db_session(), stay.fair
    today = local_date(now, fair.zone)
    on = max(today, fair.starts_on)
    begin, end = local_instant(on, time(0), fair.zone), end_of_day(on, fair.zone)
    # A firm may exhibit with two groups at one fair: each has a day of its own.
    meetings = [
        each
        for each in queries.meetings_of_person(session, current_user, since=begin, until=end)
        if each.visit == stay.visit or each.exhibitor == stay.exhibitor
    ]
    bookings = [
        each
        for each in queries.workshop_visits_of_person(session, current_user, since=begin, until=end)
        if each.visit == stay.visit or each.workshop.exhibitor == stay.exhibitor
    ]
    ahead = [each.id for each in meetings if each.slot.ends_at > now and each.state in OPEN]
    return Day(stay, on, on == today, meetings, bookings, ahead[0] if ahead else None)
