"""Tables of real orders: what both sides say about them, and how a group shares them."""

from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fairlink.accounts.models import HsCode, Organisation, User
from fairlink.followup.models.leads import Lead
from fairlink.followup.models.rates import CONVERSION_WHOLE, Conversion
from fairlink.followup.states import Channel, OrderState, Side, StatementKind, Unit
from fairlink.kernel.database import (
    Base,
    CurrencyCode,
    PrimaryKey,
    append_only,
    enum_column,
    enum_type,
    reference,
)
from fairlink.kernel.money import Money


class Order(Conversion, Base):
    """A real order that came of a lead, with the figure that stands for now.

    That figure is the reporter's until both sides agree on another one or an officer settles on one; everything that
    was ever said about it is in `statements`. Only orders in `states.COUNTED` are confirmed ones.
    """

    __tablename__ = "trade_order"
    __table_args__ = (
        # Zero is an officer's finding that there was no order.
        sa.CheckConstraint("value_minor > 0 OR (value_minor = 0 AND state = 'settled')", name="positive"),
        sa.CheckConstraint("(quantity IS NULL) = (unit IS NULL)", name="quantity_with_unit"),
        sa.CheckConstraint("quantity IS NULL OR quantity > 0", name="quantity"),
        sa.CheckConstraint(CONVERSION_WHOLE, name="conversion"),
        sa.Index("ix_trade_order_lead_id_state", "lead_id", "state"),
        sa.Index("ix_trade_order_unconverted", "id", postgresql_where=sa.text("rate IS NULL")),
    )

    id: Mapped[PrimaryKey]
    lead_id: Mapped[int] = reference("lead", index=False)
    #: The answer that told of it; NULL when entered in the account.
    answer_id: Mapped[int | None] = reference("answer")
    reported_side: Mapped[Side] = enum_column(Side)
    #: Who typed it; NULL behind a mailed link.
    reported_by_id: Mapped[int | None] = reference("user_account")
    channel: Mapped[Channel] = enum_column(Channel)
    reported_at: Mapped[datetime]
    #: The rate of this day, or of the last day before it with one, converts the value.
    ordered_on: Mapped[date]
    value_minor: Mapped[int]
    currency: Mapped[CurrencyCode]
    hs_code: Mapped[str | None] = mapped_column(sa.ForeignKey("hs_code.code"))
    quantity: Mapped[Decimal | None] = mapped_column(sa.Numeric(14, 3))
    unit: Mapped[Unit | None] = mapped_column(enum_type(Unit))
    #: The reporter expects nothing more of this contact: once confirmed, its waves stop.
    is_last: Mapped[bool] = mapped_column(server_default=sa.false())
    state: Mapped[OrderState] = enum_column(OrderState)

    lead: Mapped[Lead] = relationship(back_populates="orders")
    product: Mapped[HsCode | None] = relationship()
    statements: Mapped[list["OrderStatement"]] = relationship(back_populates="order", order_by="OrderStatement.id")
    shares: Mapped[list["OrderShare"]] = relationship(
        back_populates="order", order_by="OrderShare.firm_id", cascade="all, delete-orphan"
    )

    @property
    def value(self) -> Money:
        return Money(self.value_minor, self.currency)

    @property
    def buyer_id(self) -> int:
        return self.lead.buyer_id

    @property
    def firm_ids(self) -> frozenset[int]:
        return self.lead.firm_ids

    @property
    def lead_firm_id(self) -> int:
        return self.lead.exhibitor.application.lead_firm_id

    @property
    def agency_id(self) -> int:
        return self.lead.agency_id


class OrderStatement(Base):
    """Something that one side, or an officer, said about an order: reports, corrections, yes, no, and the settlement.

    Two sides' figures stand beside each other here and are never averaged.
    """

    __tablename__ = "order_statement"
    __table_args__ = (
        sa.CheckConstraint("(value_minor IS NULL) = (currency IS NULL)", name="value_with_currency"),
        sa.CheckConstraint("(kind = 'settle') = (side IS NULL)", name="officer_settles"),
        sa.CheckConstraint("kind <> 'settle' OR (user_id IS NOT NULL AND note <> '')", name="settled_with_reason"),
    )

    id: Mapped[PrimaryKey]
    order_id: Mapped[int] = reference("trade_order")
    kind: Mapped[StatementKind] = enum_column(StatementKind)
    #: NULL for the officer who settles.
    side: Mapped[Side | None] = mapped_column(enum_type(Side))
    at: Mapped[datetime]
    channel: Mapped[Channel] = enum_column(Channel)
    user_id: Mapped[int | None] = reference("user_account")
    #: The figure that goes with it; NULL for 'yes', and for 'there was no such order'.
    value_minor: Mapped[int | None]
    currency: Mapped[str | None] = mapped_column(sa.String(3))
    note: Mapped[str] = mapped_column(server_default="")

    order: Mapped[Order] = relationship(back_populates="statements")
    by: Mapped[User | None] = relationship()

    @property
    def value(self) -> Money | None:
        if self.value_minor is None or self.currency is None:
            return None
        return Money(self.value_minor, self.currency)


class OrderShare(Base):
    """One firm's part of an order; `service.orders` writes all parts of an order at once, and they add up to it."""

    __tablename__ = "order_share"
    __table_args__ = (sa.CheckConstraint("value_minor >= 0", name="value"),)

    order_id: Mapped[int] = mapped_column(sa.ForeignKey("trade_order.id", ondelete="CASCADE"), primary_key=True)
    firm_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), primary_key=True, index=True)
    #: In the order's currency.
    value_minor: Mapped[int]

    order: Mapped[Order] = relationship(back_populates="shares")
    firm: Mapped[Organisation] = relationship()

    @property
    def value(self) -> Money:
        return Money(self.value_minor, self.order.currency)


append_only(OrderStatement.__table__)
