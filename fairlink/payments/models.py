"""Tables of charges with their ledger, payments, refunds, receipts, and Stripe's events."""

import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fairlink.accounts.models import Organisation, User
from fairlink.applications.models import Application, Award
from fairlink.fairs.models import Fair
from fairlink.kernel.database import Base, CurrencyCode, PrimaryKey, append_only, enum_column, reference
from fairlink.kernel.money import Money
from fairlink.payments.rules import charge_state
from fairlink.payments.states import ChargeKind, ChargeState, EntryKind, Method, PaymentState, RefundState


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


class Charge(Base):
    """What one firm owes for one award. Its amounts are sums of its entries, kept by `payments.service` with them."""

    __tablename__ = "charge"
    __table_args__ = (
        sa.UniqueConstraint("award_id", "firm_id", "kind"),
        sa.UniqueConstraint("reference"),
        sa.Index("ix_charge_firm_id_id", "firm_id", "id"),
        sa.Index("ix_charge_agency_id_due_on", "agency_id", "due_on", "id"),
        sa.CheckConstraint("amount_minor > 0", name="positive"),
        # Whatever the code does, no more can go back than came in.
        sa.CheckConstraint("refunded_minor BETWEEN 0 AND received_minor", name="refunded_within_received"),
    )

    id: Mapped[PrimaryKey]
    award_id: Mapped[int] = reference("award", index=False)
    firm_id: Mapped[int] = reference("organisation", index=False)
    #: Whom it is owed to; kept here because lists are scoped and paged by it.
    agency_id: Mapped[int] = reference("organisation", index=False)
    kind: Mapped[ChargeKind] = enum_column(ChargeKind)
    amount_minor: Mapped[int]
    currency: Mapped[CurrencyCode]
    #: The last day to pay, where the fair is.
    due_on: Mapped[date]
    #: ISO 11649, what a transfer carries.
    reference: Mapped[str]
    received_minor: Mapped[int] = mapped_column(server_default="0")
    refunded_minor: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]

    award: Mapped[Award] = relationship()
    firm: Mapped[Organisation] = relationship(foreign_keys=firm_id)
    agency: Mapped[Organisation] = relationship(foreign_keys=agency_id)
    entries: Mapped[list["ChargeEntry"]] = relationship(back_populates="charge", order_by="ChargeEntry.id")

    @property
    def application(self) -> Application:
        return self.award.application

    @property
    def fair(self) -> Fair:
        return self.application.call.fair

    @property
    def firm_ids(self) -> frozenset[int]:
        """Who may see and pay it: the firm itself and the lead of its group."""
        return frozenset({self.firm_id, self.application.lead_firm_id})

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def held(self) -> Money:
        """Received and not given back."""
        return Money(self.received_minor - self.refunded_minor, self.currency)

    @property
    def left(self) -> Money:
        """What is still to be paid; nothing of a cancelled charge."""
        owed = 0 if self.cancelled_at else self.amount_minor
        return Money(max(0, owed - self.held.minor), self.currency)

    @property
    def excess(self) -> Money:
        """What was paid beyond what is owed, and waits to go back."""
        owed = 0 if self.cancelled_at else self.amount_minor
        return Money(max(0, self.held.minor - owed), self.currency)

    def state(self, today: date) -> ChargeState:
        """What has become of it on `today`, where the fair is."""
        return charge_state(
            owed_minor=self.amount_minor,
            held_minor=self.held.minor,
            cancelled=self.cancelled_at is not None,
            due=self.due_on,
            today=today,
        )


class Payment(Base):
    """Money that one firm pays, or tries to pay, for one or several charges of one award."""

    __tablename__ = "payment"
    __table_args__ = (
        sa.Index("uq_payment_key", "key", unique=True, info={"conflict": "payment_recorded"}),
        sa.UniqueConstraint("session_id"),
        sa.UniqueConstraint("intent_id"),
        sa.CheckConstraint("amount_minor > 0", name="positive"),
        sa.CheckConstraint("(method = 'transfer') = (received_on IS NOT NULL)", name="transfer_has_day"),
        sa.CheckConstraint("method = 'card' OR state = 'paid'", name="transfer_is_paid"),
        sa.CheckConstraint("(state = 'paid') = (paid_at IS NOT NULL)", name="paid_has_instant"),
        sa.Index(
            "ix_payment_unsettled", "created_at", postgresql_where=sa.text("state IN ('created','open','pending')")
        ),
    )

    id: Mapped[PrimaryKey]
    #: Made before anything else: Stripe's idempotency key, and what a second press of a button is known by.
    key: Mapped[uuid.UUID]
    award_id: Mapped[int] = reference("award")
    payer_id: Mapped[int] = reference("organisation")
    method: Mapped[Method] = enum_column(Method)
    state: Mapped[PaymentState] = enum_column(PaymentState)
    amount_minor: Mapped[int]
    currency: Mapped[CurrencyCode]
    created_at: Mapped[datetime]
    #: Who pressed the button: a person of the firm (card) or of the agency (transfer).
    made_by_id: Mapped[int] = reference("user_account")
    #: Stripe's Checkout Session, its page, and the PaymentIntent behind it.
    session_id: Mapped[str | None]
    page_url: Mapped[str | None]
    intent_id: Mapped[str | None]
    #: When the card page closes.
    expires_at: Mapped[datetime | None]
    #: On the bank's statement.
    received_on: Mapped[date | None]
    paid_at: Mapped[datetime | None]

    award: Mapped[Award] = relationship()
    payer: Mapped[Organisation] = relationship()
    made_by: Mapped[User] = relationship()
    parts: Mapped[list["PaymentPart"]] = relationship(back_populates="payment", order_by="PaymentPart.charge_id")
    receipt: Mapped["Receipt | None"] = relationship(back_populates="payment", uselist=False)

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def firm_ids(self) -> frozenset[int]:
        return frozenset({self.payer_id})


