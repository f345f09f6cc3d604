"""What was cancelled can be charged again: only one charge of a kind stands. No way back: both are in the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("charge", sa.Column("area_m2", sa.SmallInteger(), nullable=True))
    op.drop_constraint(op.f("uq_charge_award_id_firm_id_kind_price_id"), "charge", type_="unique")
    op.create_index(
        "uq_charge_standing",
        "charge",
        ["award_id", "firm_id", "kind", "price_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("cancelled_at IS NULL"),
    )
    op.create_index(op.f("ix_charge_award_id"), "charge", ["award_id"], unique=False)
