"""Tables of workshops that buyers visit, of the ways between them, and of the visits."""

import uuid
from datetime import date, datetime, time

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fairlink.applications.models import Exhibitor
from fairlink.fairs.models import Fair
from fairlink.fairs.rules import Schedule
from fairlink.kernel.database import Base, PrimaryKey, enum_column, reference
from fairlink.visits.models.visits import Visit
from fairlink.visits.states import MeetingState, ReminderKind, Side


class Workshop(Base):
    """The premises of a group's producers, which buyers of the fair may visit in sessions."""

    __tablename__ = "workshop"
    __table_args__ = (
        sa.CheckConstraint("last_on >= first_on AND last_on - first_on < 31", name="days_in_order"),
        sa.CheckConstraint("closes > opens", name="hours_in_order"),
        sa.CheckConstraint("visit_minutes BETWEEN 15 AND 480", name="visit_length"),
        sa.CheckConstraint("capacity BETWEEN 1 AND 500", name="capacity"),
        sa.CheckConstraint("travel_minutes BETWEEN 0 AND 600", name="travel"),
    )

    id: Mapped[PrimaryKey]
    exhibitor_id: Mapped[int] = reference("exhibitor")
    name: Mapped[str]
    #: Street and town, as a driver needs them.
    address: Mapped[str]
    #: Markdown as typed.
    description: Mapped[str] = mapped_column(server_default="")
    #: Days and wall times in the fair's zone, as the fair's own.
    first_on: Mapped[date]
    last_on: Mapped[date]
    opens: Mapped[time]
    closes: Mapped[time]
    #: The hours are cut into sessions of this length.
    visit_minutes: Mapped[int] = mapped_column(sa.SmallInteger)
    #: People who can be there at once.
    capacity: Mapped[int] = mapped_column(sa.SmallInteger)
    #: ISO 639-1 codes of what the hosts speak.
    languages: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    #: From the fair or to it.
    travel_minutes: Mapped[int] = mapped_column(sa.SmallInteger)
    created_at: Mapped[datetime]
    #: From when it takes no new visits.
    closed_at: Mapped[datetime | None]

    exhibitor: Mapped[Exhibitor] = relationship()

    @property
    def fair(self) -> Fair:
        return self.exhibitor.fair

    @property
    def firm_ids(self) -> frozenset[int]:
        return self.exhibitor.firm_ids

    @property
    def is_public(self) -> bool:
        return self.closed_at is None and self.exhibitor.is_public

    @property
    def schedule(self) -> Schedule:
        """When it is open, cut into sessions as a fair is into time slots."""
        return Schedule(
            zone=self.fair.zone,
            starts_on=self.first_on,
            ends_on=self.last_on,
            opens=self.opens,
            closes=self.closes,
            last_day_closes=None,
            slot_minutes=self.visit_minutes,
        )


class WorkshopTravel(Base):
    """How long the way between two workshops takes; where nobody said it leads by the fair."""

    __tablename__ = "workshop_travel"
    __table_args__ = (
        sa.CheckConstraint("one_id < other_id", name="once"),
        sa.CheckConstraint("minutes BETWEEN 0 AND 600", name="travel"),
    )

    one_id: Mapped[int] = mapped_column(sa.ForeignKey("workshop.id", ondelete="CASCADE"), primary_key=True)
    other_id: Mapped[int] = mapped_column(
        sa.ForeignKey("workshop.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    minutes: Mapped[int] = mapped_column(sa.SmallInteger)


class WorkshopVisit(Base):
    """A buyer's visit to a workshop, in one of its sessions. It lives as a meeting does."""

    __tablename__ = "workshop_visit"
    __table_args__ = (
        # Nobody is in two workshops at once; ways and meetings are looked at under the lock of the buyer's visit.
        ExcludeConstraint(
            ("visit_id", "="),
            (sa.text("tstzrange(starts_at, ends_at)"), "&&"),
            where=sa.text("state IN ('requested','confirmed','held','buyer_no_show','exhibitor_no_show')"),
            name="ex_workshop_visit_time",
            info={"conflict": "own_slot_taken"},
        ),
        sa.Index("ix_workshop_visit_workshop_id_starts_at", "workshop_id", "starts_at"),
        sa.CheckConstraint("ends_at > starts_at", name="in_order"),
        sa.CheckConstraint("people BETWEEN 1 AND 50", name="people"),
    )

    id: Mapped[PrimaryKey]
    visit_id: Mapped[int] = reference("visit")
    workshop_id: Mapped[int] = reference("workshop", index=False)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    people: Mapped[int] = mapped_column(sa.SmallInteger)
    state: Mapped[MeetingState] = enum_column(MeetingState)
    #: What the buyer wants to see.
    note: Mapped[str] = mapped_column(server_default="")
    #: Why it was declined or cancelled, for the other side.
    reason: Mapped[str] = mapped_column(server_default="")
    #: iCalendar UID (without host) and SEQUENCE.
    uid: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4, unique=True)
    sequence: Mapped[int] = mapped_column(server_default="0")
    requested_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]

    visit: Mapped[Visit] = relationship()
    workshop: Mapped[Workshop] = relationship()

    @property
    def buyer_id(self) -> int:
        return self.visit.buyer_id

    @property
    def firm_ids(self) -> frozenset[int]:
        return self.workshop.firm_ids

    @property
    def fair(self) -> Fair:
        return self.visit.fair

    @property
    def asked_side(self) -> Side:
        """The hosts answer."""
        return Side.FIRM

    @property
    def asked_ids(self) -> frozenset[int]:
        return self.firm_ids


class WorkshopReminder(Base):
    """A reminder of a visit to a workshop that was posted; one that is moved gets its reminders for the new time."""

    __tablename__ = "workshop_reminder"

    workshop_visit_id: Mapped[int] = mapped_column(
        sa.ForeignKey("workshop_visit.id", ondelete="CASCADE"), primary_key=True
    )
    #: That of the visit when it was reminded of.
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[ReminderKind] = enum_column(ReminderKind, primary_key=True)
    posted_at: Mapped[datetime]
