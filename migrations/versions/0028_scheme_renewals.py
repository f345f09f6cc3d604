"""Renewals of schemes, and frozen versions that nobody changes."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "scheme_renewal",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("scheme_id", sa.BigInteger(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["scheme_id"], ["scheme.id"], name=op.f("fk_scheme_renewal_scheme_id")),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"], name=op.f("fk_scheme_renewal_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheme_renewal")),
    )
    op.create_index(op.f("ix_scheme_renewal_scheme_id"), "scheme_renewal", ["scheme_id"], unique=False)
    op.create_index(op.f("ix_scheme_renewal_by_id"), "scheme_renewal", ["by_id"], unique=False)
    op.execute(
        "CREATE TRIGGER scheme_renewal_append_only BEFORE UPDATE OR DELETE ON scheme_renewal "
        "FOR EACH ROW EXECUTE FUNCTION fairlink_append_only()"
    )
    op.execute(
        "CREATE TRIGGER scheme_version_frozen BEFORE UPDATE OR DELETE ON scheme_version "
        "FOR EACH ROW WHEN (old.frozen_at IS NOT NULL) EXECUTE FUNCTION fairlink_append_only()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER scheme_version_frozen ON scheme_version")
    op.drop_table("scheme_renewal")
