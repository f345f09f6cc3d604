"""Mails about accounts and invitations."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from fairlink.accounts.models import Invitation, User
from fairlink.mail import service as mail


def confirm_email(session: Session, user: User, token: str, *, expires_at: datetime, now: datetime) -> None:
    """Ask the owner of a new account's address whether it is theirs."""
    context = {"person": user.name, "path": f"/confirm/{token}", "expires_at": expires_at, "zone": user.zone}
    _post(session, "confirm_email", user, context, now)


def already_registered(session: Session, user: User, *, now: datetime) -> None:
    """Tell somebody who signs up again that they have an account."""
    context = {"person": user.name, "sign_in_path": "/sign-in", "forgotten_path": "/forgotten"}
    _post(session, "already_registered", user, context, now)


def reset_password(session: Session, user: User, token: str, *, expires_at: datetime, now: datetime) -> None:
    """The link to a new password."""
    context = {"person": user.name, "path": f"/reset/{token}", "expires_at": expires_at, "zone": user.zone}
    _post(session, "reset_password", user, context, now)


def no_account(session: Session, email: str, *, locale: str, now: datetime) -> None:
    """Tell somebody who forgot a password that this is not the address of their account."""
    context = {"email": email, "sign_up_path": "/sign-up"}
    mail.post(session, "no_account", to=email, name="", locale=locale, now=now, context=context)


def password_changed(session: Session, user: User, *, now: datetime) -> None:
    """Tell somebody that their password is new, in case it was not them."""
    context = {"person": user.name, "at": now, "zone": user.zone, "forgotten_path": "/forgotten"}
    _post(session, "password_changed", user, context, now)


def colleague_invitation(session: Session, invitation: Invitation, token: str, *, locale: str, now: datetime) -> None:
    """Invite a colleague into an organisation."""
    context = {
        "inviter": invitation.invited_by.name if invitation.invited_by else None,
        "organisation": invitation.organisation.name,
        "path": f"/join/{token}",
        "expires_at": invitation.expires_at,
    }
    mail.post(session, "colleague_invitation", to=invitation.email, name="", locale=locale, now=now, context=context)


def _post(session: Session, template: str, user: User, context: Mapping[str, object], now: datetime) -> None:
    mail.post(session, template, to=user.email, name=user.name, locale=user.locale, now=now, context=context)
