"""Tables of applications: members, cost lines, assessments."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fairlink.accounts.models import Organisation, User
from fairlink.applications.models.groups import ProducerGroup
from fairlink.applications.states import LIVE, ApplicationState
from fairlink.files.models import StoredFile
from fairlink.kernel.database import Base, CurrencyCode, PrimaryKey, enum_column, reference
from fairlink.kernel.money import Money
from fairlink.subsidies.models import Call

if TYPE_CHECKING:
    from fairlink.applications.models.assessments import Appeal, Assessment, ConflictOfInterest
    from fairlink.applications.models.awards import Award


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
    #: What that quote was worked out from, three earlier years of every firm included: kept for the evaluation.
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    #: Answers to the scheme's own questions about the application, by their names.
    answers: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=sa.text("'{}'::jsonb"))
    created_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    #: Until when a returned application may be sent again, even if the call has closed meanwhile. Exclusive.
    change_by: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    #: Who granted or refused it; NULL where the clock or the applicants ended it.
    decided_by_id: Mapped[int | None] = reference("user_account")
    #: Shown to the applicants with a refusal or a return.
    decision_reason: Mapped[str] = mapped_column(server_default="")

    call: Mapped[Call] = relationship()
    group: Mapped[ProducerGroup | None] = relationship()
    lead_firm: Mapped[Organisation] = relationship(foreign_keys=lead_firm_id)
    contact: Mapped[User] = relationship(foreign_keys=contact_id)
    members: Mapped[list["ApplicationMember"]] = relationship(
        back_populates="application", cascade="all, delete-orphan", order_by="ApplicationMember.id"
    )
    lines: Mapped[list["CostLine"]] = relationship(
        back_populates="application", cascade="all, delete-orphan", order_by="CostLine.position"
    )
    assessments: Mapped[list["Assessment"]] = relationship(back_populates="application", order_by="Assessment.id")
    conflicts: Mapped[list["ConflictOfInterest"]] = relationship(back_populates="application")
    appeal: Mapped["Appeal | None"] = relationship(back_populates="application", uselist=False)
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
    def conflicted_ids(self) -> frozenset[int]:
        return frozenset(conflict.user_id for conflict in self.conflicts)

    @property
    def counted_assessments(self) -> list["Assessment"]:
        """Those of assessors who have no interest of their own in it; the others are kept and do not count."""
        return [each for each in self.assessments if each.assessor_id not in self.conflicted_ids]

    @property
    def is_assessed(self) -> bool:
        """Whether as many people have scored it as the call wants."""
        return len(self.counted_assessments) >= self.call.assessors_wanted

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
        sa.CheckConstraint("(confirmed_at IS NULL) = (confirmed_by_id IS NULL)", name="confirmed_by_somebody"),
    )

    id: Mapped[PrimaryKey]
    application_id: Mapped[int] = reference("application", index=False, ondelete="CASCADE")
    firm_id: Mapped[int] = reference("organisation")
    #: Part of each shared cost line, in basis points; the members' shares add up to 10,000.
    share_bp: Mapped[int]
    #: Answers to the scheme's own questions about the firm, by their names.
    answers: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=sa.text("'{}'::jsonb"))
    #: When the firm agreed to its share and costs as they are, and declared what `declared_aid` and its lines say.
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = reference("user_account")

    application: Mapped[Application] = relationship(back_populates="members")
    firm: Mapped[Organisation] = relationship()
    declared_aid: Mapped[list["DeclaredAid"]] = relationship(cascade="all, delete-orphan", order_by="DeclaredAid.id")


class DeclaredAid(Base):
    """Public aid that a firm says it was granted elsewhere, for a ceiling of the scheme such as de minimis."""

    __tablename__ = "declared_aid"
    __table_args__ = (sa.CheckConstraint("amount_minor > 0", name="positive"),)

    id: Mapped[PrimaryKey]
    member_id: Mapped[int] = reference("application_member", ondelete="CASCADE")
    #: The code of the ceiling it counts for.
    regime: Mapped[str]
    granted_on: Mapped[date]
    amount_minor: Mapped[int]
    currency: Mapped[CurrencyCode]
    #: Who granted it.
    giver: Mapped[str] = mapped_column(server_default="")


class CostLine(Base):
    """One planned expense, shared by all members or of one of them."""

    __tablename__ = "cost_line"
    __table_args__ = (
        sa.CheckConstraint("amount_minor > 0", name="positive"),
        sa.CheckConstraint("other_public_minor >= 0 AND quantity > 0 AND distance_km >= 0", name="not_negative"),
    )

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
    #: Square metres, nights, travellers: what the rules of its class count, if they do.
    quantity: Mapped[Decimal | None] = mapped_column(sa.Numeric(14, 3))
    distance_km: Mapped[int | None]
    #: Declared by who bears it (the lead for shared ones): the day on which it was ordered or paid, if it was.
    committed_on: Mapped[date | None]
    #: Declared likewise: other public money for the same cost.
    other_public_minor: Mapped[int] = mapped_column(server_default="0")

    application: Mapped[Application] = relationship(back_populates="lines")
    firm: Mapped[Organisation | None] = relationship()
    files: Mapped[list["CostFile"]] = relationship(
        back_populates="line", cascade="all, delete-orphan", order_by="CostFile.id"
    )

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.application.call.currency)


class CostFile(Base):
    """A quote or other paper that shows what a planned expense costs."""

    __tablename__ = "cost_file"

    id: Mapped[PrimaryKey]
    line_id: Mapped[int] = reference("cost_line", ondelete="CASCADE")
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"), unique=True)

    line: Mapped[CostLine] = relationship(back_populates="files")
    file: Mapped[StoredFile] = relationship()

    @property
    def agency_id(self) -> int:
        return self.line.application.agency_id

    @property
    def firm_ids(self) -> frozenset[int]:
        return self.line.application.firm_ids

    @property
    def lead_firm_id(self) -> int:
        return self.line.application.lead_firm_id

    @property
    def is_submitted(self) -> bool:
        return self.line.application.is_submitted
