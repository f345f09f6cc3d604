"""Tables of prices, and of charges with their ledger."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fairlink.accounts.models import Organisation
from fairlink.applications.models import Application, Award
from fairlink.fairs.models import Fair
from fairlink.kernel.database import Base, CurrencyCode, PrimaryKey, append_only, enum_column, reference
from fairlink.kernel.money import Money
from fairlink.payments.rules import charge_state
from fairlink.payments.states import ChargeKind, ChargeState, EntryKind, PriceUnit
from fairlink.visits.models import HostedStay


class Price(Base):
    """One line of a fair's price list: what each firm with an award owes besides, or may order."""

    __tablename__ = "price"
    __table_args__ = (sa.CheckConstraint("amount_minor > 0", name="positive"),)

    id: Mapped[PrimaryKey]
    fair_id: Mapped[int] = reference("fair")
    #: A stand fee and a deposit are owed by every firm; an extra by those who order it.
    kind: Mapped[ChargeKind] = enum_column(ChargeKind)
    #: In the agency's words.
    name: Mapped[str]
    amount_minor: Mapped[int]
    currency: Mapped[CurrencyCode]
    unit: Mapped[PriceUnit] = enum_column(PriceUnit)
    #: The last day to pay, where the fair is; who accepts later has that day to pay.
    due_on: Mapped[date]
    created_at: Mapped[datetime]
    #: When it was taken off the list; what was charged by then stays owed.
    ended_at: Mapped[datetime | None]

    fair: Mapped[Fair] = relationship()

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def agency_id(self) -> int:
        return self.fair.agency_id


class PaymentTerms(Base):
    """What follows at a fair if nobody pays; without a row nothing does."""

    __tablename__ = "payment_terms"
    __table_args__ = (sa.CheckConstraint("release_days BETWEEN 1 AND 90", name="days"),)

    fair_id: Mapped[int] = mapped_column(sa.ForeignKey("fair.id"), primary_key=True)
    #: A stand goes back so many days after its firms were told that they are late. NULL: never.
    release_days: Mapped[int | None] = mapped_column(sa.SmallInteger)


class RefundRun(Base):
    """Giving back all that was paid at a cancelled fair, or for an award that was given up."""

    __tablename__ = "refund_run"
    __table_args__ = (sa.UniqueConstraint("fair_id", "award_id", postgresql_nulls_not_distinct=True),)

    id: Mapped[PrimaryKey]
    fair_id: Mapped[int] = reference("fair", index=False)
    #: NULL for the whole fair.
    award_id: Mapped[int | None] = reference("award")
    started_at: Mapped[datetime]
    #: While it is stopped nothing more is sent; what was sent stays sent.
    stopped_at: Mapped[datetime | None]

    fair: Mapped[Fair] = relationship()

    @property
    def agency_id(self) -> int:
        return self.fair.agency_id


