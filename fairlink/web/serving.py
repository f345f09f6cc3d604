"""How gunicorn serves the platform: ``gunicorn -c python:fairlink.web.serving wsgi:app``.

HOST and PORT say where to listen (127.0.0.1:8000: a reverse proxy is meant to stand in front), WEB_CONCURRENCY how many
processes to run (2). Without a DATABASE_URL the master holds the embedded PostgreSQL for its workers.
"""

import gc
import os
from pathlib import Path
from typing import Any

from config import SettingsError, load
from fairlink.kernel import logs
from fairlink.kernel.localpg import LocalPostgres

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
#: Whoever sends a form slowly keeps a thread until it is there (`make chaos-uploads`); a proxy that buffers spares it.
threads = 24
timeout = 60
graceful_timeout = 20
keepalive = 5
#: A worker that has leaked memory for this long makes room for a new one.
max_requests = 20_000
max_requests_jitter = 2_000
control_socket_disable = True
#: gunicorn's heartbeat files: on a disk they can block a worker.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 gunicorn makes an unguessable name
accesslog = None
loglevel = "warning"
#: Into the same stream and form as every other line of log.
logconfig_dict = {
    "loggers": {"gunicorn.error": {"level": "WARNING", "handlers": [], "propagate": True}},
    "root": {"level": "INFO", "handlers": []},
}


def on_starting(server: Any) -> None:
    """In the master, before the first worker."""
    try:
        settings = load()
    except SettingsError as error:
        raise SystemExit(str(error)) from None
    logs.configure(production=settings.production)
    if settings.database_url is None:
        # Held until the master exits; workers find it by the environment.
        local = LocalPostgres(settings.postgres).acquire()
        os.environ["DATABASE_URL"] = local.create_database()


def post_worker_init(worker: Any) -> None:
    """In each worker, once the application is loaded: what stays for ever need not be looked at by each collection."""
    gc.collect()
    gc.freeze()
