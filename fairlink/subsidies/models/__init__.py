"""Tables of schemes, their versions, calls and envelopes."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fairlink.accounts.models import Organisation, User
from fairlink.fairs.models import Fair
from fairlink.fairs.states import FairState
from fairlink.kernel.clock import local_date
from fairlink.kernel.database import Base, CurrencyCode, PrimaryKey, append_only, enum_column, reference
from fairlink.kernel.money import Money
from fairlink.subsidies.models.aid import AidEntry, AidExport, AidExportRow, ExchangeRate, FirmLink
from fairlink.subsidies.rules import Rules, read_rules
from fairlink.subsidies.rules.calls import last_day
from fairlink.subsidies.states import CallState, EntryKind


class Scheme(Base):
    """An agency's support programme."""

    __tablename__ = "scheme"
    __table_args__ = (
        sa.Index("uq_scheme_agency_id_name", "agency_id", "name", unique=True, info={"conflict": "scheme_name_taken"}),
    )

    id: Mapped[PrimaryKey]
    agency_id: Mapped[int] = reference("organisation", index=False)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    #: The last day on which a call may open under it: as its rules say, or as it was renewed.
    sunset_on: Mapped[date]
    created_at: Mapped[datetime]

    agency: Mapped[Organisation] = relationship()
    versions: Mapped[list["SchemeVersion"]] = relationship(back_populates="scheme", order_by="SchemeVersion.number")

    @property
    def current(self) -> "SchemeVersion":
        """The newest version; a scheme is never without one."""
        return self.versions[-1]


class SchemeVersion(Base):
    """One state of a scheme's rules; frozen once a call uses it."""

    __tablename__ = "scheme_version"
    __table_args__ = (sa.UniqueConstraint("scheme_id", "number"),)

    id: Mapped[PrimaryKey]
    scheme_id: Mapped[int] = reference("scheme", index=False)
    #: 1, 2, 3 ... within the scheme.
    number: Mapped[int] = mapped_column(sa.SmallInteger)
    #: The rules document that `fairlink.subsidies.rules` reads.
    rules: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int] = reference("user_account")
    frozen_at: Mapped[datetime | None]

    scheme: Mapped[Scheme] = relationship(back_populates="versions")

    @property
    def document(self) -> Rules:
        """The rules, read."""
        return read_rules(self.rules)


class SchemeRenewal(Base):
    """More time for a scheme past its sunset, with the reason and who gave it; append-only."""

    __tablename__ = "scheme_renewal"

    id: Mapped[PrimaryKey]
    scheme_id: Mapped[int] = reference("scheme")
    #: The last day before, and the new one.
    from_on: Mapped[date]
    until_on: Mapped[date]
    reason: Mapped[str]
    at: Mapped[datetime]
    by_id: Mapped[int] = reference("user_account")

    by: Mapped[User] = relationship()


class Call(Base):
    """One scheme version offered at one fair: window, envelope and time limit."""

    __tablename__ = "call"
    __table_args__ = (
        sa.CheckConstraint("closes_at > opens_at", name="window_in_order"),
        sa.CheckConstraint("envelope_minor > 0", name="envelope_positive"),
        # Whatever the code does, an envelope cannot be overdrawn.
        sa.CheckConstraint(
            "committed_minor BETWEEN 0 AND envelope_minor",
            name="within_envelope",
            info={"conflict": "envelope_overdrawn"},
        ),
        sa.CheckConstraint("disbursed_minor BETWEEN 0 AND committed_minor", name="disbursed_within_committed"),
        sa.CheckConstraint("accept_days BETWEEN 1 AND 365", name="accept_days"),
        sa.CheckConstraint("assessors_wanted BETWEEN 1 AND 9", name="assessors_wanted"),
    )

    id: Mapped[PrimaryKey]
    fair_id: Mapped[int] = reference("fair")
    scheme_version_id: Mapped[int] = reference("scheme_version")
    opens_at: Mapped[datetime]
    #: Exclusive: an application sent at this instant is late.
    closes_at: Mapped[datetime]
    currency: Mapped[CurrencyCode]
    envelope_minor: Mapped[int]
    #: Promised and not released; the sum of the entries, kept by `subsidies.service` in the same statement.
    committed_minor: Mapped[int] = mapped_column(server_default="0")
    #: Paid and not recovered.
    disbursed_minor: Mapped[int] = mapped_column(server_default="0")
    #: Days an award may be accepted after it was granted.
    accept_days: Mapped[int] = mapped_column(sa.SmallInteger)
    #: How many people score each application, each alone.
    assessors_wanted: Mapped[int] = mapped_column(sa.SmallInteger, server_default="1")
    #: When the draw made the seed of its lottery public; NULL while it is secret.
    seed_revealed_at: Mapped[datetime | None]
    state: Mapped[CallState] = enum_column(CallState)
    created_at: Mapped[datetime]

    fair: Mapped[Fair] = relationship()
    scheme_version: Mapped[SchemeVersion] = relationship()
    criteria: Mapped[list["CallCriterion"]] = relationship(
        cascade="all, delete-orphan", order_by="CallCriterion.position"
    )
    lottery_seed: Mapped["LotterySeed | None"] = relationship()

    @property
    def agency_id(self) -> int:
        return self.fair.agency_id

    @property
    def is_public(self) -> bool:
        return self.state == CallState.PUBLISHED and self.fair.is_public

    @property
    def envelope(self) -> Money:
        return Money(self.envelope_minor, self.currency)

    @property
    def committed(self) -> Money:
        return Money(self.committed_minor, self.currency)

    @property
    def available(self) -> Money:
        """What can still be promised."""
        return Money(self.envelope_minor - self.committed_minor, self.currency)

    @property
    def opens_on(self) -> date:
        """The first day of the window where the fair is."""
        return local_date(self.opens_at, self.fair.zone)

    @property
    def closes_on(self) -> date:
        """The last day of the window where the fair is."""
        return last_day(self.closes_at, self.fair.zone)

    def has_opened(self, now: datetime) -> bool:
        """Whether anybody could have applied by `now`, so that what was promised beforehand stands."""
        return self.state != CallState.DRAFT and self.opens_at <= now

    def is_open(self, now: datetime) -> bool:
        """Whether applications are taken at `now`; none are for a cancelled fair."""
        takes = self.state == CallState.PUBLISHED and self.fair.state == FairState.PUBLISHED
        return takes and self.opens_at <= now < self.closes_at


