"""The JSON format of the University of Girona's matchmaking instances: reading it and answering in it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fairlink.visits.rules.problem import Meeting, Participant, Place, Problem, Session, Solution

#: More slots than any fair has; a document beyond it is a mistake, not a fair.
MOST_SLOTS = 5_000


class Unreadable(Exception):
    """A document that is not in the format; the text says where and why."""


def load(path: str | Path) -> Problem:
    """Read an instance file. Raises Unreadable with the path and the reason."""
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise Unreadable(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{path}: not a JSON document ({error})") from error
    try:
        return parse(document)
    except Unreadable as error:
        raise Unreadable(f"{path}: {error}") from error


def parse(document: object) -> Problem:
    """A problem with every meeting mandatory and fairness 2. Raises Unreadable for anything that is not one.

    Forbidden slots that do not exist are harmless; a fixed one makes the instance infeasible, not unreadable.
    """
    top = _mapping(document, "the document")
    slots = _number(top, "slots", "the document")
    if slots > MOST_SLOTS:
        raise Unreadable(f"slots: {slots} is more than {MOST_SLOTS}")
    morning = _number(top, "morning_slots", "the document", default=slots)
    people = tuple(_participant(entry, i) for i, entry in enumerate(_entries(top, "participants")))
    meetings = tuple(_meeting(entry, i) for i, entry in enumerate(_entries(top, "meetings")))
    _require_known([p.id for p in people], meetings)
    return Problem(
        slots=slots,
        participants=people,
        meetings=meetings,
        places=(Place("tables", _number(top, "tables", "the document")),),
        morning=frozenset(range(min(morning, slots))),
        fairness=2,
    )


def answer(solution: Solution) -> dict[str, Any]:
    """The object to print: status, gaps, bound, seconds, schedule, and `reason` for an infeasible one."""
    found: dict[str, Any] = {
        "status": str(solution.status),
        "gaps": solution.gaps,
        "bound": solution.bound,
        "seconds": round(solution.seconds, 3),
        "schedule": dict(solution.schedule),
    }
    if solution.reasons:
        found["reason"] = " ".join(reason.text for reason in solution.reasons)
    return found


def _mapping(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise Unreadable(f"{where}: an object is expected")
    return value


def _entries(top: Mapping[str, object], key: str) -> list[object]:
    value = top.get(key)
    if not isinstance(value, list):
        raise Unreadable(f"{key}: a list is expected")
    return value


def _number(entry: Mapping[str, object], key: str, where: str, default: int | None = None) -> int:
    value = entry.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Unreadable(f"{where}: {key} must be a whole number, zero or more")
    return value


def _id(entry: Mapping[str, object], key: str, where: str) -> str:
    value = entry.get(key)
    if not isinstance(value, int | str) or isinstance(value, bool) or value == "":
        raise Unreadable(f"{where}: {key} must be a number or a text")
    return str(value)


def _slots(entry: Mapping[str, object], key: str, where: str) -> list[int]:
    value = entry.get(key) or []
    if not isinstance(value, list) or any(not isinstance(t, int) or isinstance(t, bool) for t in value):
        raise Unreadable(f"{where}: {key} must be a list of slot numbers")
    return value


def _participant(value: object, i: int) -> Participant:
    where = f"participants[{i}]"
    entry = _mapping(value, where)
    id_ = _id(entry, "id", where)
    return Participant(id_, frozenset(_slots(entry, "forbidden", where)), name=f"participant {id_}")


def _meeting(value: object, i: int) -> Meeting:
    where = f"meetings[{i}]"
    entry = _mapping(value, where)
    session = entry.get("session")
    if session not in (None, "am", "pm"):
        raise Unreadable(f"{where}: session must be null, 'am' or 'pm'")
    fixed = entry.get("fixed")
    if fixed is not None and (not isinstance(fixed, int) or isinstance(fixed, bool)):
        raise Unreadable(f"{where}: fixed must be null or a slot number")
    after = entry.get("after") or []
    if not isinstance(after, list) or any(not isinstance(q, int | str) or isinstance(q, bool) for q in after):
        raise Unreadable(f"{where}: after must be a list of meeting ids")
    return Meeting(
        _id(entry, "id", where),
        _id(entry, "a", where),
        _id(entry, "b", where),
        session=None if session is None else Session(str(session)),
        fixed=fixed,
        after=tuple(str(q) for q in after),
        mandatory=True,
    )


def _require_known(people: list[str], meetings: tuple[Meeting, ...]) -> None:
    for ids, what in ((people, "participants"), ([m.id for m in meetings], "meetings")):
        seen: set[str] = set()
        for id_ in ids:
            if id_ in seen:
                raise Unreadable(f"{what}: id {id_} is used twice")
            seen.add(id_)
    known, numbered = set(people), {m.id for m in meetings}
    for i, m in enumerate(meetings):
        where = f"meetings[{i}]"
        strangers = [id_ for id_ in (m.a, m.b) if id_ not in known]
        if strangers:
            raise Unreadable(f"{where}: there is no participant {strangers[0]}")
        if m.a == m.b:
            raise Unreadable(f"{where}: a and b are the same participant")
        lost = [q for q in m.after if q not in numbered]
        if lost:
            raise Unreadable(f"{where}: after names meeting {lost[0]}, which is not there")
