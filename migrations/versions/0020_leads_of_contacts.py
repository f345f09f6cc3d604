"""Leads that were made of what exhibitors noted."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lead", sa.Column("contact_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_lead_contact_id"), "lead", "contact", ["contact_id"], ["id"])
    op.create_index("uq_lead_contact_id", "lead", ["contact_id"], unique=True)


def downgrade() -> None:
    op.drop_column("lead", "contact_id")
