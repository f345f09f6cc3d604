"""Writing the audit trail."""

from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from fairlink.audit.models import AuditEvent


class Identified(Protocol):
    """Anything with a primary key and a table."""

    id: Any
    __tablename__: Any


def record(
    session: Session, action: str, thing: Identified, *, by: Identified | None, now: datetime, **data: Any
) -> None:
    """Note that `by` (None for the clock) did `action` to `thing` at `now`; flushes so that `thing` has its id."""
    session.flush()
    session.add(
        AuditEvent(
            at=now,
            actor_id=None if by is None else by.id,
            action=action,
            object_type=thing.__tablename__,
            object_id=thing.id,
            data=data,
        )
    )