class CallCriterion(Base):
    """One thing that the assessors of a call judge; a trigger refuses any change once the call is no draft any more."""

    __tablename__ = "call_criterion"
    __table_args__ = (
        sa.UniqueConstraint("call_id", "position"),
        sa.CheckConstraint("weight_bp BETWEEN 1 AND 10000", name="weight"),
        sa.CheckConstraint("max_score BETWEEN 1 AND 100", name="max_score"),
    )

    id: Mapped[PrimaryKey]
    call_id: Mapped[int] = reference("call", index=False)
    #: 0, 1, 2 ... in the order of the page.
    position: Mapped[int] = mapped_column(sa.SmallInteger)
    name: Mapped[str]
    #: What makes many points and what few, for the assessors and the applicants.
    description: Mapped[str] = mapped_column(server_default="")
    #: Its part of the whole score; those of a call add up to 10000.
    weight_bp: Mapped[int] = mapped_column(sa.SmallInteger)
    #: The most points; an assessor gives whole points from 0 on.
    max_score: Mapped[int] = mapped_column(sa.SmallInteger)


class LotterySeed(Base):
    """The secret from which a call's lots are drawn, made as the call is published; append-only."""

    __tablename__ = "lottery_seed"
    __table_args__ = (
        sa.UniqueConstraint("call_id"),
        sa.CheckConstraint("seed ~ '^[0-9a-f]{64}$' AND commitment ~ '^[0-9a-f]{64}$'", name="hexadecimal"),
    )

    id: Mapped[PrimaryKey]
    call_id: Mapped[int] = reference("call", index=False)
    #: 32 random bytes; loaded only where it is asked for, since nobody may see it before the draw.
    seed: Mapped[str] = mapped_column(deferred=True)
    #: The SHA-256 of the seed, public from the first day of the call.
    commitment: Mapped[str]
    made_at: Mapped[datetime]


class AnalysisPlan(Base):
    """How a call's effect will be worked out, written before anybody can apply; append-only, the last one holds."""

    __tablename__ = "analysis_plan"

    id: Mapped[PrimaryKey]
    call_id: Mapped[int] = reference("call")
    text: Mapped[str]
    #: Of the text as UTF-8, in hexadecimal: proves to everybody later what was planned.
    sha256: Mapped[str]
    #: Before the opening of the call: a trigger refuses what comes later.
    written_at: Mapped[datetime]
    written_by_id: Mapped[int] = reference("user_account")

    written_by: Mapped[User] = relationship()


class EnvelopeEntry(Base):
    """One movement of a call's envelope; append-only (a trigger refuses UPDATE and DELETE)."""

    __tablename__ = "envelope_entry"
    __table_args__ = (sa.CheckConstraint("amount_minor > 0", name="positive"),)

    id: Mapped[PrimaryKey]
    call_id: Mapped[int] = reference("call")
    kind: Mapped[EntryKind] = enum_column(EntryKind)
    #: In the call's currency, always positive; `kind` tells its direction.
    amount_minor: Mapped[int]
    at: Mapped[datetime]
    #: NULL when the clock acted.
    actor_id: Mapped[int | None] = reference("user_account")


append_only(EnvelopeEntry.__table__)
append_only(LotterySeed.__table__)
append_only(SchemeRenewal.__table__)
sa.event.listen(
    Base.metadata.tables["scheme_version"],
    "after_create",
    sa.DDL(  # type: ignore[no-untyped-call]  # SQLAlchemy leaves DDL untyped
        "CREATE TRIGGER scheme_version_frozen BEFORE UPDATE OR DELETE ON scheme_version "
        "FOR EACH ROW WHEN (old.frozen_at IS NOT NULL) EXECUTE FUNCTION fairlink_append_only()"
    ),
)
append_only(AnalysisPlan.__table__)
for _table, _writes in (
    ("call_criterion", "INSERT OR UPDATE OR DELETE"),
    ("lottery_seed", "INSERT"),
    ("analysis_plan", "INSERT"),
):
    _trigger = sa.DDL(  # type: ignore[no-untyped-call]  # SQLAlchemy leaves DDL untyped
        f"CREATE TRIGGER {_table}_before_opening BEFORE {_writes} ON {_table} "
        "FOR EACH ROW EXECUTE FUNCTION fairlink_before_opening()"
    )
    sa.event.listen(Base.metadata.tables[_table], "after_create", _trigger)

__all__ = [
    "AidEntry",
    "AidExport",
    "AidExportRow",
    "AnalysisPlan",
    "Call",
    "CallCriterion",
    "EnvelopeEntry",
    "ExchangeRate",
    "FirmLink",
    "LotterySeed",
    "Scheme",
    "SchemeVersion",
]
