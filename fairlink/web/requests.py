"""A request id on every answer and every line of log."""

import re
import time
import uuid

import structlog
from flask import Flask, Response, g, request

log = structlog.get_logger()
_SAFE_ID = re.compile(r"^[A-Za-z0-9_-]{8,64}$")


def init_requests(app: Flask) -> None:
    """Bind a request id at the start (a proxy's, if it is well formed) and log one line at the end."""

    @app.before_request
    def begin() -> None:
        given = request.headers.get("X-Request-Id", "")
        g.request_id = given if _SAFE_ID.match(given) else uuid.uuid4().hex
        g.started = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.get("request_id", "")
        if request.endpoint not in ("static", "health.healthz"):
            # The rule, not the path: paths of token pages are secrets.
            rule = request.url_rule.rule if request.url_rule else "(none)"
            elapsed = round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1)
            log.info("request", method=request.method, rule=rule, status=response.status_code, ms=elapsed)
        return response
