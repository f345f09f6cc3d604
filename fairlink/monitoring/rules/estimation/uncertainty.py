"""How sure the figures of a result page are: ratios by bootstrap, time to first order by Kaplan-Meier."""

from typing import Any

import numpy as np
from statsmodels.duration.survfunc import SurvfuncRight

from fairlink.monitoring.rules.estimation.running import run
from fairlink.monitoring.rules.results import RATIOS

Table = np.ndarray[Any, Any]
Interval = list[float] | None

RESAMPLES = 999
#: With fewer applications an interval would promise more than it can hold.
LEAST = 10
#: The same figures give the same interval.
_SEED = 20_270_309


def describe(scope: dict[str, Any]) -> dict[str, Any]:
    """Intervals and curves of one part of the results.

    `columns` names the figures of each row in `applications`, of which `grouped` is 1 or 0; `times` holds rows of
    [grouped, months, ordered, leads]. The result has `intervals[ratio][groups | firms | all | difference]`, each
    [low, high] or None where there are too few applications, and `curves[groups | firms | all]`. The value per meeting
    has further kinds: [hosted | others | hosted_difference].
    """
    columns = list(scope["columns"])
    table = np.asarray(scope["applications"], dtype=float).reshape(-1, len(columns))
    grouped = table[:, columns.index("grouped")] == 1
    parts = {"groups": table[grouped], "firms": table[~grouped], "all": table}
    sums = {kind: _resampled(part) for kind, part in parts.items()}
    draws = {kind: _draws(part, sums[kind], columns) for kind, part in parts.items()}
    intervals = {ratio: {kind: _interval(found[ratio]) for kind, found in draws.items()} for ratio in RATIOS}
    for ratio in RATIOS:
        groups, firms = draws["groups"][ratio], draws["firms"][ratio]
        intervals[ratio]["difference"] = None if groups is None or firms is None else _interval(groups - firms)
    intervals["value_per_meeting"] |= _hosted(table, sums["all"], columns)
    times = np.asarray(scope["times"], dtype=float).reshape(-1, 4)
    curves = {
        "groups": curve(times[times[:, 0] == 1]),
        "firms": curve(times[times[:, 0] == 0]),
        "all": curve(times),
    }
    return {"intervals": intervals, "curves": curves}


def _draws(table: Table, sums: Table | None, columns: list[str]) -> dict[str, Table | None]:
    """Each ratio in the samples of which `sums` are the sums."""
    if sums is None:
        return dict.fromkeys(RATIOS)
    ratios: dict[str, Table | None] = {}
    for name, (over, under) in RATIOS.items():
        denominators = sums[:, columns.index(under)]
        if np.count_nonzero(table[:, columns.index(under)]) < LEAST or not denominators.all():
            ratios[name] = None
        else:
            ratios[name] = sums[:, columns.index(over)] / denominators
    return ratios


def _resampled(table: Table) -> Table | None:
    """The sums of each column in RESAMPLES samples of as many applications, drawn with replacement; None for too few.

    Whole applications are drawn, for leads of one are alike.
    """
    count = len(table)
    if count < LEAST:
        return None
    rng = np.random.default_rng(_SEED)
    even = np.full(count, 1 / count)
    return np.stack([rng.multinomial(count, even) @ table for _ in range(RESAMPLES)])


def _hosted(table: Table, sums: Table | None, columns: list[str]) -> dict[str, Interval]:
    """Value per meeting with hosted buyers, with the others, and the difference.

    Both come from the same samples, since most applicants met buyers of both kinds.
    """
    nothing: dict[str, Interval] = dict.fromkeys(("hosted", "others", "hosted_difference"))
    if sums is None:
        return nothing
    value, met, of_hosted, met_hosted = (
        columns.index(name)
        for name in ("confirmed_minor", "meetings_held", "hosted_confirmed_minor", "hosted_meetings_held")
    )
    rest, met_rest = sums[:, value] - sums[:, of_hosted], sums[:, met] - sums[:, met_hosted]
    least = min(np.count_nonzero(table[:, met_hosted]), np.count_nonzero(table[:, met] - table[:, met_hosted]))
    if least < LEAST or not sums[:, met_hosted].all() or not met_rest.all():
        return nothing
    hosted, others = sums[:, of_hosted] / sums[:, met_hosted], rest / met_rest
    return {
        "hosted": _interval(hosted),
        "others": _interval(others),
        "hosted_difference": _interval(hosted - others),
    }


def _interval(draws: Table | None) -> Interval:
    """The middle 95% of the draws (percentile bootstrap)."""
    if draws is None:
        return None
    return [float(each) for each in np.percentile(draws, [2.5, 97.5])]


def curve(times: Table) -> dict[str, Any] | None:
    """The share of leads with a first order by month since the fair, by Kaplan-Meier.

    `times` are [grouped, months, ordered, leads]; a lead without an order counts until the last answer about it.
    `points` are [month, share, low, high, at risk] with a 95% interval (Greenwood), as long as ten leads are watched:
    the last such month is `until`. `median` is the month by which half have ordered, None if that was not reached. None
    for fewer than ten leads.
    """
    leads = times[times[:, 3] > 0]
    if leads[:, 3].sum() < LEAST:
        return None
    # The library's own frequency weights are those of surveys and give another error: repeat the rows instead.
    months, ordered = (np.repeat(leads[:, column], leads[:, 3].astype(int)) for column in (1, 2))
    fit = SurvfuncRight(months, ordered)
    half = 1.959964 * np.nan_to_num(fit.surv_prob_se)
    watched = [int(np.count_nonzero(months >= month)) for month in range(int(months.max()) + 1)]
    until = max(month for month, count in enumerate(watched) if count >= LEAST)
    points = [
        [int(month), *(round(float(np.clip(share, 0, 1)), 4) for share in shares), int(risk)]
        for month, *shares, risk in zip(
            fit.surv_times,
            1 - fit.surv_prob,
            1 - fit.surv_prob - half,
            1 - fit.surv_prob + half,
            fit.n_risk,
            strict=True,
        )
        if month <= until
    ]
    median = next((month for month, share, *_ in points if share >= 0.5), None)
    return {"points": points, "median": median, "until": until}


if __name__ == "__main__":
    run(lambda task: [describe(scope) for scope in task["scopes"]])
