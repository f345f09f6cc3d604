"""Reads of visits, meetings and free time."""

from fairlink.visits.queries.agendas import active_feed, feed_owner, meetings_of_person, meetings_to_remind_of
from fairlink.visits.queries.diaries import (
    Counts,
    counts_of_exhibitors,
    counts_of_visits,
    free_slots,
    in_slot,
    slot_of_fair,
)
from fairlink.visits.queries.meetings import (
    held_meetings,
    locked_meeting,
    meeting,
    meetings_of_exhibitor,
    meetings_of_visit,
    meetings_without_ground,
    open_meetings_of_visit,
)
from fairlink.visits.queries.people import person_of, person_of_exhibitor, receiver
from fairlink.visits.queries.visits import booked_visit, kept_visit, locked_visit, visit, visits_of

__all__ = [
    "Counts",
    "active_feed",
    "booked_visit",
    "counts_of_exhibitors",
    "counts_of_visits",
    "feed_owner",
    "free_slots",
    "held_meetings",
    "in_slot",
    "kept_visit",
    "locked_meeting",
    "locked_visit",
    "meeting",
    "meetings_of_exhibitor",
    "meetings_of_person",
    "meetings_of_visit",
    "meetings_to_remind_of",
    "meetings_without_ground",
    "open_meetings_of_visit",
    "person_of",
    "person_of_exhibitor",
    "receiver",
    "slot_of_fair",
    "visit",
    "visits_of",
]
