"""Tables of invoices and credit notes, and the counters that number them."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fairlink.kernel.database import Base, CurrencyCode, PrimaryKey, append_only, enum_column, reference
from fairlink.kernel.money import Money
from fairlink.payments.models.charges import Charge
from fairlink.payments.states import InvoiceKind


class InvoiceCounter(Base):
    """The last number that an agency has given in a year. Its row is locked until the invoice that took the number is
    committed; a transaction that fails gives the number back, so none is ever missing."""

    __tablename__ = "invoice_counter"

    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), primary_key=True)
    year: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True)
    last_number: Mapped[int]


class Invoice(Base):
    """That an agency asks for the amount of a charge, or no longer does (a credit note); append-only."""

    __tablename__ = "invoice"
    __table_args__ = (
        sa.UniqueConstraint("agency_id", "year", "number"),
        sa.CheckConstraint("amount_minor > 0", name="positive"),
        sa.CheckConstraint("(kind = 'credit_note') = (corrects_id IS NOT NULL)", name="credit_note_corrects"),
    )

    id: Mapped[PrimaryKey]
    agency_id: Mapped[int] = reference("organisation", index=False)
    #: In UTC. Invoices and credit notes of a year share one row of numbers: 1, 2, 3 ...
    year: Mapped[int] = mapped_column(sa.SmallInteger)
    number: Mapped[int]
    kind: Mapped[InvoiceKind] = enum_column(InvoiceKind)
    charge_id: Mapped[int] = reference("charge")
    #: The invoice of which a credit note takes something back.
    corrects_id: Mapped[int | None] = reference("invoice")
    amount_minor: Mapped[int]
    currency: Mapped[CurrencyCode]
    issued_at: Mapped[datetime]
    #: Language of the document.
    locale: Mapped[str] = mapped_column(sa.String(5))
    #: Names and addresses as they were: {"seller": [lines], "buyer": [lines], "fair": title, "reason": text}.
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)

    charge: Mapped[Charge] = relationship()
    corrects: Mapped["Invoice | None"] = relationship(remote_side="Invoice.id")

    @property
    def title(self) -> str:
        """The number as it stands on the document: "2027-00012"."""
        return f"{self.year}-{self.number:05d}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def firm_ids(self) -> frozenset[int]:
        return self.charge.firm_ids


append_only(Invoice.__table__)
