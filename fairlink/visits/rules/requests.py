"""Decisions about requests that need no database."""

from datetime import datetime, timedelta

from fairlink.visits.states import RequestAction


def expiry(now: datetime, hours: int, fair_ends_at: datetime) -> datetime:
    """When a request sent `now` ends without an answer: after so many hours, with the fair at the latest.

    Hours are real ones: 72 over the night of a clock change are 72.
    """
    return min(now + timedelta(hours=hours), fair_ends_at)


def refusal(action: RequestAction, expires_at: datetime, now: datetime) -> str | None:
    """Why the clock does not allow `action`: a code, or None. An answer must come before the expiry."""
    if action is RequestAction.ACCEPT and expires_at <= now:
        return "request_expired"
    return None


def is_full(taken: int, maximum: int | None) -> bool:
    """Whether a participant who has `taken` meetings, asked for or agreed, may not have another."""
    return maximum is not None and taken >= maximum
