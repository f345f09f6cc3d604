"""Rate limits, counted in PostgreSQL so that all web processes count together."""

from typing import Any

import sqlalchemy as sa
from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import current_user
from limits.storage import Storage

from fairlink.kernel.database import make_engine

limiter = Limiter(key_func=get_remote_address, headers_enabled=False)

_COUNT = """
    INSERT INTO rate_limit AS r (key, hits, expires_at)
    VALUES (:key, :amount, clock_timestamp() + make_interval(secs => :seconds))
    ON CONFLICT (key) DO UPDATE SET
      hits = CASE WHEN r.expires_at <= clock_timestamp() THEN :amount ELSE r.hits + :amount END,
      expires_at = CASE WHEN r.expires_at <= clock_timestamp() THEN excluded.expires_at ELSE r.expires_at END
    RETURNING hits"""


class PostgresStorage(Storage):
    """Fixed-window counters in the unlogged table ``rate_limit``, by statements of their own."""

    STORAGE_SCHEME = ["pglimit"]
    _engine: sa.Engine

    @classmethod
    def connect(cls, engine: sa.Engine) -> None:
        """Count in the database of `engine`."""
        cls._engine = engine

    @classmethod
    def disconnect(cls) -> None:
        """Close the connections that count."""
        cls._engine.dispose()

    @property
    def base_exceptions(self) -> type[Exception]:
        return sa.exc.SQLAlchemyError

    def _one(self, statement: str, **values: Any) -> Any:
        with self._engine.begin() as connection:
            return connection.execute(sa.text(statement), values).first()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        return int(self._one(_COUNT, key=key, amount=amount, seconds=expiry).hits)

    def get(self, key: str) -> int:
        row = self._one("SELECT hits FROM rate_limit WHERE key = :key AND expires_at > clock_timestamp()", key=key)
        return int(row.hits) if row else 0

    def get_expiry(self, key: str) -> float:
        statement = """
            SELECT extract(epoch FROM coalesce((SELECT expires_at FROM rate_limit WHERE key = :key), clock_timestamp()))
              AS at"""
        return float(self._one(statement, key=key).at)

    def check(self) -> bool:
        return True

    def reset(self) -> int | None:
        self._one("DELETE FROM rate_limit RETURNING key")
        return None

    def clear(self, key: str) -> None:
        self._one("DELETE FROM rate_limit WHERE key = :key RETURNING key", key=key)


def init_limits(app: Flask, engine: sa.Engine) -> None:
    """Switch the limits of the views on. If the database cannot count, the request fails: limits fail closed."""
    # A small pool of their own: a counter must not wait for the request's transaction, nor be rolled back with it.
    counters = make_engine(engine.url.render_as_string(hide_password=False), pool_size=1, max_overflow=3)
    PostgresStorage.connect(counters)
    app.config.update(RATELIMIT_STORAGE_URI="pglimit://", RATELIMIT_ENABLED=not app.testing)
    limiter.init_app(app)


def by_email_field() -> str:
    """Count per receiver: the address typed in the form, however it is written."""
    return "email:" + request.form.get("email", "").strip().lower()[:254]


def by_viewer() -> str:
    """Count per sender: the person who is signed in, else the address the request comes from."""
    return f"viewer:{current_user.id}" if current_user.is_authenticated else get_remote_address()
