"""The three designs by which those who were awarded are compared with those who were not.

Every design takes one row for each application, since the award was decided for applications: an outcome of a group is
the mean of its firms. Each is a library's estimator; here stand only what goes in, what must hold, and when there is
nothing to be said.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from rddensity import rddensity
from rdrobust import rdrobust
from scipy.optimize import linear_sum_assignment
from scipy.stats import binomtest, fisher_exact

from fairlink.monitoring.rules.estimation.running import run

#: Fewer than these, and there is no figure: compared on each side of a lottery, near the cut-off, or in pairs.
LEAST_IN_ARM = 10
LEAST_NEAR_CUTOFF = 20
LEAST_PAIRS = 15
#: A check that could only fail by chance once in twenty.
LEVEL = 0.05
#: The largest standardised difference at which two sides still count as alike (Stuart 2010: 0.25).
ALIKE = 0.25
#: Pairs further apart than this many standard deviations of the propensity (logit) are no pairs (Austin 2011: 0.2).
CALIPER = 0.2

#: What was known of the applicants before the decision.
COVARIATES = ("base", "earlier", "staff", "age", "grouped")

Result = dict[str, Any]


def evaluate(design: str, rows: list[dict[str, Any]]) -> Result:
    """The effect of being awarded, by `design`: lottery, cutoff or matching.

    A row has `awarded` (0 or 1), `outcome` (None while unknown), `base` and `earlier` (the same figure one and two
    years before), `staff`, `age`, `grouped`, and `stratum` or `score` with `cutoff` where the design needs them.
    The result says either `status: estimated` with `effect`, `low`, `high` (95%) and `p`, or `status: not_enough` with
    the `reason`; always `counts` and `checks` ({code, ok, value}).
    """
    frame = pd.DataFrame(rows)
    if frame.empty:
        return _silent("no_rows", {}, [])
    frame = frame.astype(dict.fromkeys(("awarded", "outcome", *COVARIATES), float))
    return DESIGNS[design](frame)


def _silent(reason: str, counts: Mapping[str, Any], checks: list[Result]) -> Result:
    return {"status": "not_enough", "reason": reason, "counts": dict(counts), "checks": checks}


def _estimated(effect: float, low: float, high: float, p: float, counts: Result, checks: list[Result]) -> Result:
    figures = {"effect": effect, "low": low, "high": high, "p": p}
    if not all(np.isfinite(value) for value in figures.values()):
        return _silent("no_variation", counts, checks)
    return {"status": "estimated", **figures, "counts": counts, "checks": checks}


def _check(code: str, ok: bool, value: float) -> Result:
    return {"code": code, "ok": bool(ok), "value": float(value) if np.isfinite(value) else None}


def _known(frame: pd.DataFrame) -> tuple[pd.DataFrame, Result, list[Result]]:
    """The rows whose outcome is known; how many are on each side; whether as many are missing on both."""
    treated, known = frame["awarded"] == 1, frame["outcome"].notna()
    counts = {
        "awarded": int((treated & known).sum()),
        "others": int((~treated & known).sum()),
        "missing": int((~known).sum()),
    }
    checks = []
    if counts["missing"] and counts["awarded"] and counts["others"]:
        sides = [[int((side & known).sum()), int((side & ~known).sum())] for side in (treated, ~treated)]
        p = float(fisher_exact(sides).pvalue)
        checks.append(_check("missing_alike", p >= LEVEL, p))
    return frame[known].reset_index(drop=True), counts, checks


def _covariates(frame: pd.DataFrame) -> pd.DataFrame:
    """Those covariates that vary, with the mean where one is unknown, scaled to standard deviations."""
    filled = frame[list(COVARIATES)].fillna(frame[list(COVARIATES)].mean()).dropna(axis="columns")
    varying = filled.loc[:, filled.std(ddof=0) > 0]
    return (varying - varying.mean()) / varying.std(ddof=0)


def _largest_difference(covariates: pd.DataFrame, treated: pd.Series) -> float:
    """The largest standardised difference of means between the two sides."""
    if covariates.empty:
        return 0.0
    apart = covariates[treated].mean() - covariates[~treated].mean()
    spread = np.sqrt((covariates[treated].var() + covariates[~treated].var()) / 2).replace(0, 1)
    return float((apart / spread).abs().max())


def lottery(frame: pd.DataFrame) -> Result:
    """Intention to treat: everybody drawn against everybody not drawn, whatever they did with it.

    Ordinary least squares with strata and what was known before, both centred and interacted with the draw (Lin 2013),
    so that the effect is the mean over all applications in the draw; standard errors robust to unequal variance (HC3).
    Strata in which one side has fewer than two applications say nothing and are left out.
    """
    known, counts, checks = _known(frame)
    sides = known.groupby("stratum")["awarded"].agg(["sum", "count"])
    usable = sides[(sides["sum"] >= 2) & (sides["count"] - sides["sum"] >= 2)].index
    kept = known[known["stratum"].isin(usable)].reset_index(drop=True)
    drawn = kept["awarded"]
    counts |= {"strata": len(usable), "strata_left_out": len(sides) - len(usable)}
    if min(drawn.sum(), (1 - drawn).sum()) < LEAST_IN_ARM:
        return _silent("few_in_draw", counts, checks)
    strata = pd.get_dummies(kept["stratum"], drop_first=True, dtype=float)
    strata = strata - strata.mean()
    covariates = _covariates(kept)
    balance = sm.OLS(drawn, sm.add_constant(pd.concat([covariates, strata], axis=1))).fit(cov_type="HC3", use_t=True)
    if not covariates.empty:
        p = float(balance.f_test(np.eye(len(balance.params))[1 : 1 + covariates.shape[1]]).pvalue)
        checks.insert(0, _check("balance", p >= LEVEL, p))
    # One covariate for every ten of the smaller side: more would fit the noise.
    room = int(min(drawn.sum(), (1 - drawn).sum()) // 10)
    before = pd.concat([strata, covariates.iloc[:, :room]], axis=1)
    design = pd.concat([drawn, before, before.mul(drawn, axis=0).add_suffix("_drawn")], axis=1)
    fit = sm.OLS(kept["outcome"], sm.add_constant(design)).fit(cov_type="HC3", use_t=True)
    low, high = fit.conf_int().loc["awarded"]
    return _estimated(fit.params["awarded"], low, high, fit.pvalues["awarded"], counts, checks)


def cutoff(frame: pd.DataFrame) -> Result:
    """Regression discontinuity at the frozen cut-off: the jump of the outcome where the score begins to suffice.

    Local linear with the robust bias-corrected interval of Calonico, Cattaneo and Titiunik, in the bandwidth at which
    that interval keeps its promise best (rdrobust, 'cerrd').
    Checked: that scores do not pile up on one side (rddensity), that what was known before does not jump as well, and
    that the cut-off was kept to.
    """
    known, counts, checks = _known(frame)
    distance = known["score"] - known["cutoff"]
    kept_to = float(((distance >= 0) == (known["awarded"] == 1)).mean())
    if min((distance >= 0).sum(), (distance < 0).sum()) < LEAST_NEAR_CUTOFF or known["outcome"].std() == 0:
        return _silent("few_near_cutoff", counts, checks)
    fit = _discontinuity(known["outcome"], distance)
    counts |= {
        "near_above": int(fit.N_h[1]),
        "near_below": int(fit.N_h[0]),
        "bandwidth": float(fit.bws.loc["h", "left"]),
    }
    if min(fit.N_h) < LEAST_NEAR_CUTOFF:
        return _silent("few_near_cutoff", counts, checks)
    density = _pile(distance)
    jumps = [float(_discontinuity(known[name], distance).pv.loc["Robust"].iloc[0]) for name in _testable(known)]
    # Holm's correction: with five covariates, one in twenty would jump by chance far too often.
    smallest = min(jumps) * len(jumps) if jumps else 1.0
    checks = [
        _check("density", density >= LEVEL, density),
        _check("no_jump_before", smallest >= LEVEL, min(smallest, 1.0)),
        _check("cutoff_kept", kept_to >= 0.95, kept_to),
        *checks,
    ]
    low, high = fit.ci.loc["Robust"]
    # The conventional point estimate lies beside the robust interval's middle; the middle is what the interval is of.
    return _estimated((low + high) / 2, low, high, fit.pv.loc["Robust"].iloc[0], counts, checks)


def _pile(distance: pd.Series) -> float:
    """How likely such a difference of numbers on the two sides is by chance.

    The smaller of two tests, doubled for being two (Holm): of the densities (rddensity), and of the nearest scores
    alone (binomial), which sees a gap right at the cut-off that a fitted density bridges.
    """
    nearest = distance.loc[distance.abs().nsmallest(2 * LEAST_NEAR_CUTOFF + 10).index]
    counts = binomtest(int((nearest >= 0).sum()), len(nearest)).pvalue
    return float(min(1.0, 2 * min(float(rddensity(distance.to_numpy()).test["p_jk"]), counts)))


def _discontinuity(outcome: pd.Series, distance: pd.Series) -> Any:
    return rdrobust(outcome.to_numpy(), distance.to_numpy(), bwselect="cerrd")


def _testable(known: pd.DataFrame) -> list[str]:
    return [
        name for name in COVARIATES if name != "grouped" and known[name].nunique() > 10 and known[name].notna().all()
    ]


def matching(frame: pd.DataFrame) -> Result:
    """Matched difference in differences: how much more those awarded grew than the applications most like them.

    Each awarded application is paired with another one near to it by propensity (logit of what was known before),
    without replacement and within the caliper; then growth since the year before is compared within pairs, with
    standard errors clustered by pair, which takes the matching into account (Abadie and Spiess 2022). Checked: that
    pairs are alike, and that growth in the earlier year was the same.
    """
    known, counts, checks = _known(frame)
    known = known[known["base"].notna() & known["earlier"].notna()].reset_index(drop=True)
    if min(known["awarded"].sum(), (1 - known["awarded"]).sum()) < LEAST_PAIRS:
        return _silent("few_to_match", counts, checks)
    covariates = _covariates(known).drop(columns="base", errors="ignore")
    pairs = _pairs(known["awarded"], _propensity(known["awarded"], covariates))
    counts |= {"pairs": len(pairs), "unmatched": int(known["awarded"].sum()) - len(pairs)}
    if len(pairs) < LEAST_PAIRS:
        return _silent("few_pairs", counts, checks)
    chosen = [place for pair in pairs for place in pair]
    cluster = np.repeat(np.arange(len(pairs)), 2)
    matched, alike = known.loc[chosen].reset_index(drop=True), covariates.loc[chosen].reset_index(drop=True)
    apart = _largest_difference(alike, matched["awarded"] == 1)
    trend = _growth(
        matched["base"] - matched["earlier"],
        matched["awarded"],
        alike.drop(columns="earlier", errors="ignore"),
        cluster,
    )
    checks = [
        _check("pairs_alike", apart <= ALIKE, apart),
        _check("trend_before", trend.pvalues["awarded"] >= LEVEL, trend.pvalues["awarded"]),
        *checks,
    ]
    fit = _growth(matched["outcome"] - matched["base"], matched["awarded"], alike, cluster)
    low, high = fit.conf_int().loc["awarded"]
    return _estimated(fit.params["awarded"], low, high, fit.pvalues["awarded"], counts, checks)


def _propensity(treated: pd.Series, covariates: pd.DataFrame) -> np.ndarray[Any, Any]:
    """The logit of the chance of an award; a slight ridge keeps it finite where a covariate tells the sides apart."""
    design = sm.add_constant(covariates)
    fit = sm.GLM(treated, design, family=sm.families.Binomial()).fit_regularized(alpha=0.01, L1_wt=0.0)
    return np.asarray(design @ fit.params)


def _pairs(treated: pd.Series, logit: np.ndarray[Any, Any]) -> list[tuple[int, int]]:
    """Awarded applications with other ones, each used once: as many pairs within the caliper as there can be, and of
    those the nearest (optimal matching, scipy)."""
    awarded, others = np.flatnonzero(treated == 1), np.flatnonzero(treated == 0)
    apart = np.abs(logit[awarded][:, None] - logit[others][None, :])
    width = CALIPER * float(np.std(logit))
    # One pair too wide costs more than all that are not.
    costs = np.where(apart <= width, apart, 1 + width * len(treated))
    found = zip(*linear_sum_assignment(costs), strict=True)
    return [(int(awarded[one]), int(others[other])) for one, other in found if apart[one, other] <= width]


def _growth(growth: pd.Series, treated: pd.Series, covariates: pd.DataFrame, cluster: np.ndarray[Any, Any]) -> Any:
    design = sm.add_constant(pd.concat([treated, covariates], axis=1))
    return sm.OLS(growth, design).fit(cov_type="cluster", cov_kwds={"groups": cluster}, use_t=True)


DESIGNS: dict[str, Callable[[pd.DataFrame], Result]] = {"lottery": lottery, "cutoff": cutoff, "matching": matching}

if __name__ == "__main__":
    run(lambda task: evaluate(task["design"], task["rows"]))
