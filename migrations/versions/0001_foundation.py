"""Extensions, the queue, rate limits and the heartbeat of workers."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

DATA = Path(__file__).resolve().parents[1] / "data"
EXTENSIONS = ("btree_gist", "citext", "pg_trgm", "unaccent")

# unaccent() is only STABLE, since its dictionary may be changed; nobody changes ours, so indexes may rely on it. The
# body is bound when the function is made, hence independent of any search path.
UNACCENT = """
    CREATE FUNCTION fairlink_unaccent(text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN unaccent('unaccent'::regdictionary, $1)"""


def upgrade() -> None:
    for extension in EXTENSIONS:
        op.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    op.execute(UNACCENT)
    op.execute((DATA / "procrastinate_3_10.sql").read_text())
    op.create_table(
        "rate_limit",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("hits", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rate_limit")),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "worker_heartbeat",
        sa.Column("worker_id", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("worker_id", name=op.f("pk_worker_heartbeat")),
    )


def downgrade() -> None:
    op.drop_table("worker_heartbeat")
    op.drop_table("rate_limit")
    op.execute(
        """
        DO $$
        DECLARE item record;
        BEGIN
          DROP TABLE procrastinate_periodic_defers, procrastinate_events, procrastinate_jobs, procrastinate_workers;
          FOR item IN SELECT oid::regprocedure AS name FROM pg_proc WHERE proname LIKE 'procrastinate%' LOOP
            EXECUTE 'DROP FUNCTION ' || item.name;
          END LOOP;
          DROP TYPE procrastinate_job_to_defer_v1, procrastinate_job_event_type, procrastinate_job_status;
        END $$
        """
    )
    op.execute("DROP FUNCTION fairlink_unaccent(text)")
    for extension in reversed(EXTENSIONS):
        op.execute(f"DROP EXTENSION {extension}")
