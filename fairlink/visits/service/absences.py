"""The verb of absences: say on which half days a participant has no meetings."""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.applications.models import Exhibitor
from fairlink.audit.service import record
from fairlink.kernel.errors import Conflict
from fairlink.visits import queries
from fairlink.visits.models import Absence, Meeting, Visit
from fairlink.visits.rules.halves import HalfDay, half_of


def set_absences(
    session: Session, participant: Visit | Exhibitor, halves: Collection[HalfDay], *, by: User, now: datetime
) -> None:
    """Replace a participant's absences. Raises Conflict if one of its meetings would fall into a new one.

    Where the organiser makes the agenda a published meeting does not stand in the way: the next repair moves it.
    """
    fair = participant.fair
    if not queries.rules_of(session, fair.id).by_organiser:
        busy = {half_of(meeting.slot.starts_at, fair.zone) for meeting in _meetings(session, participant)}
        if busy & set(halves):
            raise Conflict("absent_while_meeting")
    whose = Absence.visit_id if isinstance(participant, Visit) else Absence.exhibitor_id
    session.execute(sa.delete(Absence).where(whose == participant.id))
    session.add_all(Absence(**{whose.key: participant.id}, absent_on=on, half=half) for on, half in halves)
    record(session, "absence:set", participant, by=by, now=now, halves=len(halves))


def _meetings(session: Session, participant: Visit | Exhibitor) -> Sequence[Meeting]:
    if isinstance(participant, Visit):
        return queries.meetings_of_visit(session, participant)
    return queries.meetings_of_exhibitor(session, participant)
