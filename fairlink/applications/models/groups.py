"""Tables of producer groups, their members and invitations."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fairlink.accounts.models import Organisation, User
from fairlink.applications.states import InvitationState, MemberState
from fairlink.kernel.database import Base, EmailAddress, PrimaryKey, enum_column, reference


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
