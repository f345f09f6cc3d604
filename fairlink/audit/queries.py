"""Reading the audit trail."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.audit.models import AuditEvent


def history(session: Session, object_type: str, object_id: int) -> list[AuditEvent]:
    """Everything that happened to one object, oldest first."""
    query = (
        sa.select(AuditEvent)
        .where(AuditEvent.object_type == object_type, AuditEvent.object_id == object_id)
        .order_by(AuditEvent.id)
    )
    return list(session.scalars(query))
