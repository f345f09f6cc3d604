"""What came with hosted buyers, in the results."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

FIGURES = ("hosted_meetings_held", "hosted_leads", "hosted_orders_confirmed", "hosted_confirmed_minor")


def upgrade() -> None:
    for name in FIGURES:
        op.add_column("application_result", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    for name in FIGURES:
        op.drop_column("application_result", name)
