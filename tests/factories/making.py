"""What every factory stands on: the session it adds to, numbers that never repeat, and when things were made."""

import itertools
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy.orm import Session

from fairlink.kernel.money import Money

T = TypeVar("T")

#: When everything in a test was made, unless it says otherwise.
MADE_AT = datetime(2027, 1, 1, 9, 0, tzinfo=UTC)

numbers = itertools.count(1)
_current: dict[str, Session] = {}


def use(session: Session) -> Session | None:
    """Make everything in `session` from now on; returns where it was made before."""
    before = _current.get("session")
    _current["session"] = session
    return before


def current() -> Session:
    """The session of the running test."""
    return _current["session"]


def add(thing: T) -> T:
    """Add an object that no factory makes."""
    current().add(thing)
    current().flush()
    return thing


def money(euros: int) -> Money:
    """Whole euros."""
    return Money(euros * 100, "EUR")
