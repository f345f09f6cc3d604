"""How a file is given out. Files have no address of their own: the view of what they belong to asks who may."""

import io
import re
from typing import TYPE_CHECKING

from flask import Response, send_file

from fairlink.files import service
from fairlink.kernel.uploads import MIME

if TYPE_CHECKING:
    from fairlink.files.models import StoredFile


def download(stored: "StoredFile") -> Response:
    """The file as something to save, never to be shown as a page of ours nor kept in a cache."""
    return as_download(service.retrieve(stored), stored.name, MIME[stored.kind])


def as_download(content: bytes, name: str, mime: str) -> Response:
    """The same for what was made on the spot: a letter, an export."""
    # Names of firms and fairs may hold what no header and no file system takes.
    name = re.sub(r'[\x00-\x1f\x7f/\\:*?"<>|]+', " ", name).strip()
    response = send_file(io.BytesIO(content), mimetype=mime, as_attachment=True, download_name=name, etag=False)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
