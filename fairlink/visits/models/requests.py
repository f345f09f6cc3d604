"""Tables of a fair's rules for meetings, of wishes and vetoes, of requests, and of absences."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fairlink.applications.models import Exhibitor
from fairlink.fairs.models import Fair
from fairlink.kernel.database import Base, PrimaryKey, enum_column, enum_type, reference
from fairlink.visits.models.visits import Visit
from fairlink.visits.states import Consent, Half, Level, RequestState, Scheduling, Shown, Side


class MeetingRules(Base):
    """How meetings come about at one fair; a fair without a row has those of `default_rules`."""

    __tablename__ = "meeting_rules"
    __table_args__ = (
        sa.CheckConstraint("request_hours BETWEEN 1 AND 2160", name="request_hours"),
        sa.CheckConstraint("tables IS NULL OR tables > 0", name="tables"),
        sa.CheckConstraint(
            "buyer_minimum >= 0 AND exhibitor_minimum >= 0"
            " AND coalesce(buyer_maximum, buyer_minimum + 1) >= greatest(buyer_minimum, 1)"
            " AND coalesce(exhibitor_maximum, exhibitor_minimum + 1) >= greatest(exhibitor_minimum, 1)",
            name="minima_within_maxima",
        ),
    )

    fair_id: Mapped[int] = mapped_column(sa.ForeignKey("fair.id"), primary_key=True)
    scheduling: Mapped[Scheduling] = enum_column(Scheduling)
    consent: Mapped[Consent] = enum_column(Consent)
    #: What exhibitors see of buyers; what buyers see of exhibitors is public anyway, their contact person apart.
    buyers_shown: Mapped[Shown] = enum_column(Shown)
    exhibitor_contact_shown: Mapped[bool]
    #: Meetings of one participant; no maximum where NULL.
    buyer_minimum: Mapped[int] = mapped_column(sa.SmallInteger)
    buyer_maximum: Mapped[int | None] = mapped_column(sa.SmallInteger)
    exhibitor_minimum: Mapped[int] = mapped_column(sa.SmallInteger)
    exhibitor_maximum: Mapped[int | None] = mapped_column(sa.SmallInteger)
    #: Meetings that can take place at the same time; NULL: each at the exhibitor's own stand.
    tables: Mapped[int | None] = mapped_column(sa.SmallInteger)
    #: How long a request waits for its answer.
    request_hours: Mapped[int] = mapped_column(sa.SmallInteger)

    fair: Mapped[Fair] = relationship()

    @property
    def by_organiser(self) -> bool:
        return self.scheduling is Scheduling.ORGANISER

    @property
    def is_automatic(self) -> bool:
        return self.consent is Consent.AUTOMATIC

    @property
    def has_maximum(self) -> bool:
        return self.buyer_maximum is not None or self.exhibitor_maximum is not None

    def minimum(self, side: Side) -> int:
        """The meetings that a participant of this side should have."""
        return self.buyer_minimum if side is Side.BUYER else self.exhibitor_minimum

    def maximum(self, side: Side) -> int | None:
        """The most meetings that a participant of this side may have."""
        return self.buyer_maximum if side is Side.BUYER else self.exhibitor_maximum


def default_rules(fair_id: int) -> MeetingRules:
    """Buyers book times themselves, exhibitors answer; nobody browses buyers."""
    return MeetingRules(
        fair_id=fair_id,
        scheduling=Scheduling.SELF,
        consent=Consent.ASKED,
        buyers_shown=Shown.HIDDEN,
        exhibitor_contact_shown=False,
        buyer_minimum=0,
        buyer_maximum=None,
        exhibitor_minimum=0,
        exhibitor_maximum=None,
        tables=None,
        request_hours=72,
    )


class Preference(Base):
    """How much one side of a fair wants to meet one participant of the other."""

    __tablename__ = "preference"
    __table_args__ = (sa.UniqueConstraint("visit_id", "exhibitor_id", "side"),)

    id: Mapped[PrimaryKey]
    visit_id: Mapped[int] = reference("visit", index=False)
    exhibitor_id: Mapped[int] = reference("exhibitor")
    side: Mapped[Side] = enum_column(Side)
    level: Mapped[Level] = enum_column(Level)
    #: For the own side only.
    note: Mapped[str] = mapped_column(server_default="")
    stated_at: Mapped[datetime]


class MeetingRequest(Base):
    """One side's wish for a meeting, put to the other. It has no time and keeps none in a diary."""

    __tablename__ = "meeting_request"
    __table_args__ = (
        sa.Index(
            "uq_meeting_request_live",
            "visit_id",
            "exhibitor_id",
            unique=True,
            postgresql_where=sa.text("state IN ('sent','accepted')"),
            info={"conflict": "already_requested"},
        ),
        sa.Index("ix_meeting_request_due", "expires_at", postgresql_where=sa.text("state = 'sent'")),
    )

    id: Mapped[PrimaryKey]
    visit_id: Mapped[int] = reference("visit")
    exhibitor_id: Mapped[int] = reference("exhibitor")
    from_side: Mapped[Side] = enum_column(Side)
    state: Mapped[RequestState] = enum_column(RequestState)
    #: What the sender wrote to the other side.
    note: Mapped[str] = mapped_column(server_default="")
    #: The only half of a day in which an organiser's agenda may place it, where the sender said so.
    half: Mapped[Half | None] = mapped_column(enum_type(Half))
    sent_at: Mapped[datetime]
    #: Without an answer it ends at this instant (exclusive).
    expires_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    #: The meeting that came of it.
    meeting_id: Mapped[int | None] = reference("meeting")

    visit: Mapped[Visit] = relationship()
    exhibitor: Mapped[Exhibitor] = relationship()

    @property
    def buyer_id(self) -> int:
        return self.visit.buyer_id

    @property
    def firm_ids(self) -> frozenset[int]:
        return self.exhibitor.firm_ids

    @property
    def fair(self) -> Fair:
        return self.visit.fair

    @property
    def asked_ids(self) -> frozenset[int]:
        """The organisations of the side that answers."""
        return self.ids_of(self.from_side.other)

    @property
    def sender_ids(self) -> frozenset[int]:
        """The organisations of the side that asks."""
        return self.ids_of(self.from_side)

    def ids_of(self, side: Side) -> frozenset[int]:
        """The organisations of one side."""
        return self.firm_ids if side is Side.FIRM else frozenset({self.buyer_id})


class Absence(Base):
    """Half a day on which one participant of a fair has no meetings."""

    __tablename__ = "absence"
    __table_args__ = (
        sa.CheckConstraint("num_nonnulls(visit_id, exhibitor_id) = 1", name="one_participant"),
        sa.UniqueConstraint("visit_id", "absent_on", "half"),
        sa.UniqueConstraint("exhibitor_id", "absent_on", "half"),
    )

    id: Mapped[PrimaryKey]
    visit_id: Mapped[int | None] = reference("visit", index=False)
    exhibitor_id: Mapped[int | None] = reference("exhibitor", index=False)
    #: A day in the fair's zone.
    absent_on: Mapped[date]
    half: Mapped[Half] = enum_column(Half)
