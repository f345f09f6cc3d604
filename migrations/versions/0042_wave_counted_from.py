"""The last day of the fair from which a wave was counted, so that it moves with its fair."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("wave", sa.Column("counted_from", sa.Date(), nullable=True))
    op.execute("UPDATE wave SET counted_from = fair.ends_on FROM fair WHERE fair.id = wave.fair_id")


def downgrade() -> None:
    op.drop_column("wave", "counted_from")
