"""Results and evaluation, for staff."""

from fairlink.monitoring.views import results, rows
from fairlink.monitoring.views.blueprint import bp

__all__ = ["bp", "results", "rows"]
