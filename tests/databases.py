"""The databases of the tests: one server for the run, and migrated databases that are copies of one."""

import fcntl
import os
from collections.abc import Callable, Iterator
from hashlib import sha256

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

import config
from fairlink import migrate
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import make_engine, make_sessions, unit_of_work
from fairlink.kernel.localpg import LocalPostgres
from fairlink.mail import service as mail

DATA = config.ROOT / ".cache" / "postgres-test"

#: A crash of the test server loses nothing of worth.
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "200",
}
#: How many threads of one test can be in a transaction at once.
CONNECTIONS = 52

#: From a name to the URL of the database that was made.
MakeDatabase = Callable[[str], str]


@pytest.fixture(scope="session")
def server() -> Iterator[LocalPostgres]:
    """The PostgreSQL of the run; every process of it has the same."""
    server = LocalPostgres(DATA, FAST).acquire()
    yield server
    server.release()


@pytest.fixture(scope="session")
def create(server: LocalPostgres) -> Iterator[Callable[[str, str], str]]:
    """Makes a database after a template and returns its URL; all are dropped in the end."""
    admin = sa.create_engine(server.url("postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)

    def make(name: str, template: str) -> str:
        # Several runs may share the server: the process id keeps their databases apart.
        name = f"{name}_{os.getpid()}"
        with admin.connect() as connection:
            connection.execute(sa.text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
            connection.execute(sa.text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
        made.append(name)
        return server.url(name)

    made: list[str] = []
    yield make
    with admin.connect() as connection:
        for name in made:
            connection.execute(sa.text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))


@pytest.fixture(scope="session")
def postgres_url(create: Callable[[str, str], str]) -> MakeDatabase:
    """Makes an empty database of the given name and returns its URL."""
    return lambda name: create(name, "template1")


@pytest.fixture(scope="session")
def migrated_url(server: LocalPostgres, create: Callable[[str, str], str]) -> MakeDatabase:
    """Makes a database at the newest revision and returns its URL."""
    template = _migrated(server)

    def make(name: str) -> str:
        url = create(name, template)
        # A copied database is taken for a restored backup, from which no mail leaves before somebody says so.
        engine = make_engine(url)
        with make_sessions(engine)() as session, unit_of_work(session):
            mail.release_held(session, now=utcnow())
        engine.dispose()
        return url

    return make


def _migrated(server: LocalPostgres) -> str:
    """The database that the migrations as they are now lead to: made once, copied by every process and every run."""
    migrations = sorted((config.ROOT / "migrations").rglob("*.py"))
    name = f"migrated_{sha256(b''.join(file.read_bytes() for file in migrations)).hexdigest()[:16]}"
    with open(f"{DATA}.migrated", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        admin = sa.create_engine(server.url("postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with admin.connect() as connection:
            known = connection.scalars(sa.text("SELECT datname FROM pg_database WHERE datname LIKE 'migrated_%'")).all()
            if name in known:
                return name
            for old in known:
                connection.execute(sa.text(f'DROP DATABASE "{old}" WITH (FORCE)'))
            engine = make_engine(server.create_database("migrated_in_part"))
            migrate.upgrade(engine)
            engine.dispose()
            connection.execute(sa.text(f'ALTER DATABASE "migrated_in_part" RENAME TO "{name}"'))
    return name


@pytest.fixture(scope="session")
def engine(migrated_url: MakeDatabase) -> Iterator[sa.Engine]:
    """An engine on a database at the newest revision."""
    engine = make_engine(migrated_url("test"), query_cache_size=5000)
    yield engine
    engine.dispose()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Who needs a database of its own does many things at once: load, which the fast part of the suite leaves out."""
    for item in items:
        if "own_database" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.load)


@pytest.fixture
def own_database(migrated_url: MakeDatabase) -> Iterator[sa.Engine]:
    """A database of its own: what threads commit cannot be rolled back by the test's transaction."""
    engine = make_engine(migrated_url("own"), pool_size=CONNECTIONS, max_overflow=0)
    yield engine
    engine.dispose()


@pytest.fixture
def real_sessions(own_database: sa.Engine, app: Flask) -> sessionmaker[Session]:
    """Sessions on a database of their own, that commit for good; with `app` what services need is set up."""
    assert app.testing
    return make_sessions(own_database)
