"""Who may do what: the names, and the one table that is asked."""

from fairlink.policy.names import Can, Kind, Role
from fairlink.policy.table import allows, concerns_everybody

__all__ = ["Can", "Kind", "Role", "allows", "concerns_everybody"]
