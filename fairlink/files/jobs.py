"""What the clock does to files."""

from datetime import datetime
from typing import TYPE_CHECKING

from fairlink.files import service

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def clear(session: "Session", *, now: datetime) -> int:
    """Delete bytes that belong to nothing; returns how many files went."""
    return service.clear(session, now=now)
