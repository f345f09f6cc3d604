"""The mails of visits to workshops, each with the calendar file that puts the visit in or takes it out."""

from datetime import datetime

from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.mail import emails as house
from fairlink.mail import service as mail
from fairlink.visits import queries
from fairlink.visits.models import WorkshopVisit
from fairlink.visits.rules.calendar import Invitation, Party, calendar_file, method_for
from fairlink.visits.states import Side


def workshop_visit_requested(session: Session, booking: WorkshopVisit, *, now: datetime) -> None:
    """Asks the hosts whether they can receive the buyer."""
    _post(session, booking, Side.FIRM, now=now)


def workshop_visit_changed(session: Session, booking: WorkshopVisit, *, now: datetime) -> None:
    """Tells both sides that the visit stands or is off."""
    for side in Side:
        _post(session, booking, side, now=now)


def workshop_invitation(booking: WorkshopVisit, side: Side, person: User, *, now: datetime) -> Invitation:
    """The visit as one side's calendar shows it, named after the other side."""
    return Invitation(
        uid=f"{booking.uid}@{house.post().host}",
        sequence=booking.sequence,
        state=booking.state,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        summary=f"{_other(booking, side)} · {booking.fair.title}",
        location=booking.workshop.address,
        description=booking.note,
        url=house.link(f"/workshop-visits/{booking.id}"),
        organizer=Party(house.post().sender_name, house.post().sender_email),
        attendee=Party(person.name, person.email),
        made_at=now,
    )


def _other(booking: WorkshopVisit, side: Side) -> str:
    return booking.workshop.name if side is Side.BUYER else booking.visit.buyer.name


def _post(session: Session, booking: WorkshopVisit, side: Side, *, now: datetime) -> None:
    exhibitor, visit = booking.workshop.exhibitor, booking.visit
    if side is Side.FIRM:
        person = queries.person_of_exhibitor(session, exhibitor)
    else:
        person = queries.person_of(session, visit.buyer_id, visit.visitor)
    if person is None:
        return
    method = method_for(booking.state)
    content = calendar_file(workshop_invitation(booking, side, person, now=now), method)
    mail.post(
        session,
        "workshop_visit",
        to=person.email,
        name=person.name,
        locale=person.locale,
        now=now,
        key=f"workshop_visit:{booking.id}:{booking.state}:{side}",
        context={
            "person": person.name,
            "other": _other(booking, side),
            "workshop": booking.workshop.name,
            "fair": booking.fair.title,
            "starts_at": booking.starts_at,
            "fair_zone": booking.fair.zone,
            "own_zone": person.zone,
            "place": booking.workshop.address,
            "table": None,
            "state": booking.state.value,
            "people": booking.people,
            "note": booking.note,
            "reason": booking.reason,
            "path": f"/workshop-visits/{booking.id}",
        },
        attachments=[mail.Attachment("visit.ics", "text/calendar", content, method.value)],
    )
