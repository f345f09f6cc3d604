"""When a proposed time is free again without an answer; those that wait already wait on."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("meeting", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    # Some ten thousand rows: made in a moment, with all processes stopped.
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "CREATE INDEX ix_meeting_due ON meeting (expires_at) WHERE state = 'requested'"
    )


def downgrade() -> None:
    op.drop_index("ix_meeting_due", "meeting")
    op.drop_column("meeting", "expires_at")
