"""The visits' work on the worker's clock."""

from datetime import datetime

from fairlink.kernel.database import Session
from fairlink.visits import service


def tick(session: Session, *, now: datetime) -> None:
    """Cancel meetings left without ground by a cancelled fair or a withdrawn exhibitor; remind of those that stand.

    Requests that have run out, or lost their ground, end too.
    """
    service.call_off_without_ground(session, now=now)
    service.end_requests(session, now=now)
    service.remind(session, now=now)
