"""Tables of assessments, conflicts of interest and appeals."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fairlink.accounts.models import User
from fairlink.applications.models.applications import Application
from fairlink.applications.states import Recommendation
from fairlink.kernel.database import Base, PrimaryKey, enum_column, reference
from fairlink.subsidies.models import CallCriterion


class Assessment(Base):
    """What one assessor found; the raw score is kept with its time."""

    __tablename__ = "assessment"
    __table_args__ = (
        sa.UniqueConstraint("application_id", "assessor_id"),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name="score"),
    )

    id: Mapped[PrimaryKey]
    application_id: Mapped[int] = reference("application", index=False)
    assessor_id: Mapped[int] = reference("user_account")
    score: Mapped[int] = mapped_column(sa.SmallInteger)
    recommendation: Mapped[Recommendation] = enum_column(Recommendation)
    #: For colleagues; applicants never see it.
    note: Mapped[str] = mapped_column(server_default="")
    at: Mapped[datetime]

    application: Mapped[Application] = relationship(back_populates="assessments")
    assessor: Mapped[User] = relationship()
    scores: Mapped[list["AssessmentScore"]] = relationship(
        back_populates="assessment", cascade="all, delete-orphan", order_by="AssessmentScore.criterion_id"
    )


class AssessmentScore(Base):
    """The raw points that one assessor gave for one criterion of the call."""

    __tablename__ = "assessment_score"
    __table_args__ = (
        sa.UniqueConstraint("assessment_id", "criterion_id"),
        sa.CheckConstraint("points BETWEEN 0 AND 100", name="points"),
    )

    id: Mapped[PrimaryKey]
    assessment_id: Mapped[int] = reference("assessment", index=False, ondelete="CASCADE")
    criterion_id: Mapped[int] = reference("call_criterion")
    points: Mapped[int] = mapped_column(sa.SmallInteger)
    comment: Mapped[str] = mapped_column(server_default="")

    assessment: Mapped[Assessment] = relationship(back_populates="scores")
    criterion: Mapped[CallCriterion] = relationship()


class ConflictOfInterest(Base):
    """A member of the staff who is too close to an application to judge it: neither scores nor decides."""

    __tablename__ = "conflict_of_interest"
    __table_args__ = (
        sa.Index(
            "uq_conflict_of_interest_application_id_user_id",
            "application_id",
            "user_id",
            unique=True,
            info={"conflict": "conflict_declared_already"},
        ),
    )

    id: Mapped[PrimaryKey]
    application_id: Mapped[int] = reference("application", index=False)
    user_id: Mapped[int] = reference("user_account")
    reason: Mapped[str]
    declared_at: Mapped[datetime]

    application: Mapped[Application] = relationship(back_populates="conflicts")
    user: Mapped[User] = relationship()


class Appeal(Base):
    """The one appeal against a refusal, and what became of it."""

    __tablename__ = "appeal"
    __table_args__ = (
        sa.Index("uq_appeal_application_id", "application_id", unique=True, info={"conflict": "already_appealed"}),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (decided_by_id IS NULL) AND (decided_at IS NULL) = (upheld IS NULL)",
            name="decided_whole",
        ),
    )

    id: Mapped[PrimaryKey]
    application_id: Mapped[int] = reference("application", index=False)
    text: Mapped[str]
    filed_at: Mapped[datetime]
    filed_by_id: Mapped[int] = reference("user_account")
    #: Whether the application is decided anew; NULL until then.
    upheld: Mapped[bool | None]
    #: For the applicants.
    answer: Mapped[str] = mapped_column(server_default="")
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = reference("user_account")

    application: Mapped[Application] = relationship(back_populates="appeal")
