"""What a load balancer asks: is the process alive, is the platform ready."""

from datetime import timedelta

import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue

from fairlink.kernel.tables import WorkerHeartbeat
from fairlink.policy import Can
from fairlink.web.access import guarded
from fairlink.web.session import database

bp = Blueprint("health", __name__)

#: A worker that has not said so for this long counts as gone; it does every few seconds.
HEARTBEAT_LIMIT = timedelta(seconds=30)


@bp.get("/healthz")
@guarded(Can.PUBLIC_READ)
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
@guarded(Can.PUBLIC_READ)
def readyz() -> ResponseReturnValue:
    """Database, migrations and worker, each with ok or what is wrong; 503 unless all are ok."""
    checks = {"database": "ok", "migrations": "ok", "worker": "ok"}
    try:
        with database().engine.connect() as connection:
            revision = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
            # By the database's clock on both sides: a moved development clock must not matter here.
            beat = connection.scalar(
                sa.select(sa.func.max(WorkerHeartbeat.beat_at) > sa.func.clock_timestamp() - HEARTBEAT_LIMIT)
            )
    except sa.exc.ProgrammingError:
        # It answers, but knows none of our tables.
        checks.update(migrations="none: run 'fairlink db upgrade'", worker="unknown")
    except sa.exc.SQLAlchemyError:
        checks.update(database="does not answer", migrations="unknown", worker="unknown")
    else:
        head = current_app.config["MIGRATION_HEAD"]
        if revision != head:
            checks["migrations"] = f"at {revision}, not {head}: run 'fairlink db upgrade'"
        if not beat:
            checks["worker"] = "no worker has reported lately: run 'fairlink worker'"
    ready = set(checks.values()) == {"ok"}
    return jsonify(status="ok" if ready else "not ready", **checks), 200 if ready else 503


def migration_head(pyproject: str) -> str | None:
    """The newest revision among the migrations of this release."""
    return ScriptDirectory.from_config(Config(toml_file=pyproject)).get_current_head()
