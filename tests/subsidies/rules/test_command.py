"""`fairlink quote`: what it prints, and its exit codes."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fairlink.subsidies.rules import Quote, facts_to_dict, quote, rules_to_dict
from fairlink.subsidies.rules.command import run_lottery_verify, run_quote
from fairlink.subsidies.rules.lottery import publish
from fairlink.subsidies.rules.selection import Candidate
from fairlink.subsidies.rules.worked import EXAMPLES
from tests.subsidies.rules.builders import facts, rules

SALERNO = EXAMPLES / "salerno.json"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Rules and an application, each in a file of its own."""
    of = rules()
    mine = facts(of, {"member": "a", "cost_minor": 123_450})
    first, second = tmp_path / "rules.json", tmp_path / "application.json"
    first.write_text(json.dumps(rules_to_dict(of)), encoding="utf-8")
    second.write_text(json.dumps(facts_to_dict(mine)), encoding="utf-8")
    return first, second


def test_text_says_the_amounts_and_how_they_came_about(files: tuple[Path, Path]) -> None:
    code, text = run_quote(*files, as_json=False)
    assert code == 0
    assert text.splitlines() == [
        "Test scheme",
        "",
        "The application can be supported.",
        "  Cost                 1,234.50 EUR",
        "  Eligible             1,234.50 EUR",
        "  Support                617.25 EUR",
        "  Own                    617.25 EUR",
        "  Not counted              0.00 EUR",
        "",
        "Firm a: support 617.25 EUR, own 617.25 EUR",
        "  l0 stand_space               eligible       1,234.50 EUR      50%  support         617.25 EUR",
        "",
        "How this was worked out",
        "1. Eligibility",
        "  firm a: Meets all 0 conditions.",
        "2. Eligible cost",
        "  firm a l0 stand_space: Cost as stated: 1,234.50 EUR.",
        "  firm a l0 stand_space: Own cost of the firm: 1,234.50 EUR is eligible.",
        "3. Rate",
        "  firm a stand_space: Rate: 50%.  [$.rates.base[0]]",
        "4. Support",
        "  firm a l0 stand_space: 50% of 1,234.50 EUR: 617.25 EUR.",
        "7. What follows",
        "  firm a: Own contribution: 1,234.50 EUR less 617.25 EUR is 617.25 EUR.",
    ]


def test_json_is_the_stored_quote(files: tuple[Path, Path]) -> None:
    code, text = run_quote(*files, as_json=True)
    of = rules()
    assert code == 0
    assert Quote.from_dict(json.loads(text)) == quote(of, facts(of, {"member": "a", "cost_minor": 123_450}))


def test_scheme_file_runs_all_its_applications() -> None:
    code, text = run_quote(SALERNO, SALERNO, as_json=False)
    assert code == 0
    assert text.count("As expected.") == 4
    code, text = run_quote(SALERNO, SALERNO, as_json=True)
    assert [each["differences"] for each in json.loads(text)] == [[], [], [], []]


def test_worked_application_that_differs_is_told_with_exit_code_1(tmp_path: Path) -> None:
    document: dict[str, Any] = json.loads(SALERNO.read_text(encoding="utf-8"))
    document["applications"][0]["expected"] = {"eligible": False, "support_minor": 1, "members": {"pasta": 2, "x": 3}}
    changed = tmp_path / "changed.json"
    changed.write_text(json.dumps(document), encoding="utf-8")
    code, text = run_quote(SALERNO, changed, as_json=False)
    assert code == 1
    assert [line for line in text.splitlines() if line.startswith("NOT")] == [
        "NOT AS EXPECTED  eligible: expected False, found True",
        "NOT AS EXPECTED  support_minor: expected 1, found 275000",
        "NOT AS EXPECTED  members.pasta: expected 2, found 275000",
        "NOT AS EXPECTED  members.x: there is no such member",
    ]


def test_bad_application_is_refused_with_its_place(files: tuple[Path, Path], tmp_path: Path) -> None:
    first, second = files
    document = json.loads(second.read_text(encoding="utf-8"))
    document["lines"][0]["cost"] = document["lines"][0].pop("cost_minor")
    second.write_text(json.dumps(document), encoding="utf-8")
    assert run_quote(first, second, as_json=True) == (
        2,
        f"{second}: $.lines[0].cost: unknown key 'cost'\n"
        f"{second}: $.lines[0].cost_minor: the key 'cost_minor' is missing",
    )
    missing = tmp_path / "missing.json"
    assert run_quote(first, missing, as_json=False) == (2, f"{missing}: $: cannot be read: No such file or directory")
    second.write_bytes(b"\xff\xfe")
    assert run_quote(first, second, as_json=False) == (2, f"{second}: $: cannot be read: not UTF-8")
    second.write_text('{"a": NaN}', encoding="utf-8")
    assert run_quote(first, second, as_json=False)[0] == 2
    second.write_text("[" * 100_000, encoding="utf-8")
    assert run_quote(first, second, as_json=False)[0] == 2


@pytest.mark.parametrize(
    ("applications", "refusal"),
    [
        ([], "$.applications: must be a list"),
        ([5], "$.applications[0]: must be an object"),
        ([{"name": "x", "notes": [], "facts": {}}], "$.applications[0].expected: the key 'expected' is missing"),
    ],
)
def test_scheme_file_with_bad_applications(tmp_path: Path, applications: list[Any], refusal: str) -> None:
    path = tmp_path / "scheme.json"
    path.write_text(json.dumps({"applications": applications}), encoding="utf-8")
    assert run_quote(SALERNO, path, as_json=False) == (2, f"{path}: {refusal}")


def test_paths_of_a_scheme_file_are_those_of_the_file(tmp_path: Path) -> None:
    document: dict[str, Any] = json.loads(SALERNO.read_text(encoding="utf-8"))
    document["applications"][1]["facts"]["members"][0]["size"] = "huge"
    path = tmp_path / "scheme.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    place = "$.applications[1].facts.members[0].size"
    assert run_quote(SALERNO, path, as_json=False)[1] == (
        f"{path}: {place}: 'huge' is none of: micro, small, medium, large"
    )
    document["rules"]["currency"] = "euro"
    path.write_text(json.dumps(document), encoding="utf-8")
    assert run_quote(path, path, as_json=False)[1] == (
        f"{path}: $.rules.currency: must be an ISO 4217 code such as EUR, not 'euro'"
    )


def test_lottery_is_verified(tmp_path: Path) -> None:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    found = [Candidate(application=f"A{i}", amount_minor=5, received_at=at, stratum="all") for i in range(3)]
    published = publish(found, "8f" * 32).to_dict()
    path = tmp_path / "lottery.json"
    path.write_text(json.dumps(published), encoding="utf-8")
    code, text = run_lottery_verify(path)
    assert (code, text.splitlines()[0]) == (0, "all: " + " ".join(published["drawn"]["all"]))
    path.write_text(json.dumps(published | {"commitment": "00" * 32}), encoding="utf-8")
    assert run_lottery_verify(path) == (1, "the seed is not the one that was committed to")
    path.write_text(json.dumps(published | {"seed": "8e" * 32}), encoding="utf-8")
    code, text = run_lottery_verify(path)
    assert (code, text.count("\n")) == (1, 1)
    for wrong in ("[]", "{}", '{"frame": 5}', json.dumps(published | {"frame": [5]}), "{"):
        path.write_text(wrong, encoding="utf-8")
        assert run_lottery_verify(path)[0] == 2
    assert run_lottery_verify(tmp_path / "none.json")[0] == 2
