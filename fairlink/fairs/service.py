"""What staff do to fairs: make, edit, publish and cancel them, and lay out their stands."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.audit.service import record
from fairlink.fairs import queries
from fairlink.fairs.models import Fair, Stand, TimeSlot
from fairlink.fairs.rules import FairDetails
from fairlink.fairs.states import TRANSITIONS, FairAction, FairState
from fairlink.kernel.errors import Conflict, Invalid
from fairlink.kernel.states import next_state


def create(session: Session, details: FairDetails, *, by: User, now: datetime) -> Fair:
    """A new draft of the agency of `by`. Raises Invalid for an edition that exists already."""
    _check(session, details, None)
    fair = Fair(agency_id=by.organisation_id, state=FairState.DRAFT, sequence=0, created_at=now)
    _write(session, fair, details)
    session.add(fair)
    record(session, "fair:create", fair, by=by, now=now)
    return fair


def edit(session: Session, fair: Fair, details: FairDetails, *, by: User, now: datetime) -> None:
    """Change a fair; a published one gets its time slots anew and tells visitors' calendars.

    Raises Conflict if the fair was cancelled, or if meetings stand in time slots that would go.
    """
    session.refresh(fair, with_for_update={"of": Fair})
    if fair.state == FairState.CANCELLED:
        raise Conflict("fair_cancelled")
    _check(session, details, fair)
    _write(session, fair, details)
    if fair.state == FairState.PUBLISHED:
        fair.sequence += 1
        _fit_slots(session, fair)
    record(session, "fair:edit", fair, by=by, now=now)


def publish(session: Session, fair: Fair, *, by: User, now: datetime) -> None:
    """Show a draft to the public and make its time slots. Raises Conflict for a fair that is over."""
    session.refresh(fair, with_for_update={"of": Fair})
    if fair.schedule.is_over(now):
        raise Conflict("fair_over")
    _move(session, fair, FairAction.PUBLISH, by=by, now=now)
    fair.published_at = now
    _fit_slots(session, fair)


def cancel(session: Session, fair: Fair, *, by: User, now: datetime) -> None:
    """Call a fair off; it stays visible as cancelled if it was public."""
    session.refresh(fair, with_for_update={"of": Fair})
    _move(session, fair, FairAction.CANCEL, by=by, now=now)
    fair.sequence += 1


def add_stands(
    session: Session, fair: Fair, labels: Sequence[str], area_m2: int | None, *, by: User, now: datetime
) -> int:
    """Add the stands of `labels` that the fair does not have yet; returns how many were new."""
    rows = [{"fair_id": fair.id, "label": label, "area_m2": area_m2} for label in labels]
    new = session.scalars(insert(Stand).values(rows).on_conflict_do_nothing().returning(Stand.id)).all()
    record(session, "fair:add_stands", fair, by=by, now=now, stands=len(new))
    return len(new)


def remove_stands(session: Session, fair: Fair, stand_ids: Sequence[int], *, by: User, now: datetime) -> int:
    """Remove stands of the fair; returns how many. Raises Conflict, removing none, if one is given to an exhibitor."""
    query = sa.delete(Stand).where(Stand.fair_id == fair.id, Stand.id.in_(stand_ids)).returning(Stand.id)
    try:
        with session.begin_nested():
            gone = session.scalars(query).all()
    except IntegrityError:
        # Only foreign keys of exhibitors point here; they belong to a higher package.
        raise Conflict("stand_in_use") from None
    record(session, "fair:remove_stands", fair, by=by, now=now, stands=len(gone))
    return len(gone)


def _check(session: Session, details: FairDetails, fair: Fair | None) -> None:
    if not details.schedule.slots():
        raise Invalid("fair_without_slots", field="slot_minutes")
    if queries.edition_exists(session, details.name, details.edition, besides=fair):
        raise Invalid("fair_edition_taken", field="edition")


def _write(session: Session, fair: Fair, details: FairDetails) -> None:
    schedule = details.schedule
    fair.name, fair.edition = details.name, details.edition
    fair.venue, fair.city, fair.country, fair.zone = details.venue, details.city, details.country, schedule.zone
    fair.starts_on, fair.ends_on = schedule.starts_on, schedule.ends_on
    fair.opens, fair.closes, fair.last_day_closes = schedule.opens, schedule.closes, schedule.last_day_closes
    fair.slot_minutes = schedule.slot_minutes
    fair.website, fair.description = details.website, details.description
    fair.sectors = queries.sectors_of(session, details.sector_codes)


def _fit_slots(session: Session, fair: Fair) -> None:
    """Make the time slots those of the schedule: what it no longer has goes, what is missing comes."""
    wanted = set(fair.schedule.slots())
    there = sa.select(TimeSlot).where(TimeSlot.fair_id == fair.id)
    gone = [slot.id for slot in session.scalars(there) if (slot.starts_at, slot.ends_at) not in wanted]
    try:
        with session.begin_nested():
            session.execute(sa.delete(TimeSlot).where(TimeSlot.id.in_(gone)))
    except IntegrityError:
        # Only foreign keys of meetings point here; they belong to a higher package.
        raise Conflict("slots_in_use") from None
    rows = [{"fair_id": fair.id, "starts_at": slot.starts_at, "ends_at": slot.ends_at} for slot in sorted(wanted)]
    session.execute(insert(TimeSlot).values(rows).on_conflict_do_nothing())


def _move(session: Session, fair: Fair, action: FairAction, *, by: User, now: datetime) -> None:
    fair.state = next_state(TRANSITIONS, fair.state, action)
    record(session, f"fair:{action}", fair, by=by, now=now)
