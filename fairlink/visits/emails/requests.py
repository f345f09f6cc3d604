"""The mails of requests: what is asked, and what became of it."""

from datetime import datetime

from sqlalchemy.orm import Session

from fairlink.mail import service as mail
from fairlink.visits import queries
from fairlink.visits.models import MeetingRequest
from fairlink.visits.states import RequestState, Side


def request_sent(session: Session, request: MeetingRequest, *, now: datetime) -> None:
    """Puts the request to the other side, with the instant at which it ends."""
    _post(session, "request_sent", request, request.from_side.other, now=now)


def request_closed(session: Session, request: MeetingRequest, *, now: datetime) -> None:
    """Tells both sides that the request was accepted or declined, or that its time is over.

    A side that does not want to meet the other hears of its own doing only.
    """
    refused_by = queries.vetoes(session, request.visit_id, request.exhibitor_id)
    for side in (request.from_side, request.from_side.other):
        if side not in refused_by:
            _post(session, "request_closed", request, side, now=now)


def _post(session: Session, template: str, request: MeetingRequest, side: Side, *, now: datetime) -> None:
    if side is Side.BUYER:
        person = queries.person_of(session, request.buyer_id, request.visit.visitor)
    else:
        person = queries.person_of_exhibitor(session, request.exhibitor)
    if person is None:
        return
    names = {Side.FIRM: request.exhibitor.name, Side.BUYER: request.visit.buyer.name}
    mail.post(
        session,
        template,
        to=person.email,
        name=person.name,
        locale=person.locale,
        now=now,
        key=f"{template}:{request.id}:{request.state}:{side}",
        context={
            "person": person.name,
            "other": names[side.other],
            "fair": request.fair.title,
            "fair_zone": request.fair.zone,
            "own_zone": person.zone,
            "expires_at": request.expires_at,
            "note": request.note,
            "outcome": RequestState(request.state).value,
            "asked": side is not request.from_side,
            "path": f"/requests/{request.id}",
        },
    )
