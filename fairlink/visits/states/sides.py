"""The two sides of a meeting."""

from enum import StrEnum


class Side(StrEnum):
    """Which side of a meeting, or of the lead it becomes, is meant."""

    FIRM = "firm"
    BUYER = "buyer"

    @property
    def other(self) -> "Side":
        return Side.BUYER if self is Side.FIRM else Side.FIRM
