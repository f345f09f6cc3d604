"""Deposits of hosted buyers: a charge is for an award or for a stay. No way back: they are in the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("charge", sa.Column("stay_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_charge_stay_id"), "charge", "hosted_stay", ["stay_id"], ["id"])
    op.create_unique_constraint(op.f("uq_charge_stay_id"), "charge", ["stay_id"])
    op.execute("-- squawk-ignore ban-drop-not-null\nALTER TABLE charge ALTER COLUMN award_id DROP NOT NULL")
    op.create_check_constraint(op.f("ck_charge_one_ground"), "charge", "(award_id IS NULL) <> (stay_id IS NULL)")
    # A few thousand rows: made anew in a moment, with all processes stopped.
    op.execute("-- squawk-ignore require-concurrent-index-deletion\nDROP INDEX uq_charge_standing")
    op.create_index(
        "uq_charge_standing",
        "charge",
        ["award_id", "firm_id", "kind", "price_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("cancelled_at IS NULL AND award_id IS NOT NULL"),
    )
