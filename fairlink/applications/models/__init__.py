"""Tables of producer groups, applications, awards, exhibitors, and of claims, payouts and recoveries."""

from fairlink.applications.models.applications import (
    Application,
    ApplicationMember,
    CostFile,
    CostLine,
    DeclaredAid,
)
from fairlink.applications.models.assessments import Appeal, Assessment, AssessmentScore, ConflictOfInterest
from fairlink.applications.models.awards import Award, AwardMember, Exhibitor
from fairlink.applications.models.claims import Claim, ClaimEvidence, ClaimLine, ClaimPart
from fairlink.applications.models.groups import GroupInvitation, GroupMember, ProducerGroup
from fairlink.applications.models.payouts import Disbursement, DisbursementBatch, PayoutAccount
from fairlink.applications.models.recoveries import RecoveryCase, RecoveryEntry
from fairlink.applications.models.selections import SelectionOverride, SelectionPlace, SelectionRun

__all__ = [
    "Appeal",
    "Application",
    "ApplicationMember",
    "Assessment",
    "AssessmentScore",
    "Award",
    "AwardMember",
    "Claim",
    "ClaimEvidence",
    "ClaimLine",
    "ClaimPart",
    "ConflictOfInterest",
    "CostFile",
    "CostLine",
    "DeclaredAid",
    "Disbursement",
    "DisbursementBatch",
    "Exhibitor",
    "GroupInvitation",
    "GroupMember",
    "PayoutAccount",
    "ProducerGroup",
    "RecoveryCase",
    "RecoveryEntry",
    "SelectionOverride",
    "SelectionPlace",
    "SelectionRun",
]
