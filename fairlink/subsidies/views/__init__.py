"""Schemes and calls, for staff and for those who may apply."""

from fairlink.subsidies.views import calls, schemes, trying
from fairlink.subsidies.views.blueprint import bp

__all__ = ["bp", "calls", "schemes", "trying"]
