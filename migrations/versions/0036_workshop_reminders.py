"""Reminders of visits to workshops."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "workshop_reminder",
        sa.Column("workshop_visit_id", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "kind",
            sa.Enum("day", "hour", name="reminderkind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["workshop_visit_id"],
            ["workshop_visit.id"],
            name=op.f("fk_workshop_reminder_workshop_visit_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workshop_visit_id", "sequence", "kind", name=op.f("pk_workshop_reminder")),
    )


def downgrade() -> None:
    op.drop_table("workshop_reminder")
