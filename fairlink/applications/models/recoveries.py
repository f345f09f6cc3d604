"""Tables of recovery cases and their own ledger."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fairlink.accounts.models import Organisation
from fairlink.applications.models.applications import Application
from fairlink.applications.models.awards import Award
from fairlink.applications.states.money import RecoveryEntryKind, RecoveryState
from fairlink.kernel.database import Base, CurrencyCode, PrimaryKey, append_only, enum_column, reference
from fairlink.kernel.money import Money
from fairlink.subsidies.rules.terms import RecoveryCause


class RecoveryCase(Base):
    """Support that one firm shall pay back, for a cause that the scheme names."""

    __tablename__ = "recovery_case"
    __table_args__ = (
        sa.Index("ix_recovery_case_agency_id_id", "agency_id", "id"),
        sa.Index(
            "uq_recovery_case_open",
            "award_id",
            "firm_id",
            "cause",
            unique=True,
            postgresql_where=sa.text("state IN ('opened','due')"),
            info={"conflict": "recovery_exists"},
        ),
        sa.CheckConstraint("amount_minor > 0", name="positive"),
        sa.CheckConstraint("paid_back_minor BETWEEN 0 AND amount_minor", name="paid_back_within_amount"),
        sa.CheckConstraint("state NOT IN ('due','closed') OR decided_by_id IS NOT NULL", name="decided_by_whom"),
        # Whatever the code does, nobody decides on the case that they opened.
        sa.CheckConstraint(
            "decided_by_id <> opened_by_id", name="two_people", info={"conflict": "recovery_needs_two_people"}
        ),
    )

    id: Mapped[PrimaryKey]
    award_id: Mapped[int] = reference("award", index=False)
    agency_id: Mapped[int] = reference("organisation", index=False)
    firm_id: Mapped[int] = reference("organisation")
    cause: Mapped[RecoveryCause] = enum_column(RecoveryCause)
    state: Mapped[RecoveryState] = enum_column(RecoveryState)
    #: What shall come back, in the award's currency.
    amount_minor: Mapped[int]
    currency: Mapped[CurrencyCode]
    #: The sum of what came back, kept with its entries.
    paid_back_minor: Mapped[int] = mapped_column(server_default="0")
    #: What happened, as the firm reads it.
    reason: Mapped[str]
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[int] = reference("user_account")
    #: The last day to answer, where the fair is.
    answer_on: Mapped[date]
    answer: Mapped[str] = mapped_column(server_default="")
    answered_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = reference("user_account")
    #: Why it was decided so, as the firm reads it.
    decision: Mapped[str] = mapped_column(server_default="")
    #: The last day to pay, where the fair is.
    due_on: Mapped[date | None]

    award: Mapped[Award] = relationship()
    firm: Mapped[Organisation] = relationship(foreign_keys=firm_id)
    entries: Mapped[list["RecoveryEntry"]] = relationship(back_populates="case", order_by="RecoveryEntry.id")

    @property
    def application(self) -> Application:
        return self.award.application

    @property
    def firm_ids(self) -> frozenset[int]:
        """Who may see it: the firm itself. A group's lead does not read what another firm is accused of."""
        return frozenset({self.firm_id})

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def left(self) -> Money:
        """What is still to come back."""
        return Money(self.amount_minor - self.paid_back_minor, self.currency)


class RecoveryEntry(Base):
    """One movement of a recovery case; append-only."""

    __tablename__ = "recovery_entry"
    __table_args__ = (sa.CheckConstraint("amount_minor > 0", name="positive"),)

    id: Mapped[PrimaryKey]
    case_id: Mapped[int] = reference("recovery_case")
    kind: Mapped[RecoveryEntryKind] = enum_column(RecoveryEntryKind)
    #: In the case's currency, always positive; `kind` tells its direction.
    amount_minor: Mapped[int]
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = reference("user_account")

    case: Mapped[RecoveryCase] = relationship(back_populates="entries")

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.case.currency)


append_only(RecoveryEntry.__table__)
