"""The database session of the request."""

from dataclasses import dataclass
from typing import cast

import sqlalchemy as sa
from flask import Flask, current_app, g
from sqlalchemy.orm import Session, sessionmaker


@dataclass(frozen=True, slots=True)
class Database:
    """The engine and session factory of this process."""

    engine: sa.Engine
    sessions: sessionmaker[Session]


def init_database(app: Flask, database: Database) -> None:
    """Give `app` its database; every request gets one session, closed at its end."""
    app.extensions["fairlink.database"] = database
    app.teardown_appcontext(_close)


def database() -> Database:
    """The database of the current app."""
    return cast(Database, current_app.extensions["fairlink.database"])


def db_session() -> Session:
    """The session of this request, opened at its first use. Only `unit_of_work` commits it."""
    if "db_session" not in g:
        g.db_session = database().sessions()
    return cast(Session, g.db_session)


def _close(error: BaseException | None) -> None:
    session: Session | None = g.pop("db_session", None)
    if session is not None:
        session.close()
