"""The table of stored files; their bytes lie in the storage folder."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from fairlink.kernel.database import Base, PrimaryKey, enum_column, reference
from fairlink.kernel.uploads import FileKind


class StoredFile(Base):
    """A file that somebody sent in. What it belongs to refers to it, and decides who may have it."""

    __tablename__ = "stored_file"
    __table_args__ = (sa.CheckConstraint("size_bytes > 0", name="not_empty"),)

    id: Mapped[PrimaryKey]
    #: Random; the name under which the bytes lie in the storage folder.
    key: Mapped[str] = mapped_column(unique=True)
    #: As the sender called it, for showing only.
    name: Mapped[str]
    kind: Mapped[FileKind] = enum_column(FileKind)
    size_bytes: Mapped[int]
    #: Of the content, in hexadecimal.
    sha256: Mapped[str] = mapped_column(sa.String(64))
    #: Whose file it is.
    owner_id: Mapped[int] = reference("organisation")
    uploaded_by_id: Mapped[int] = reference("user_account")
    created_at: Mapped[datetime]
