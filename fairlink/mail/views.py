"""The unsubscribe page."""

import json

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue

from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import NotFound
from fairlink.mail import gateway, queries, rules, service
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


#: What a provider posts is a few kilobytes.
LARGEST = 256 * 1024


@bp.post("/mail/events")
@csrf.exempt  # type: ignore[untyped-decorator]  # Flask-WTF has no types
@guarded(Can.PUBLIC_READ)
def events() -> ResponseReturnValue:
    """Take in bounces and complaints from a mail provider, signed as docs/operations.md says.

    204 once they are recorded, 400 for what is not signed just now or cannot be read.
    """
    secret = gateway.reports().secret
    if not secret:
        raise NotFound("not_found")
    request.max_content_length = LARGEST
    body, now = request.get_data(), utcnow()
    if not rules.signed(body, request.headers.get("X-FairLink-Signature", ""), secret, now):
        return "not signed", 400
    found = _reports(body)
    if found is None:
        return "not readable", 400
    with unit_of_work(db_session()) as session:
        for report in found:
            service.take_report(session, report, now=now)
    return "", 204


def _reports(body: bytes) -> list[rules.Report] | None:
    try:
        return [
            rules.Report.heard(
                str(each["email"]),
                str(each["message_id"]),
                complaint=each["type"] == "complaint",
                detail=str(each.get("detail", "")),
            )
            for each in json.loads(body)["events"]
            if each["type"] in ("bounce", "complaint")
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


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
