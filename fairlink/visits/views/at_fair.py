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

    from fairlink.visits.models import Meeting
    from fairlink.visits.queries import Stay


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the viewer at one fair."""

    stay: "Stay"
    on: date
    is_today: bool
    meetings: "Sequence[Meeting]"
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
    fair = stay.fair
    today = local_date(now, fair.zone)
    on = max(today, fair.starts_on)
    found = queries.meetings_of_person(
        db_session(), current_user, since=local_instant(on, time(0), fair.zone), until=end_of_day(on, fair.zone)
    )
    meetings = [each for each in found if each.visit.fair_id == fair.id]
    ahead = [each.id for each in meetings if each.slot.ends_at > now and each.state in OPEN]
    return Day(stay, on, on == today, meetings, ahead[0] if ahead else None)
