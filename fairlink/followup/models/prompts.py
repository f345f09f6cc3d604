"""Tables of waves, prompts and answers."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fairlink.fairs.models import Fair
from fairlink.followup.models.leads import Lead
from fairlink.followup.states import OPEN_IN_ACCOUNT, Channel, Outcome, PromptKind, PromptState, Side
from fairlink.kernel.database import Base, PrimaryKey, append_only, enum_column, reference

if TYPE_CHECKING:
    from fairlink.followup.models.orders import Order


class Wave(Base):
    """A dated round of questions to one side of all leads of a fair."""

    __tablename__ = "wave"
    __table_args__ = (sa.UniqueConstraint("fair_id", "side", "number", name="uq_wave_fair_id_side_number"),)

    id: Mapped[PrimaryKey]
    fair_id: Mapped[int] = reference("fair", index=False)
    side: Mapped[Side] = enum_column(Side)
    #: 1, 2, 3 ... in order of `due_at`.
    number: Mapped[int] = mapped_column(sa.SmallInteger)
    due_at: Mapped[datetime]
    #: The last day of the fair by which `due_at` was chosen: a fair that is put off takes its waves along.
    counted_from: Mapped[date | None]
    #: The last lead whose prompt was planned: a large wave is planned in parts.
    planned_lead_id: Mapped[int | None]
    #: Set once the prompts of all its leads were planned; from then on it cannot be changed.
    planned_at: Mapped[datetime | None]

    fair: Mapped[Fair] = relationship()

    @property
    def agency_id(self) -> int:
        return self.fair.agency_id


class WaveText(Base):
    """An agency's own words for the waves of a fair, to one side in one language, instead of the house's."""

    __tablename__ = "wave_text"
    __table_args__ = (sa.UniqueConstraint("fair_id", "side", "locale", name="uq_wave_text_fair_id_side_locale"),)

    id: Mapped[PrimaryKey]
    fair_id: Mapped[int] = reference("fair", index=False)
    side: Mapped[Side] = enum_column(Side)
    locale: Mapped[str] = mapped_column(sa.String(5))
    #: Both hold placeholders such as ``{person}``; see `rules.texts`.
    subject: Mapped[str]
    body: Mapped[str]

    fair: Mapped[Fair] = relationship()


class Prompt(Base):
    """One question to one side about one lead; several of them travel in one message."""

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
    #: When it goes out at the earliest; a day later each time that its receiver had enough messages.
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    lead: Mapped[Lead] = relationship(back_populates="prompts")
    wave: Mapped[Wave | None] = relationship()
    order: Mapped["Order | None"] = relationship(foreign_keys=order_id)
    answers: Mapped[list["Answer"]] = relationship(back_populates="prompt", order_by="Answer.id")
    draft: Mapped["AnswerDraft | None"] = relationship(cascade="all, delete-orphan")

    @property
    def is_open(self) -> bool:
        """Whether an answer is awaited."""
        return self.state == PromptState.SENT

    def takes_answer(self, *, by_link: bool, now: datetime) -> bool:
        """Whether it can be answered: in the account too when no mail could bring it, by a link once one was sent."""
        is_open = self.state in OPEN_IN_ACCOUNT and (self.sent_at is not None or not by_link)
        return is_open and (self.expires_at is None or self.expires_at > now)

    @property
    def asked_ids(self) -> frozenset[int]:
        """The organisations on the side that was asked."""
        return frozenset({self.lead.buyer_id}) if self.side == Side.BUYER else self.lead.firm_ids

    @property
    def agency_id(self) -> int:
        return self.lead.agency_id


class PromptLink(Base):
    """A question in a mailed message: all with the same token came in the same one, and open from the same link.

    A reminder carries another token, and both work until the prompt is closed.
    """

    __tablename__ = "prompt_link"
    __table_args__ = (sa.UniqueConstraint("token_hash", "prompt_id", name="uq_prompt_link_token_hash_prompt_id"),)

    id: Mapped[PrimaryKey]
    prompt_id: Mapped[int] = reference("prompt")
    #: SHA-256 of the token.
    token_hash: Mapped[str]
    created_at: Mapped[datetime]

    prompt: Mapped[Prompt] = relationship()


class Answer(Base):
    """What one side said to one prompt; a correction is a new row, and the last one counts."""

    __tablename__ = "answer"
    __table_args__ = (
        sa.CheckConstraint("without_support_bp IS NULL OR without_support_bp BETWEEN 0 AND 10000", name="share"),
        sa.CheckConstraint("channel = 'link' OR user_id IS NOT NULL", name="channel_of_a_person"),
    )

    id: Mapped[PrimaryKey]
    prompt_id: Mapped[int] = reference("prompt")
    at: Mapped[datetime]
    channel: Mapped[Channel] = enum_column(Channel)
    #: Who typed it: NULL for an answer by the mailed link, the officer's for one on the telephone.
    user_id: Mapped[int | None] = reference("user_account")
    outcome: Mapped[Outcome] = enum_column(Outcome)
    #: How much of the order the firm says would have come without support.
    without_support_bp: Mapped[int | None]
    lost_reason: Mapped[str] = mapped_column(server_default="")
    #: On the telephone: whom the officer spoke with.
    note: Mapped[str] = mapped_column(server_default="")

    prompt: Mapped[Prompt] = relationship(back_populates="answers")


class AnswerDraft(Base):
    """What was typed into an answer and kept for later; goes away with the answer."""

    __tablename__ = "answer_draft"

    prompt_id: Mapped[int] = mapped_column(sa.ForeignKey("prompt.id"), primary_key=True)
    #: Fields by name, as typed.
    fields: Mapped[dict[str, Any]] = mapped_column(JSONB)
    saved_at: Mapped[datetime]


append_only(Answer.__table__)
