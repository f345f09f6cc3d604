"""Results, for staff."""

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from fairlink.fairs import queries as fairs
from fairlink.monitoring import queries
from fairlink.monitoring.rules import results as rules
from fairlink.monitoring.rules.results import Applicants, Results
from fairlink.policy import Can
from fairlink.web.access import guarded
from fairlink.web.pagination import paginate
from fairlink.web.session import db_session

bp = Blueprint("monitoring", __name__)


@bp.get("/staff/results")
@guarded(Can.RESULT_LIST)
def overview() -> ResponseReturnValue:
    """The agency's fairs, each with a link to its results."""
    page = paginate(
        db_session(),
        queries.fairs_of(current_user.organisation_id),
        queries.FAIR_KEYS,
        after=request.args.get("after"),
        before=request.args.get("before"),
        descending=True,
    )
    return render_template("monitoring/overview.html", page=page)


@bp.get("/staff/fairs/<int:fair_id>/results")
@guarded(Can.RESULT_READ, load=fairs.fair)
def fair(fair: Any) -> ResponseReturnValue:
    """What came of the support at one fair."""
    parts = queries.fair_results(db_session(), fair.id)
    whole = rules.total(parts.values())
    return render_template(
        "monitoring/fair.html",
        fair=fair,
        whole=whole,
        tiles=_tiles(whole),
        rows=_rows(parts[Applicants.GROUPS], parts[Applicants.FIRMS], whole),
        funnel=_funnel(whole),
    )


def _funnel(result: Results) -> list[tuple[str, int]]:
    return [
        (_("Applications"), result.applications),
        (_("Awards"), result.awards),
        (_("Exhibitors"), result.exhibitors),
        (_("Meetings booked"), result.meetings_booked),
        (_("Meetings held"), result.meetings_held),
        (_("Leads"), result.leads),
        (_("Orders reported"), result.orders_reported),
        (_("Orders confirmed"), result.orders_confirmed),
    ]


def _tiles(result: Results) -> list[dict[str, Any]]:
    return [
        {"label": _("Support committed"), "amounts": rules.amounts(result.support)},
        {"label": _("Orders confirmed by both sides"), "amounts": rules.amounts(result.confirmed)},
        {"label": _("Orders per unit of support"), "ratios": result.confirmed_per_support()},
        {"label": _("Questions answered"), "share_bp": result.response_bp()},
    ]


def _rows(*columns: Results) -> list[dict[str, Any]]:
    """The comparison of groups, single firms and all, a row for each figure."""
    counts = [
        {"label": label, "counts": [_funnel(column)[index][1] for column in columns]}
        for index, (label, _count) in enumerate(_funnel(columns[0]))
    ]
    return [
        *counts,
        {"label": _("Support committed"), "amounts": [rules.amounts(column.support) for column in columns]},
        {"label": _("Expected (a forecast)"), "amounts": [rules.amounts(column.expected) for column in columns]},
        {
            "label": _("Orders reported, disputed ones left out"),
            "amounts": [rules.amounts(column.reported) for column in columns],
        },
        {
            "label": _("Orders confirmed by both sides"),
            "amounts": [rules.amounts(column.confirmed) for column in columns],
        },
        {"label": _("Orders per unit of support"), "ratios": [column.confirmed_per_support() for column in columns]},
        {"label": _("Questions answered"), "shares": [column.response_bp() for column in columns]},
    ]
