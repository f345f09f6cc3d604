"""Tables of leads and of what is expected of them."""

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fairlink.accounts.models import HsCode, Organisation
from fairlink.applications.models import Exhibitor
from fairlink.fairs.models import Fair
from fairlink.followup.models.rates import CONVERSION_WHOLE, Conversion
from fairlink.followup.states import EndReason, Interest, Side
from fairlink.kernel.database import Base, CurrencyCode, PrimaryKey, enum_column, enum_type, reference
from fairlink.kernel.money import Money
from fairlink.visits.models import Meeting

if TYPE_CHECKING:
    from fairlink.followup.models.orders import Order
    from fairlink.followup.models.prompts import Prompt


class Lead(Base):
    """A contact made at a fair between a buyer and a group or firm."""

    __tablename__ = "lead"
    __table_args__ = (
        sa.Index("uq_lead_meeting_id", "meeting_id", unique=True, info={"conflict": "lead_exists"}),
        sa.Index("uq_lead_contact_id", "contact_id", unique=True),
        sa.CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="ended_with_reason"),
    )

    id: Mapped[PrimaryKey]
    fair_id: Mapped[int] = reference("fair")
    exhibitor_id: Mapped[int] = reference("exhibitor")
    buyer_id: Mapped[int] = reference("organisation")
    #: NULL for a contact made in passing.
    meeting_id: Mapped[int | None] = reference("meeting", index=False)
    #: What an exhibitor noted at the fair, if the lead was made of that.
    contact_id: Mapped[int | None] = reference("contact", index=False)
    recorded_side: Mapped[Side] = enum_column(Side)
    recorded_by_id: Mapped[int] = reference("user_account")
    interest: Mapped[Interest] = enum_column(Interest)
    #: Private to the side that recorded it.
    note: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime]
    #: No wave asks about a lead that has ended; a new order opens it again.
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[EndReason | None] = mapped_column(enum_type(EndReason))

    fair: Mapped[Fair] = relationship()
    exhibitor: Mapped[Exhibitor] = relationship()
    buyer: Mapped[Organisation] = relationship()
    meeting: Mapped[Meeting | None] = relationship()
    products: Mapped[list[HsCode]] = relationship(secondary="lead_product", order_by=HsCode.code)
    prompts: Mapped[list["Prompt"]] = relationship(back_populates="lead", order_by="Prompt.id")
    orders: Mapped[list["Order"]] = relationship(back_populates="lead", order_by="Order.id")
    expected: Mapped[list["ExpectedOrder"]] = relationship(back_populates="lead", order_by="ExpectedOrder.id")

    @property
    def firm_ids(self) -> frozenset[int]:
        return self.exhibitor.firm_ids

    @property
    def agency_id(self) -> int:
        return self.fair.agency_id

    @property
    def currency(self) -> str:
        """The currency in which its agency counts: that of the call."""
        return self.exhibitor.application.call.currency

    def expected_by(self, side: Side) -> Money | None:
        """What one side last said that it expects; None while it has not."""
        said = [each for each in self.expected if each.side == side]
        return said[-1].value if said else None


class LeadProduct(Base):
    """A product that a lead is about."""

    __tablename__ = "lead_product"

    lead_id: Mapped[int] = mapped_column(sa.ForeignKey("lead.id", ondelete="CASCADE"), primary_key=True)
    hs_code: Mapped[str] = mapped_column(sa.ForeignKey("hs_code.code"), primary_key=True, index=True)


class ExpectedOrder(Conversion, Base):
    """A forecast of one side for the next twelve months: a table of its own, so that nothing adds it to orders.

    A changed mind is a new row; the last one of each lead and side counts.
    """

    __tablename__ = "expected_order"
    __table_args__ = (
        sa.Index("ix_expected_order_lead_id_side", "lead_id", "side", "id"),
        sa.CheckConstraint("value_minor >= 0", name="value"),
        sa.CheckConstraint(CONVERSION_WHOLE, name="conversion"),
        sa.Index("ix_expected_order_unconverted", "id", postgresql_where=sa.text("rate IS NULL")),
    )

    id: Mapped[PrimaryKey]
    lead_id: Mapped[int] = reference("lead", index=False)
    side: Mapped[Side] = enum_column(Side)
    stated_at: Mapped[datetime]
    #: The answer that told of it; NULL when it was recorded with the lead.
    answer_id: Mapped[int | None] = reference("answer")
    value_minor: Mapped[int]
    currency: Mapped[CurrencyCode]

    lead: Mapped[Lead] = relationship(back_populates="expected")

    @property
    def value(self) -> Money:
        return Money(self.value_minor, self.currency)
