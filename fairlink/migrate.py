"""Bringing a database to the newest revision."""

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

import config


def upgrade(engine: sa.Engine, revision: str = "head") -> None:
    """Run the missing migrations on `engine`'s database; several processes at once do it once."""
    alembic = Config(toml_file=str(config.ROOT / "pyproject.toml"))
    with engine.begin() as connection:
        # make_engine's limits are for requests, not for migrations, which set their own.
        connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
        connection.execute(sa.text("SET LOCAL lock_timeout = 0"))
        alembic.attributes["connection"] = connection
        command.upgrade(alembic, revision)
