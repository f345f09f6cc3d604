"""Runs that give back what was paid at a cancelled fair or for an award that was given up: watched, stopped, resumed.

A run is made with the first charge that is cancelled. The clock asks for each refund once, and the queue sends it; both
leave out what belongs to a run that is stopped.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.audit.service import record
from fairlink.fairs.states import FairState
from fairlink.payments.models import Charge, RefundRun


def run_of(session: Session, charge: Charge, *, now: datetime) -> int:
    """The id of the run for a charge that has lost its ground: of its fair, or of its award."""
    award_id = None if charge.fair.state == FairState.CANCELLED else charge.award_id
    values = {"fair_id": charge.fair_id, "award_id": award_id, "started_at": now}
    made = session.scalar(insert(RefundRun).values(values).on_conflict_do_nothing().returning(RefundRun.id))
    if made is not None:
        return int(made)
    same = RefundRun.award_id.is_not_distinct_from(award_id)
    return session.scalars(sa.select(RefundRun.id).where(RefundRun.fair_id == charge.fair_id, same)).one()


def stop(session: Session, run: RefundRun, *, by: User, now: datetime) -> None:
    """Send nothing more of a run until it is resumed."""
    session.refresh(run, with_for_update={"of": RefundRun})
    if run.stopped_at is None:
        run.stopped_at = now
        record(session, "refund_run:stop", run, by=by, now=now)


def resume(session: Session, run: RefundRun, *, by: User, now: datetime) -> None:
    """Go on with a run where it was stopped."""
    session.refresh(run, with_for_update={"of": RefundRun})
    if run.stopped_at is not None:
        run.stopped_at = None
        record(session, "refund_run:resume", run, by=by, now=now)
