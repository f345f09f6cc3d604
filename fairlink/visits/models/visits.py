"""The table of buyers' visits."""

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fairlink.accounts.models import Organisation, User
from fairlink.fairs.models import Fair
from fairlink.kernel.database import Base, PrimaryKey, enum_column, reference
from fairlink.visits.states import VisitState

if TYPE_CHECKING:
    from fairlink.visits.models.meetings import Meeting


class Visit(Base):
    """A buyer's booking to attend a fair, made by one person who will be there."""

    __tablename__ = "visit"
    __table_args__ = (
        sa.Index(
            "uq_visit_active",
            "fair_id",
            "visitor_id",
            unique=True,
            postgresql_where=sa.text("state = 'booked'"),
            info={"conflict": "already_visiting"},
        ),
    )

    id: Mapped[PrimaryKey]
    fair_id: Mapped[int] = reference("fair", index=False)
    buyer_id: Mapped[int] = reference("organisation")
    visitor_id: Mapped[int] = reference("user_account")
    state: Mapped[VisitState] = enum_column(VisitState)
    #: What the buyer is looking for, in their own words.
    note: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]

    fair: Mapped[Fair] = relationship()
    buyer: Mapped[Organisation] = relationship()
    visitor: Mapped[User] = relationship()
    meetings: Mapped[list["Meeting"]] = relationship(back_populates="visit", order_by="Meeting.id")
