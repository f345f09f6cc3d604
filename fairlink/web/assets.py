"""Addresses of static files that change with their content, so that browsers may keep them for ever."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for


def init_assets(app: Flask) -> None:
    """Make `static_url` known to templates and let fingerprinted files be cached for a year."""
    app.jinja_env.globals["static_url"] = static_url

    @app.after_request
    def cache_fingerprinted(response: Response) -> Response:
        if request.endpoint == "static" and "v" in request.args and response.status_code == 200:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def static_url(filename: str) -> str:
    """The address of a file under static/, with a fingerprint of its content."""
    folder = Path(str(current_app.static_folder))
    stamp = (folder / filename).stat().st_mtime_ns
    return url_for("static", filename=filename, v=_fingerprint(folder / filename, stamp))


@cache
def _fingerprint(path: Path, stamp: int) -> str:
    # `stamp` is part of the key only: an edited file gets a new address without a restart.
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
