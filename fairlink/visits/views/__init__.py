"""Visits and meetings: of buyers, of exhibitors, and what both do with a meeting."""

from fairlink.visits.views import buyers, calendars, exhibitors, meetings
from fairlink.visits.views.blueprint import bp

__all__ = ["bp", "buyers", "calendars", "exhibitors", "meetings"]
