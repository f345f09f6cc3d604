"""The words of a contact made at a fair."""

from enum import StrEnum


class Interest(StrEnum):
    """How warm a contact was at the fair."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
