"""A fair in the formats of other programs: iCalendar, and schema.org's Event."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vUri

from fairlink.fairs.models import Fair
from fairlink.fairs.states import FairState


def calendar(fair: Fair, *, address: str, host: str, now: datetime) -> bytes:
    """An iCalendar file with one event for each day of the fair, in UTC 'Z' times, which every program reads alike.

    The UIDs stay the same when days move, and SEQUENCE rises with each change, so that a calendar that has the fair
    already corrects it. `address` is the fair's page, `host` the platform's name in the UIDs.
    """
    made = Calendar()
    made.add("prodid", "-//FairLink//Fairs//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    for number, day in enumerate(fair.schedule.days(), start=1):
        event = Event()
        event.add("uid", f"fair-{fair.id}-day-{number}@{host}")
        event.add("dtstamp", now)
        event.add("sequence", fair.sequence)
        event.add("dtstart", day.starts_at)
        event.add("dtend", day.ends_at)
        event.add("summary", fair.title)
        event.add("location", ", ".join((fair.venue, fair.city)))
        event.add("url", vUri(address))
        event.add("status", "CANCELLED" if fair.state == FairState.CANCELLED else "CONFIRMED")
        made.add_component(event)
    return bytes(made.to_ical())


def schema_org(fair: Fair, *, address: str) -> dict[str, Any]:
    """The fair as schema.org Event for search engines; times carry the offset of the fair's zone."""
    days, zone = fair.schedule.days(), ZoneInfo(fair.zone)
    state = "EventCancelled" if fair.state == FairState.CANCELLED else "EventScheduled"
    event = {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": fair.title,
        "startDate": days[0].starts_at.astimezone(zone).isoformat(),
        "endDate": days[-1].ends_at.astimezone(zone).isoformat(),
        "eventStatus": f"https://schema.org/{state}",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "url": address,
        "location": {
            "@type": "Place",
            "name": fair.venue,
            "address": {"@type": "PostalAddress", "addressLocality": fair.city, "addressCountry": fair.country},
        },
    }
    return event | {key: text for key, text in (("description", fair.description), ("sameAs", fair.website)) if text}
