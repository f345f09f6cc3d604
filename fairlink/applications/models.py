"""Tables of producer groups, applications, awards and exhibitors."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fairlink.accounts.models import Organisation, User
from fairlink.applications.states import LIVE, ApplicationState, InvitationState, MemberState, Recommendation
from fairlink.fairs.models import Fair, Stand
from fairlink.kernel.database import Base, CurrencyCode, EmailAddress, PrimaryKey, enum_column, reference
from fairlink.kernel.money import Money
from fairlink.subsidies.models import Call


class ProducerGroup(Base):
    """Firms that apply together."""

    __tablename__ = "producer_group"

    id: Mapped[PrimaryKey]
    name: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    lead_firm_id: Mapped[int] = reference("organisation")
    #: A sponsoring association or broker, if any.
    association_id: Mapped[int | None] = reference("organisation")
    created_at: Mapped[datetime]

    lead_firm: Mapped[Organisation] = relationship(foreign_keys=lead_firm_id)
    members: Mapped[list["GroupMember"]] = relationship(back_populates="group", order_by="GroupMember.id")
    invitations: Mapped[list["GroupInvitation"]] = relationship(back_populates="group", order_by="GroupInvitation.id")

    @property
    def active_members(self) -> list["GroupMember"]:
        return [member for member in self.members if member.state == MemberState.ACTIVE]

    @property
    def firm_ids(self) -> frozenset[int]:
        return frozenset(member.firm_id for member in self.active_members)


class GroupMember(Base):
    """A firm's place in a producer group; kept when it leaves."""

    __tablename__ = "group_member"
    __table_args__ = (
        sa.Index(
            "uq_group_member_active",
            "group_id",
            "firm_id",
            unique=True,
            postgresql_where=sa.text("state = 'active'"),
            info={"conflict": "already_in_group"},
        ),
    )

    id: Mapped[PrimaryKey]
    group_id: Mapped[int] = reference("producer_group")
    firm_id: Mapped[int] = reference("organisation")
    state: Mapped[MemberState] = enum_column(MemberState)
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]

    group: Mapped[ProducerGroup] = relationship(back_populates="members")
    firm: Mapped[Organisation] = relationship()

    @property
    def lead_firm_id(self) -> int:
        return self.group.lead_firm_id

    @property
    def is_lead(self) -> bool:
        return self.firm_id == self.group.lead_firm_id


class GroupInvitation(Base):
    """An invitation, sent to an address, for a firm to join a producer group."""

    __tablename__ = "group_invitation"

    id: Mapped[PrimaryKey]
    group_id: Mapped[int] = reference("producer_group")
    email: Mapped[EmailAddress]
    token_hash: Mapped[str] = mapped_column(unique=True)
    invited_by_id: Mapped[int] = reference("user_account")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    declined_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    #: The firm that joined by it.
    firm_id: Mapped[int | None] = reference("organisation")

    group: Mapped[ProducerGroup] = relationship(back_populates="invitations")
    invited_by: Mapped[User] = relationship()
    firm: Mapped[Organisation | None] = relationship()

    @property
    def lead_firm_id(self) -> int:
        return self.group.lead_firm_id

    def state(self, now: datetime) -> InvitationState:
        """What has become of it at `now`."""
        if self.accepted_at:
            return InvitationState.ACCEPTED
        if self.declined_at:
            return InvitationState.DECLINED
        if self.revoked_at:
            return InvitationState.REVOKED
        return InvitationState.OPEN if now < self.expires_at else InvitationState.EXPIRED


