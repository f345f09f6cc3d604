"""The table of meetings."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fairlink.applications.models import Exhibitor
from fairlink.fairs.models import Fair, TimeSlot
from fairlink.kernel.database import Base, PrimaryKey, enum_column, reference
from fairlink.visits.models.visits import Visit
from fairlink.visits.states import MeetingState, Side

_OCCUPYING = "state IN ('requested','confirmed','held','buyer_no_show','exhibitor_no_show')"


class Meeting(Base):
    """A meeting of a visiting buyer with an exhibitor at its stand, in one time slot."""

    __tablename__ = "meeting"
    __table_args__ = (
        # Never double for either side: these two indexes decide every race for a slot.
        sa.Index(
            "uq_meeting_exhibitor_slot",
            "exhibitor_id",
            "slot_id",
            unique=True,
            postgresql_where=sa.text(_OCCUPYING),
            info={"conflict": "slot_taken"},
        ),
        sa.Index(
            "uq_meeting_visit_slot",
            "visit_id",
            "slot_id",
            unique=True,
            postgresql_where=sa.text(_OCCUPYING),
            info={"conflict": "own_slot_taken"},
        ),
        sa.Index(
            "uq_meeting_slot_table",
            "slot_id",
            "table_no",
            unique=True,
            postgresql_where=sa.text(_OCCUPYING),
            info={"conflict": "table_taken"},
        ),
        sa.Index("ix_meeting_due", "expires_at", postgresql_where=sa.text("state = 'requested'")),
    )

    id: Mapped[PrimaryKey]
    visit_id: Mapped[int] = reference("visit")
    exhibitor_id: Mapped[int] = reference("exhibitor")
    slot_id: Mapped[int] = reference("time_slot")
    #: One of the fair's tables; NULL: at the exhibitor's own stand.
    table_no: Mapped[int | None] = mapped_column(sa.SmallInteger)
    state: Mapped[MeetingState] = enum_column(MeetingState)
    #: Which side proposed the present time; the other one confirms or declines.
    proposed_side: Mapped[Side] = enum_column(Side)
    #: Why the buyer wants to meet.
    note: Mapped[str] = mapped_column(server_default="")
    #: Why it was declined or cancelled, for the other side.
    reason: Mapped[str] = mapped_column(server_default="")
    #: iCalendar UID (without host) and SEQUENCE: one event through invitation, move and cancellation.
    uid: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4, unique=True)
    sequence: Mapped[int] = mapped_column(server_default="0")
    requested_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    #: Without an answer the time that one side proposed is free again at this instant (exclusive); NULL once settled.
    expires_at: Mapped[datetime | None]
    marked_at: Mapped[datetime | None]
    marked_by_id: Mapped[int | None] = reference("user_account")
    #: Who came instead of the person it was agreed with; empty when that one came.
    substitute: Mapped[str] = mapped_column(server_default="")

    visit: Mapped[Visit] = relationship(back_populates="meetings")
    exhibitor: Mapped[Exhibitor] = relationship()
    slot: Mapped[TimeSlot] = relationship()

    @property
    def buyer_id(self) -> int:
        return self.visit.buyer_id

    @property
    def firm_ids(self) -> frozenset[int]:
        return self.exhibitor.firm_ids

    @property
    def fair(self) -> Fair:
        return self.visit.fair

    @property
    def is_expired(self) -> bool:
        """Whether it is off because nobody answered in time."""
        return self.state is MeetingState.CANCELLED and self.expires_at is not None

    @property
    def asked_side(self) -> Side:
        """The side that confirms or declines the present time."""
        return self.proposed_side.other

    @property
    def asked_ids(self) -> frozenset[int]:
        """The organisations of that side."""
        return self.firm_ids if self.asked_side is Side.FIRM else frozenset({self.buyer_id})
