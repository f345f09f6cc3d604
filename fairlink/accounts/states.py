"""The closed sets of words that accounts use."""

from enum import StrEnum

from fairlink.policy import Kind, Role

#: Roles that people of each kind of organisation may hold.
ROLES_OF_KIND: dict[Kind, tuple[Role, ...]] = {
    Kind.AGENCY: (Role.OFFICER, Role.ASSESSOR, Role.APPROVER, Role.FINANCE, Role.EVALUATOR),
    Kind.FIRM: (Role.OWNER, Role.MEMBER),
    Kind.BUYER: (Role.OWNER, Role.MEMBER),
    Kind.ASSOCIATION: (Role.OWNER, Role.MEMBER),
}


class TokenPurpose(StrEnum):
    """What a mailed one-time link is for."""

    CONFIRM_EMAIL = "confirm_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105 the name of a purpose, not a secret


__all__ = ["ROLES_OF_KIND", "Kind", "Role", "TokenPurpose"]
