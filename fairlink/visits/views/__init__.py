"""Visits and meetings: of buyers, of exhibitors, and what both do with requests and meetings."""

from fairlink.visits.views import absences, buyers, calendars, exhibitors, meetings, requests
from fairlink.visits.views.blueprint import bp

__all__ = ["absences", "bp", "buyers", "calendars", "exhibitors", "meetings", "requests"]
