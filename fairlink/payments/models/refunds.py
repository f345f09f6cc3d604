"""Tables of refunds."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fairlink.kernel.database import Base, CurrencyCode, PrimaryKey, enum_column, reference
from fairlink.kernel.money import Money
from fairlink.payments.models.charges import Charge
from fairlink.payments.models.payments import Payment
from fairlink.payments.states import RefundState


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
    #: The file in which the agency's bank is told to send it.
    file_id: Mapped[int | None] = reference("refund_file")
    settled_at: Mapped[datetime | None]

    payment: Mapped[Payment] = relationship()
    parts: Mapped[list["RefundPart"]] = relationship(back_populates="refund", order_by="RefundPart.charge_id")

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def agency_id(self) -> int:
        return self.payment.fair.agency_id


class RefundPart(Base):
    """What of a refund is taken from one charge; the parts add up to the refund."""

    __tablename__ = "refund_part"
    __table_args__ = (sa.CheckConstraint("amount_minor > 0", name="positive"),)

    refund_id: Mapped[int] = mapped_column(sa.ForeignKey("refund.id"), primary_key=True)
    charge_id: Mapped[int] = mapped_column(sa.ForeignKey("charge.id"), primary_key=True, index=True)
    amount_minor: Mapped[int]

    refund: Mapped[Refund] = relationship(back_populates="parts")
    charge: Mapped[Charge] = relationship()
