"""The rows behind each figure: as a page, and as files."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Response, current_app, render_template, request, send_file, stream_with_context
from flask.typing import ResponseReturnValue
from flask_login import current_user

from fairlink.kernel.clock import utcnow
from fairlink.kernel.errors import Conflict, NotFound
from fairlink.kernel.money import Money
from fairlink.monitoring import exports
from fairlink.monitoring.forms import SelectionForm
from fairlink.monitoring.queries import figures
from fairlink.monitoring.queries import rows as queries
from fairlink.monitoring.queries.rows import Rows, What
from fairlink.monitoring.rules.pseudonyms import Pseudonyms
from fairlink.monitoring.views import words
from fairlink.monitoring.views.blueprint import bp
from fairlink.monitoring.views.shown import pseudonyms
from fairlink.policy import Can
from fairlink.web.access import guarded
from fairlink.web.pagination import paginate
from fairlink.web.session import db_session

#: Columns that are there to make others: pseudonyms, amounts, and the rate below an amount.
_HIDDEN = frozenset(
    {"id", "applicant_id", "buyer_id", "firm_id", "currency", "agency_currency", "part_currency", "rate", "rate_on"}
)
#: Whose names evaluators do not see.
_NAMED = ("applicant", "buyer", "firm")


def _asked() -> tuple[What, SelectionForm, Rows]:
    """What the request asks for; NotFound for anything that there is not, or not for this agency."""
    form = SelectionForm(request.args, current_user.organisation_id)
    try:
        what = What(request.args.get("what", What.APPLICATIONS))
    except ValueError:
        raise NotFound("not_found") from None
    return what, form, queries.rows(what, form.chosen)


@bp.get("/staff/results/rows")
@guarded(Can.RESULT_LIST)
def rows() -> ResponseReturnValue:
    """The rows behind one figure, the newest first."""
    what, form, found = _asked()
    page = paginate(
        db_session(),
        found.query,
        found.keys,
        after=request.args.get("after"),
        before=request.args.get("before"),
        size=25,
        descending=True,
    )
    hide = pseudonyms()
    return render_template(
        "monitoring/rows.html",
        what=what,
        title=words.FIGURES[what],
        definition=words.DEFINITIONS[what],
        columns=[(name, words.COLUMNS[name]) for name in found.columns if name not in _HIDDEN],
        page=page,
        items=[_shown(dict(zip(found.columns, row, strict=True)), hide) for row in page.items],
        chosen=form.chosen,
        narrowed=[*form.narrowed, *([words.APPLICANTS[of]] if (of := form.chosen.applicants) else [])],
        states=words.STATES,
        interests=words.INTERESTS,
        sides=words.SIDES,
        refreshed_at=figures.refreshed_at(db_session(), form.chosen),
    )


def _shown(row: dict[str, Any], hide: Pseudonyms | None) -> dict[str, Any]:
    """A row of a page: names hidden where they must be, amounts as money."""
    row = _named(row, hide)
    for name in [name for name in row if name.endswith("_minor")]:
        row[name] = None if row[name] is None else Money(row[name], row[exports.currency_of(name)])
    return row


def _named(row: dict[str, Any], hide: Pseudonyms | None) -> dict[str, Any]:
    if hide is not None:
        row |= {kind: hide.name(kind, row[f"{kind}_id"]) for kind in _NAMED if kind in row}
    return row


@bp.get("/staff/results/rows.csv")
@guarded(Can.RESULT_LIST)
def rows_csv() -> ResponseReturnValue:
    """All rows behind one figure as CSV, sent while they are read."""
    what, _form, found = _asked()
    body = exports.write_csv(_all(found), _exported(found))
    return _sent(body, "text/csv; charset=utf-8", f"{what}.csv")


@bp.get("/staff/results/rows.xlsx")
@guarded(Can.RESULT_LIST)
def rows_xlsx() -> ResponseReturnValue:
    """All rows behind one figure as a workbook; a very long list is refused in favour of CSV."""
    what, _form, found = _asked()
    if queries.is_longer(db_session(), found, exports.MOST_XLSX_ROWS):
        raise Conflict("too_long_for_workbook", most=exports.MOST_XLSX_ROWS)
    file = exports.write_xlsx(_all(found), _exported(found))
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    response = send_file(file, kind, as_attachment=True, download_name=f"{what}.xlsx")
    response.headers["Cache-Control"] = "private, no-store"
    return response


@bp.get("/staff/results/awards.json")
@guarded(Can.RESULT_NAMES)
def grants() -> ResponseReturnValue:
    """The awards of a selection in the 360Giving Data Standard, which knows no empty file."""
    form = SelectionForm(request.args, current_user.organisation_id)
    found = queries.grants(form.chosen)
    if not queries.is_longer(db_session(), found, 0):
        raise Conflict("no_awards_to_export")
    host = urlsplit(current_app.config["SETTINGS"].base_url).hostname or "localhost"
    body = exports.write_grants(queries.stream(db_session(), found), host=host, now=utcnow())
    return _sent(body, "application/json", "awards.json")


def _exported(found: Rows) -> list[str]:
    """The columns of a file; ids lead back to names, so that those who may not see names get none."""
    left_out = {f"{kind}_id" for kind in _NAMED} | (set() if pseudonyms() is None else {"id"})
    return [name for name in found.columns if name not in left_out]


def _all(found: Rows) -> Iterator[Mapping[str, Any]]:
    hide = pseudonyms()
    return (_named(row, hide) for row in queries.stream(db_session(), found))


def _sent(body: Iterator[bytes], kind: str, name: str) -> Response:
    response = Response(stream_with_context(body), mimetype=kind)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