class Charge(Base):
    """What one firm owes for one award, or a hosted buyer for its stay.

    Its amounts are sums of its entries, kept by `payments.service` with them.
    """

    __tablename__ = "charge"
    __table_args__ = (
        # Nothing that stands is charged twice; own contributions have no price.
        sa.Index(
            "uq_charge_standing",
            "award_id",
            "firm_id",
            "kind",
            "price_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=sa.text("cancelled_at IS NULL AND award_id IS NOT NULL"),
            info={"conflict": "charged_already"},
        ),
        sa.UniqueConstraint("stay_id"),
        sa.UniqueConstraint("reference"),
        sa.CheckConstraint("(award_id IS NULL) <> (stay_id IS NULL)", name="one_ground"),
        sa.Index("ix_charge_firm_id_id", "firm_id", "id"),
        sa.Index("ix_charge_agency_id_due_on", "agency_id", "due_on", "id"),
        # What the clock looks for.
        sa.Index(
            "ix_charge_not_warned", "due_on", postgresql_where=sa.text("cancelled_at IS NULL AND warned_at IS NULL")
        ),
        sa.Index("ix_charge_fair_id_due_on", "fair_id", "due_on", "id"),
        sa.CheckConstraint("amount_minor > 0", name="positive"),
        sa.CheckConstraint("credited_minor BETWEEN 0 AND amount_minor", name="credited_within_amount"),
        # Whatever the code does, no more can go back than came in.
        sa.CheckConstraint("refunded_minor BETWEEN 0 AND received_minor", name="refunded_within_received"),
    )

    id: Mapped[PrimaryKey]
    #: What it is owed for: an award, or a hosted buyer's stay with its deposit.
    award_id: Mapped[int | None] = reference("award")
    stay_id: Mapped[int | None] = reference("hosted_stay", index=False)
    firm_id: Mapped[int] = reference("organisation", index=False)
    #: Whom it is owed to; kept here because lists are scoped and paged by it.
    agency_id: Mapped[int] = reference("organisation", index=False)
    fair_id: Mapped[int] = reference("fair", index=False)
    kind: Mapped[ChargeKind] = enum_column(ChargeKind)
    #: The line of the price list that it follows; NULL for an own contribution.
    price_id: Mapped[int | None] = reference("price")
    #: Of the stand for which a price by the square metre was charged; NULL for all else.
    area_m2: Mapped[int | None] = mapped_column(sa.SmallInteger)
    #: By which what was paid for it goes back.
    run_id: Mapped[int | None] = reference("refund_run")
    #: What it is for in the agency's words ("2 × Chair"); empty where the kind says it.
    label: Mapped[str] = mapped_column(server_default="")
    amount_minor: Mapped[int]
    currency: Mapped[CurrencyCode]
    #: The last day to pay, where the fair is.
    due_on: Mapped[date]
    #: ISO 11649, what a transfer carries.
    reference: Mapped[str]
    #: What of it is no longer owed; all of it once it is cancelled.
    credited_minor: Mapped[int] = mapped_column(server_default="0")
    received_minor: Mapped[int] = mapped_column(server_default="0")
    refunded_minor: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    #: When the firm was told that it will be due, and that it is late.
    reminded_at: Mapped[datetime | None]
    warned_at: Mapped[datetime | None]

    award: Mapped[Award | None] = relationship()
    stay: Mapped[HostedStay | None] = relationship()
    firm: Mapped[Organisation] = relationship(foreign_keys=firm_id)
    agency: Mapped[Organisation] = relationship(foreign_keys=agency_id)
    fair: Mapped[Fair] = relationship()
    entries: Mapped[list["ChargeEntry"]] = relationship(back_populates="charge", order_by="ChargeEntry.id")

    @property
    def application(self) -> Application | None:
        return self.award.application if self.award else None

    @property
    def firm_ids(self) -> frozenset[int]:
        """Who may see and pay it: the firm itself and the lead of its group."""
        lead = {self.application.lead_firm_id} if self.application else set()
        return frozenset({self.firm_id, *lead})

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def owed_minor(self) -> int:
        """What is owed of it today, paid or not."""
        return self.amount_minor - self.credited_minor

    @property
    def owed(self) -> Money:
        return Money(self.owed_minor, self.currency)

    @property
    def held(self) -> Money:
        """Received and not given back."""
        return Money(self.received_minor - self.refunded_minor, self.currency)

    @property
    def left(self) -> Money:
        """What is still to be paid; nothing of a cancelled charge."""
        return Money(max(0, self.owed_minor - self.held.minor), self.currency)

    @property
    def excess(self) -> Money:
        """What was paid beyond what is owed, and waits to go back."""
        return Money(max(0, self.held.minor - self.owed_minor), self.currency)

    def state(self, today: date) -> ChargeState:
        """What has become of it on `today`, where the fair is."""
        return charge_state(
            owed_minor=self.owed_minor,
            held_minor=self.held.minor,
            cancelled=self.cancelled_at is not None,
            due=self.due_on,
            today=today,
        )


class ChargeEntry(Base):
    """One movement of a charge; append-only. No payment is received, and no refund counted, twice for one charge."""

    __tablename__ = "charge_entry"
    __table_args__ = (
        sa.CheckConstraint("amount_minor > 0", name="positive"),
        sa.CheckConstraint("(kind = 'received') = (payment_id IS NOT NULL)", name="received_has_payment"),
        sa.CheckConstraint("(kind IN ('refunded','refund_returned')) = (refund_id IS NOT NULL)", name="has_refund"),
        sa.CheckConstraint("(kind = 'charged_back') = (dispute_id IS NOT NULL)", name="charged_back_has_dispute"),
        sa.UniqueConstraint("dispute_id", "charge_id"),
        sa.UniqueConstraint("payment_id", "charge_id"),
        sa.UniqueConstraint("refund_id", "charge_id", "kind"),
    )

    id: Mapped[PrimaryKey]
    charge_id: Mapped[int] = reference("charge")
    kind: Mapped[EntryKind] = enum_column(EntryKind)
    #: In the charge's currency, always positive; `kind` tells its direction.
    amount_minor: Mapped[int]
    at: Mapped[datetime]
    payment_id: Mapped[int | None] = reference("payment", index=False)
    refund_id: Mapped[int | None] = reference("refund", index=False)
    dispute_id: Mapped[int | None] = reference("dispute", index=False)
    #: NULL when the clock or Stripe acted.
    actor_id: Mapped[int | None] = reference("user_account")

    charge: Mapped[Charge] = relationship(back_populates="entries")

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.charge.currency)


append_only(ChargeEntry.__table__)
