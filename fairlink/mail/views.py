"""The unsubscribe page."""

from flask import Blueprint, make_response, render_template
from flask.typing import ResponseReturnValue

from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import NotFound
from fairlink.mail import queries, service
from fairlink.policy import Can
from fairlink.web.access import guarded
from fairlink.web.security import csrf, hide_address
from fairlink.web.session import db_session

bp = Blueprint("mail", __name__)


@bp.get("/unsubscribe/<token>")
@guarded(Can.PUBLIC_READ)
def ask(token: str) -> ResponseReturnValue:
    """Ask first: scanners follow links, so opening the page records nothing."""
    if queries.mail_by_token(db_session(), token) is None:
        raise NotFound("not_found")
    return hide_address(make_response(render_template("mail/unsubscribe.html", token=token, done=False)))


@bp.post("/unsubscribe/<token>")
@csrf.exempt  # type: ignore[untyped-decorator]  # Flask-WTF has no types
@guarded(Can.PUBLIC_READ)
def unsubscribe(token: str) -> ResponseReturnValue:
    """Record it. RFC 8058: mail programs post here with neither session nor form token; the address is the proof."""
    with unit_of_work(db_session()) as session:
        message = queries.mail_by_token(session, token)
        if message is None:
            raise NotFound("not_found")
        service.unsubscribe(session, message, now=utcnow())
    return hide_address(make_response(render_template("mail/unsubscribe.html", token=token, done=True)))
