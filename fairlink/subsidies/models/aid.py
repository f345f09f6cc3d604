"""Tables of the aid ledger: public aid per firm by date, links between firms, exchange rates, register exports."""

from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fairlink.accounts.models import Organisation, User
from fairlink.kernel.database import (
    Base,
    CountryCode,
    CurrencyCode,
    PrimaryKey,
    append_only,
    enum_column,
    reference,
)
from fairlink.kernel.money import Money
from fairlink.subsidies.states.aid import AidKind, LinkState


class AidEntry(Base):
    """Public aid of one firm under one regime, on the day its right was granted; append-only.

    Ceilings count the entries of all firms of a single undertaking together. A correction names the entry of which it
    takes away; what is left of an entry is its net amount.
    """

    __tablename__ = "aid_entry"
    __table_args__ = (
        sa.CheckConstraint("amount_minor > 0", name="positive"),
        sa.CheckConstraint("rate > 0", name="rate_positive"),
        sa.CheckConstraint("(kind = 'corrected') = (corrects_id IS NOT NULL)", name="correction_of_something"),
        # One right is granted once, however often the code runs.
        sa.Index(
            "uq_aid_entry_granted",
            "reference",
            "firm_id",
            "regime",
            unique=True,
            postgresql_where=sa.text("kind = 'granted'"),
        ),
        sa.Index("ix_aid_entry_agency_id_id", "agency_id", "id"),
    )

    id: Mapped[PrimaryKey]
    #: In whose register it stands.
    agency_id: Mapped[int] = reference("organisation", index=False)
    firm_id: Mapped[int] = reference("organisation")
    kind: Mapped[AidKind] = enum_column(AidKind)
    #: The code of an aid ceiling, such as ``de_minimis``.
    regime: Mapped[str]
    #: The day of the right, where the fair is; a correction has the day of what it corrects.
    granted_on: Mapped[date]
    amount_minor: Mapped[int]
    currency: Mapped[CurrencyCode]
    #: Major units of `ceiling_currency` for one of `currency`, on that day.
    rate: Mapped[Decimal] = mapped_column(sa.Numeric(18, 8))
    ceiling_currency: Mapped[CurrencyCode]
    corrects_id: Mapped[int | None] = reference("aid_entry")
    at: Mapped[datetime]
    #: NULL when the clock acted.
    actor_id: Mapped[int | None] = reference("user_account")
    #: Where it comes from: ``award:7``, or the body that granted what a firm declared.
    reference: Mapped[str]

    firm: Mapped[Organisation] = relationship(foreign_keys=firm_id)

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


append_only(AidEntry.__table__)


class AidExport(Base):
    """Entries that were handed to the public register, in one file."""

    __tablename__ = "aid_export"

    id: Mapped[PrimaryKey]
    agency_id: Mapped[int] = reference("organisation")
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = reference("user_account")
    content: Mapped[bytes] = mapped_column(sa.LargeBinary, deferred=True)

    made_by: Mapped[User] = relationship()
    rows: Mapped[list["AidExportRow"]] = relationship(order_by="AidExportRow.entry_id")


class AidExportRow(Base):
    """That an entry was handed over; each is once."""

    __tablename__ = "aid_export_row"

    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("aid_entry.id"), primary_key=True)
    export_id: Mapped[int] = reference("aid_export")


class FirmLink(Base):
    """Another firm under common control, as a firm declared it and staff found it to be."""

    __tablename__ = "firm_link"

    id: Mapped[PrimaryKey]
    firm_id: Mapped[int] = reference("organisation")
    #: The other firm as it was declared; it may not be on the platform.
    name: Mapped[str]
    country: Mapped[CountryCode]
    company_number: Mapped[str]
    #: The other firm on the platform, from the confirmation on.
    other_id: Mapped[int | None] = reference("organisation")
    state: Mapped[LinkState] = enum_column(LinkState)
    declared_at: Mapped[datetime]
    declared_by_id: Mapped[int] = reference("user_account")
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = reference("user_account")

    firm: Mapped[Organisation] = relationship(foreign_keys=firm_id)
    other: Mapped[Organisation | None] = relationship(foreign_keys=other_id)


class ExchangeRate(Base):
    """What one major unit of a currency was worth in another from a day on, as an agency takes it."""

    __tablename__ = "exchange_rate"
    __table_args__ = (
        sa.CheckConstraint("rate > 0", name="positive"),
        sa.CheckConstraint("currency <> into_currency", name="two_currencies"),
        sa.Index(
            "uq_exchange_rate_day",
            "agency_id",
            "currency",
            "into_currency",
            "since_on",
            unique=True,
            info={"conflict": "exchange_rate_exists"},
        ),
    )

    id: Mapped[PrimaryKey]
    agency_id: Mapped[int] = reference("organisation", index=False)
    currency: Mapped[CurrencyCode]
    into_currency: Mapped[CurrencyCode]
    since_on: Mapped[date]
    rate: Mapped[Decimal] = mapped_column(sa.Numeric(18, 8))
    entered_by_id: Mapped[int] = reference("user_account")
