"""The part of the day to which a meeting that is asked for is confined."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    half = sa.Enum("am", "pm", name="half", native_enum=False, create_constraint=True, length=40)
    op.add_column("meeting_request", sa.Column("half", half, nullable=True))


def downgrade() -> None:
    op.drop_column("meeting_request", "half")
