"""Reminders, the release of stands, and runs that give money back."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payment_terms",
        sa.Column("fair_id", sa.BigInteger(), nullable=False),
        sa.Column("release_days", sa.SmallInteger(), nullable=True),
        sa.CheckConstraint("release_days BETWEEN 1 AND 90", name=op.f("ck_payment_terms_days")),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], name=op.f("fk_payment_terms_fair_id")),
        sa.PrimaryKeyConstraint("fair_id", name=op.f("pk_payment_terms")),
    )
    op.create_table(
        "refund_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("fair_id", sa.BigInteger(), nullable=False),
        sa.Column("award_id", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["award_id"], ["award.id"], name=op.f("fk_refund_run_award_id")),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], name=op.f("fk_refund_run_fair_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_run")),
        sa.UniqueConstraint(
            "fair_id", "award_id", name=op.f("uq_refund_run_fair_id_award_id"), postgresql_nulls_not_distinct=True
        ),
    )
    op.create_index(op.f("ix_refund_run_award_id"), "refund_run", ["award_id"], unique=False)
    op.add_column("charge", sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("charge", sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("charge", sa.Column("run_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_charge_run_id"), "charge", "refund_run", ["run_id"], ["id"])
    op.create_index(op.f("ix_charge_run_id"), "charge", ["run_id"], unique=False)
    op.create_index(
        "ix_charge_not_warned",
        "charge",
        ["due_on"],
        unique=False,
        postgresql_where=sa.text("cancelled_at IS NULL AND warned_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_column("charge", "run_id")
    op.drop_column("charge", "warned_at")
    op.drop_column("charge", "reminded_at")
    op.drop_table("refund_run")
    op.drop_table("payment_terms")
