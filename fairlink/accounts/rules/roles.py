"""Who may hold which role, and who may not be the one to leave."""

from collections.abc import Collection, Iterable

from fairlink.accounts.states import ROLES_OF_KIND, Kind, Role

#: The role of each kind of organisation without which nobody could let others in.
HEAD_OF_KIND: dict[Kind, Role] = {
    Kind.AGENCY: Role.OFFICER,
    Kind.FIRM: Role.OWNER,
    Kind.BUYER: Role.OWNER,
    Kind.ASSOCIATION: Role.OWNER,
}


def roles_fit(kind: Kind, roles: Collection[Role]) -> bool:
    """Whether people of an organisation of `kind` may hold just these `roles` (at least one)."""
    return bool(roles) and set(roles) <= set(ROLES_OF_KIND[kind])


def keeps_a_head(kind: Kind, others: Iterable[Collection[Role]]) -> bool:
    """Whether somebody among `others` (the roles of each colleague who stays) can still run the organisation."""
    return any(HEAD_OF_KIND[kind] in roles for roles in others)
