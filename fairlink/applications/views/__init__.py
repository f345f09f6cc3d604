"""Pages of groups and applications, for those who apply and for the staff who decide."""

from fairlink.applications.views import (
    aid,
    applying,
    awards,
    checking,
    claims,
    groups,
    judging,
    letters,
    parts,
    payouts,
    recoveries,
    selecting,
    staff,
)
from fairlink.applications.views.blueprint import (
    bp,
)

__all__ = [
    "aid",
    "applying",
    "awards",
    "bp",
    "checking",
    "claims",
    "groups",
    "judging",
    "letters",
    "parts",
    "payouts",
    "recoveries",
    "selecting",
    "staff",
]
