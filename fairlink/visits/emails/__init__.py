"""Mails of visits, requests and meetings."""

from fairlink.visits.emails.hosting import hosting_claim, hosting_due, hosting_ended, hosting_granted
from fairlink.visits.emails.meetings import (
    download,
    feed,
    feed_address,
    invitation_for,
    meeting_cancelled,
    meeting_confirmed,
    meeting_declined,
    meeting_moved,
    meeting_reminder,
    meeting_requested,
    name_of,
    place_of,
)
from fairlink.visits.emails.requests import request_closed, request_sent
from fairlink.visits.emails.workshops import (
    workshop_invitation,
    workshop_reminder,
    workshop_visit_changed,
    workshop_visit_requested,
)

__all__ = [
    "download",
    "feed",
    "feed_address",
    "hosting_claim",
    "hosting_due",
    "hosting_ended",
    "hosting_granted",
    "invitation_for",
    "meeting_cancelled",
    "meeting_confirmed",
    "meeting_declined",
    "meeting_moved",
    "meeting_reminder",
    "meeting_requested",
    "name_of",
    "place_of",
    "request_closed",
    "request_sent",
    "workshop_invitation",
    "workshop_reminder",
    "workshop_visit_changed",
    "workshop_visit_requested",
]
