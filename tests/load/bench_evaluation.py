"""Estimators against simulated truth: coverage of the 95% interval, and bias, for each design."""

import argparse
import json
import sys
import time
import warnings
from typing import Any

import numpy as np

from fairlink.monitoring.rules.estimation.designs import evaluate

#: What 200 simulated calls may show of an interval that truly covers 95%.
LOWEST, HIGHEST = 0.92, 0.98
#: The true effect, in the outcome's own unit.
TRUTH = 2.0
SEED = 20_270_309

Rows = list[dict[str, Any]]


def _applicants(rng: np.random.Generator, count: int) -> dict[str, np.ndarray[Any, Any]]:
    """What was known before: firms of unequal size, exports that last from year to year."""
    size, age, grouped = rng.normal(size=count), rng.gamma(4, 3, count), rng.integers(0, 2, count)
    steady = 10 + 2 * size + 0.1 * age + rng.normal(0, 2, count)
    return {
        "staff": np.exp(2 + 0.5 * size),
        "age": age,
        "grouped": grouped,
        "earlier": steady + rng.normal(0, 1, count),
        "base": steady + 0.5 + rng.normal(0, 1, count),
        "steady": steady,
        "size": size,
    }


def _outcome(rng: np.random.Generator, of: dict[str, np.ndarray[Any, Any]], awarded: np.ndarray[Any, Any]) -> Any:
    """Growth that differs by size, noise that grows with it, an effect that is not the same for all."""
    count = len(awarded)
    noise = rng.standard_t(6, count) * (1 + 0.3 * np.abs(of["size"]))
    return of["steady"] + 1 + 0.5 * of["size"] + noise + awarded * (TRUTH + rng.normal(0, 1, count))


def _rows(of: dict[str, np.ndarray[Any, Any]], **more: Any) -> Rows:
    names = {name: of[name] for name in ("staff", "age", "grouped", "earlier", "base")} | more
    return [dict(zip(names, map(float, values), strict=True)) for values in zip(*names.values(), strict=True)]


def lottery(rng: np.random.Generator) -> Rows:
    """120 applications in three strata of unequal chances; one in ten never reports."""
    of = _applicants(rng, 120)
    stratum = np.repeat([0, 1, 2], 40)
    awarded = np.concatenate([rng.permutation(np.arange(40) < drawn) for drawn in (10, 20, 28)]).astype(float)
    outcome = _outcome(rng, of, awarded) + stratum
    outcome[rng.random(120) < 0.1] = np.nan
    return _rows(of, awarded=awarded, outcome=outcome, stratum=stratum)


def cutoff(rng: np.random.Generator) -> Rows:
    """600 applications scored by firms' strength; the outcome bends with the score."""
    of = _applicants(rng, 600)
    score = np.clip(60 + 8 * of["size"] + rng.normal(0, 12, 600), 0, 100)
    awarded = (score >= 62.5).astype(float)
    outcome = _outcome(rng, of, awarded) + 0.0005 * (score - 62.5) ** 2
    return _rows(of, awarded=awarded, outcome=outcome, score=score, cutoff=np.full(600, 62.5))


def matching(rng: np.random.Generator) -> Rows:
    """300 applications of which larger firms were awarded more often; size also makes firms grow."""
    of = _applicants(rng, 300)
    chance = 1 / (1 + np.exp(1.2 - 0.8 * of["size"] - 0.3 * of["grouped"]))
    awarded = (rng.random(300) < chance).astype(float)
    return _rows(of, awarded=awarded, outcome=_outcome(rng, of, awarded))


CALLS = {"lottery": lottery, "cutoff": cutoff, "matching": matching}


def measure(design: str, calls: int) -> dict[str, Any]:
    """`calls` simulated calls: in how many the interval holds the truth, and how far estimates are off on average."""
    rng = np.random.default_rng([SEED, sum(map(ord, design))])
    begun = time.perf_counter()
    results = [evaluate(design, CALLS[design](rng)) for _ in range(calls)]
    made = [each for each in results if each["status"] == "estimated"]
    errors = np.array([each["effect"] - TRUTH for each in made])
    covered = float(np.mean([each["low"] <= TRUTH <= each["high"] for each in made])) if made else 0.0
    return {
        "design": design,
        "calls": calls,
        "silent": calls - len(made),
        "coverage": round(covered, 3),
        "bias": round(float(errors.mean()), 3),
        "bias_se": round(float(errors.std(ddof=1) / len(errors) ** 0.5), 3),
        "mean_width": round(float(np.mean([each["high"] - each["low"] for each in made])), 2),
        "seconds": round(time.perf_counter() - begun, 1),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=200, help="simulated calls for each design")
    calls = parser.parse_args().calls
    warnings.simplefilter("ignore")
    results = [measure(design, calls) for design in CALLS]
    print(json.dumps({"truth": TRUTH, "designs": results}, indent=2))
    return 0 if all(LOWEST <= each["coverage"] <= HIGHEST and not each["silent"] for each in results) else 1


if __name__ == "__main__":
    sys.exit(main())
