"""Until when the travel support of hosted buyers is claimed."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "hosting_offer", sa.Column("claim_within_days", sa.SmallInteger(), server_default="60", nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_hosting_offer_claim_within"),
        "hosting_offer",
        "claim_within_days BETWEEN 1 AND 730",
        postgresql_not_valid=True,
    )
    op.execute("ALTER TABLE hosting_offer VALIDATE CONSTRAINT ck_hosting_offer_claim_within")


def downgrade() -> None:
    op.drop_column("hosting_offer", "claim_within_days")
