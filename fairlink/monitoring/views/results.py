"""Pages of figures: the chain, time to the first order, answers, and how few firms carry the value."""

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from fairlink.fairs import queries as fairs
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.monitoring import service
from fairlink.monitoring.forms import SelectionForm
from fairlink.monitoring.queries import figures
from fairlink.monitoring.rules import results as rules
from fairlink.monitoring.rules.results import Applicants
from fairlink.monitoring.views import words
from fairlink.monitoring.views.blueprint import bp
from fairlink.monitoring.views.shown import Shown, look
from fairlink.policy import Can
from fairlink.web.access import guarded
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.fairs.models import Fair


@bp.get("/staff/results")
@guarded(Can.RESULT_LIST)
def overview() -> ResponseReturnValue:
    """The chain from application to confirmed order, for a part of the agency's results."""
    return _overview(look())


@bp.get("/staff/fairs/<int:fair_id>/results")
@guarded(Can.RESULT_READ, load=fairs.fair)
def fair(fair: "Fair") -> ResponseReturnValue:
    """The same for one fair, among the fair's own pages."""
    return _overview(look(fair.id), fair)


def _overview(shown: Shown, fair: "Fair | None" = None) -> ResponseReturnValue:
    whole = shown.whole
    return render_template(
        "monitoring/overview.html",
        shown=shown,
        fair=fair,
        tiles=_tiles(shown),
        funnel=[(words.FIGURES[name], getattr(whole, name)) for name in words.FUNNEL],
        count_names=words.COUNTS[len(words.FUNNEL) :],
    )


def _tiles(shown: Shown) -> list[dict[str, Any]]:
    whole = shown.whole
    return [
        *(
            {"label": words.FIGURES[name], "money": shown.money(getattr(whole, name)), "what": words.ROWS_OF[name]}
            for name in ("support_minor", "confirmed_minor")
        ),
        *(
            {"label": words.RATIOS[name], "ratio": name, "what": words.ROWS_OF[name]}
            for name in ("value_per_support", "answered")
        ),
    ]


@bp.get("/staff/results/time")
@guarded(Can.RESULT_LIST)
def times() -> ResponseReturnValue:
    """How long it takes to the first order, and how often another one follows."""
    shown = look()
    curves = (shown.estimates or {}).get("curves", {})
    drawn = [(words.APPLICANTS[kind], curves[kind]) for kind in Applicants if curves.get(kind)]
    points = [point for _name, curve in drawn for point in curve["points"]]
    return render_template(
        "monitoring/times.html",
        shown=shown,
        curves=drawn,
        whole=curves.get("all"),
        across=max((curve["until"] for _name, curve in drawn), default=0),
        up=_top(max((point[3] for point in points), default=0)),
        months=_months(drawn),
    )


def _top(share: float) -> float:
    """The next tenth above a share: where a chart ends."""
    return min(1.0, (int(share * 10) + 1) / 10)


def _months(drawn: list[tuple[Any, dict[str, Any]]]) -> list[tuple[int, list[list[float] | None]]]:
    """What stands beside the curves: where each is after so many months, None where it does not reach that far."""
    table = []
    for month in (3, 6, 12, 24, 36):
        reached = [_at(curve, month) for _name, curve in drawn]
        if any(reached):
            table.append((month, reached))
    return table


def _at(curve: dict[str, Any], month: int) -> list[float] | None:
    if month > curve["until"]:
        return None
    return next((point for point in reversed(curve["points"]) if point[0] <= month), [0, 0.0, 0.0, 0.0])


@bp.get("/staff/results/answers")
@guarded(Can.RESULT_LIST)
def answers() -> ResponseReturnValue:
    """How many answer what they are asked, and what those who stay silent look like."""
    shown = look()
    kinds = figures.lead_kinds(db_session(), shown.chosen)
    answered = [kind for kind in kinds if kind.firm_answered or kind.buyer_answered]
    silent = [kind for kind in kinds if not (kind.firm_answered or kind.buyer_answered)]
    sides = [
        (_("Both sides answered"), _leads(kind for kind in kinds if kind.firm_answered and kind.buyer_answered)),
        (_("Only the exhibitor answered"), _leads(k for k in kinds if k.firm_answered and not k.buyer_answered)),
        (_("Only the buyer answered"), _leads(k for k in kinds if k.buyer_answered and not k.firm_answered)),
        (_("Nobody answered"), _leads(silent)),
    ]
    return render_template(
        "monitoring/answers.html",
        shown=shown,
        sides=sides,
        side_rows=("leads_of_both", "leads_of_firm", "leads_of_buyer", "leads_silent"),
        looks=_looks(answered, silent),
    )


def _leads(kinds: Any) -> int:
    return sum(kind.leads for kind in kinds)


def _looks(*sides: list[figures.LeadKind]) -> list[tuple[Any, list[int | None]]]:
    """Shares among leads with an answer and among those without, in basis points."""
    traits: list[tuple[Any, Any]] = [
        (_("Leads of groups"), lambda kind: kind.grouped),
        *((words.INTERESTS[interest], lambda kind, it=interest: kind.interest == it) for interest in words.INTERESTS),
        (_("An order was reported"), lambda kind: kind.ordered),
    ]
    return [
        (label, [rules.share_bp(_leads(kind for kind in side if has(kind)), _leads(side)) for side in sides])
        for label, has in traits
    ]


@bp.get("/staff/results/concentration")
@guarded(Can.RESULT_LIST)
def concentration() -> ResponseReturnValue:
    """How few firms carry the confirmed value."""
    shown = look()
    values = figures.firm_values(db_session(), shown.chosen)
    firms = [
        (shown.firm(each.firm_id, each.name), shown.money(each.minor), rules.share_bp(each.minor, values.minor))
        for each in values.first
    ]
    return render_template(
        "monitoring/concentration.html",
        shown=shown,
        values=values,
        carried=rules.concentration([each.minor for each in values.first], values.firms, values.minor),
        firms=firms,
    )


@bp.get("/staff/results/hosted")
@guarded(Can.RESULT_LIST)
def hosted() -> ResponseReturnValue:
    """What came with buyers whose travel was supported, against all others."""
    shown = look()
    sides = (shown.whole.hosted, shown.whole.others)
    worth = [rules.ratio(side, "value_per_meeting") for side in sides]
    return render_template(
        "monitoring/hosted.html",
        shown=shown,
        sides=sides,
        counts=[
            (
                words.FIGURES[name],
                [(getattr(sides[0], name), f"hosted_{name}"), (getattr(sides[1], name), f"other_{name}")],
            )
            for name in ("meetings_held", "leads", "orders_confirmed")
        ],
        worth=[None if value is None else rules.money(value, shown.currency) for value in worth],
    )


@bp.post("/staff/results/refresh")
@guarded(Can.RESULT_LIST)
def refresh() -> ResponseReturnValue:
    """Have the figures made anew by the worker."""
    form = SelectionForm(request.args, current_user.organisation_id)
    query: dict[str, Any] = form.chosen.query
    with unit_of_work(db_session()) as session:
        service.ask_refresh(session, form.chosen, now=utcnow())
    flash(_("The figures are being worked out anew. Look at this page again in a minute."))
    return redirect(url_for(".overview", **query))
