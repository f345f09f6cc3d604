"""Tables of producer groups, applications, awards and exhibitors."""

from fairlink.applications.models.applications import Application, ApplicationMember, Assessment, CostLine
from fairlink.applications.models.awards import Award, AwardMember, Exhibitor
from fairlink.applications.models.groups import GroupInvitation, GroupMember, ProducerGroup

__all__ = [
    "Application",
    "ApplicationMember",
    "Assessment",
    "Award",
    "AwardMember",
    "CostLine",
    "Exhibitor",
    "GroupInvitation",
    "GroupMember",
    "ProducerGroup",
]
