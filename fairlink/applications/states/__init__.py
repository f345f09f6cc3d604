"""The lives of an application, an award and a place in a group."""

from enum import StrEnum

from fairlink.kernel.states import allowed_actions


class MemberState(StrEnum):
    """A firm's place in a producer group."""

    ACTIVE = "active"
    LEFT = "left"


class InvitationState(StrEnum):
    """What has become of an invitation to a group; told by its instants, not stored."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    REVOKED = "revoked"
    EXPIRED = "expired"


class ApplicationState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    ASSESSED = "assessed"
    AWARDED = "awarded"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    DECLINED = "declined"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


class ApplicationAction(StrEnum):
    SUBMIT = "submit"
    RETURN = "return"
    ASSESS = "assess"
    APPROVE = "approve"
    REFUSE = "refuse"
    REOPEN = "reopen"
    ACCEPT = "accept"
    DECLINE = "decline"
    LAPSE = "lapse"
    LOSE = "lose"
    WITHDRAW = "withdraw"


_S, _A = ApplicationState, ApplicationAction

TRANSITIONS: dict[tuple[ApplicationState, ApplicationAction], ApplicationState] = {
    (_S.DRAFT, _A.SUBMIT): _S.SUBMITTED,
    (_S.SUBMITTED, _A.RETURN): _S.DRAFT,
    (_S.SUBMITTED, _A.ASSESS): _S.ASSESSED,
    (_S.ASSESSED, _A.APPROVE): _S.AWARDED,
    (_S.ASSESSED, _A.REFUSE): _S.REFUSED,
    # An appeal was upheld: somebody decides anew.
    (_S.REFUSED, _A.REOPEN): _S.ASSESSED,
    (_S.AWARDED, _A.ACCEPT): _S.ACCEPTED,
    (_S.AWARDED, _A.DECLINE): _S.DECLINED,
    (_S.AWARDED, _A.LAPSE): _S.LAPSED,
    # A firm left, and the rest is no longer what the scheme supports.
    (_S.AWARDED, _A.LOSE): _S.LAPSED,
    (_S.ACCEPTED, _A.LOSE): _S.LAPSED,
    (_S.DRAFT, _A.WITHDRAW): _S.WITHDRAWN,
    (_S.SUBMITTED, _A.WITHDRAW): _S.WITHDRAWN,
    (_S.ASSESSED, _A.WITHDRAW): _S.WITHDRAWN,
    (_S.AWARDED, _A.WITHDRAW): _S.WITHDRAWN,
    (_S.ACCEPTED, _A.WITHDRAW): _S.WITHDRAWN,
}


def actions_in(state: ApplicationState) -> frozenset[ApplicationAction]:
    """The actions that are possible in `state`."""
    return allowed_actions(TRANSITIONS, state)


#: An applicant may have one application in these states for a call.
LIVE = frozenset({_S.DRAFT, _S.SUBMITTED, _S.ASSESSED, _S.AWARDED, _S.ACCEPTED})

#: Nobody has decided on an application in these states: its members and costs are not yet the agency's promise.
UNDECIDED = frozenset({_S.DRAFT, _S.SUBMITTED, _S.ASSESSED})

#: The envelope carries a commitment for an application in these states.
COMMITTED = frozenset({_S.AWARDED, _S.ACCEPTED})


class Recommendation(StrEnum):
    """What an assessor advises the approver to do."""

    AWARD = "award"
    REFUSE = "refuse"
