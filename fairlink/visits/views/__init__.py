"""Visits and meetings: of buyers, of exhibitors, and what both do with requests and meetings."""

from fairlink.visits.views import (
    absences,
    at_fair,
    badges,
    buyers,
    calendars,
    contacts,
    exhibitors,
    hosting,
    hosting_staff,
    meetings,
    printing,
    requests,
    workshop_visits,
    workshops,
)
from fairlink.visits.views.blueprint import bp

__all__ = [
    "absences",
    "at_fair",
    "badges",
    "bp",
    "buyers",
    "calendars",
    "contacts",
    "exhibitors",
    "hosting",
    "hosting_staff",
    "meetings",
    "printing",
    "requests",
    "workshop_visits",
    "workshops",
]
from fairlink.visits.views import agenda

__all__ = ["absences", "agenda", "bp", "buyers", "calendars", "exhibitors", "meetings", "requests"]
