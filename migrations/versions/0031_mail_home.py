"""Which database may send mail."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mail_home",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("database", sa.Text(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_mail_home_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_home")),
    )
    # The database that is migrated here is the one that sent so far.
    op.execute(
        "INSERT INTO mail_home SELECT 1, system_identifier || '/' || oid, clock_timestamp()"
        " FROM pg_control_system(), pg_database WHERE datname = current_database()"
    )


def downgrade() -> None:
    op.drop_table("mail_home")
