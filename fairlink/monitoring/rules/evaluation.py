"""Which comparison a call allows, and what its applications are compared by."""

from enum import StrEnum


class Design(StrEnum):
    """How those who were awarded are compared with those who were not; see `estimation.designs`."""

    #: Intention to treat, where lots were drawn.
    LOTTERY = "lottery"
    #: Regression discontinuity at the frozen cut-off, where scores decided.
    CUTOFF = "cutoff"
    #: Matched difference in differences, where neither did.
    MATCHING = "matching"
