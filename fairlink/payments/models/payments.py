"""Tables of payments, their receipts, and Stripe's events."""

import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fairlink.accounts.models import Organisation, User
from fairlink.fairs.models import Fair
from fairlink.kernel.database import Base, CurrencyCode, PrimaryKey, enum_column, reference
from fairlink.kernel.money import Money
from fairlink.payments.models.accounts import CardAccount
from fairlink.payments.models.charges import Charge
from fairlink.payments.states import DisputeState, Method, PaymentState


class Payment(Base):
    """Money that one firm pays, or tries to pay, for one or several charges at one fair."""

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
            "ix_payment_unsettled",
            "created_at",
            postgresql_where=sa.text("state IN ('created','open','pending','held')"),
        ),
    )

    id: Mapped[PrimaryKey]
    #: Made before anything else: Stripe's idempotency key, and what a second press of a button is known by.
    key: Mapped[uuid.UUID]
    fair_id: Mapped[int] = reference("fair")
    payer_id: Mapped[int] = reference("organisation")
    method: Mapped[Method] = enum_column(Method)
    state: Mapped[PaymentState] = enum_column(PaymentState)
    #: Whether the card's bank only puts the amount by until staff decide.
    is_hold: Mapped[bool] = mapped_column(server_default=sa.false())
    amount_minor: Mapped[int]
    currency: Mapped[CurrencyCode]
    created_at: Mapped[datetime]
    #: Who pressed the button: a person of the firm (card) or of the agency (transfer).
    made_by_id: Mapped[int] = reference("user_account")
    #: The agency's account at Stripe when the page was made; NULL for the platform's, and for transfers.
    card_account_id: Mapped[int | None] = reference("card_account")
    #: Stripe's Checkout Session, its page, and the PaymentIntent behind it.
    session_id: Mapped[str | None]
    page_url: Mapped[str | None]
    intent_id: Mapped[str | None]
    #: When the card page closes.
    expires_at: Mapped[datetime | None]
    #: On the bank's statement.
    received_on: Mapped[date | None]
    paid_at: Mapped[datetime | None]
    #: Whose account a transfer came from, and its number: where money goes back to. Empty where nobody told.
    account_holder: Mapped[str] = mapped_column(server_default="")
    account_number: Mapped[str] = mapped_column(server_default="")

    fair: Mapped[Fair] = relationship()
    payer: Mapped[Organisation] = relationship()
    made_by: Mapped[User] = relationship()
    card_account: Mapped[CardAccount | None] = relationship()
    parts: Mapped[list["PaymentPart"]] = relationship(back_populates="payment", order_by="PaymentPart.charge_id")
    receipt: Mapped["Receipt | None"] = relationship(back_populates="payment", uselist=False)

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def firm_ids(self) -> frozenset[int]:
        return frozenset({self.payer_id})

    @property
    def agency_id(self) -> int:
        return self.fair.agency_id


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


class StripeEvent(Base):
    """A webhook event that was taken in, in the transaction of its effect: a second delivery finds it here."""

    __tablename__ = "stripe_event"

    id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    received_at: Mapped[datetime]


class Dispute(Base):
    """A payer's objection to a card payment with their bank, as Stripe tells it."""

    __tablename__ = "dispute"
    __table_args__ = (
        sa.UniqueConstraint("stripe_id"),
        sa.CheckConstraint("amount_minor > 0", name="positive"),
        sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_has_instant"),
    )

    id: Mapped[PrimaryKey]
    payment_id: Mapped[int] = reference("payment")
    stripe_id: Mapped[str]
    state: Mapped[DisputeState] = enum_column(DisputeState)
    amount_minor: Mapped[int]
    currency: Mapped[CurrencyCode]
    #: In Stripe's words, such as fraudulent or product_not_received.
    reason: Mapped[str]
    #: Until when Stripe takes evidence.
    answer_by: Mapped[datetime | None]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    payment: Mapped[Payment] = relationship()

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
