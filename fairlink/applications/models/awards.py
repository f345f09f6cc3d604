"""Tables of awards and of the exhibitors that they make."""

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fairlink.accounts.models import Organisation
from fairlink.applications.models.applications import Application
from fairlink.fairs.models import Fair, Stand
from fairlink.kernel.database import Base, CurrencyCode, PrimaryKey, reference
from fairlink.kernel.money import Money

if TYPE_CHECKING:
    from fairlink.applications.models.claims import Claim


class Award(Base):
    """What was granted, per member, and until when it may be accepted."""

    __tablename__ = "award"
    __table_args__ = (
        sa.Index("uq_award_application_id", "application_id", unique=True, info={"conflict": "already_awarded"}),
        sa.CheckConstraint("amount_minor > 0", name="positive"),
        # Whatever the code does, no award pays more than it promised.
        sa.CheckConstraint(
            "released_minor >= 0 AND disbursed_minor >= 0 AND released_minor + disbursed_minor <= amount_minor",
            name="within_amount",
            info={"conflict": "award_overdrawn"},
        ),
    )

    id: Mapped[PrimaryKey]
    application_id: Mapped[int] = reference("application", index=False)
    amount_minor: Mapped[int]
    #: What of it went back to the envelope.
    released_minor: Mapped[int] = mapped_column(server_default="0")
    #: What of it was ordered to be paid, and neither failed nor came back.
    disbursed_minor: Mapped[int] = mapped_column(server_default="0")
    currency: Mapped[CurrencyCode]
    commitment_id: Mapped[int] = mapped_column(sa.ForeignKey("envelope_entry.id"), unique=True)
    granted_by_id: Mapped[int] = reference("user_account")
    granted_at: Mapped[datetime]
    #: Exclusive.
    accept_by: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    accepted_by_id: Mapped[int | None] = reference("user_account")
    #: When the commitment went back to the envelope, if it did.
    released_at: Mapped[datetime | None]
    #: When its members were told that the time to claim runs out.
    claim_reminded_at: Mapped[datetime | None]
    #: When nothing more could be claimed of it: the final claim was approved, or none came in time.
    closed_at: Mapped[datetime | None]

    application: Mapped[Application] = relationship(back_populates="award")
    claims: Mapped[list["Claim"]] = relationship(back_populates="award", order_by="Claim.id")
    members: Mapped[list["AwardMember"]] = relationship(cascade="all, delete-orphan", order_by="AwardMember.id")

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def promised(self) -> dict[int | None, int]:
        """What was promised to each firm, in minor units; None stands for the fee of the body that runs the group."""
        parts: dict[int | None, int] = {part.firm_id: part.support_minor for part in self.members}
        return {**parts, None: self.amount_minor - sum(parts.values())}

    @property
    def disbursed(self) -> Money:
        return Money(self.disbursed_minor, self.currency)

    @property
    def left(self) -> Money:
        """What is promised and neither paid nor gone back to the envelope."""
        return Money(self.amount_minor - self.released_minor - self.disbursed_minor, self.currency)


class AwardMember(Base):
    """One firm's part of an award: public aid of that firm on the day it was granted."""

    __tablename__ = "award_member"
    __table_args__ = (sa.UniqueConstraint("award_id", "firm_id"),)

    id: Mapped[PrimaryKey]
    award_id: Mapped[int] = reference("award", index=False)
    firm_id: Mapped[int] = reference("organisation")
    #: In the award's currency; support + own contribution = eligible cost.
    support_minor: Mapped[int]
    own_minor: Mapped[int]

    firm: Mapped[Organisation] = relationship()


class Exhibitor(Base):
    """A group or firm that takes part in a fair, from the acceptance of its award."""

    __tablename__ = "exhibitor"
    __table_args__ = (
        sa.UniqueConstraint("application_id"),
        sa.Index(
            "uq_exhibitor_stand_id",
            "stand_id",
            unique=True,
            postgresql_where=sa.text("withdrawn_at IS NULL"),
            info={"conflict": "stand_taken"},
        ),
    )

    id: Mapped[PrimaryKey]
    fair_id: Mapped[int] = reference("fair")
    application_id: Mapped[int] = reference("application", index=False)
    #: NULL until the fair has a stand to give.
    stand_id: Mapped[int | None] = reference("stand", index=False)
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    fair: Mapped[Fair] = relationship()
    application: Mapped[Application] = relationship()
    stand: Mapped[Stand | None] = relationship()

    @property
    def name(self) -> str:
        return self.application.applicant_name

    @property
    def firm_ids(self) -> frozenset[int]:
        return self.application.firm_ids

    @property
    def agency_id(self) -> int:
        return self.fair.agency_id

    @property
    def is_public(self) -> bool:
        return self.withdrawn_at is None and self.fair.is_public
