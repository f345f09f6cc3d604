"""Runs migrations: one at a time under an advisory lock, giving up soon on a lock that others hold."""

import sqlalchemy as sa
from alembic import context

from fairlink.kernel.database import Base

#: Two processes that start at once must not both migrate; any constant that nothing else uses.
ADVISORY_LOCK = 7_203_118

target_metadata = Base.metadata


def include_object(thing: object, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:
    """Procrastinate's tables are its own."""
    return not (name or "").startswith("procrastinate")


def run(connection: sa.Connection) -> None:
    """Bring `connection`'s database to the asked revision in one transaction."""
    context.configure(connection=connection, target_metadata=target_metadata, include_object=include_object)
    with context.begin_transaction():
        connection.execute(sa.text("SET LOCAL lock_timeout = '5s'"))
        connection.execute(sa.text("SET LOCAL statement_timeout = '300s'"))
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        context.run_migrations()


given = context.config.attributes.get("connection")
if context.is_offline_mode():
    # Only the SQL, for squawk to read.
    context.configure(dialect_name="postgresql", target_metadata=target_metadata, literal_binds=True)
    context.execute("SET lock_timeout = '5s'")
    context.execute("SET statement_timeout = '300s'")
    context.run_migrations()
elif given is not None:
    run(given)
else:
    raise SystemExit("use 'fairlink db upgrade'")