class Application(Base):
    """A group's, or where the scheme allows a single firm's, request to a call."""

    __tablename__ = "application"
    __table_args__ = (
        sa.Index(
            "uq_application_live_group",
            "call_id",
            "group_id",
            unique=True,
            postgresql_where=sa.text(
                "group_id IS NOT NULL AND state IN ('draft','submitted','assessed','awarded','accepted')"
            ),
            info={"conflict": "already_applied"},
        ),
        sa.Index(
            "uq_application_live_firm",
            "call_id",
            "lead_firm_id",
            unique=True,
            postgresql_where=sa.text(
                "group_id IS NULL AND state IN ('draft','submitted','assessed','awarded','accepted')"
            ),
            info={"conflict": "already_applied"},
        ),
        sa.Index("ix_application_call_id_state", "call_id", "state", "id"),
        sa.CheckConstraint("state IN ('draft','withdrawn') OR submitted_at IS NOT NULL", name="submitted_has_instant"),
    )

    id: Mapped[PrimaryKey]
    call_id: Mapped[int] = reference("call", index=False)
    #: NULL for a single firm, which is then its own lead.
    group_id: Mapped[int | None] = reference("producer_group")
    lead_firm_id: Mapped[int] = reference("organisation")
    #: Who is written to about it.
    contact_id: Mapped[int] = reference("user_account")
    state: Mapped[ApplicationState] = enum_column(ApplicationState)
    #: What the applicants want to reach at the fair.
    motivation: Mapped[str] = mapped_column(server_default="")
    #: Language of the group's letters.
    locale: Mapped[str] = mapped_column(sa.String(5))
    #: Rises with every save: a form built on an older one is refused instead of overwriting (optimistic lock).
    version: Mapped[int] = mapped_column(server_default="1")
    #: The quote as it was sent, and again as it was approved; see `fairlink.subsidies.rules`.
    quote: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    #: Until when a returned application may be sent again, even if the call has closed meanwhile. Exclusive.
    change_by: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    #: Shown to the applicants with a refusal or a return.
    decision_reason: Mapped[str] = mapped_column(server_default="")

    call: Mapped[Call] = relationship()
    group: Mapped[ProducerGroup | None] = relationship()
    lead_firm: Mapped[Organisation] = relationship(foreign_keys=lead_firm_id)
    contact: Mapped[User] = relationship()
    members: Mapped[list["ApplicationMember"]] = relationship(
        back_populates="application", cascade="all, delete-orphan", order_by="ApplicationMember.id"
    )
    lines: Mapped[list["CostLine"]] = relationship(
        back_populates="application", cascade="all, delete-orphan", order_by="CostLine.position"
    )
    assessments: Mapped[list["Assessment"]] = relationship(back_populates="application", order_by="Assessment.id")
    award: Mapped["Award | None"] = relationship(back_populates="application", uselist=False)

    @property
    def applicant_name(self) -> str:
        return self.group.name if self.group else self.lead_firm.name

    @property
    def agency_id(self) -> int:
        return self.call.fair.agency_id

    @property
    def firm_ids(self) -> frozenset[int]:
        return frozenset(member.firm_id for member in self.members) | {self.lead_firm_id}

    @property
    def assessor_ids(self) -> frozenset[int]:
        return frozenset(assessment.assessor_id for assessment in self.assessments)

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def is_submitted(self) -> bool:
        return self.submitted_at is not None


class ApplicationMember(Base):
    """A firm that takes part in an application, with its share of the common costs."""

    __tablename__ = "application_member"
    __table_args__ = (
        sa.UniqueConstraint("application_id", "firm_id"),
        sa.CheckConstraint("share_bp BETWEEN 0 AND 10000", name="share"),
    )

    id: Mapped[PrimaryKey]
    application_id: Mapped[int] = reference("application", index=False, ondelete="CASCADE")
    firm_id: Mapped[int] = reference("organisation")
    #: Part of each shared cost line, in basis points; the members' shares add up to 10,000.
    share_bp: Mapped[int]

    application: Mapped[Application] = relationship(back_populates="members")
    firm: Mapped[Organisation] = relationship()


class CostLine(Base):
    """One planned expense, shared by all members or of one of them."""

    __tablename__ = "cost_line"
    __table_args__ = (sa.CheckConstraint("amount_minor > 0", name="positive"),)

    id: Mapped[PrimaryKey]
    application_id: Mapped[int] = reference("application", ondelete="CASCADE")
    position: Mapped[int] = mapped_column(sa.SmallInteger)
    #: A cost class of the scheme's rules.
    cost_class: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    #: In the call's currency.
    amount_minor: Mapped[int]
    #: NULL for a line that all members share.
    firm_id: Mapped[int | None] = reference("organisation")

    application: Mapped[Application] = relationship(back_populates="lines")
    firm: Mapped[Organisation | None] = relationship()

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.application.call.currency)


class Assessment(Base):
    """What one assessor found; the raw score is kept with its time."""

    __tablename__ = "assessment"
    __table_args__ = (
        sa.UniqueConstraint("application_id", "assessor_id"),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name="score"),
    )

    id: Mapped[PrimaryKey]
    application_id: Mapped[int] = reference("application", index=False)
    assessor_id: Mapped[int] = reference("user_account")
    score: Mapped[int] = mapped_column(sa.SmallInteger)
    recommendation: Mapped[Recommendation] = enum_column(Recommendation)
    #: For colleagues; applicants never see it.
    note: Mapped[str] = mapped_column(server_default="")
    at: Mapped[datetime]

    application: Mapped[Application] = relationship(back_populates="assessments")
    assessor: Mapped[User] = relationship()


class Award(Base):
    """What was granted, per member, and until when it may be accepted."""

    __tablename__ = "award"
    __table_args__ = (
        sa.Index("uq_award_application_id", "application_id", unique=True, info={"conflict": "already_awarded"}),
        sa.CheckConstraint("amount_minor > 0", name="positive"),
    )

    id: Mapped[PrimaryKey]
    application_id: Mapped[int] = reference("application", index=False)
    amount_minor: Mapped[int]
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

    application: Mapped[Application] = relationship(back_populates="award")
    members: Mapped[list["AwardMember"]] = relationship(order_by="AwardMember.id")

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


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
