"""The JSON format of the matchmaking instances: read, refused, answered."""

import json
from pathlib import Path
from typing import Any

import pytest

from fairlink.visits.rules import b2b
from fairlink.visits.rules.agenda import run_solve
from fairlink.visits.rules.checker import faults

#: Three slots, one of them the afternoon; 7 meets everybody, in an order.
DOCUMENT: dict[str, Any] = {
    "slots": 3,
    "morning_slots": 2,
    "tables": 2,
    "participants": [{"id": 7, "forbidden": []}, {"id": 8, "forbidden": [0]}, {"id": 9}],
    "meetings": [
        {"id": 1, "a": 7, "b": 8, "session": None, "fixed": None, "after": [2]},
        {"id": 2, "a": 7, "b": 9, "session": "am", "fixed": None, "after": []},
        {"id": 3, "a": 8, "b": 9, "session": "pm"},
    ],
}


def written(tmp_path: Path, document: object) -> Path:
    path = tmp_path / "fair.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return path


def test_instance_is_solved_and_answered(tmp_path: Path) -> None:
    path = written(tmp_path, DOCUMENT)
    code, text = run_solve(path, 5, True)
    found = json.loads(text)
    assert code == 0
    assert faults(b2b.load(path), found["schedule"]) == ()
    assert {key: found[key] for key in ("status", "gaps", "bound", "schedule")} == {
        "status": "optimal",
        "gaps": 1,
        "bound": 1,
        "schedule": {"1": 1, "2": 0, "3": 2},
    }


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "fair.json"
    path.write_text(json.dumps(DOCUMENT), encoding="utf-8-sig")
    assert json.loads(run_solve(path, 5, True)[1])["status"] == "optimal"


def test_answer_can_be_read_by_a_person(tmp_path: Path) -> None:
    code, text = run_solve(written(tmp_path, DOCUMENT), 5, False)
    lines = text.splitlines()
    assert (code, lines[:3]) == (0, ["status: optimal", "gaps: 1", "bound: 1"])
    assert lines[4:] == ["meeting 1: slot 1", "meeting 2: slot 0", "meeting 3: slot 2"]


def test_infeasible_instance_has_its_reason(tmp_path: Path) -> None:
    code, text = run_solve(written(tmp_path, {**DOCUMENT, "slots": 1}), 5, True)
    found = json.loads(text)
    assert (code, found["status"], found["gaps"], found["schedule"]) == (0, "infeasible", None, {})
    assert "participant 7 and participant 8 have no slot in common" in found["reason"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"meetings": []}, "optimal"),
        ({"participants": [], "meetings": []}, "optimal"),
        ({"slots": 0, "morning_slots": 0, "meetings": []}, "optimal"),
        ({"slots": 0, "morning_slots": 0}, "infeasible"),
        ({"tables": 0}, "infeasible"),
        ({"meetings": [{"id": 1, "a": 7, "b": 8}]}, "optimal"),
        ({"meetings": [{"id": 1, "a": 7, "b": 8, "fixed": 3}]}, "infeasible"),
        ({"meetings": [{"id": 1, "a": 7, "b": 8, "fixed": 1, "session": "pm"}]}, "infeasible"),
        ({"meetings": [{"id": 1, "a": 7, "b": 8, "after": [1]}]}, "infeasible"),
        ({"meetings": [{"id": i, "a": 7, "b": 8} for i in range(2)]}, "optimal"),
        ({"meetings": [{"id": i, "a": 7, "b": 8} for i in range(3)]}, "infeasible"),
    ],
)
def test_odd_instances_are_answered(tmp_path: Path, change: dict[str, Any], status: str) -> None:
    code, text = run_solve(written(tmp_path, {**DOCUMENT, **change}), 5, True)
    found = json.loads(text)
    assert (code, found["status"], "reason" in found) == (0, status, status == "infeasible")


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("{", "not a JSON document"),
        ("[" * 100_000, "not a JSON document"),
        ([], "the document: an object is expected"),
        ({**DOCUMENT, "slots": -1}, "slots must be a whole number"),
        ({**DOCUMENT, "slots": True}, "slots must be a whole number"),
        ({**DOCUMENT, "slots": 10**9}, "slots: 1000000000 is more than 5000"),
        ({**DOCUMENT, "tables": "3"}, "tables must be a whole number"),
        ({**DOCUMENT, "participants": {}}, "participants: a list is expected"),
        ({**DOCUMENT, "participants": [{"id": None}]}, "participants[0]: id must be a number or a text"),
        ({**DOCUMENT, "participants": [{"id": 1, "forbidden": [0.5]}]}, "participants[0]: forbidden must be a list"),
        ({**DOCUMENT, "participants": DOCUMENT["participants"] * 2}, "participants: id 7 is used twice"),
        ({**DOCUMENT, "meetings": DOCUMENT["meetings"] * 2}, "meetings: id 1 is used twice"),
        ({**DOCUMENT, "meetings": [{"id": 1, "a": 7, "b": 7}]}, "meetings[0]: a and b are the same participant"),
        ({**DOCUMENT, "meetings": [{"id": 1, "a": 7, "b": 6}]}, "meetings[0]: there is no participant 6"),
        ({**DOCUMENT, "meetings": [{"id": 1, "a": 7, "b": 8, "after": [5]}]}, "meetings[0]: after names meeting 5"),
        ({**DOCUMENT, "meetings": [{"id": 1, "a": 7, "b": 8, "session": "noon"}]}, "meetings[0]: session must be"),
        ({**DOCUMENT, "meetings": [{"id": 1, "a": 7, "b": 8, "fixed": "1"}]}, "meetings[0]: fixed must be"),
        ({**DOCUMENT, "meetings": [5]}, "meetings[0]: an object is expected"),
    ],
)
def test_document_in_another_form_is_refused_with_its_path(tmp_path: Path, document: object, said: str) -> None:
    path = written(tmp_path, document)
    code, text = run_solve(path, 5, False)
    assert (code, text.startswith(f"{path}: "), said in text) == (2, True, True)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    assert run_solve(tmp_path / "none.json", 5, True)[0] == 2
    assert run_solve(tmp_path, 5, True)[0] == 2
