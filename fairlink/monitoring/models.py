"""Summary tables, made anew by jobs from what the other packages record, and the evaluations that were asked for."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fairlink.accounts.models import User
from fairlink.followup.states import Interest
from fairlink.kernel.database import Base, CurrencyCode, PrimaryKey, enum_column, enum_type, reference
from fairlink.monitoring.rules.evaluation import Design
from fairlink.monitoring.rules.results import Dimension
from fairlink.subsidies.models import Call


class ResultRefresh(Base):
    """When the results of a fair were last worked out."""

    __tablename__ = "result_refresh"

    fair_id: Mapped[int] = mapped_column(sa.ForeignKey("fair.id", ondelete="CASCADE"), primary_key=True)
    agency_id: Mapped[int] = reference("organisation")
    refreshed_at: Mapped[datetime]


class Dimensions:
    """What every summary row can be chosen by."""

    agency_id: Mapped[int]
    fair_id: Mapped[int] = reference("fair", ondelete="CASCADE")
    call_id: Mapped[int]
    scheme_id: Mapped[int]
    #: Calendar year in which the fair begins.
    year: Mapped[int] = mapped_column(sa.SmallInteger)
    #: First sector of the lead firm by its code; empty when it names none.
    sector: Mapped[str]
    #: Region of the lead firm, as it writes it.
    region: Mapped[str]
    #: Whether a group applied.
    grouped: Mapped[bool]
    #: Of the call.
    currency: Mapped[CurrencyCode]


class ApplicationResult(Dimensions, Base):
    """What came of one application; see `rules.results.Figures` for what each figure counts."""

    __tablename__ = "application_result"
    __table_args__ = (sa.Index("ix_application_result_agency_id_fair_id", "agency_id", "fair_id"),)

    application_id: Mapped[int] = mapped_column(
        sa.ForeignKey("application.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    lead_firm_id: Mapped[int]
    applications: Mapped[int] = mapped_column(sa.SmallInteger)
    awards: Mapped[int] = mapped_column(sa.SmallInteger)
    exhibitors: Mapped[int] = mapped_column(sa.SmallInteger)
    meetings_booked: Mapped[int]
    meetings_held: Mapped[int]
    leads: Mapped[int]
    leads_answered: Mapped[int]
    leads_ordered: Mapped[int]
    leads_repeated: Mapped[int]
    prompts_sent: Mapped[int]
    prompts_answered: Mapped[int]
    orders_reported: Mapped[int]
    orders_confirmed: Mapped[int]
    orders_disputed: Mapped[int]
    orders_unpriced: Mapped[int]
    support_minor: Mapped[int]
    reported_minor: Mapped[int]
    confirmed_minor: Mapped[int]
    expected_minor: Mapped[int]
    hosted_meetings_held: Mapped[int] = mapped_column(server_default="0")
    hosted_leads: Mapped[int] = mapped_column(server_default="0")
    hosted_orders_confirmed: Mapped[int] = mapped_column(server_default="0")
    hosted_confirmed_minor: Mapped[int] = mapped_column(server_default="0")


class LeadResult(Dimensions, Base):
    """How many leads of one application are alike in what is known of them."""

    __tablename__ = "lead_result"
    __table_args__ = (sa.Index("ix_lead_result_agency_id_fair_id", "agency_id", "fair_id"),)

    application_id: Mapped[int] = mapped_column(
        sa.ForeignKey("application.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    interest: Mapped[Interest] = mapped_column(enum_type(Interest), primary_key=True)
    firm_answered: Mapped[bool] = mapped_column(primary_key=True)
    buyer_answered: Mapped[bool] = mapped_column(primary_key=True)
    #: Whether there is an order that is not disputed.
    ordered: Mapped[bool] = mapped_column(primary_key=True)
    #: Months since the first day of the fair: those begun by the first order, or passed at the last answer.
    months: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True)
    leads: Mapped[int]


class FirmResult(Dimensions, Base):
    """One firm's part of the confirmed orders that came of one application; firms without any have no row."""

    __tablename__ = "firm_result"
    __table_args__ = (sa.Index("ix_firm_result_agency_id_fair_id", "agency_id", "fair_id"),)

    application_id: Mapped[int] = mapped_column(
        sa.ForeignKey("application.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    firm_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    confirmed_minor: Mapped[int]


class ResultScope(Base):
    """One part of an agency's results that can be looked at, and how sure its figures are."""

    __tablename__ = "result_scope"

    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), primary_key=True)
    dimension: Mapped[Dimension] = mapped_column(enum_type(Dimension), primary_key=True)
    #: The id, code, year or name; empty for everything.
    key: Mapped[str] = mapped_column(primary_key=True)
    #: What people call it; empty where the key says it.
    label: Mapped[str]
    #: The fair of a call.
    fair_id: Mapped[int | None]
    #: When its figures were last made anew.
    changed_at: Mapped[datetime]
    #: What `rules.estimation.uncertainty.describe` found, with its `currency`; NULL until then.
    estimates: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    estimated_at: Mapped[datetime | None]


class Evaluation(Base):
    """One comparison of a call's awarded applications with the others, as it was worked out at one time."""

    __tablename__ = "evaluation"

    id: Mapped[PrimaryKey]
    call_id: Mapped[int] = reference("call")
    design: Mapped[Design] = enum_column(Design)
    #: The calendar year whose exports are compared.
    outcome_year: Mapped[int] = mapped_column(sa.SmallInteger)
    #: Of the exports compared.
    currency: Mapped[CurrencyCode]
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = reference("user_account")
    #: NULL while it is being worked out.
    finished_at: Mapped[datetime | None]
    #: What `rules.estimation.designs.evaluate` found; NULL when it came to nothing.
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB)

    call: Mapped[Call] = relationship()
    asked_by: Mapped[User] = relationship()

    @property
    def agency_id(self) -> int:
        return self.call.agency_id
