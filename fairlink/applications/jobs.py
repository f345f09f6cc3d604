"""What the clock does to applications."""

from datetime import datetime
from typing import TYPE_CHECKING

from fairlink.applications import service

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def lapse_overdue(session: "Session", *, now: datetime) -> int:
    """End the awards that were not accepted in time, a hundred at most; returns how many. Run it again until 0."""
    return service.lapse_overdue(session, now)


def offer_reserves(session: "Session", *, now: datetime) -> int:
    """Give reserves their turn where money was given back; returns how many."""
    return service.offer_reserves(session, now)


def close_unclaimed(session: "Session", *, now: datetime) -> int:
    """Remind of what can be claimed, and release what was not claimed in time; returns how many awards of both."""
    return service.close_unclaimed(session, now)
