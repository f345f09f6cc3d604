"""The life of a run that plans the meetings of a fair."""

from enum import StrEnum


class AgendaMode(StrEnum):
    """What a run may change: everything; as little as possible of what is published; nothing of it."""

    FULL = "full"
    REPAIR = "repair"
    UNBOOKED = "unbooked"


class AgendaState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DRAFT = "draft"
    PUBLISHED = "published"
    DISCARDED = "discarded"


class AgendaAction(StrEnum):
    START = "start"
    FINISH = "finish"
    PUBLISH = "publish"
    DISCARD = "discard"
    LOSE = "lose"


class Outcome(StrEnum):
    """What is known of a draft as the optimiser made it."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNKNOWN = "unknown"


_S, _A = AgendaState, AgendaAction

AGENDA_TRANSITIONS: dict[tuple[AgendaState, AgendaAction], AgendaState] = {
    (_S.QUEUED, _A.START): _S.RUNNING,
    # A worker died with it: the next one begins anew.
    (_S.RUNNING, _A.START): _S.RUNNING,
    (_S.RUNNING, _A.FINISH): _S.DRAFT,
    # Its job was given up after several tries: whoever waits shall be able to order another.
    (_S.QUEUED, _A.LOSE): _S.DISCARDED,
    (_S.RUNNING, _A.LOSE): _S.DISCARDED,
    (_S.DRAFT, _A.PUBLISH): _S.PUBLISHED,
    (_S.DRAFT, _A.DISCARD): _S.DISCARDED,
}

#: States of a run that nothing can be done with yet.
UNDER_WAY = frozenset({_S.QUEUED, _S.RUNNING})
