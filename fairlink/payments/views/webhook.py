"""Where Stripe reports what happened."""

from flask import request
from flask.typing import ResponseReturnValue

from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import DomainError, NotFound
from fairlink.payments import service
from fairlink.payments.gateway import gateway, takes_cards
from fairlink.payments.views.blueprint import bp
from fairlink.policy import Can
from fairlink.web.access import guarded
from fairlink.web.security import csrf
from fairlink.web.session import db_session

#: Stripe's events are a few kilobytes; what is larger is not read.
LARGEST = 256 * 1024


@bp.post("/stripe/webhook")
@guarded(Can.PUBLIC_READ)
def webhook() -> ResponseReturnValue:
    """Take one event in: 204 once it is recorded, 400 if Stripe did not sign it just now, 404 or 409 if it speaks of
    what we do not know or does not agree, so that it comes again."""
    if not takes_cards():
        raise NotFound("not_found")
    request.max_content_length = LARGEST
    body = request.get_data()
    try:
        event = gateway().read_event(body, request.headers.get("Stripe-Signature"))
        with unit_of_work(db_session()) as session:
            service.take_in(session, event, now=utcnow())
    except DomainError as error:
        # Stripe's people read it in their log of deliveries; a page would be of no use to them.
        return error.code, error.http_status, {"Content-Type": "text/plain"}
    return "", 204


csrf.exempt(webhook)
