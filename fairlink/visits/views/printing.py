"""Agendas and table signs to print."""

from typing import TYPE_CHECKING

from flask import Response
from flask.typing import ResponseReturnValue

from fairlink.applications import queries as applications
from fairlink.fairs import queries as fairs
from fairlink.kernel.clock import utcnow
from fairlink.kernel.errors import Conflict, NotFound
from fairlink.policy import Can
from fairlink.visits import exports, queries
from fairlink.visits.views.blueprint import bp
from fairlink.web.access import guarded
from fairlink.web.i18n import language
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.applications.models import Exhibitor
    from fairlink.fairs.models import Fair
    from fairlink.visits.models import Visit


def _pdf(content: bytes, name: str) -> Response:
    response = Response(content, mimetype="application/pdf")
    response.headers.set("Content-Disposition", "inline", filename=f"{name}.pdf")
    return response


@bp.get("/visits/<int:visit_id>/agenda.pdf")
@guarded(Can.VISIT_READ, load=queries.visit)
def visit_agenda(visit: "Visit") -> ResponseReturnValue:
    """The agenda of a visit."""
    session = db_session()
    meetings = queries.meetings_of_visit(session, visit)
    badge = queries.badge_of_visit(session, visit.id)
    return _pdf(exports.visit_agenda(visit, meetings, badge, language=language(), now=utcnow()), f"visit-{visit.id}")


@bp.get("/visits/<int:visit_id>/itinerary.pdf")
@guarded(Can.VISIT_READ, load=queries.visit)
def itinerary(visit: "Visit") -> ResponseReturnValue:
    """The visits to workshops of a visit, with the ways."""
    session = db_session()
    bookings = queries.workshop_visits_of_visit(session, visit.id)
    if not bookings:
        raise NotFound("not_found")
    ways = queries.ways(session, visit.fair_id)
    return _pdf(exports.itinerary(visit, bookings, ways, language=language(), now=utcnow()), f"itinerary-{visit.id}")


@bp.get("/exhibitors/<int:exhibitor_id>/agenda.pdf")
@guarded(Can.EXHIBIT_READ, load=applications.exhibitor)
def exhibitor_agenda(exhibitor: "Exhibitor") -> ResponseReturnValue:
    """The diary of an exhibitor."""
    meetings = queries.meetings_of_exhibitor(db_session(), exhibitor)
    content = exports.exhibitor_agenda(exhibitor, meetings, language=language(), now=utcnow())
    return _pdf(content, f"exhibitor-{exhibitor.id}")


@bp.get("/staff/fairs/<int:fair_id>/signs.pdf")
@guarded(Can.FAIR_REVIEW, load=fairs.fair)
def table_signs(fair: "Fair") -> ResponseReturnValue:
    """The signs of a fair's tables, where meetings are held at such, and of every exhibitor by name."""
    query, keys = applications.exhibitors_found(fair.id)
    exhibitors = db_session().scalars(query.order_by(*keys)).all()
    rules = queries.rules_of(db_session(), fair.id)
    tables = rules.tables if rules.by_organiser else None
    if not exhibitors and not tables:
        raise Conflict("no_exhibitors_yet")
    content = exports.table_signs(fair, exhibitors, tables, language=language(), now=utcnow())
    return _pdf(content, f"signs-{fair.id}")
