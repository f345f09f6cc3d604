"""When hosted buyers were reminded that their time to claim runs out."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("hosted_stay", sa.Column("claim_reminded_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("hosted_stay", "claim_reminded_at")
