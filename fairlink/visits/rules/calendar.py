"""A meeting as an iCalendar file (RFC 5545, 5546) that every calendar reads at the same instant."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from icalendar import Calendar, Event, vCalAddress, vText, vUri

from fairlink.visits.states import MeetingState


class Method(StrEnum):
    """What the receiver's calendar shall do with the file."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"
    PUBLISH = "PUBLISH"


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody named in an invitation."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Invitation:
    """One meeting for one person's calendar; instants are aware.

    The organizer is the platform, to which calendars send their replies: neither side learns the other's address.
    """

    uid: str
    sequence: int
    state: MeetingState
    starts_at: datetime
    ends_at: datetime
    summary: str
    location: str
    description: str
    url: str
    organizer: Party
    attendee: Party
    made_at: datetime


#: How often a calendar that reads a feed shall look again.
REFRESH = timedelta(hours=1)

_STATUS = {
    MeetingState.REQUESTED: "TENTATIVE",
    MeetingState.DECLINED: "CANCELLED",
    MeetingState.CANCELLED: "CANCELLED",
}


def method_for(state: MeetingState) -> Method:
    """A meeting that is off is taken out of calendars, any other one put in or moved."""
    return Method.CANCEL if _STATUS.get(state) == "CANCELLED" else Method.REQUEST


def calendar_file(invitation: Invitation, method: Method) -> bytes:
    """The file. Times are UTC ('Z'): zone definitions are read differently by different calendars."""
    calendar = _calendar(method)
    calendar.add_component(_event(invitation, method))
    return bytes(calendar.to_ical())


def feed_file(invitations: Iterable[Invitation], *, name: str) -> bytes:
    """All of `invitations` as one calendar called `name`, for calendars that come for it by themselves."""
    calendar = _calendar(Method.PUBLISH)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", REFRESH)
    for invitation in invitations:
        calendar.add_component(_event(invitation, Method.PUBLISH))
    return bytes(calendar.to_ical())


def _calendar(method: Method) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//FairLink//Meetings//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method.value)
    return calendar


def _event(invitation: Invitation, method: Method) -> Event:
    event = Event()
    event.add("uid", invitation.uid)
    event.add("sequence", invitation.sequence)
    event.add("dtstamp", invitation.made_at)
    event.add("dtstart", invitation.starts_at)
    event.add("dtend", invitation.ends_at)
    event.add("summary", invitation.summary)
    event.add("location", invitation.location)
    event.add("description", invitation.description)
    event.add("url", vUri(invitation.url))
    event.add("status", _STATUS.get(invitation.state, "CONFIRMED"))
    event.add("organizer", _address(invitation.organizer))
    if method is not Method.PUBLISH:
        event.add("attendee", _attendee(invitation))
    return event


def _address(party: Party) -> vCalAddress:
    address = vCalAddress(f"mailto:{party.email}")
    address.params["CN"] = vText(party.name)
    return address


def _attendee(invitation: Invitation) -> vCalAddress:
    attendee = _address(invitation.attendee)
    open_question = invitation.state is MeetingState.REQUESTED
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
    attendee.params["PARTSTAT"] = vText("NEEDS-ACTION" if open_question else "ACCEPTED")
    # Answers are given on the platform, where both sides see them; a calendar's own would reach nobody.
    attendee.params["RSVP"] = vText("FALSE")
    return attendee
