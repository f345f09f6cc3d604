"""The feed by which a person's own calendar shows their meetings."""

from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Response, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.policy import Can
from fairlink.visits import emails, queries, service
from fairlink.visits.rules.diary import side_of
from fairlink.visits.views.blueprint import bp
from fairlink.web.access import guarded
from fairlink.web.limits import by_viewer, limiter
from fairlink.web.security import hide_address
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.accounts.models import User

#: How long a meeting that is over stays in the calendar.
PAST = timedelta(days=90)


@bp.get("/account/calendar")
@guarded(Can.DIARY_READ)
def subscription() -> ResponseReturnValue:
    """Whether the viewer has a feed, and how to get, renew or end it."""
    return render_template("visits/subscription.html", feed=queries.active_feed(db_session(), current_user.id))


@bp.post("/account/calendar")
@limiter.limit("20 per hour", key_func=by_viewer)
@guarded(Can.DIARY_READ)
def renew_feed() -> ResponseReturnValue:
    """Make the viewer's feed anew; its address is on the answer and never shown again."""
    with unit_of_work(db_session()) as session:
        token = service.renew_feed(session, by=current_user, now=utcnow())
    feed = queries.active_feed(db_session(), current_user.id)
    address = emails.feed_address(token)
    return hide_address(make_response(render_template("visits/subscription.html", feed=feed, address=address)))


@bp.post("/account/calendar/revoke")
@guarded(Can.DIARY_READ)
def revoke_feed() -> ResponseReturnValue:
    """End the viewer's feed."""
    with unit_of_work(db_session()) as session:
        service.revoke_feed(session, by=current_user, now=utcnow())
    flash(_("The address is dead. No calendar can read your meetings by it any more."), "success")
    return redirect(url_for(".subscription"))


@bp.get("/calendar/<token>.ics")
@guarded(Can.PUBLIC_READ, load=queries.feed_owner)
def feed(owner: "User") -> ResponseReturnValue:
    """The meetings of a feed's owner, for their calendar, which cannot sign in."""
    now = utcnow()
    meetings = queries.meetings_of_person(db_session(), owner, since=now - PAST)
    bookings = queries.workshop_visits_of_person(db_session(), owner, since=now - PAST)
    content = emails.feed(meetings, bookings, side_of(owner.organisation_kind), owner, now=now)
    return hide_address(Response(content, mimetype="text/calendar"))
