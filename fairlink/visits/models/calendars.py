"""Tables of what calendars and people are told of meetings besides the mails about each change."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fairlink.accounts.models import User
from fairlink.kernel.database import Base, PrimaryKey, enum_column, reference
from fairlink.visits.states import ReminderKind


class CalendarFeed(Base):
    """An address at which one person's calendar reads their meetings; whoever has it can read them, until revoked."""

    __tablename__ = "calendar_feed"
    __table_args__ = (
        sa.Index("uq_calendar_feed_active", "user_id", unique=True, postgresql_where=sa.text("revoked_at IS NULL")),
    )

    id: Mapped[PrimaryKey]
    user_id: Mapped[int] = reference("user_account")
    #: SHA-256 of the secret in the address, which is shown once.
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()


class MeetingReminder(Base):
    """A reminder of a meeting that was posted; a meeting that is moved gets its reminders for the new time."""

    __tablename__ = "meeting_reminder"

    meeting_id: Mapped[int] = mapped_column(sa.ForeignKey("meeting.id", ondelete="CASCADE"), primary_key=True)
    #: That of the meeting when it was reminded of.
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[ReminderKind] = enum_column(ReminderKind, primary_key=True)
    posted_at: Mapped[datetime]
