"""Mails of visits and meetings."""

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

__all__ = [
    "download",
    "feed",
    "feed_address",
    "invitation_for",
    "meeting_cancelled",
    "meeting_confirmed",
    "meeting_declined",
    "meeting_moved",
    "meeting_reminder",
    "meeting_requested",
    "name_of",
    "place_of",
]
