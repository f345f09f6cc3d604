"""The kinds of entry in the aid ledger, and the life of a link between firms."""

from enum import StrEnum


class AidKind(StrEnum):
    """What an aid entry says: aid granted here, aid that a firm declared, or less than an earlier entry said."""

    GRANTED = "granted"
    DECLARED = "declared"
    CORRECTED = "corrected"


class LinkState(StrEnum):
    """A link is what one firm says until staff have confirmed it; only then do ceilings count both firms together."""

    DECLARED = "declared"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    ENDED = "ended"


class LinkAction(StrEnum):
    CONFIRM = "confirm"
    REFUSE = "refuse"
    END = "end"


LINK_TRANSITIONS: dict[tuple[LinkState, LinkAction], LinkState] = {
    (LinkState.DECLARED, LinkAction.CONFIRM): LinkState.CONFIRMED,
    (LinkState.DECLARED, LinkAction.REFUSE): LinkState.REFUSED,
    (LinkState.DECLARED, LinkAction.END): LinkState.ENDED,
    (LinkState.CONFIRMED, LinkAction.END): LinkState.ENDED,
}
