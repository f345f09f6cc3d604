"""Where Stripe reports what happened."""

from collections.abc import Callable, Collection

from flask import request
from flask.typing import ResponseReturnValue

from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import DomainError, NotFound
from fairlink.payments import queries, service
from fairlink.payments.gateway import Event, can_connect, read_agency_event, read_platform_event
from fairlink.payments.views.blueprint import bp
from fairlink.policy import Can
from fairlink.web.access import guarded
from fairlink.web.security import csrf
from fairlink.web.session import db_session

#: Stripe's events are a few kilobytes; what is larger is not read.
LARGEST = 256 * 1024


#: Reads the body of a webhook under its signature: what it says, and the ids of the accounts that it may speak for.
Reader = Callable[[bytes, str | None], tuple[Event, Collection[int | None]]]


@bp.post("/stripe/webhook")
@guarded(Can.PUBLIC_READ)
def webhook() -> ResponseReturnValue:
    """Take in one event of the platform's account, or of one that is connected to it."""

    if not can_connect():
        raise NotFound("not_found")

    def read(body: bytes, signature: str | None) -> tuple[Event, Collection[int | None]]:
        event = read_platform_event(body, signature)
        if not event.connected_id:
            return event, [None]
        return event, [each.id for each in queries.accounts_named(db_session(), event.connected_id)]

    return _take_in(read)


@bp.post("/stripe/webhook/<int:agency_id>")
@guarded(Can.PUBLIC_READ)
def agency_webhook(agency_id: int) -> ResponseReturnValue:
    """Take in one event of an agency's account with keys of its own."""
    accounts = queries.keyed_accounts(db_session(), agency_id)
    if not accounts:
        raise NotFound("not_found")
    return _take_in(lambda body, signature: read_agency_event(body, signature, accounts))


def _take_in(read: Reader) -> ResponseReturnValue:
    """204 once an event is recorded; 400 if Stripe did not sign it just now, or if it speaks of a payment on another
    account; 404 or 409 if it speaks of what we do not know or does not agree, so that it comes again."""
    request.max_content_length = LARGEST
    body = request.get_data()
    try:
        event, accounts = read(body, request.headers.get("Stripe-Signature"))
        with unit_of_work(db_session()) as session:
            service.take_in(session, event, accounts, now=utcnow())
    except DomainError as error:
        # Stripe's people read it in their log of deliveries; a page would be of no use to them.
        return error.code, error.http_status, {"Content-Type": "text/plain"}
    return "", 204


csrf.exempt(webhook)
csrf.exempt(agency_webhook)
