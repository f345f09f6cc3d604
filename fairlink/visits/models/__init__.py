"""Tables of visits and of what they bring about."""

from fairlink.visits.models.agenda import AgendaEntry, AgendaRun
from fairlink.visits.models.calendars import CalendarFeed, MeetingReminder
from fairlink.visits.models.contacts import Badge, Contact, ContactProduct
from fairlink.visits.models.hosting import (
    HostedEvidence,
    HostedStay,
    HostingCeiling,
    HostingOffer,
)
from fairlink.visits.models.meetings import Meeting
from fairlink.visits.models.requests import Absence, MeetingRequest, MeetingRules, Preference, default_rules
from fairlink.visits.models.visits import Visit
from fairlink.visits.models.workshops import Workshop, WorkshopReminder, WorkshopTravel, WorkshopVisit

__all__ = [
    "Absence",
    "AgendaEntry",
    "AgendaRun",
    "Badge",
    "CalendarFeed",
    "Contact",
    "ContactProduct",
    "HostedEvidence",
    "HostedStay",
    "HostingCeiling",
    "HostingOffer",
    "Meeting",
    "MeetingReminder",
    "MeetingRequest",
    "MeetingRules",
    "Preference",
    "Visit",
    "Workshop",
    "WorkshopReminder",
    "WorkshopTravel",
    "WorkshopVisit",
    "default_rules",
]
