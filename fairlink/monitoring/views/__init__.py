"""Results and evaluation, for staff."""

from fairlink.monitoring.views import evaluation, results, rows
from fairlink.monitoring.views.blueprint import bp

__all__ = ["bp", "evaluation", "results", "rows"]
