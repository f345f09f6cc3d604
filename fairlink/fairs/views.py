"""The public catalogue of fairs, and the pages in which staff make them."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from fairlink.fairs import exports, queries, service
from fairlink.fairs.forms import CatalogueForm, FairForm, RemoveStandsForm, StandsForm
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Conflict, Invalid
from fairlink.policy import Can
from fairlink.web.access import guarded
from fairlink.web.errors import show_on_form
from fairlink.web.pagination import Page, paginate
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.fairs.models import Fair

bp = Blueprint("fairs", __name__)


@bp.get("/fairs")
@guarded(Can.PUBLIC_READ)
def catalogue() -> ResponseReturnValue:
    """The public fairs, searched and narrowed."""
    session, now = db_session(), utcnow()
    past = request.args.get("when") == "past"
    form = CatalogueForm(
        request.args,
        countries=queries.catalogue_countries(session, past=past, now=now),
        months=queries.catalogue_months(session, past=past, now=now),
    )
    wanted = form.wanted()
    page = _paged(queries.catalogue(session, wanted, now=now), size=24, descending=past)
    size = queries.catalogue_size(session, wanted, now=now)
    return render_template("fairs/catalogue.html", form=form, page=page, size=size)


def _paged(fairs: Any, *, size: int, descending: bool) -> Page["Fair"]:
    after, before = request.args.get("after"), request.args.get("before")
    keys = queries.BY_FIRST_DAY
    return paginate(db_session(), fairs, keys, after=after, before=before, size=size, descending=descending)


@bp.get("/fairs/<int:fair_id>/calendar.ics")
@guarded(Can.FAIR_READ, load=queries.fair)
def calendar(fair: "Fair") -> ResponseReturnValue:
    """The days of a fair for the visitor's own calendar."""
    base_url = current_app.config["SETTINGS"].base_url
    address = base_url + url_for("pages.fair", fair_id=fair.id)
    text = exports.calendar(fair, address=address, host=urlsplit(base_url).hostname or "", now=utcnow())
    response = Response(text, mimetype="text/calendar")
    response.headers.set("Content-Disposition", "attachment", filename=f"fair-{fair.id}.ics")
    return response


@bp.get("/staff/fairs")
@guarded(Can.FAIR_LIST)
def staff_list() -> ResponseReturnValue:
    """The fairs of the viewer's agency."""
    page = _paged(queries.agency_fairs(current_user.organisation_id), size=20, descending=True)
    return render_template("fairs/staff_list.html", page=page)


@bp.route("/staff/fairs/new", methods=["GET", "POST"])
@guarded(Can.FAIR_CREATE)
def create() -> ResponseReturnValue:
    """Make a fair; its stands come next."""
    form = FairForm()
    if form.validate_on_submit():
        try:
            with unit_of_work(db_session()) as session:
                fair = service.create(session, form.details(), by=current_user, now=utcnow())
        except Invalid as error:
            show_on_form(form, error)
        else:
            flash(_("%(fair)s is saved as a draft. Now add its stands.", fair=fair.title), "success")
            return redirect(url_for(".stands", fair_id=fair.id))
    return render_template("fairs/form.html", form=form, fair=None), 422 if form.errors else 200


@bp.get("/staff/fairs/<int:fair_id>")
@guarded(Can.FAIR_REVIEW, load=queries.fair)
def staff_show(fair: "Fair") -> ResponseReturnValue:
    """A fair as staff see it, with what comes next."""
    return render_template(
        "fairs/staff_show.html",
        fair=fair,
        stand_count=queries.stand_count(db_session(), fair),
        slot_count=queries.slot_count(db_session(), fair),
    )


@bp.route("/staff/fairs/<int:fair_id>/edit", methods=["GET", "POST"])
@guarded(Can.FAIR_EDIT, load=queries.fair, reads=Can.FAIR_REVIEW)
def edit(fair: "Fair") -> ResponseReturnValue:
    """Change a fair."""
    form = FairForm(obj=fair, sector_codes=[sector.code for sector in fair.sectors])
    if form.validate_on_submit():
        try:
            with unit_of_work(db_session()) as session:
                service.edit(session, fair, form.details(), by=current_user, now=utcnow())
        except (Invalid, Conflict) as error:
            show_on_form(form, error)
        else:
            flash(_("Your changes are saved."), "success")
            return redirect(url_for(".staff_show", fair_id=fair.id))
    return render_template("fairs/form.html", form=form, fair=fair), 422 if form.errors else 200


@bp.route("/staff/fairs/<int:fair_id>/stands", methods=["GET", "POST"])
@guarded(Can.FAIR_EDIT, load=queries.fair, reads=Can.FAIR_REVIEW)
def stands(fair: "Fair") -> ResponseReturnValue:
    """The stands of a fair; the form adds many at once."""
    form = StandsForm()
    if form.validate_on_submit():
        with unit_of_work(db_session()) as session:
            new = service.add_stands(session, fair, form.labels, form.area_m2.data, by=current_user, now=utcnow())
        flash(ngettext("%(num)s stand was added.", "%(num)s stands were added.", new), "success")
        return redirect(url_for(".stands", fair_id=fair.id))
    return _stands_page(fair, form), 422 if form.errors else 200


@bp.post("/staff/fairs/<int:fair_id>/stands/remove")
@guarded(Can.FAIR_EDIT, load=queries.fair, reads=Can.FAIR_REVIEW)
def remove_stands(fair: "Fair") -> ResponseReturnValue:
    """Remove the marked stands."""
    removal = RemoveStandsForm(queries.stands(db_session(), fair))
    if not removal.validate_on_submit():
        return _stands_page(fair, StandsForm(formdata=None), removal), 422
    with unit_of_work(db_session()) as session:
        gone = service.remove_stands(session, fair, removal.stands.data or (), by=current_user, now=utcnow())
    flash(ngettext("%(num)s stand was removed.", "%(num)s stands were removed.", gone), "success")
    return redirect(url_for(".stands", fair_id=fair.id))


def _stands_page(fair: "Fair", form: StandsForm, removal: RemoveStandsForm | None = None) -> str:
    stands = queries.stands(db_session(), fair)
    removal = removal or RemoveStandsForm(stands, formdata=None)
    return render_template("fairs/stands.html", fair=fair, form=form, removal=removal, stands=stands)


@bp.post("/staff/fairs/<int:fair_id>/publish")
@guarded(Can.FAIR_EDIT, load=queries.fair, reads=Can.FAIR_REVIEW)
def publish(fair: "Fair") -> ResponseReturnValue:
    """Show a fair to the public."""
    with unit_of_work(db_session()) as session:
        service.publish(session, fair, by=current_user, now=utcnow())
    flash(_("%(fair)s is published.", fair=fair.title), "success")
    return redirect(url_for(".staff_show", fair_id=fair.id))


@bp.post("/staff/fairs/<int:fair_id>/cancel")
@guarded(Can.FAIR_EDIT, load=queries.fair, reads=Can.FAIR_REVIEW)
def cancel(fair: "Fair") -> ResponseReturnValue:
    """Call a fair off; the page that leads here has asked once."""
    with unit_of_work(db_session()) as session:
        service.cancel(session, fair, by=current_user, now=utcnow())
    flash(_("%(fair)s is cancelled.", fair=fair.title), "success")
    return redirect(url_for(".staff_show", fair_id=fair.id))
