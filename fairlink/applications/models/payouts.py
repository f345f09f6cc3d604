"""Tables of money that goes out: accounts to pay to, disbursements, and the bank files that carry them."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fairlink.accounts.models import Organisation, User
from fairlink.applications.models.awards import Award
from fairlink.applications.states.money import DisbursementState, FileKind, Purpose
from fairlink.kernel.database import Base, CurrencyCode, PrimaryKey, enum_column, reference
from fairlink.kernel.money import Money
from fairlink.subsidies.models import Call

#: So many characters of an account number are shown to those who only need to recognise it.
_SHOWN = 4


def masked(number: str) -> str:
    """An account number to recognise and not to use: 'ES9121000418450200051332' -> 'ES••••1332'."""
    return f"{number[:2]}••••{number[-_SHOWN:]}" if len(number) > 2 + _SHOWN else "••••"


class PayoutAccount(Base):
    """Where an organisation is paid; an agency's is the account that it pays from."""

    __tablename__ = "payout_account"

    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), primary_key=True)
    holder: Mapped[str]
    #: An IBAN in its compact form where the country has them, else the number as banks there write it.
    number: Mapped[str]
    bic: Mapped[str] = mapped_column(server_default="")
    bank: Mapped[str] = mapped_column(server_default="")
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int] = reference("user_account")

    @property
    def masked(self) -> str:
        return masked(self.number)


class DisbursementBatch(Base):
    """One file for the agency's bank. Its bytes are kept: what was sent can be shown again."""

    __tablename__ = "disbursement_batch"
    __table_args__ = (sa.UniqueConstraint("message_id"), sa.CheckConstraint("amount_minor > 0", name="positive"))

    id: Mapped[PrimaryKey]
    agency_id: Mapped[int] = reference("organisation")
    kind: Mapped[FileKind] = enum_column(FileKind)
    #: What the bank tells files apart by, so that it never takes one twice.
    message_id: Mapped[str]
    amount_minor: Mapped[int]
    currency: Mapped[CurrencyCode]
    content: Mapped[bytes] = mapped_column(sa.LargeBinary, deferred=True)
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = reference("user_account")

    made_by: Mapped[User] = relationship()
    disbursements: Mapped[list["Disbursement"]] = relationship(back_populates="batch", order_by="Disbursement.id")

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class Disbursement(Base):
    """One payment from a call's envelope to one payee; in exactly one bank file, or in none yet."""

    __tablename__ = "disbursement"
    __table_args__ = (
        sa.Index("uq_disbursement_reference", "reference", unique=True, info={"conflict": "disbursement_ordered"}),
        sa.Index("ix_disbursement_agency_id_id", "agency_id", "id"),
        sa.CheckConstraint("amount_minor > 0", name="positive"),
        sa.CheckConstraint("(state IN ('waiting','cancelled')) = (batch_id IS NULL)", name="in_one_file"),
        sa.CheckConstraint("(state IN ('paid','failed')) = (settled_on IS NOT NULL)", name="settled_has_day"),
        sa.CheckConstraint("batch_id IS NULL OR number <> ''", name="sent_has_account"),
    )

    id: Mapped[PrimaryKey]
    agency_id: Mapped[int] = reference("organisation", index=False)
    #: Whose envelope pays.
    call_id: Mapped[int] = reference("call")
    #: NULL for what no award promised, such as the travel of a hosted buyer.
    award_id: Mapped[int | None] = reference("award")
    purpose: Mapped[Purpose] = enum_column(Purpose)
    #: NULL for a payee outside the platform, such as an organiser: finance staff enter its account here.
    payee_id: Mapped[int | None] = reference("organisation")
    payee_name: Mapped[str]
    #: Whose support it is, whoever is paid; NULL for what supports no firm, such as a handling fee.
    firm_id: Mapped[int | None] = reference("organisation")
    amount_minor: Mapped[int]
    currency: Mapped[CurrencyCode]
    state: Mapped[DisbursementState] = enum_column(DisbursementState)
    #: The account that it was or will be sent to. Copied from the payee's when the file is made.
    holder: Mapped[str] = mapped_column(server_default="")
    number: Mapped[str] = mapped_column(server_default="")
    bic: Mapped[str] = mapped_column(server_default="")
    ordered_at: Mapped[datetime]
    #: NULL when the clock acted.
    ordered_by_id: Mapped[int | None] = reference("user_account")
    batch_id: Mapped[int | None] = reference("disbursement_batch")
    #: What it is paid for, once and for all: ``claim:7:firm:12``. A second order of the same is refused.
    reference: Mapped[str]
    #: On the bank's statement.
    settled_on: Mapped[date | None]
    #: Why the bank sent it back.
    problem: Mapped[str] = mapped_column(server_default="")

    call: Mapped[Call] = relationship()
    award: Mapped[Award | None] = relationship()
    payee: Mapped[Organisation | None] = relationship(foreign_keys=payee_id)
    batch: Mapped[DisbursementBatch | None] = relationship(back_populates="disbursements")

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def masked(self) -> str:
        return masked(self.number) if self.number else ""
