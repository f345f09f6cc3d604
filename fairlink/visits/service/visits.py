"""The verbs of visits: book, cancel."""

from datetime import datetime

from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.audit.service import record
from fairlink.fairs.models import Fair
from fairlink.kernel.errors import Conflict
from fairlink.kernel.states import next_state
from fairlink.visits import emails, queries
from fairlink.visits.models import Visit
from fairlink.visits.service.hosting import end_hosting_of
from fairlink.visits.service.lifecycle import call_off, check_fair
from fairlink.visits.service.workshops import cancel_workshop_visits_of
from fairlink.visits.states import VISIT_TRANSITIONS, MeetingAction, VisitAction, VisitState


def book(session: Session, fair: Fair, *, note: str, by: User, now: datetime) -> Visit:
    """Book a visit of `by` to a fair that is not over.

    Raises Conflict for a fair that is over or cancelled, and when flushed or committed if they visit it already.
    """
    check_fair(fair, now)
    visit = Visit(
        fair_id=fair.id,
        buyer_id=by.organisation_id,
        visitor_id=by.id,
        state=VisitState.BOOKED,
        note=note,
        created_at=now,
    )
    session.add(visit)
    record(session, "visit:book", visit, by=by, now=now)
    return visit


def cancel_visit(session: Session, visit: Visit, *, by: User, now: datetime) -> None:
    """Cancel a visit, its meetings still to come, with notice to each exhibitor, and the travel support it has.

    Raises Conflict once its fair is over: what was visited is on record.
    """
    visit = queries.locked_visit(session, visit.id)
    _move_visit(session, visit, VisitAction.CANCEL, by=by, now=now)
    visit.cancelled_at = now
    for meeting in queries.open_meetings_of_visit(session, visit, now=now):
        call_off(session, meeting, MeetingAction.CANCEL, "", by=by, now=now)
        emails.meeting_cancelled(session, meeting, now=now)
    cancel_workshop_visits_of(session, visit, by=by, now=now)
    end_hosting_of(session, visit, by=by, now=now)


def _move_visit(session: Session, visit: Visit, action: VisitAction, *, by: User, now: datetime) -> None:
    state = next_state(VISIT_TRANSITIONS, visit.state, action)
    if visit.fair.schedule.is_over(now):
        raise Conflict("visit_over")
    visit.state = state
    record(session, f"visit:{action}", visit, by=by, now=now)
