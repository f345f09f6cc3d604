"""The verbs that write: signing up and in, organisations and their people."""

from fairlink.accounts.service.colleagues import (
    accept_invitation,
    change_roles,
    end_membership,
    invite_colleague,
    join_as_new,
    revoke_invitation,
)
from fairlink.accounts.service.organisations import (
    Details,
    YearFigures,
    edit_organisation,
    register_agency,
    register_organisation,
    set_products,
    set_years,
)
from fairlink.accounts.service.passwords import hash_password
from fairlink.accounts.service.people import (
    answer_reset,
    authenticate,
    change_password,
    change_profile,
    confirm_email,
    end_session,
    end_sessions,
    request_confirmation,
    request_reset,
    reset_password,
    sign_up,
    start_session,
)

__all__ = [
    "Details",
    "YearFigures",
    "accept_invitation",
    "answer_reset",
    "authenticate",
    "change_password",
    "change_profile",
    "change_roles",
    "confirm_email",
    "edit_organisation",
    "end_membership",
    "end_session",
    "end_sessions",
    "hash_password",
    "invite_colleague",
    "join_as_new",
    "register_agency",
    "register_organisation",
    "request_confirmation",
    "request_reset",
    "reset_password",
    "revoke_invitation",
    "set_products",
    "set_years",
    "sign_up",
    "start_session",
]
