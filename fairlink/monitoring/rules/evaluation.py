"""Which comparison a call allows, and the rows it compares."""

from enum import StrEnum


class Design(StrEnum):
    """How those who were awarded are compared with those who were not; see `estimation.designs`."""

    #: Intention to treat, where lots were drawn.
    LOTTERY = "lottery"
    #: Regression discontinuity at the frozen cut-off, where scores decided.
    CUTOFF = "cutoff"
    #: Matched difference in differences, where neither did.
    MATCHING = "matching"


def design_of(method: str | None, cut_off: int | None) -> Design:
    """The strongest comparison that a call's selection allows, by its method (None without one) and its cut-off."""
    if method == "lottery":
        return Design.LOTTERY
    if method == "scored" and cut_off is not None:
        return Design.CUTOFF
    return Design.MATCHING


def outcome_year(fair_year: int) -> int:
    """The calendar year whose exports are compared: the one after the fair, when orders have become exports."""
    return fair_year + 1


#: What of a firm's row the estimators look at; a group's figures are the means of its firms.
MEANS = ("outcome", "base", "earlier", "staff", "age")


def applications(firms: list[dict[str, object]]) -> list[dict[str, object]]:
    """One row for each application from one for each of its firms; a figure that no firm has is None."""
    together: dict[object, list[dict[str, object]]] = {}
    for firm in firms:
        together.setdefault(firm["application_id"], []).append(firm)
    kept = ("awarded", "grouped", "stratum", "score", "cutoff")
    return [
        {name: rows[0][name] for name in kept} | {name: _mean(rows, name) for name in MEANS}
        for rows in together.values()
    ]


def _mean(rows: list[dict[str, object]], name: str) -> float | None:
    known = [float(row[name]) for row in rows if row[name] is not None]  # type: ignore[arg-type]  # figures
    return sum(known) / len(known) if known else None
