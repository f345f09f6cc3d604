"""Tables of bank accounts, of what came in on them, and of files that send money back."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fairlink.accounts.models import User
from fairlink.kernel.database import Base, CurrencyCode, PrimaryKey, enum_column, reference
from fairlink.kernel.money import Money
from fairlink.payments.models.payments import Payment
from fairlink.payments.states import EntryState, FileFormat


class BankAccount(Base):
    """Where firms transfer money to; one for each agency."""

    __tablename__ = "bank_account"

    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), primary_key=True)
    holder: Mapped[str]
    #: An IBAN where the country has them, else the number as banks there write it.
    number: Mapped[str]
    bank: Mapped[str] = mapped_column(server_default="")
    bic: Mapped[str] = mapped_column(server_default="")
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int] = reference("user_account")


class BankFile(Base):
    """A bank statement that was imported."""

    __tablename__ = "bank_file"
    __table_args__ = (
        sa.Index("uq_bank_file_agency_id_digest", "agency_id", "digest", unique=True, info={"conflict": "file_known"}),
    )

    id: Mapped[PrimaryKey]
    agency_id: Mapped[int] = reference("organisation", index=False)
    #: SHA-256 of its bytes, in hexadecimal: the same file is imported once.
    digest: Mapped[str]
    name: Mapped[str]
    #: Entries that were new.
    entries: Mapped[int]
    imported_at: Mapped[datetime]
    imported_by_id: Mapped[int] = reference("user_account")

    imported_by: Mapped[User] = relationship()


class BankEntry(Base):
    """Money that came in, and what became of it."""

    __tablename__ = "bank_entry"
    __table_args__ = (
        # However many files tell of it.
        sa.UniqueConstraint("agency_id", "identity"),
        sa.UniqueConstraint("payment_id"),
        sa.CheckConstraint("amount_minor > 0", name="positive"),
        sa.CheckConstraint("(state = 'booked') = (payment_id IS NOT NULL)", name="booked_has_payment"),
        sa.Index("ix_bank_entry_open", "agency_id", "booked_on", "id", postgresql_where=sa.text("state = 'open'")),
    )

    id: Mapped[PrimaryKey]
    agency_id: Mapped[int] = reference("organisation", index=False)
    file_id: Mapped[int] = reference("bank_file")
    payment_id: Mapped[int | None] = reference("payment", index=False)
    #: The bank's own name for it.
    identity: Mapped[str]
    state: Mapped[EntryState] = enum_column(EntryState)
    booked_on: Mapped[date]
    amount_minor: Mapped[int]
    currency: Mapped[CurrencyCode]
    payer: Mapped[str]
    #: Of the payer.
    account: Mapped[str]
    reference: Mapped[str]
    text: Mapped[str]
    #: Why it was set aside.
    note: Mapped[str] = mapped_column(server_default="")

    payment: Mapped[Payment | None] = relationship()

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def told(self) -> str:
        """All that the payer wrote."""
        return f"{self.reference} {self.text}".strip()


class RefundFile(Base):
    """Transfers back, for the agency's bank to send; each refund goes into one file."""

    __tablename__ = "refund_file"

    id: Mapped[PrimaryKey]
    agency_id: Mapped[int] = reference("organisation")
    format: Mapped[FileFormat] = enum_column(FileFormat)
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = reference("user_account")
