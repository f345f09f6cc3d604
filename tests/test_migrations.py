"""The migrated schema is the models' schema, to the last expression, and there is one head."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory

from fairlink import app, migrate, worker  # noqa: F401 the web and the worker import every table between them
from fairlink.kernel.database import Base, make_engine
from tests.conftest import ROOT

#: `alembic check` misses changed CHECK, EXCLUDE, computed and partial-index expressions; the catalogue does not.
CATALOGUE = sa.text(
    """
    SELECT 'column' AS kind, table_name || '.' || column_name AS name,
           concat_ws(' ', udt_name, character_maximum_length, is_nullable, is_identity, column_default,
                     generation_expression) AS definition
      FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL
    SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 0
    UNION ALL
    SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL
    SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT 'persistence', relname, relpersistence::text FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
    """
)

FUNCTIONS = sa.text(
    """
    SELECT pg_get_functiondef(p.oid) FROM pg_proc p
     WHERE p.pronamespace = 'public'::regnamespace AND p.proname LIKE 'fairlink%'
    """
)

EXTENSIONS = ("btree_gist", "pg_trgm", "unaccent", "citext")


def _catalogue(engine: sa.Engine) -> set[tuple[str, str, str]]:
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(CATALOGUE)]
    return {row for row in rows if "procrastinate" not in row[1] + row[2] and "alembic_version" not in row[1] + row[2]}


def test_models_and_migrations_agree(engine: sa.Engine, postgres_url: Callable[[str], str]) -> None:
    with engine.connect() as connection:
        functions = list(connection.scalars(FUNCTIONS))
    fresh = make_engine(postgres_url("models"))
    with fresh.begin() as connection:
        for extension in EXTENSIONS:
            connection.execute(sa.text(f"CREATE EXTENSION {extension}"))
        for function in functions:
            connection.exec_driver_sql(function.replace("%", "%%"))
        Base.metadata.create_all(connection)
    models, migrated = _catalogue(fresh), _catalogue(engine)
    fresh.dispose()
    assert sorted(models - migrated) == []
    assert sorted(migrated - models) == []


def test_migrations_have_one_head() -> None:
    script = ScriptDirectory.from_config(Config(toml_file=str(ROOT / "pyproject.toml")))
    assert script.get_heads() == [(ROOT / "migrations" / ".current-alembic-head").read_text().strip()]


def test_migrations_run_twice_change_nothing(engine: sa.Engine) -> None:
    before = _catalogue(engine)
    migrate.upgrade(engine)
    assert _catalogue(engine) == before


@pytest.mark.parametrize(
    "table", ["audit_event", "envelope_entry", "charge_entry", "invoice", "aid_entry", "recovery_entry"]
)
def test_append_only_table_refuses_a_change(engine: sa.Engine, table: str) -> None:
    with engine.connect() as connection:
        triggers = connection.scalars(
            sa.text("SELECT tgname FROM pg_trigger WHERE tgrelid = CAST(:table AS regclass) AND NOT tgisinternal"),
            {"table": table},
        ).all()
    assert triggers == [f"{table}_append_only"]
