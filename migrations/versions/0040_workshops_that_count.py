"""Whether visits to workshops count for the meetings of a hosted buyer."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "hosting_offer", sa.Column("counts_workshops", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )


def downgrade() -> None:
    op.drop_column("hosting_offer", "counts_workshops")
