"""What becomes of an award: accepted with a stand, declined, or lapsed; and the stands of exhibitors."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.accounts import queries as accounts
from fairlink.accounts.models import User
from fairlink.applications import emails, queries
from fairlink.applications.models import Application, Award, Exhibitor
from fairlink.applications.service.lifecycle import give_back, lock, move
from fairlink.applications.states import ApplicationAction, ApplicationState
from fairlink.audit.service import record
from fairlink.fairs.models import Stand
from fairlink.kernel.errors import Conflict, Invalid


def accept(session: Session, application: Application, *, by: User, now: datetime) -> Exhibitor:
    """The group takes its award in time and becomes an exhibitor, with the next free stand if there is one.

    The agency is told. Raises Conflict past the time limit.
    """
    lock(session, application)
    award = _award(application)
    move(session, application, ApplicationAction.ACCEPT, by=by, now=now)
    if now >= award.accept_by:
        raise Conflict("award_lapsed")
    award.accepted_at, award.accepted_by_id = now, by.id
    stand = _next_free_stand(session, application.call.fair_id)
    exhibitor = Exhibitor(fair=application.call.fair, application=application, stand=stand, created_at=now)
    session.add(exhibitor)
    record(session, "exhibitor:create", exhibitor, by=by, now=now, stand_id=stand.id if stand else None)
    if officer := accounts.contact(session, application.agency_id):
        emails.award_accepted(session, award, stand.label if stand else None, officer, now=now)
    return exhibitor


def _next_free_stand(session: Session, fair_id: int) -> Stand | None:
    """A stand that nobody has or is about to get, locked.

    Locking skips stands that others are about to take, but what they took a moment ago shows only to a new statement:
    so each stand is looked at once more after it was locked.
    """
    passed: list[int] = []
    taken = queries.taken_stands(fair_id)
    while True:
        free = sa.select(Stand).where(Stand.fair_id == fair_id, Stand.id.not_in(taken), Stand.id.not_in(passed))
        stand = session.scalar(free.order_by(Stand.label).limit(1).with_for_update(skip_locked=True))
        if stand is None or session.scalar(taken.where(Exhibitor.stand_id == stand.id)) is None:
            return stand
        passed.append(stand.id)


def decline(session: Session, application: Application, *, by: User, now: datetime) -> None:
    """The group does not want its award: the money goes back to the envelope."""
    lock(session, application)
    move(session, application, ApplicationAction.DECLINE, by=by, now=now)
    give_back(session, application, by=by, now=now)


def lapse_overdue(session: Session, now: datetime, *, limit: int = 100) -> int:
    """End up to `limit` awards whose time limit has passed, however long ago; returns how many.

    The money goes back to the envelope and the members are told. Applications that somebody is acting on are skipped
    until the next time; all are locked before the first envelope, and envelopes in one order.
    """
    overdue = (
        sa.select(Application)
        .join(Award, Award.application_id == Application.id)
        .where(Application.state == ApplicationState.AWARDED, Award.accept_by <= now)
        .order_by(Application.call_id, Application.id)
        .limit(limit)
        .with_for_update(of=Application, skip_locked=True)
    )
    found = session.scalars(overdue, execution_options={"populate_existing": True}).all()
    for application in found:
        _lapse(session, application, now)
    return len(found)


def _lapse(session: Session, application: Application, now: datetime) -> None:
    move(session, application, ApplicationAction.LAPSE, by=None, now=now)
    give_back(session, application, by=None, now=now)
    for member in accounts.contacts(session, application.firm_ids).values():
        emails.award_lapsed(session, _award(application), member, now=now)


def change_stand(
    session: Session, exhibitor: Exhibitor, stand_id: int | None, *, by: User | None, now: datetime
) -> None:
    """Give an exhibitor another stand of its fair, or none; `by` is None for the clock.

    Raises Invalid for a stand of another fair or of somebody else, and Conflict for an exhibitor that has withdrawn.
    """
    session.refresh(exhibitor, with_for_update={"of": Exhibitor})
    if exhibitor.withdrawn_at is not None:
        raise Conflict("exhibitor_ended")
    free = {stand.id for stand in queries.free_stands(session, exhibitor.fair_id)}
    if stand_id is not None and stand_id != exhibitor.stand_id and stand_id not in free:
        raise Invalid("stand_not_free", field="stand")
    exhibitor.stand_id = stand_id
    record(session, "exhibitor:change_stand", exhibitor, by=by, now=now, stand_id=stand_id)


def _award(application: Application) -> Award:
    if application.award is None:
        raise Conflict("no_award")
    return application.award
