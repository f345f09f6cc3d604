"""The estimators: they find a known effect, look at their assumptions, and are silent where there is too little."""

from typing import Any

import numpy as np
import pytest

from fairlink.monitoring.gateway import EstimationFailed, estimate
from fairlink.monitoring.rules.estimation.designs import evaluate
from tests.load.bench_evaluation import CALLS, TRUTH, Rows

pytestmark = pytest.mark.load

NAMES = ("lottery", "cutoff", "matching")


def _call(design: str) -> Rows:
    return CALLS[design](np.random.default_rng(7))


def _checks(result: dict[str, Any]) -> dict[str, bool]:
    return {check["code"]: check["ok"] for check in result["checks"]}


@pytest.mark.parametrize("design", NAMES)
def test_interval_holds_the_true_effect(design: str) -> None:
    result = evaluate(design, _call(design))
    assert result["status"] == "estimated"
    assert result["low"] < TRUTH < result["high"]


@pytest.mark.parametrize("design", NAMES)
def test_too_few_applications_give_a_reason_and_no_figure(design: str) -> None:
    result = evaluate(design, _call(design)[::12])
    assert result["status"] == "not_enough"
    assert result["reason"].startswith("few_")
    assert "effect" not in result


@pytest.mark.parametrize("design", NAMES)
def test_no_applications_and_no_outcomes_give_no_figure(design: str) -> None:
    assert evaluate(design, [])["reason"] == "no_rows"
    unknown: Rows = [row | {"outcome": None} for row in _call(design)]
    assert evaluate(design, unknown)["status"] == "not_enough"


@pytest.mark.parametrize("design", NAMES)
def test_what_was_never_recorded_before_does_not_stop_the_estimate(design: str) -> None:
    rows: Rows = [row | {"staff": None, "age": None} for row in _call(design)]
    assert evaluate(design, rows)["status"] == "estimated"


@pytest.mark.parametrize("design", NAMES)
def test_assumptions_hold_where_they_were_simulated(design: str) -> None:
    assert set(_checks(evaluate(design, _call(design))).values()) == {True}


def test_stratum_in_which_all_were_drawn_is_left_out() -> None:
    everybody: Rows = [row | {"stratum": 9, "awarded": 1} for row in _call("lottery")[:10]]
    counts = evaluate("lottery", _call("lottery") + everybody)["counts"]
    assert (counts["strata"], counts["strata_left_out"]) == (3, 1)


def test_drawn_applicants_who_were_stronger_before_fail_the_balance() -> None:
    rows: Rows = [row | {"base": row["base"] + 4 * row["awarded"]} for row in _call("lottery")]
    assert _checks(evaluate("lottery", rows))["balance"] is False


def test_scores_pushed_over_the_cutoff_fail_the_density() -> None:
    def pushed(index: int, row: dict[str, Any]) -> dict[str, Any]:
        below = row["cutoff"] - row["score"]
        return row | {"score": row["cutoff"] + below} if index % 4 and 0 < below < 4 else row

    many = CALLS["cutoff"](np.random.default_rng(8)) + _call("cutoff")
    rows = [pushed(index, row) for index, row in enumerate(many)]
    assert _checks(evaluate("cutoff", rows))["density"] is False


def test_awards_below_the_cutoff_are_told() -> None:
    rows: Rows = [row | {"awarded": float(index % 2)} for index, row in enumerate(_call("cutoff"))]
    assert _checks(evaluate("cutoff", rows))["cutoff_kept"] is False


def test_awarded_applicants_who_grew_faster_before_fail_the_trend() -> None:
    rows: Rows = [row | {"earlier": row["earlier"] - 3 * row["awarded"]} for row in _call("matching")]
    assert _checks(evaluate("matching", rows))["trend_before"] is False


def test_outcomes_missing_on_one_side_are_told() -> None:
    rows: Rows = [
        row | {"outcome": None} if row["awarded"] == 0 and index % 2 else row
        for index, row in enumerate(_call("lottery"))
    ]
    assert _checks(evaluate("lottery", rows))["missing_alike"] is False


def test_process_that_takes_too_long_is_ended() -> None:
    with pytest.raises(EstimationFailed, match="estimation_failed"):
        estimate("evaluate", design="lottery", rows=[], seconds=0.05)
