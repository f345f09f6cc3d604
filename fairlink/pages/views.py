"""The front page, the public page of a fair, and everybody's home."""

from typing import TYPE_CHECKING

from flask import current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from fairlink.applications import queries as applications
from fairlink.fairs import exports
from fairlink.fairs import queries as fairs
from fairlink.kernel.clock import utcnow
from fairlink.pages import home
from fairlink.pages.blueprint import bp
from fairlink.policy import Can, allows
from fairlink.subsidies import queries as subsidies
from fairlink.visits import queries as visits
from fairlink.visits.forms.finding import FindForm
from fairlink.web.access import guarded
from fairlink.web.pagination import paginate
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.fairs.models import Fair

__all__ = ["bp", "home"]

#: Calls on the front page: two rows of cards on a desk computer.
_ON_FRONT = 6


@bp.get("/")
@guarded(Can.PUBLIC_READ)
def front() -> ResponseReturnValue:
    """What the platform is, and the calls that close next."""
    calls = subsidies.next_closing(db_session(), utcnow(), limit=_ON_FRONT)
    return render_template("pages/front.html", calls=calls)


@bp.get("/fairs/<int:fair_id>")
@guarded(Can.FAIR_READ, load=fairs.fair)
def fair(fair: "Fair") -> ResponseReturnValue:
    """Everything the public may know of a fair, and what one can do there."""
    now = utcnow()
    visit = visits.booked_visit(db_session(), fair.id, current_user) if allows(current_user, Can.VISIT_CREATE) else None
    address = current_app.config["SETTINGS"].base_url + url_for(".fair", fair_id=fair.id)
    return render_template(
        "pages/fair.html",
        fair=fair,
        now=now,
        is_over=fair.schedule.is_over(now),
        visit=visit,
        calls=subsidies.public_calls(db_session(), fair.id),
        stand_count=fairs.stand_count(db_session(), fair),
        event=exports.schema_org(fair, address=address),
    )


@bp.get("/fairs/<int:fair_id>/exhibitors")
@guarded(Can.FAIR_READ, load=fairs.fair)
def exhibitors(fair: "Fair") -> ResponseReturnValue:
    """The exhibitors of a fair for everybody, searched by product, name and sector."""
    form = FindForm(request.args)
    query, keys = applications.exhibitors_found(fair.id, **form.wanted)
    page = paginate(db_session(), query, keys, after=request.args.get("after"), before=request.args.get("before"))
    return render_template("pages/exhibitors.html", fair=fair, form=form, page=page)
