"""Reads of the half days on which participants have no meetings."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.applications.models import Exhibitor
from fairlink.visits.models import Absence, Visit
from fairlink.visits.rules.halves import HalfDay


def absences_of(session: Session, *participants: Visit | Exhibitor) -> frozenset[HalfDay]:
    """The half days on which one of the participants is away."""
    visits = [each.id for each in participants if isinstance(each, Visit)]
    exhibitors = [each.id for each in participants if isinstance(each, Exhibitor)]
    query = sa.select(Absence.absent_on, Absence.half).where(
        sa.or_(Absence.visit_id.in_(visits), Absence.exhibitor_id.in_(exhibitors))
    )
    return frozenset((row.absent_on, row.half) for row in session.execute(query))
