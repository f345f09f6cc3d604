"""The audit trail: append-only."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from fairlink.kernel.database import Base, PrimaryKey, append_only


class AuditEvent(Base):
    """One thing that somebody, or the clock, did to one object."""

    __tablename__ = "audit_event"
    __table_args__ = (sa.Index("ix_audit_event_object", "object_type", "object_id", "id"),)

    id: Mapped[PrimaryKey]
    at: Mapped[datetime]
    #: NULL when the clock acted, or a person without an account (an answered prompt).
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    #: ``resource:action``, such as ``application:submit``.
    action: Mapped[str]
    object_type: Mapped[str]
    object_id: Mapped[int]
    #: What changed, in plain JSON; no personal data beyond ids.
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=sa.text("'{}'::jsonb"))


append_only(AuditEvent.__table__)
