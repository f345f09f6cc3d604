"""Storing files, giving them back, and clearing away what belongs to nothing any more."""

import hashlib
import uuid
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from fairlink.files import gateway, queries
from fairlink.files.models import StoredFile
from fairlink.kernel.errors import Invalid, NotFound
from fairlink.kernel.uploads import Upload

#: Bytes without a row are older than any request under way before they are taken for left over.
LEFT_OVER = timedelta(days=1)

#: Keys looked up at once.
BATCH = 500


def store(session: Session, upload: Upload, *, owner_id: int, by_id: int, now: datetime) -> StoredFile:
    """Keep a file for the organisation `owner_id`, sent in by the person `by_id`; flushed, so that it has an id.

    Raises Invalid for one in which clamd finds a virus, and while a clamd that was asked for cannot be reached.
    """
    try:
        if gateway.has_virus(upload.content):
            raise Invalid("file_infected", name=upload.name)
    except gateway.ScannerAway:
        raise Invalid("file_not_scanned", name=upload.name) from None
    stored = StoredFile(
        key=uuid.uuid4().hex,
        name=upload.name,
        kind=upload.kind,
        size_bytes=len(upload.content),
        sha256=hashlib.sha256(upload.content).hexdigest(),
        owner_id=owner_id,
        uploaded_by_id=by_id,
        created_at=now,
    )
    # The bytes first: after a fall between the two there are bytes too many, which `clear` finds, never too few.
    gateway.write(stored.key, upload.content)
    session.add(stored)
    session.flush()
    return stored


def retrieve(stored: StoredFile) -> bytes:
    """The content of a file. Raises NotFound if it is gone from the disk or is no longer what was stored."""
    try:
        content = gateway.read(stored.key)
    except FileNotFoundError:
        raise NotFound("file_lost") from None
    if hashlib.sha256(content).hexdigest() != stored.sha256:
        raise NotFound("file_lost")
    return content


def remove(session: Session, stored: StoredFile) -> None:
    """Forget a file; its bytes go with the next `clear`, so that a transaction that fails loses nothing."""
    session.delete(stored)
    session.flush()


def clear(session: Session, *, now: datetime) -> int:
    """Delete the bytes to which no row belongs, older than a day; returns how many files went."""
    old = list(gateway.keys_before((now - LEFT_OVER).timestamp()))
    gone = 0
    for start in range(0, len(old), BATCH):
        keys = old[start : start + BATCH]
        for key in frozenset(keys) - queries.known_keys(session, keys):
            gateway.delete(key)
            gone += 1
    return gone
