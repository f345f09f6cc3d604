"""The words of an agenda: what is to be scheduled, what came out, and the reasons why something cannot be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

#: Marks a text for the translators (babel's default keyword) and leaves it as it is: rules know no request's language.
N_ = str


class Priority(StrEnum):
    """How much a meeting is wanted; a veto is not a priority but a pair in `Problem.vetoes`."""

    MUST_MEET = "must_meet"
    MEET = "meet"


class Session(StrEnum):
    """Half of the day a meeting is confined to."""

    AM = "am"
    PM = "pm"


class Status(StrEnum):
    """What is known about an agenda at the end of a run."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Participant:
    """A buyer or an exhibitor: at most one meeting per slot, none in a forbidden one.

    `minimum` is aimed at and may be missed; `maximum` (None: no limit) never is exceeded.
    """

    id: str
    forbidden: frozenset[int] = frozenset()
    minimum: int = 0
    maximum: int | None = None
    name: str = ""

    @property
    def label(self) -> str:
        return self.name or self.id


@dataclass(frozen=True, slots=True)
class Place:
    """Where meetings are held: all tables together (capacity = tables) or one group's own stand."""

    id: str
    capacity: int


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting of participants `a` and `b` that takes one slot.

    `after` names meetings that lie in earlier slots; `fixed` is the only slot allowed; `place` None needs no room.
    `mandatory` meetings must all be held; the others as far as they fit.
    """

    id: str
    a: str
    b: str
    priority: Priority = Priority.MEET
    session: Session | None = None
    fixed: int | None = None
    after: tuple[str, ...] = ()
    place: str | None = "tables"
    mandatory: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """One fair's requests. Slots are numbered 0 to `slots` - 1 in time order.

    `morning` are the slots of Session.AM; `day_starts` the first slot of each day (gaps are not counted overnight);
    `fairness`, where given, is the most by which two participants' numbers of gaps may differ.
    """

    slots: int
    participants: tuple[Participant, ...]
    meetings: tuple[Meeting, ...]
    places: tuple[Place, ...] = ()
    morning: frozenset[int] = frozenset()
    day_starts: tuple[int, ...] = (0,)
    vetoes: frozenset[frozenset[str]] = frozenset()
    fairness: int | None = None


#: Every reason the rules can give, in English; a view translates the template before it fills in the parameters.
REASONS: Mapping[str, str] = {
    "veto": N_("%(a)s and %(b)s: one of them does not want to meet the other."),
    "fixed_outside": N_("The meeting of %(a)s and %(b)s is fixed in slot %(slot)s, which it may not use."),
    "no_common_slot": N_("%(a)s and %(b)s have no slot in common that this meeting may use."),
    "fixed_twice": N_("%(name)s has %(meetings)s meetings that can only be in slot %(slot)s."),
    "participant_full": N_("%(name)s has %(meetings)s meetings but only %(free)s free slots."),
    "participant_maximum": N_("%(name)s has %(meetings)s meetings to hold but a maximum of %(maximum)s."),
    "participant_squeezed": N_(
        "%(name)s: the %(meetings)s meetings with %(partners)s can only use %(free)s slots (%(slots)s)."
    ),
    "tables_full": N_("%(meetings)s meetings need %(place)s, which has room for only %(room)s (%(slots)s slots)."),
    "tables_squeezed": N_(
        "%(meetings)s meetings can only use slots %(slots)s, where %(place)s has room for %(room)s of them."
    ),
    "precedence_cycle": N_("Each of these meetings must come after another of them: %(meetings)s."),
    "precedence_chain": N_(
        "These meetings must be held in this order, but the slots they may use do not allow it: %(meetings)s."
    ),
    "precedence_crowd": N_(
        "Meetings of %(name)s must come before or after that of %(a)s and %(b)s and leave it no slot: %(meetings)s."
    ),
    "fairness_forced": N_(
        "Absences give %(name)s at least %(gaps)s gaps; others have none, and the difference may be %(fairness)s."
    ),
    "conflict": N_("The meetings of %(names)s cannot all be held together."),
    "conflict_tables": N_("The meetings of %(names)s cannot all be held together with the places there are."),
    "conflict_precedence": N_("The meetings of %(names)s cannot all be held in the order asked for."),
    "conflict_room": N_(
        "%(place)s: room for %(room)s meetings at a time is too little; with room for %(enough)s they would all fit."
    ),
    "conflict_place": N_(
        "%(place)s: room for %(room)s meetings at a time is too little; with more they would all fit."
    ),
    "conflict_order": N_("The meetings would all fit if none had to come after another."),
    "conflict_fairness": N_(
        "No schedule keeps the numbers of gaps of all participants within %(fairness)s of each other."
    ),
    "proven": N_("The meetings do not all fit together; no single participant or place is the cause."),
    "left_maximum": N_("%(name)s already has the maximum of %(maximum)s meetings."),
    "left_no_slot": N_("%(a)s and %(b)s have no free slot left in common."),
    "left_no_room": N_("In every slot that %(a)s and %(b)s have free, %(place)s is full."),
    "left_order": N_(
        "Every slot %(a)s and %(b)s have free is before a meeting that must come first, or after one that must follow."
    ),
    "fault_unknown": N_("There is no meeting %(meeting)s."),
    "fault_missing": N_("The meeting of %(a)s and %(b)s must be held and has no slot."),
    "fault_slot": N_("The meeting of %(a)s and %(b)s cannot be in slot %(slot)s."),
    "fault_clash": N_("%(name)s has %(meetings)s meetings in slot %(slot)s."),
    "fault_room": N_("%(place)s has %(meetings)s meetings in slot %(slot)s and room for %(room)s."),
    "fault_maximum": N_("%(name)s has %(meetings)s meetings and a maximum of %(maximum)s."),
    "fault_order": N_("The meeting of %(a)s and %(b)s is not after one that must come first."),
    "fault_fairness": N_("The numbers of gaps of %(name)s and %(other)s differ by %(difference)s."),
    "below_minimum": N_("%(name)s has %(meetings)s of the %(minimum)s meetings wanted at least."),
    "left_worse": N_("%(a)s and %(b)s could only meet instead of another meeting."),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something cannot be held: a key of `REASONS`, its parameters, and the meetings it is about."""

    code: str
    parameters: Mapping[str, str | int] = field(default_factory=dict)
    meetings: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The reason in English."""
        return REASONS[self.code] % self.parameters


@dataclass(frozen=True, slots=True)
class Unscheduled:
    """A requested meeting that got no slot, and why."""

    meeting: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands: seconds since its start, the best agenda so far and the proven least number of gaps."""

    seconds: float
    scheduled: int | None
    gaps: int | None
    bound: int


@dataclass(frozen=True, slots=True)
class Solution:
    """The best agenda found: meeting id to slot.

    `gaps` is the total over participants of maximal idle runs between two meetings of one day (None without an
    agenda); `bound` the proven least total among agendas that hold as much; `reasons` say what makes it infeasible;
    `changed` are published meetings that moved or fell out; `first_seconds` is when the first agenda stood.
    """

    status: Status
    schedule: Mapping[str, int] = field(default_factory=dict)
    gaps: int | None = None
    bound: int = 0
    unscheduled: tuple[Unscheduled, ...] = ()
    reasons: tuple[Reason, ...] = ()
    changed: tuple[str, ...] = ()
    seconds: float = 0.0
    first_seconds: float | None = None


#: Told where a run stands; True ends it, and the best agenda so far is kept.
Report = Callable[[Progress], bool | None]
