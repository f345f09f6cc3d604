"""The mails of meetings, each with the calendar file that puts the meeting in, moves it or takes it out."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.mail import emails as house
from fairlink.mail import service as mail
from fairlink.visits import queries
from fairlink.visits.emails.workshops import REMINDERS, workshop_invitation
from fairlink.visits.models import Meeting, WorkshopVisit
from fairlink.visits.rules.calendar import Invitation, Method, Party, calendar_file, feed_file, method_for
from fairlink.visits.states import MeetingState, ReminderKind, Side


def meeting_requested(session: Session, meeting: Meeting, *, now: datetime) -> None:
    """Asks the other side for a meeting."""
    _post(session, "meeting_requested", meeting, meeting.asked_side, now=now)


def meeting_confirmed(session: Session, meeting: Meeting, *, now: datetime) -> None:
    """Tells both sides that the meeting stands: both calendars hold it as open until then."""
    _post_to_both(session, "meeting_confirmed", meeting, now=now)


def meeting_declined(session: Session, meeting: Meeting, *, now: datetime) -> None:
    """Tells both sides that the proposed time will not be, and why, and clears it from their calendars."""
    _post_to_both(session, "meeting_declined", meeting, now=now)


def meeting_moved(session: Session, meeting: Meeting, *, now: datetime) -> None:
    """Moves the meeting in both calendars and asks the other side whether the new time suits."""
    _post_to_both(session, "meeting_moved", meeting, now=now)


def meeting_cancelled(session: Session, meeting: Meeting, *, now: datetime) -> None:
    """Tells both sides that the meeting is off and clears it from their calendars."""
    _post_to_both(session, "meeting_cancelled", meeting, now=now)


def meeting_reminder(session: Session, meeting: Meeting, kind: ReminderKind, *, now: datetime) -> None:
    """Reminds both sides of a meeting that stands."""
    for side in Side:
        person = queries.receiver(session, meeting, side)
        if person is None:
            continue
        mail.post(
            session,
            "meeting_reminder",
            to=person.email,
            name=person.name,
            locale=person.locale,
            now=now,
            key=f"meeting_reminder:{meeting.id}:{meeting.sequence}:{kind}:{side}",
            context=_context(meeting, side, person),
            list_id=REMINDERS,
            unsubscribable=True,
        )


def invitation_for(meeting: Meeting, side: Side, person: User, *, now: datetime) -> Invitation:
    """The meeting as one side's calendar shows it, named after the other side."""
    return Invitation(
        uid=f"{meeting.uid}@{house.post().host}",
        sequence=meeting.sequence,
        state=meeting.state,
        starts_at=meeting.slot.starts_at,
        ends_at=meeting.slot.ends_at,
        summary=f"{name_of(meeting, side.other)} · {meeting.fair.title}",
        location=place_of(meeting),
        description=meeting.note,
        url=house.link(f"/meetings/{meeting.id}"),
        organizer=Party(house.post().sender_name, house.post().sender_email),
        attendee=Party(person.name, person.email),
        made_at=now,
    )


def download(meeting: Meeting, side: Side, person: User, *, now: datetime) -> bytes:
    """The meeting as a file that `person` puts into a calendar by hand."""
    return calendar_file(invitation_for(meeting, side, person, now=now), Method.PUBLISH)


def feed(
    meetings: Iterable[Meeting], bookings: Iterable[WorkshopVisit], side: Side, person: User, *, now: datetime
) -> bytes:
    """All meetings and workshop visits as one calendar; notes stay out, for a calendar may be shared with others."""
    invitations = [invitation_for(meeting, side, person, now=now) for meeting in meetings]
    invitations += [workshop_invitation(booking, side, person, now=now) for booking in bookings]
    return feed_file([replace(each, description="") for each in invitations], name="FairLink")


def feed_address(token: str) -> str:
    """The public address of a feed, as calendars are given it."""
    return house.link(f"/calendar/{token}.ics")


def name_of(meeting: Meeting, side: Side) -> str:
    """Who is on that side: the group or firm, or the buyer's organisation."""
    return meeting.exhibitor.name if side is Side.FIRM else meeting.visit.buyer.name


def place_of(meeting: Meeting) -> str:
    """Table or stand, venue and city on one line; the stand is left out until the fair has given one."""
    stand = [meeting.exhibitor.stand.label] if meeting.exhibitor.stand else []
    where = stand if meeting.table_no is None else [f"T{meeting.table_no}"]
    return ", ".join([*where, meeting.fair.venue, meeting.fair.city])


def _post_to_both(session: Session, template: str, meeting: Meeting, *, now: datetime) -> None:
    for side in (meeting.asked_side, meeting.proposed_side):
        _post(session, template, meeting, side, now=now)


def _post(session: Session, template: str, meeting: Meeting, side: Side, *, now: datetime) -> None:
    person = queries.receiver(session, meeting, side)
    if person is None:
        return
    method = method_for(meeting.state)
    content = calendar_file(invitation_for(meeting, side, person, now=now), method)
    mail.post(
        session,
        template,
        to=person.email,
        name=person.name,
        locale=person.locale,
        now=now,
        key=f"{template}:{meeting.id}:{meeting.sequence}:{side}",
        context={
            **_context(meeting, side, person),
            "note": meeting.note,
            "reason": meeting.reason,
            "expired": meeting.is_expired,
            "expires_at": meeting.expires_at,
            "settled": meeting.state is MeetingState.CONFIRMED,
            "asked": side is meeting.asked_side and meeting.state is MeetingState.REQUESTED,
        },
        attachments=[mail.Attachment("meeting.ics", "text/calendar", content, method.value)],
    )


def _context(meeting: Meeting, side: Side, person: User) -> dict[str, object]:
    """What every mail about a meeting says: with whom, when and where."""
    return {
        "person": person.name,
        "other": name_of(meeting, side.other),
        "fair": meeting.fair.title,
        "starts_at": meeting.slot.starts_at,
        "fair_zone": meeting.fair.zone,
        "own_zone": person.zone,
        "place": place_of(meeting),
        "table": meeting.table_no,
        "path": f"/meetings/{meeting.id}",
    }
