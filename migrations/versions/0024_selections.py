"""Selections: how a call chose among its applications."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def _outcome() -> sa.Enum:
    return sa.Enum(
        "awarded", "reserve", "refused", name="outcome", native_enum=False, create_constraint=True, length=40
    )


def upgrade() -> None:
    op.create_table(
        "selection_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "method",
            sa.Enum(
                "first_come",
                "pro_rata",
                "scored",
                "lottery",
                name="method",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.Column("envelope_minor", sa.BigInteger(), nullable=False),
        sa.Column("cut_off", sa.BigInteger(), nullable=True),
        sa.Column("paid_minor", sa.BigInteger(), nullable=True),
        sa.Column("asked_minor", sa.BigInteger(), nullable=True),
        sa.Column("seed", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_selection_run_call_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["user_account.id"], name=op.f("fk_selection_run_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_selection_run")),
    )
    op.create_index("uq_selection_run_call_id", "selection_run", ["call_id"], unique=True)
    op.create_index(op.f("ix_selection_run_made_by_id"), "selection_run", ["made_by_id"])
    op.create_table(
        "selection_place",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("outcome", _outcome(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_minor", sa.BigInteger(), nullable=False),
        sa.Column("awarded_minor", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("score", sa.BigInteger(), nullable=True),
        sa.Column("stratum", sa.Text(), server_default="", nullable=False),
        sa.Column("in_quota", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("awarded_minor BETWEEN 0 AND asked_minor", name=op.f("ck_selection_place_within_asked")),
        sa.ForeignKeyConstraint(["run_id"], ["selection_run.id"], name=op.f("fk_selection_place_run_id")),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_selection_place_application_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_selection_place")),
        sa.UniqueConstraint("application_id", name=op.f("uq_selection_place_application_id")),
    )
    op.create_index("ix_selection_place_run_id_rank", "selection_place", ["run_id", "rank"])
    op.create_table(
        "selection_override",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("outcome", _outcome(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_selection_override_application_id")
        ),
        sa.ForeignKeyConstraint(["made_by_id"], ["user_account.id"], name=op.f("fk_selection_override_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_selection_override")),
    )
    op.create_index("uq_selection_override_application_id", "selection_override", ["application_id"], unique=True)
    op.create_index(op.f("ix_selection_override_made_by_id"), "selection_override", ["made_by_id"])


def downgrade() -> None:
    op.drop_table("selection_override")
    op.drop_table("selection_place")
    op.drop_table("selection_run")
