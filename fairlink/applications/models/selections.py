"""Tables of selections: how a call chose among its applications, kept as it was."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fairlink.accounts.models import User
from fairlink.applications.models.applications import Application
from fairlink.kernel.database import Base, PrimaryKey, enum_column, reference
from fairlink.kernel.money import Money
from fairlink.subsidies.models import Call
from fairlink.subsidies.rules.selection import Outcome
from fairlink.subsidies.rules.terms import Method


class SelectionRun(Base):
    """The one selection of a call: method, money, frozen cut-off, seed; its places say what became of each."""

    __tablename__ = "selection_run"
    __table_args__ = (
        sa.Index("uq_selection_run_call_id", "call_id", unique=True, info={"conflict": "selection_made"}),
    )

    id: Mapped[PrimaryKey]
    call_id: Mapped[int] = reference("call", index=False)
    method: Mapped[Method] = enum_column(Method)
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = reference("user_account")
    #: What was left of the envelope when it was made, in the call's currency.
    envelope_minor: Mapped[int]
    #: Of a scored call, in hundredths of a point: the lowest score that the money reached before any override.
    cut_off: Mapped[int | None]
    #: Of a pro rata call: together they make the pay-out factor.
    paid_minor: Mapped[int | None]
    asked_minor: Mapped[int | None]
    #: Of a lottery.
    seed: Mapped[str | None]

    call: Mapped[Call] = relationship()
    made_by: Mapped[User] = relationship()
    places: Mapped[list["SelectionPlace"]] = relationship(back_populates="run", order_by="SelectionPlace.rank")


class SelectionPlace(Base):
    """What the selection made of one application, with all that its place was worked out from."""

    __tablename__ = "selection_place"
    __table_args__ = (
        sa.UniqueConstraint("application_id"),
        sa.Index("ix_selection_place_run_id_rank", "run_id", "rank"),
        sa.CheckConstraint("awarded_minor BETWEEN 0 AND asked_minor", name="within_asked"),
    )

    id: Mapped[PrimaryKey]
    run_id: Mapped[int] = reference("selection_run", index=False)
    application_id: Mapped[int] = reference("application", index=False)
    #: From 1 in the order of the method.
    rank: Mapped[int]
    outcome: Mapped[Outcome] = enum_column(Outcome)
    #: A stable code: what put it there.
    reason: Mapped[str]
    #: What its quote gives, and what of it was awarded; in the call's currency.
    asked_minor: Mapped[int]
    awarded_minor: Mapped[int]
    received_at: Mapped[datetime]
    #: In hundredths of a point.
    score: Mapped[int | None]
    stratum: Mapped[str] = mapped_column(server_default="")
    in_quota: Mapped[bool] = mapped_column(server_default=sa.false())
    #: When a reserve got its turn.
    offered_at: Mapped[datetime | None]

    run: Mapped[SelectionRun] = relationship(back_populates="places")
    application: Mapped[Application] = relationship()

    @property
    def asked(self) -> Money:
        return Money(self.asked_minor, self.run.call.currency)

    @property
    def awarded(self) -> Money:
        return Money(self.awarded_minor, self.run.call.currency)


class SelectionOverride(Base):
    """A decision, recorded before the selection, to award or refuse against the score."""

    __tablename__ = "selection_override"
    __table_args__ = (
        sa.Index(
            "uq_selection_override_application_id", "application_id", unique=True, info={"conflict": "override_made"}
        ),
    )

    id: Mapped[PrimaryKey]
    application_id: Mapped[int] = reference("application", index=False)
    outcome: Mapped[Outcome] = enum_column(Outcome)
    reason: Mapped[str]
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = reference("user_account")

    application: Mapped[Application] = relationship()
    made_by: Mapped[User] = relationship()
