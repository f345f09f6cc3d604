"""What a worker does for people who sign in."""

from datetime import datetime

from fairlink.accounts import service
from fairlink.kernel.database import Session


def answer_reset(session: Session, *, now: datetime, email: str, locale: str) -> None:
    """Answer somebody who forgot a password."""
    service.answer_reset(session, email=email, locale=locale, now=now)
