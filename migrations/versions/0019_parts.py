"""Every firm's own part of an application: confirmation, declarations, answers; quotes for its costs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

NOTHING = sa.text("'{}'::jsonb")


def upgrade() -> None:
    op.add_column("application", sa.Column("facts", postgresql.JSONB(), nullable=True))
    op.add_column("application", sa.Column("answers", postgresql.JSONB(), server_default=NOTHING, nullable=False))
    op.add_column(
        "application_member", sa.Column("answers", postgresql.JSONB(), server_default=NOTHING, nullable=False)
    )
    op.add_column("application_member", sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("application_member", sa.Column("confirmed_by_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_application_member_confirmed_by_id"),
        "application_member",
        "user_account",
        ["confirmed_by_id"],
        ["id"],
    )
    op.create_index(op.f("ix_application_member_confirmed_by_id"), "application_member", ["confirmed_by_id"])
    op.create_check_constraint(
        op.f("ck_application_member_confirmed_by_somebody"),
        "application_member",
        "(confirmed_at IS NULL) = (confirmed_by_id IS NULL)",
    )
    op.add_column("cost_line", sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=True))
    op.add_column("cost_line", sa.Column("distance_km", sa.BigInteger(), nullable=True))
    op.add_column("cost_line", sa.Column("committed_on", sa.Date(), nullable=True))
    op.add_column("cost_line", sa.Column("other_public_minor", sa.BigInteger(), server_default="0", nullable=False))
    op.create_check_constraint(
        op.f("ck_cost_line_not_negative"),
        "cost_line",
        "other_public_minor >= 0 AND quantity > 0 AND distance_km >= 0",
    )
    op.create_table(
        "declared_aid",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("regime", sa.Text(), nullable=False),
        sa.Column("granted_on", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("giver", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_declared_aid_positive")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["application_member.id"], name=op.f("fk_declared_aid_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declared_aid")),
    )
    op.create_index(op.f("ix_declared_aid_member_id"), "declared_aid", ["member_id"])
    op.create_table(
        "cost_file",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_cost_file_file_id")),
        sa.ForeignKeyConstraint(["line_id"], ["cost_line.id"], name=op.f("fk_cost_file_line_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cost_file")),
        sa.UniqueConstraint("file_id", name=op.f("uq_cost_file_file_id")),
    )
    op.create_index(op.f("ix_cost_file_line_id"), "cost_file", ["line_id"])


def downgrade() -> None:
    op.drop_table("cost_file")
    op.drop_table("declared_aid")
    for column in ("other_public_minor", "committed_on", "distance_km", "quantity"):
        op.drop_column("cost_line", column)
    for column in ("confirmed_by_id", "confirmed_at", "answers"):
        op.drop_column("application_member", column)
    op.drop_column("application", "answers")
    op.drop_column("application", "facts")
