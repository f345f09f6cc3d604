"""Tables of fairs, stands and time slots."""

from datetime import date, datetime, time

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fairlink.accounts.models import Organisation, Sector
from fairlink.fairs.rules import Schedule
from fairlink.fairs.states import FairState
from fairlink.kernel.clock import end_of_day, local_instant
from fairlink.kernel.database import Base, CountryCode, PrimaryKey, enum_column, reference


class Fair(Base):
    """One edition of an exhibition."""

    __tablename__ = "fair"
    __table_args__ = (
        sa.Index("uq_fair_name_edition", "name", "edition", unique=True, info={"conflict": "fair_edition_taken"}),
        sa.Index("ix_fair_search", sa.text("search gin_trgm_ops"), postgresql_using="gin"),
        # The public list is ordered and paged by these.
        sa.Index("ix_fair_catalogue", "starts_on", "id", postgresql_where=sa.text("state <> 'draft'")),
        sa.CheckConstraint("ends_on >= starts_on", name="dates_in_order"),
        sa.CheckConstraint("ends_on - starts_on < 31", name="at_most_a_month"),
        sa.CheckConstraint("closes > opens", name="hours_in_order"),
        sa.CheckConstraint("last_day_closes IS NULL OR last_day_closes > opens", name="last_day_in_order"),
        sa.CheckConstraint("slot_minutes BETWEEN 5 AND 240", name="slot_length"),
    )

    id: Mapped[PrimaryKey]
    agency_id: Mapped[int] = reference("organisation")
    #: Name of the series, such as FIMEC.
    name: Mapped[str]
    #: Which edition, such as 2027 or 48th.
    edition: Mapped[str]
    venue: Mapped[str]
    city: Mapped[str]
    country: Mapped[CountryCode]
    #: IANA zone of the venue; `opens` and `closes` are wall times in it.
    zone: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    opens: Mapped[time]
    closes: Mapped[time]
    #: Fairs often close earlier on their last day; NULL means as on the others.
    last_day_closes: Mapped[time | None]
    slot_minutes: Mapped[int] = mapped_column(sa.SmallInteger)
    website: Mapped[str] = mapped_column(server_default="")
    #: Markdown as typed; made safe when shown.
    description: Mapped[str] = mapped_column(server_default="")
    state: Mapped[FairState] = enum_column(FairState)
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    #: Rises with every change that visitors' calendars must learn of (iCalendar SEQUENCE).
    sequence: Mapped[int] = mapped_column(server_default="0")
    search: Mapped[str] = mapped_column(
        sa.Computed("lower(fairlink_unaccent(name || ' ' || edition || ' ' || city || ' ' || venue))", persisted=True)
    )

    agency: Mapped[Organisation] = relationship()
    sectors: Mapped[list[Sector]] = relationship(secondary="fair_sector", order_by=Sector.code)
    stands: Mapped[list["Stand"]] = relationship(back_populates="fair", order_by="Stand.label")

    @property
    def title(self) -> str:
        return f"{self.name} {self.edition}"

    @property
    def is_public(self) -> bool:
        """Whether the public may see it: once published, for good; a draft that was cancelled, never."""
        return self.state != FairState.DRAFT and self.published_at is not None

    @property
    def schedule(self) -> Schedule:
        """When the fair is open."""
        return Schedule(
            zone=self.zone,
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            opens=self.opens,
            closes=self.closes,
            last_day_closes=self.last_day_closes,
            slot_minutes=self.slot_minutes,
        )

    @property
    def starts_at(self) -> datetime:
        """The instant the doors first open."""
        return local_instant(self.starts_on, self.opens, self.zone)

    @property
    def ends_at(self) -> datetime:
        """The end of the last day in the fair's zone."""
        return end_of_day(self.ends_on, self.zone)


class FairSector(Base):
    """The sectors a fair shows."""

    __tablename__ = "fair_sector"

    fair_id: Mapped[int] = mapped_column(sa.ForeignKey("fair.id", ondelete="CASCADE"), primary_key=True)
    sector_code: Mapped[str] = mapped_column(sa.ForeignKey("sector.code"), primary_key=True, index=True)


class Stand(Base):
    """The exhibition space of one exhibitor, or shared by a producer group."""

    __tablename__ = "stand"
    __table_args__ = (
        sa.Index("uq_stand_fair_id_label", "fair_id", "label", unique=True, info={"conflict": "stand_label_taken"}),
    )

    id: Mapped[PrimaryKey]
    fair_id: Mapped[int] = reference("fair", ondelete="CASCADE", index=False)
    #: As on the hall plan, such as 4-C12.
    label: Mapped[str]
    area_m2: Mapped[int | None] = mapped_column(sa.SmallInteger)

    fair: Mapped[Fair] = relationship(back_populates="stands")


class TimeSlot(Base):
    """A time at which meetings of a fair can take place; made when the fair is published."""

    __tablename__ = "time_slot"
    __table_args__ = (
        sa.UniqueConstraint("fair_id", "starts_at"),
        sa.CheckConstraint("ends_at > starts_at", name="in_order"),
    )

    id: Mapped[PrimaryKey]
    fair_id: Mapped[int] = reference("fair", ondelete="CASCADE", index=False)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
