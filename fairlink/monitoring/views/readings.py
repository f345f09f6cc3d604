"""Evaluations in plain words: what was compared, what came out, and whether it may be believed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from fairlink.kernel.money import Money, minor_digits
from fairlink.monitoring.rules.evaluation import Design
from fairlink.monitoring.rules.results import money
from fairlink.web.filters import write_money, write_number

if TYPE_CHECKING:
    from fairlink.monitoring.models import Evaluation

DESIGNS = {
    Design.LOTTERY: _("Drawn against not drawn"),
    Design.CUTOFF: _("Just above against just below the cut-off"),
    Design.MATCHING: _("Awarded against alike applications that were not"),
}

HOW = {
    Design.LOTTERY: _(
        "Lots decided, so that only chance sets those drawn apart from those not drawn. Everybody drawn is compared, "
        "also those who did not take part (intention to treat), within the strata of the draw."
    ),
    Design.CUTOFF: _(
        "Scores decided. Applications just above the cut-off are almost like those just below, so that a jump at the "
        "cut-off is the effect of the award (regression discontinuity). It holds near the cut-off only."
    ),
    Design.MATCHING: _(
        "Neither lots nor a cut-off decided. Each awarded application is paired with another like it that was not "
        "awarded, and their growth is compared (matched difference in differences). Of the three comparisons it is the "
        "weakest: what nobody recorded may still set them apart."
    ),
}

#: For each assumption: what it says, and what it means when it fails.
CHECKS = {
    "balance": (
        _("Before the draw both sides were alike."),
        _("The draw left the sides unlike: look at how it was made."),
    ),
    "missing_alike": (
        _("Outcomes are missing equally on both sides."),
        _("Outcomes are missing more on one side: those who report may not be like those who do not."),
    ),
    "density": (
        _("Scores do not pile up on one side of the cut-off."),
        _("Scores pile up on one side of the cut-off: somebody may have known it."),
    ),
    "no_jump_before": (
        _("Nothing known before the call jumps at the cut-off."),
        _("Something known before the call jumps at the cut-off as well: the sides were unlike already."),
    ),
    "cutoff_kept": (_("The cut-off decided."), _("Many decisions went against the cut-off.")),
    "pairs_alike": (_("The pairs are alike in what was known before."), _("The pairs are still unlike.")),
    "trend_before": (
        _("Both sides grew alike in the year before."),
        _("One side grew faster already before: it may have gone on to do so without support."),
    ),
}

REASONS = {
    "no_rows": _("Nobody has applied to this call."),
    "few_in_draw": _("It takes at least ten applications with a known outcome on each side of the draw."),
    "few_near_cutoff": _("It takes at least twenty applications with a known outcome near the cut-off on each side."),
    "few_to_match": _("It takes at least fifteen applications with known years before and after on each side."),
    "few_pairs": _("Fewer than fifteen awarded applications have another one that is like them."),
    "no_variation": _("The outcomes do not differ, so that nothing can be compared."),
}

COUNTS = {
    "drawn": _("Drawn, with a known outcome"),
    "not_drawn": _("Not drawn, with a known outcome"),
    "awarded": _("Awarded, with a known outcome"),
    "others": _("Not awarded, with a known outcome"),
    "missing": _("Outcome not known"),
    "strata": _("Strata compared"),
    "strata_left_out": _("Strata left out, since one side has fewer than two"),
    "near_above": _("Near the cut-off, above"),
    "near_below": _("Near the cut-off, below"),
    "pairs": _("Pairs"),
    "unmatched": _("Awarded without a pair"),
}

#: The columns of the data for evaluators.
COLUMNS = {
    "application": _("Pseudonym of the application"),
    "firm": _("Pseudonym of the firm"),
    "grouped": _("1 if a group applied"),
    "sector": _("First sector"),
    "country": _("Country"),
    "awarded": _("1 if drawn or awarded"),
    "stratum": _("Stratum of the draw"),
    "score": _("Score"),
    "cutoff": _("Frozen cut-off"),
    "age": _("Years since it was founded"),
    "staff": _("Staff in the year before the fair"),
    "earlier": _("Exports two years before the fair"),
    "base": _("Exports in the year before the fair"),
    "outcome": _("Exports in the year after the fair"),
    "meetings_held": _("Meetings held, of the application"),
    "leads": _("Leads, of the application"),
    "orders_confirmed": _("Orders confirmed, of the application"),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What an evaluation says: one sentence, the figures, and each assumption with whether it holds."""

    sentence: str
    #: The estimate and its interval; None when there is none.
    figures: list[tuple[str, str]] | None
    #: What, whether it holds, and what that means.
    checks: list[tuple[str, bool, str]]
    counts: list[tuple[str, str]]

    @property
    def is_sound(self) -> bool:
        """Whether every assumption that can be checked holds."""
        return all(holds for _what, holds, _meaning in self.checks)


def read(evaluation: Evaluation) -> Reading | None:
    """An evaluation in words; None while it is not finished, or came to nothing."""
    result = evaluation.result
    if result is None:
        return None
    checks = [_check(check) for check in result["checks"]]
    found = dict(result["counts"])
    if evaluation.design is Design.LOTTERY and found:
        found["drawn"], found["not_drawn"] = found.pop("awarded"), found.pop("others")
    counts = [(str(label), str(write_number(found[name]))) for name, label in COUNTS.items() if name in found]
    if result["status"] != "estimated":
        sentence = gettext("There is not enough data for a figure. %(reason)s", reason=REASONS[result["reason"]])
        return Reading(str(sentence), None, checks, counts)
    low, high = (_amount(result[name], evaluation.currency) for name in ("low", "high"))
    figures = [
        (
            str(gettext("Estimated effect on yearly exports, for each firm")),
            _amount(result["effect"], evaluation.currency),
        ),
        (str(gettext("Range with a confidence of 95 per cent")), gettext("%(low)s to %(high)s", low=low, high=high)),
    ]
    return Reading(_sentence(evaluation, result, low, high), figures, checks, counts)


def _check(check: dict[str, Any]) -> tuple[str, bool, str]:
    holds, fails = CHECKS[check["code"]]
    meaning = "" if check["ok"] else str(fails)
    return str(holds), check["ok"], meaning


def _amount(units: float, currency: str) -> str:
    amount: Money = money(Decimal(str(units)).scaleb(minor_digits(currency)), currency)
    return write_money(amount, whole=True)


def _sentence(evaluation: Evaluation, result: dict[str, Any], low: str, high: str) -> str:
    drawn = evaluation.design is Design.LOTTERY
    who = gettext("firms that were drawn") if drawn else gettext("firms with an award")
    values = {"year": evaluation.outcome_year, "low": low, "high": high, "who": who}
    if result["low"] > 0:
        text = gettext(
            "In %(year)s %(who)s exported more than they would have otherwise: by %(low)s to %(high)s each.",
            **values,
        )
    elif result["high"] < 0:
        text = gettext(
            "In %(year)s %(who)s exported less than they would have otherwise: the effect is %(low)s to %(high)s each.",
            **values,
        )
    else:
        text = gettext(
            "No effect on the exports of %(year)s can be told from chance: "
            "anything from %(low)s to %(high)s for each firm fits the data.",
            **values,
        )
    return str(text)
