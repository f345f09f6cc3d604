"""The mails of visits to workshops, each with the calendar file that puts the visit in or takes it out."""

from datetime import datetime

from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.mail import emails as house
from fairlink.mail import service as mail
from fairlink.visits import queries
from fairlink.visits.models import WorkshopVisit
from fairlink.visits.rules.calendar import Invitation, Party, calendar_file, method_for
from fairlink.visits.states import MeetingState, ReminderKind, Side

#: Reminders are a list of their own: who does not want them still gets what changes a meeting or a visit.
REMINDERS = "meeting-reminders"


def workshop_visit_requested(session: Session, booking: WorkshopVisit, *, now: datetime) -> None:
    """Asks the hosts whether they can receive the buyer."""
    _post(session, booking, Side.FIRM, now=now)


def workshop_visit_changed(session: Session, booking: WorkshopVisit, *, now: datetime) -> None:
    """Tells both sides that the visit stands, is off, or has another time that the hosts have to confirm."""
    for side in Side:
        _post(session, booking, side, now=now)


def workshop_reminder(session: Session, booking: WorkshopVisit, kind: ReminderKind, *, now: datetime) -> None:
    """Reminds both sides of a visit that stands."""
    for side in Side:
        person = _receiver(session, booking, side)
        if person is None:
            continue
        mail.post(
            session,
            "workshop_reminder",
            to=person.email,
            name=person.name,
            locale=person.locale,
            now=now,
            key=f"workshop_reminder:{booking.id}:{booking.sequence}:{kind}:{side}",
            context=_context(booking, side, person),
            list_id=REMINDERS,
            unsubscribable=True,
        )


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


def _receiver(session: Session, booking: WorkshopVisit, side: Side) -> User | None:
    if side is Side.FIRM:
        return queries.person_of_exhibitor(session, booking.workshop.exhibitor)
    return queries.person_of(session, booking.visit.buyer_id, booking.visit.visitor)


def _post(session: Session, booking: WorkshopVisit, side: Side, *, now: datetime) -> None:
    person = _receiver(session, booking, side)
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
        key=f"workshop_visit:{booking.id}:{booking.sequence}:{booking.state}:{side}",
        context={
            **_context(booking, side, person),
            "state": booking.state.value,
            "moved": booking.sequence > 0,
            "asked": side is booking.asked_side and booking.state is MeetingState.REQUESTED,
            "buyer": booking.visit.buyer.name,
            "people": booking.people,
            "note": booking.note,
            "reason": booking.reason,
        },
        attachments=[mail.Attachment("visit.ics", "text/calendar", content, method.value)],
    )


def _context(booking: WorkshopVisit, side: Side, person: User) -> dict[str, object]:
    """What every mail about a visit says: with whom, when and where."""
    return {
        "person": person.name,
        "other": _other(booking, side),
        "workshop": booking.workshop.name,
        "fair": booking.fair.title,
        "starts_at": booking.starts_at,
        "fair_zone": booking.fair.zone,
        "own_zone": person.zone,
        "place": booking.workshop.address,
        "table": None,
        "path": f"/workshop-visits/{booking.id}",
    }
