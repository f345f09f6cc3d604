"""Tables of claims: what was spent, line by line, and what of it is paid."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fairlink.accounts.models import Organisation
from fairlink.applications.models.applications import Application, CostLine
from fairlink.applications.models.awards import Award
from fairlink.applications.states.money import ClaimKind, ClaimState
from fairlink.files.models import StoredFile
from fairlink.kernel.database import Base, PrimaryKey, enum_column, reference
from fairlink.kernel.money import Money
from fairlink.subsidies.rules.terms import Evidence, Payee


class Claim(Base):
    """A group's request to be paid from its award: a part ahead, or the rest with proof."""

    __tablename__ = "claim"
    __table_args__ = (
        sa.Index(
            "uq_claim_award_id_kind",
            "award_id",
            "kind",
            unique=True,
            postgresql_where=sa.text("state NOT IN ('refused','lapsed')"),
            info={"conflict": "claim_exists"},
        ),
        sa.Index("ix_claim_agency_id_state", "agency_id", "state", "id"),
        sa.CheckConstraint("state IN ('draft','lapsed') OR submitted_at IS NOT NULL", name="submitted_has_instant"),
        sa.CheckConstraint("state NOT IN ('checked','approved') OR checked_by_id IS NOT NULL", name="checked_by_whom"),
        sa.CheckConstraint("(state = 'approved') = (approved_by_id IS NOT NULL)", name="approved_by_whom"),
        # Whatever the code does, nobody approves what they have checked.
        sa.CheckConstraint(
            "approved_by_id <> checked_by_id", name="two_people", info={"conflict": "claim_needs_two_people"}
        ),
    )

    id: Mapped[PrimaryKey]
    award_id: Mapped[int] = reference("award", index=False)
    #: Whose staff decide; kept here because lists are scoped and paged by it.
    agency_id: Mapped[int] = reference("organisation", index=False)
    kind: Mapped[ClaimKind] = enum_column(ClaimKind)
    state: Mapped[ClaimState] = enum_column(ClaimState)
    created_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    submitted_by_id: Mapped[int | None] = reference("user_account")
    #: Until when (exclusive) a returned claim may be sent again, even if its window is over.
    change_by: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    checked_by_id: Mapped[int | None] = reference("user_account")
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = reference("user_account")
    #: Shown to the applicants with a return or a refusal.
    reason: Mapped[str] = mapped_column(server_default="")
    #: The quote worked out again with what was accepted; see `fairlink.subsidies.rules`.
    quote: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    #: When what was kept back was set free.
    retention_paid_at: Mapped[datetime | None]

    award: Mapped[Award] = relationship(back_populates="claims")
    lines: Mapped[list["ClaimLine"]] = relationship(back_populates="claim", order_by="ClaimLine.id")
    parts: Mapped[list["ClaimPart"]] = relationship(
        back_populates="claim", cascade="all, delete-orphan", order_by="ClaimPart.id"
    )

    @property
    def application(self) -> Application:
        return self.award.application

    @property
    def firm_ids(self) -> frozenset[int]:
        return self.application.firm_ids

    @property
    def lead_firm_id(self) -> int:
        return self.application.lead_firm_id

    @property
    def is_submitted(self) -> bool:
        return self.submitted_at is not None

    @property
    def payable(self) -> Money:
        """What is paid out on it at once."""
        return Money(sum(part.payable_minor for part in self.parts), self.award.currency)


class ClaimLine(Base):
    """What one planned cost came to, and what of it was accepted."""

    __tablename__ = "claim_line"
    __table_args__ = (
        sa.UniqueConstraint("claim_id", "cost_line_id"),
        sa.CheckConstraint("actual_minor >= 0", name="actual"),
        sa.CheckConstraint("accepted_minor BETWEEN 0 AND actual_minor", name="accepted_within_actual"),
        sa.CheckConstraint("accepted_minor = actual_minor OR reason <> ''", name="cut_has_reason"),
    )

    id: Mapped[PrimaryKey]
    claim_id: Mapped[int] = reference("claim", index=False)
    cost_line_id: Mapped[int] = reference("cost_line")
    #: In the award's currency; NULL until it was filled in, zero for what was not spent.
    actual_minor: Mapped[int | None]
    #: NULL until staff have looked at it.
    accepted_minor: Mapped[int | None]
    #: Why less was accepted; the applicants read it.
    reason: Mapped[str] = mapped_column(server_default="")

    claim: Mapped[Claim] = relationship(back_populates="lines")
    cost_line: Mapped[CostLine] = relationship()
    evidence: Mapped[list["ClaimEvidence"]] = relationship(back_populates="line", order_by="ClaimEvidence.id")

    @property
    def firm_ids(self) -> frozenset[int]:
        """Whose cost it is: one firm's, or everybody's."""
        own = self.cost_line.firm_id
        return frozenset({own, self.claim.lead_firm_id}) if own else self.claim.firm_ids

    @property
    def agency_id(self) -> int:
        return self.claim.agency_id

    def money(self, minor: int) -> Money:
        return Money(minor, self.claim.award.currency)


class ClaimEvidence(Base):
    """A file that proves a cost."""

    __tablename__ = "claim_evidence"

    id: Mapped[PrimaryKey]
    claim_line_id: Mapped[int] = reference("claim_line")
    kind: Mapped[Evidence] = enum_column(Evidence)
    file_id: Mapped[int] = reference("stored_file")

    line: Mapped[ClaimLine] = relationship(back_populates="evidence")
    file: Mapped[StoredFile] = relationship()

    @property
    def firm_ids(self) -> frozenset[int]:
        return self.line.firm_ids

    @property
    def agency_id(self) -> int:
        return self.line.agency_id

    @property
    def is_submitted(self) -> bool:
        return self.line.claim.is_submitted


class ClaimPart(Base):
    """What one payee gets on a claim, for one firm.

    ``support + due_back = advance + retained + payable``: the advance that was paid is taken off, a part is kept back,
    and an advance above the support is due back.
    """

    __tablename__ = "claim_part"
    __table_args__ = (
        sa.CheckConstraint(
            "support_minor >= 0 AND advance_minor >= 0 AND retained_minor >= 0 AND payable_minor >= 0"
            " AND due_back_minor >= 0",
            name="not_negative",
        ),
        sa.CheckConstraint(
            "support_minor + due_back_minor = advance_minor + retained_minor + payable_minor", name="adds_up"
        ),
    )

    id: Mapped[PrimaryKey]
    claim_id: Mapped[int] = reference("claim")
    #: NULL for the fee of the body that runs the group.
    firm_id: Mapped[int | None] = reference("organisation")
    payee: Mapped[Payee] = enum_column(Payee)
    support_minor: Mapped[int]
    advance_minor: Mapped[int]
    retained_minor: Mapped[int]
    payable_minor: Mapped[int]
    due_back_minor: Mapped[int]

    claim: Mapped[Claim] = relationship(back_populates="parts")
    firm: Mapped[Organisation | None] = relationship()

    def money(self, minor: int) -> Money:
        return Money(minor, self.claim.award.currency)
