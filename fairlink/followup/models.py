"""Tables of leads, waves, prompts, answers and orders."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fairlink.accounts.models import HsCode, Organisation
from fairlink.applications.models import Exhibitor
from fairlink.fairs.models import Fair
from fairlink.followup.states import Interest, OrderState, Outcome, PromptKind, PromptState, Side
from fairlink.kernel.database import Base, CurrencyCode, PrimaryKey, enum_column, reference
from fairlink.kernel.money import Money
from fairlink.visits.models import Meeting


class Lead(Base):
    """A contact made at a fair between a buyer and a group or firm."""

    __tablename__ = "lead"
    __table_args__ = (
        sa.Index("uq_lead_meeting_id", "meeting_id", unique=True, info={"conflict": "lead_exists"}),
        sa.CheckConstraint("expected_minor IS NULL OR expected_minor >= 0", name="expected"),
        sa.CheckConstraint("(expected_minor IS NULL) = (expected_currency IS NULL)", name="expected_with_currency"),
    )

    id: Mapped[PrimaryKey]
    fair_id: Mapped[int] = reference("fair")
    exhibitor_id: Mapped[int] = reference("exhibitor")
    buyer_id: Mapped[int] = reference("organisation")
    #: NULL for a contact made in passing.
    meeting_id: Mapped[int | None] = reference("meeting", index=False)
    recorded_side: Mapped[Side] = enum_column(Side)
    recorded_by_id: Mapped[int] = reference("user_account")
    interest: Mapped[Interest] = enum_column(Interest)
    #: A forecast; never added to orders.
    expected_minor: Mapped[int | None]
    expected_currency: Mapped[str | None] = mapped_column(sa.String(3))
    #: Private to the side that recorded it.
    note: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime]

    fair: Mapped[Fair] = relationship()
    exhibitor: Mapped[Exhibitor] = relationship()
    buyer: Mapped[Organisation] = relationship()
    meeting: Mapped[Meeting | None] = relationship()
    products: Mapped[list[HsCode]] = relationship(secondary="lead_product", order_by=HsCode.code)
    prompts: Mapped[list["Prompt"]] = relationship(back_populates="lead", order_by="Prompt.id")
    orders: Mapped[list["Order"]] = relationship(back_populates="lead", order_by="Order.id")

    @property
    def firm_ids(self) -> frozenset[int]:
        return self.exhibitor.firm_ids

    @property
    def expected(self) -> Money | None:
        if self.expected_minor is None or self.expected_currency is None:
            return None
        return Money(self.expected_minor, self.expected_currency)


class LeadProduct(Base):
    """A product that a lead is about."""

    __tablename__ = "lead_product"

    lead_id: Mapped[int] = mapped_column(sa.ForeignKey("lead.id", ondelete="CASCADE"), primary_key=True)
    hs_code: Mapped[str] = mapped_column(sa.ForeignKey("hs_code.code"), primary_key=True, index=True)


class Wave(Base):
    """A dated round of questions about all leads of a fair."""

    __tablename__ = "wave"
    __table_args__ = (sa.UniqueConstraint("fair_id", "number"),)

    id: Mapped[PrimaryKey]
    fair_id: Mapped[int] = reference("fair", index=False)
    #: 1, 2, 3 ... in order of `due_at`.
    number: Mapped[int] = mapped_column(sa.SmallInteger)
    due_at: Mapped[datetime]
    #: Set once its prompts were planned; leads that come later are planned with them by the same job.
    planned_at: Mapped[datetime | None]

    fair: Mapped[Fair] = relationship()


class Prompt(Base):
    """One message to one side about one lead."""

    __tablename__ = "prompt"
    __table_args__ = (
        # Planned once, whoever plans and however often.
        sa.Index(
            "uq_prompt_wave", "lead_id", "side", "wave_id", unique=True, postgresql_where=sa.text("wave_id IS NOT NULL")
        ),
        sa.Index("uq_prompt_order", "order_id", "side", unique=True, postgresql_where=sa.text("order_id IS NOT NULL")),
        sa.Index("ix_prompt_due", "due_at", "id", postgresql_where=sa.text("state = 'planned'")),
        sa.Index("ix_prompt_sent", "sent_at", "id", postgresql_where=sa.text("state = 'sent'")),
        sa.CheckConstraint("(kind = 'wave') = (wave_id IS NOT NULL)", name="wave_of_wave"),
        sa.CheckConstraint("(kind = 'confirmation') = (order_id IS NOT NULL)", name="order_of_confirmation"),
    )

    id: Mapped[PrimaryKey]
    lead_id: Mapped[int] = reference("lead")
    side: Mapped[Side] = enum_column(Side)
    kind: Mapped[PromptKind] = enum_column(PromptKind)
    wave_id: Mapped[int | None] = reference("wave")
    order_id: Mapped[int | None] = mapped_column(sa.ForeignKey("trade_order.id", use_alter=True))
    state: Mapped[PromptState] = enum_column(PromptState)
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    lead: Mapped[Lead] = relationship(back_populates="prompts")
    wave: Mapped[Wave | None] = relationship()
    order: Mapped["Order | None"] = relationship(foreign_keys=order_id)
    answers: Mapped[list["Answer"]] = relationship(back_populates="prompt", order_by="Answer.id")

    @property
    def is_open(self) -> bool:
        """Whether an answer is awaited."""
        return self.state == PromptState.SENT

    @property
    def asked_ids(self) -> frozenset[int]:
        """The organisations whose people may answer."""
        return frozenset({self.lead.buyer_id}) if self.side == Side.BUYER else self.lead.firm_ids


class PromptLink(Base):
    """A mailed link to one prompt; a reminder carries another one, and both work until the prompt is closed."""

    __tablename__ = "prompt_link"

    id: Mapped[PrimaryKey]
    prompt_id: Mapped[int] = reference("prompt")
    #: SHA-256 of the token.
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]

    prompt: Mapped[Prompt] = relationship()


class Answer(Base):
    """What one side said to one prompt; a correction is a new row, and the last one counts."""

    __tablename__ = "answer"
    __table_args__ = (
        sa.CheckConstraint("without_support_bp IS NULL OR without_support_bp BETWEEN 0 AND 10000", name="share"),
        sa.CheckConstraint("(expected_minor IS NULL) = (expected_currency IS NULL)", name="expected_with_currency"),
    )

    id: Mapped[PrimaryKey]
    prompt_id: Mapped[int] = reference("prompt")
    at: Mapped[datetime]
    #: NULL for an answer by the mailed link, which needs no account.
    user_id: Mapped[int | None] = reference("user_account")
    outcome: Mapped[Outcome] = enum_column(Outcome)
    #: A forecast; never added to orders.
    expected_minor: Mapped[int | None]
    expected_currency: Mapped[str | None] = mapped_column(sa.String(3))
    #: How much of the order the firm says would have come without support.
    without_support_bp: Mapped[int | None]
    lost_reason: Mapped[str] = mapped_column(server_default="")
    note: Mapped[str] = mapped_column(server_default="")

    prompt: Mapped[Prompt] = relationship(back_populates="answers")


class Order(Base):
    """A real order that came of a lead, as the first side reported it."""

    __tablename__ = "trade_order"
    __table_args__ = (
        sa.CheckConstraint("value_minor > 0", name="positive"),
        sa.Index("ix_trade_order_lead_id_state", "lead_id", "state"),
    )

    id: Mapped[PrimaryKey]
    lead_id: Mapped[int] = reference("lead", index=False)
    #: The answer that told of it; NULL when entered in the account.
    answer_id: Mapped[int | None] = reference("answer")
    reported_side: Mapped[Side] = enum_column(Side)
    reported_at: Mapped[datetime]
    ordered_on: Mapped[date]
    value_minor: Mapped[int]
    currency: Mapped[CurrencyCode]
    hs_code: Mapped[str | None] = mapped_column(sa.ForeignKey("hs_code.code"))
    #: As confirmed orders count: the value both sides stand by; NULL until confirmed.
    confirmed_minor: Mapped[int | None]
    state: Mapped[OrderState] = enum_column(OrderState)

    lead: Mapped[Lead] = relationship(back_populates="orders")
    product: Mapped[HsCode | None] = relationship()
    verdicts: Mapped[list["OrderVerdict"]] = relationship(back_populates="order", order_by="OrderVerdict.id")

    @property
    def value(self) -> Money:
        return Money(self.value_minor, self.currency)

    @property
    def buyer_id(self) -> int:
        return self.lead.buyer_id

    @property
    def firm_ids(self) -> frozenset[int]:
        return self.lead.firm_ids


class OrderVerdict(Base):
    """What the other side said about a reported order: yes, or no with its own figure."""

    __tablename__ = "order_verdict"
    __table_args__ = (sa.CheckConstraint("(value_minor IS NULL) = (currency IS NULL)", name="value_with_currency"),)

    id: Mapped[PrimaryKey]
    order_id: Mapped[int] = reference("trade_order")
    side: Mapped[Side] = enum_column(Side)
    at: Mapped[datetime]
    user_id: Mapped[int | None] = reference("user_account")
    agrees: Mapped[bool]
    #: The figure of the side that disagrees, if it gave one; shown beside the other, never averaged.
    value_minor: Mapped[int | None]
    currency: Mapped[str | None] = mapped_column(sa.String(3))
    note: Mapped[str] = mapped_column(server_default="")

    order: Mapped[Order] = relationship(back_populates="verdicts")

    @property
    def value(self) -> Money | None:
        if self.value_minor is None or self.currency is None:
            return None
        return Money(self.value_minor, self.currency)
