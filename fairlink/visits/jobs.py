"""The visits' work on the worker's clock."""

from datetime import datetime

from fairlink.kernel.database import Session
from fairlink.visits import service


def tick(session: Session, *, now: datetime) -> None:
    """Cancel meetings that a cancelled fair or a withdrawn exhibitor has left without ground, with notices."""
    service.call_off_without_ground(session, now=now)
