"""The half days on which participants have no meetings."""

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from fairlink.applications import queries as applications
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Conflict
from fairlink.policy import Can
from fairlink.visits import queries, service
from fairlink.visits.forms.requests import AbsenceForm
from fairlink.visits.rules.halves import halves_of
from fairlink.visits.views.blueprint import bp
from fairlink.web.access import guarded
from fairlink.web.errors import show_on_form
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.applications.models import Exhibitor
    from fairlink.visits.models import Visit


@bp.route("/visits/<int:visit_id>/absences", methods=["GET", "POST"])
@guarded(Can.VISIT_EDIT, load=queries.visit)
def absences_of_visit(visit: "Visit") -> ResponseReturnValue:
    """When a visiting buyer has no meetings."""
    return _absences(visit, f"/visits/{visit.id}")


@bp.route("/exhibitors/<int:exhibitor_id>/absences", methods=["GET", "POST"])
@guarded(Can.EXHIBIT_READ, load=applications.exhibitor)
def absences_of_exhibitor(exhibitor: "Exhibitor") -> ResponseReturnValue:
    """When an exhibitor has no meetings."""
    return _absences(exhibitor, f"/exhibitors/{exhibitor.id}/diary")


def _absences(participant: "Visit | Exhibitor", back: str) -> ResponseReturnValue:
    fair, session = participant.fair, db_session()
    known = [f"{on.isoformat()} {half.value}" for on, half in queries.absences_of(session, participant)]
    form = AbsenceForm(halves=known)
    form.offer(halves_of([slot.starts_at for slot in fair.schedule.slots()], fair.zone))
    if form.validate_on_submit():
        try:
            with unit_of_work(session):
                service.set_absences(session, participant, form.chosen, by=current_user, now=utcnow())
        except Conflict as error:
            show_on_form(form, error)
        else:
            flash(_("Your changes are saved."), "success")
            return redirect(back)
    return render_template("visits/absences.html", form=form, fair=fair, back=back), 422 if form.errors else 200
