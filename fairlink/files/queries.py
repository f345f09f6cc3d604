"""Reads of stored files."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.files.models import StoredFile


def file(session: Session, file_id: int) -> StoredFile | None:
    """The file with this id."""
    return session.get(StoredFile, file_id)


def known_keys(session: Session, keys: Collection[str]) -> frozenset[str]:
    """Those of `keys` under which something is stored."""
    return frozenset(session.scalars(sa.select(StoredFile.key).where(StoredFile.key.in_(keys))))