class PaymentPart(Base):
    """What of a payment is for one charge; the parts add up to the payment."""

    __tablename__ = "payment_part"
    __table_args__ = (sa.CheckConstraint("amount_minor > 0", name="positive"),)

    payment_id: Mapped[int] = mapped_column(sa.ForeignKey("payment.id"), primary_key=True)
    charge_id: Mapped[int] = mapped_column(sa.ForeignKey("charge.id"), primary_key=True, index=True)
    amount_minor: Mapped[int]

    payment: Mapped[Payment] = relationship(back_populates="parts")
    charge: Mapped[Charge] = relationship()

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.charge.currency)


class Receipt(Base):
    """That the money of a payment has come; one for each payment."""

    __tablename__ = "receipt"
    __table_args__ = (sa.UniqueConstraint("payment_id"),)

    id: Mapped[PrimaryKey]
    payment_id: Mapped[int] = reference("payment", index=False)
    issued_at: Mapped[datetime]

    payment: Mapped[Payment] = relationship(back_populates="receipt")


class Refund(Base):
    """Money of one payment that goes back to where it came from."""

    __tablename__ = "refund"
    __table_args__ = (
        sa.Index("uq_refund_key", "key", unique=True, info={"conflict": "refund_recorded"}),
        sa.UniqueConstraint("stripe_id"),
        sa.CheckConstraint("amount_minor > 0", name="positive"),
        sa.Index("ix_refund_unsettled", "id", postgresql_where=sa.text("state IN ('requested','pending')")),
    )

    id: Mapped[PrimaryKey]
    key: Mapped[uuid.UUID]
    payment_id: Mapped[int] = reference("payment")
    state: Mapped[RefundState] = enum_column(RefundState)
    amount_minor: Mapped[int]
    currency: Mapped[CurrencyCode]
    #: Read by the firm.
    reason: Mapped[str] = mapped_column(server_default="")
    requested_at: Mapped[datetime]
    #: NULL when the clock, or somebody on Stripe's own pages, acted.
    requested_by_id: Mapped[int | None] = reference("user_account")
    stripe_id: Mapped[str | None]
    #: When Stripe was first asked: from then on it is searched before it is asked again.
    asked_at: Mapped[datetime | None]
    #: Rises after every answer that was a fault of Stripe's, which the same idempotency key would only repeat.
    attempt: Mapped[int] = mapped_column(sa.SmallInteger, server_default="1")
    #: Why it failed, in Stripe's words; for staff.
    problem: Mapped[str] = mapped_column(server_default="")
    settled_at: Mapped[datetime | None]

    payment: Mapped[Payment] = relationship()
    parts: Mapped[list["RefundPart"]] = relationship(back_populates="refund", order_by="RefundPart.charge_id")

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def agency_id(self) -> int:
        return self.payment.award.application.agency_id


class RefundPart(Base):
    """What of a refund is taken from one charge; the parts add up to the refund."""

    __tablename__ = "refund_part"
    __table_args__ = (sa.CheckConstraint("amount_minor > 0", name="positive"),)

    refund_id: Mapped[int] = mapped_column(sa.ForeignKey("refund.id"), primary_key=True)
    charge_id: Mapped[int] = mapped_column(sa.ForeignKey("charge.id"), primary_key=True, index=True)
    amount_minor: Mapped[int]

    refund: Mapped[Refund] = relationship(back_populates="parts")
    charge: Mapped[Charge] = relationship()


class ChargeEntry(Base):
    """One movement of a charge; append-only. No payment is received, and no refund counted, twice for one charge."""

    __tablename__ = "charge_entry"
    __table_args__ = (
        sa.CheckConstraint("amount_minor > 0", name="positive"),
        sa.CheckConstraint("(kind = 'received') = (payment_id IS NOT NULL)", name="received_has_payment"),
        sa.CheckConstraint("(kind IN ('refunded','refund_returned')) = (refund_id IS NOT NULL)", name="has_refund"),
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
    #: NULL when the clock or Stripe acted.
    actor_id: Mapped[int | None] = reference("user_account")

    charge: Mapped[Charge] = relationship(back_populates="entries")

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.charge.currency)


append_only(ChargeEntry.__table__)


class StripeEvent(Base):
    """A webhook event that was taken in, in the transaction of its effect: a second delivery finds it here."""

    __tablename__ = "stripe_event"

    id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    received_at: Mapped[datetime]
