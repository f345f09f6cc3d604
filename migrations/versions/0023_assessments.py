"""Points by criterion, interests that keep somebody from judging, appeals."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("application", sa.Column("decided_by_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_application_decided_by_id"), "application", "user_account", ["decided_by_id"], ["id"]
    )
    op.create_index(op.f("ix_application_decided_by_id"), "application", ["decided_by_id"])
    op.create_table(
        "assessment_score",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("assessment_id", sa.BigInteger(), nullable=False),
        sa.Column("criterion_id", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.SmallInteger(), nullable=False),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("points BETWEEN 0 AND 100", name=op.f("ck_assessment_score_points")),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.id"], name=op.f("fk_assessment_score_assessment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["criterion_id"], ["call_criterion.id"], name=op.f("fk_assessment_score_criterion_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_score")),
        sa.UniqueConstraint(
            "assessment_id", "criterion_id", name=op.f("uq_assessment_score_assessment_id_criterion_id")
        ),
    )
    op.create_index(op.f("ix_assessment_score_criterion_id"), "assessment_score", ["criterion_id"])
    op.create_table(
        "conflict_of_interest",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_conflict_of_interest_application_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_conflict_of_interest_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict_of_interest")),
    )
    op.create_index(
        "uq_conflict_of_interest_application_id_user_id",
        "conflict_of_interest",
        ["application_id", "user_id"],
        unique=True,
    )
    op.create_index(op.f("ix_conflict_of_interest_user_id"), "conflict_of_interest", ["user_id"])
    op.create_table(
        "appeal",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("upheld", sa.Boolean(), nullable=True),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (decided_by_id IS NULL) AND (decided_at IS NULL) = (upheld IS NULL)",
            name=op.f("ck_appeal_decided_whole"),
        ),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_appeal_application_id")),
        sa.ForeignKeyConstraint(["filed_by_id"], ["user_account.id"], name=op.f("fk_appeal_filed_by_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["user_account.id"], name=op.f("fk_appeal_decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal")),
    )
    op.create_index("uq_appeal_application_id", "appeal", ["application_id"], unique=True)
    op.create_index(op.f("ix_appeal_filed_by_id"), "appeal", ["filed_by_id"])
    op.create_index(op.f("ix_appeal_decided_by_id"), "appeal", ["decided_by_id"])


def downgrade() -> None:
    op.drop_table("appeal")
    op.drop_table("conflict_of_interest")
    op.drop_table("assessment_score")
    op.drop_column("application", "decided_by_id")
