"""How meetings of a fair come about, what the sides wish, and the life of a request."""

from enum import StrEnum


class Scheduling(StrEnum):
    """Who puts meetings into time slots."""

    SELF = "self"
    ORGANISER = "organiser"


class Consent(StrEnum):
    """Whether the side that is asked has to agree."""

    ASKED = "asked"
    AUTOMATIC = "automatic"


class Shown(StrEnum):
    """What exhibitors see of the buyers who come: nothing, their organisation, or the person too."""

    HIDDEN = "hidden"
    PROFILE = "profile"
    CONTACT = "contact"


class Level(StrEnum):
    """How much one side wants to meet the other; NO_THANKS is final and told to nobody."""

    MUST_MEET = "must_meet"
    MEET = "meet"
    NO_THANKS = "no_thanks"


class Half(StrEnum):
    """A half of a fair's day."""

    AM = "am"
    PM = "pm"


class RequestState(StrEnum):
    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class RequestAction(StrEnum):
    ACCEPT = "accept"
    DECLINE = "decline"
    EXPIRE = "expire"
    WITHDRAW = "withdraw"


_S, _A = RequestState, RequestAction

REQUEST_TRANSITIONS: dict[tuple[RequestState, RequestAction], RequestState] = {
    (_S.SENT, _A.ACCEPT): _S.ACCEPTED,
    (_S.SENT, _A.DECLINE): _S.DECLINED,
    (_S.SENT, _A.EXPIRE): _S.EXPIRED,
    (_S.SENT, _A.WITHDRAW): _S.WITHDRAWN,
    # Somebody thinks better of it, or the meeting that came of it is off.
    (_S.ACCEPTED, _A.DECLINE): _S.DECLINED,
    (_S.ACCEPTED, _A.WITHDRAW): _S.WITHDRAWN,
}

#: States of a request that may still become, or is, a meeting.
LIVE = frozenset({_S.SENT, _S.ACCEPTED})
