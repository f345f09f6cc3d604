"""One PostgreSQL for the run, one transaction for each test, and clients that are signed in as somebody."""

import gc
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings as hypothesis_settings
from sqlalchemy.orm import Session, sessionmaker

import config
from fairlink.accounts.models import User
from fairlink.app import create_app
from fairlink.web.limits import PostgresStorage, limiter
from fairlink.web.session import Database
from tests import factories

ROOT = Path(__file__).resolve().parents[1]

pytest_plugins = ["tests.databases", "tests.browser.chromium"]

# The same examples in every run, so that nobody's change fails by another's luck; `make test-slow` looks for new ones.
hypothesis_settings.register_profile("same", derandomize=True, deadline=None, max_examples=50)
hypothesis_settings.register_profile("new", deadline=None, print_blob=True)
hypothesis_settings.load_profile("same")


def pytest_collection_finish() -> None:
    """A run of a minute has memory enough; to look for garbage again and again takes a tenth of it."""
    gc.freeze()
    gc.set_threshold(1_000_000)


@pytest.fixture(scope="session")
def settings(engine: sa.Engine, tmp_path_factory: pytest.TempPathFactory) -> config.Settings:
    """Test settings; uploads and the like go to a temporary folder."""
    return config.load(
        {
            "FAIRLINK_ENV": "test",
            "FAIRLINK_BASE_URL": "http://fairlink.test",
            "DATABASE_URL": engine.url.render_as_string(hide_password=False),
            "FAIRLINK_VAR": str(tmp_path_factory.mktemp("var")),
        }
    )


@pytest.fixture(scope="session")
def sessions() -> sessionmaker[Session]:
    """The one session factory of the app under test; each test binds it to its own transaction."""
    return sessionmaker(expire_on_commit=False, join_transaction_mode="create_savepoint")


@pytest.fixture(scope="session")
def app(engine: sa.Engine, settings: config.Settings, sessions: sessionmaker[Session]) -> Flask:
    """The application, made once."""
    return create_app(settings, Database(engine, sessions))


@pytest.fixture
def session(engine: sa.Engine, sessions: sessionmaker[Session]) -> Iterator[Session]:
    """A session in a transaction that is rolled back after the test; what it commits, the app sees."""
    with engine.connect() as connection:
        outer = connection.begin()
        sessions.configure(bind=connection)
        with sessions() as session:
            factories.use(session)
            yield session
        outer.rollback()


@pytest.fixture
def now() -> datetime:
    """The instant of a test that does not care which."""
    return datetime(2027, 1, 15, 12, 0, tzinfo=UTC)


@pytest.fixture
def client(app: Flask, session: Session) -> FlaskClient:
    """A browser that is not signed in. Form tokens are checked by tests of their own."""
    app.config["WTF_CSRF_ENABLED"] = False
    return app.test_client()


@pytest.fixture
def sign_in(app: Flask, session: Session) -> Callable[[User], FlaskClient]:
    """Makes a browser that is signed in as the given person."""
    app.config["WTF_CSRF_ENABLED"] = False

    def make(user: User) -> FlaskClient:
        session.commit()
        key = factories.user_session(user).id
        session.commit()
        browser = app.test_client()
        with browser.session_transaction() as cookie:
            cookie["_user_id"] = str(key)
            cookie["_fresh"] = True
        return browser

    return make


@pytest.fixture(scope="module")
def app_with_limits(engine: sa.Engine, settings: config.Settings, sessions: sessionmaker[Session]) -> Iterator[Flask]:
    """The application as outside of tests: with limits, whose counters live in transactions of their own."""
    app = create_app(replace(settings, environment="development"), Database(engine, sessions))
    app.config["WTF_CSRF_ENABLED"] = False
    limiter.enabled = False
    yield app
    PostgresStorage.disconnect()


@pytest.fixture
def limited(app_with_limits: Flask, session: Session) -> Iterator[Flask]:
    """The same with all counters at nought; the session is that of the test."""
    limiter.enabled = True
    limiter.reset()
    yield app_with_limits
    limiter.reset()
    limiter.enabled = False


@pytest.fixture
def statements(engine: sa.Engine) -> Iterator[list[str]]:
    """Collects the SQL statements that run while the test holds it; clear it before the part that counts."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            seen.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def password_hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collects which password hashes are worked out, made (`hash`) or checked (`verify`), while the test holds it."""
    seen: list[str] = []
    for name in ("hash", "verify"):
        real = getattr(PasswordHasher, name)

        def counted(self: PasswordHasher, *args: Any, _real: Any = real, _name: str = name) -> Any:
            seen.append(_name)
            return _real(self, *args)

        monkeypatch.setattr(PasswordHasher, name, counted)
    return seen


@pytest.fixture(autouse=True)
def no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reaches the network or SMTP unless it is marked `network` (which means this machine's loopback)."""
    if request.node.get_closest_marker("network") or request.node.get_closest_marker("browser"):
        return
    connect = socket.socket.connect

    def refuse(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX:
            raise AssertionError(f"a test without the mark 'network' connects to {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", refuse)
