"""Tables of runs that plan a fair's meetings, and of the drafts they leave."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fairlink.applications.models import Exhibitor
from fairlink.fairs.models import Fair, TimeSlot
from fairlink.kernel.database import Base, PrimaryKey, enum_column, enum_type, reference
from fairlink.visits.models.requests import MeetingRequest
from fairlink.visits.models.visits import Visit
from fairlink.visits.states import AgendaMode, AgendaState, Outcome


class AgendaRun(Base):
    """One run of the optimiser over a fair's accepted requests, and the draft that came of it."""

    __tablename__ = "agenda_run"
    __table_args__ = (
        sa.Index(
            "uq_agenda_run_under_way",
            "fair_id",
            unique=True,
            postgresql_where=sa.text("state IN ('queued','running')"),
            info={"conflict": "agenda_under_way"},
        ),
        sa.Index(
            "uq_agenda_run_draft",
            "fair_id",
            unique=True,
            postgresql_where=sa.text("state = 'draft'"),
            info={"conflict": "agenda_changed"},
        ),
        sa.CheckConstraint("seconds BETWEEN 1 AND 3600", name="seconds"),
    )

    id: Mapped[PrimaryKey]
    fair_id: Mapped[int] = reference("fair")
    mode: Mapped[AgendaMode] = enum_column(AgendaMode)
    state: Mapped[AgendaState] = enum_column(AgendaState)
    #: How long the optimiser may take.
    seconds: Mapped[int] = mapped_column(sa.SmallInteger)
    made_by_id: Mapped[int] = reference("user_account")
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    #: When somebody had enough of waiting: the best agenda so far is kept.
    stop_asked_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    #: Requests it was given, and how far it has come: meetings seated, gaps in people's days, proven least gaps.
    wanted: Mapped[int] = mapped_column(server_default="0")
    elapsed_seconds: Mapped[int] = mapped_column(server_default="0")
    seated: Mapped[int | None]
    gaps: Mapped[int | None]
    bound: Mapped[int | None]
    outcome: Mapped[Outcome | None] = mapped_column(enum_type(Outcome))
    #: Why there is no agenda: a list of {code, parameters} as in `rules.problem.REASONS`.
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    #: Why requests got no time: the same by request id.
    unplaced: Mapped[dict[str, dict[str, Any]]] = mapped_column(JSONB, server_default="{}")

    fair: Mapped[Fair] = relationship()

    @property
    def agency_id(self) -> int:
        return self.fair.agency_id


class AgendaEntry(Base):
    """One meeting of a draft. Nobody has two at once, and no table either: as in what will be published."""

    __tablename__ = "agenda_entry"
    __table_args__ = (
        sa.UniqueConstraint("run_id", "request_id", info={"conflict": "agenda_changed"}),
        sa.UniqueConstraint("run_id", "exhibitor_id", "slot_id", info={"conflict": "agenda_changed"}),
        sa.UniqueConstraint("run_id", "visit_id", "slot_id", info={"conflict": "agenda_changed"}),
        sa.UniqueConstraint("run_id", "slot_id", "table_no", info={"conflict": "agenda_changed"}),
    )

    id: Mapped[PrimaryKey]
    run_id: Mapped[int] = reference("agenda_run", ondelete="CASCADE", index=False)
    request_id: Mapped[int] = reference("meeting_request")
    visit_id: Mapped[int] = reference("visit")
    exhibitor_id: Mapped[int] = reference("exhibitor")
    slot_id: Mapped[int] = reference("time_slot")
    #: NULL: at the exhibitor's own stand.
    table_no: Mapped[int | None] = mapped_column(sa.SmallInteger)
    #: Set by hand to stay where it is in the next run.
    is_fixed: Mapped[bool] = mapped_column(server_default=sa.false())

    run: Mapped[AgendaRun] = relationship()
    request: Mapped[MeetingRequest] = relationship()
    visit: Mapped[Visit] = relationship()
    exhibitor: Mapped[Exhibitor] = relationship()
    slot: Mapped[TimeSlot] = relationship()

    @property
    def agency_id(self) -> int:
        return self.run.agency_id
