"""Mails of visits and meetings."""

from fairlink.visits.emails.meetings import (
    download,
    invitation_for,
    meeting_cancelled,
    meeting_confirmed,
    meeting_declined,
    meeting_moved,
    meeting_requested,
    name_of,
    place_of,
)

__all__ = [
    "download",
    "invitation_for",
    "meeting_cancelled",
    "meeting_confirmed",
    "meeting_declined",
    "meeting_moved",
    "meeting_requested",
    "name_of",
    "place_of",
]
