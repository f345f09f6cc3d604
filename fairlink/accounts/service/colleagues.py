"""Inviting colleagues, letting them in, changing what they may do, and ending it when they leave."""

from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.accounts import emails, queries
from fairlink.accounts.models import EmailToken, Invitation, Membership, Organisation, User
from fairlink.accounts.rules import keeps_a_head, roles_fit
from fairlink.accounts.service.passwords import check_password, hash_password
from fairlink.accounts.service.people import end_sessions
from fairlink.accounts.states import Kind, Role
from fairlink.audit import service as audit
from fairlink.kernel.errors import Conflict, Invalid
from fairlink.kernel.tokens import new_token, token_hash

INVITATION_LIFE = timedelta(days=14)


def invite_colleague(
    session: Session,
    organisation: Organisation,
    *,
    email: str,
    roles: Collection[Role],
    by: User | None,
    now: datetime,
    locale: str = "en",
) -> Invitation:
    """Invite whoever owns `email` to act for the organisation with `roles`; an earlier invitation of theirs dies.

    `by` is None for the operator. `locale` is the language of the mail where the address has no account. Raises Invalid
    for roles that people of such an organisation cannot have and for somebody who is there already.
    """
    if not roles_fit(organisation.kind, roles):
        raise Invalid("roles_unfit", field="roles")
    known = queries.user_by_email(session, email)
    if known is not None and known.organisation_id == organisation.id:
        raise Invalid("already_colleague", field="email")
    session.execute(
        sa.update(Invitation)
        .where(
            Invitation.organisation_id == organisation.id,
            Invitation.email == email,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
    token = new_token()
    made = Invitation(
        organisation=organisation,
        email=email,
        roles=sorted(role.value for role in roles),
        token_hash=token_hash(token),
        invited_by=by,
        created_at=now,
        expires_at=now + INVITATION_LIFE,
    )
    session.add(made)
    emails.colleague_invitation(session, made, token, locale=known.locale if known else locale, now=now)
    audit.record(session, "colleague:invite", made, by=by, now=now, roles=made.roles)
    return made


def revoke_invitation(session: Session, invitation: Invitation, *, by: User, now: datetime) -> None:
    """Take an invitation back; its link is dead from now on."""
    _lock_open(session, invitation, now)
    invitation.revoked_at = now
    audit.record(session, "colleague:revoke", invitation, by=by, now=now)


def accept_invitation(session: Session, invitation: Invitation, *, by: User, now: datetime) -> Membership:
    """Let the owner of the invited address in.

    Raises Conflict when the invitation is not theirs (another address, or one they have not confirmed), is no longer
    open, or when they already act for an organisation.
    """
    _lock_open(session, invitation, now)
    if by.email.lower() != invitation.email.lower() or by.email_confirmed_at is None:
        raise Conflict("invitation_of_other")
    return _let_in(session, invitation, by, now)


def join_as_new(
    session: Session, invitation: Invitation, *, name: str, password: str, locale: str, zone: str, now: datetime
) -> User:
    """Make the invited person's account and let them in; the mailed link shows that the address is theirs.

    An account that was opened with this address but never confirmed is theirs to take over: its password and sessions
    are replaced. Raises Conflict for a confirmed account (its owner must sign in) and for an invitation no longer open,
    Invalid for a password easy to guess.
    """
    _lock_open(session, invitation, now)
    check_password(password, email=invitation.email, name=name)
    query = sa.select(User).where(User.email == invitation.email).with_for_update(of=User)
    user = session.scalars(query).unique().one_or_none()
    if user is None:
        user = User(email=invitation.email, created_at=now)
        session.add(user)
    elif user.email_confirmed_at:
        raise Conflict("email_taken")
    else:
        end_sessions(session, user, now=now)
        session.execute(sa.update(EmailToken).where(EmailToken.user_id == user.id).values(used_at=now))
    user.name, user.locale, user.zone = name, locale, zone
    user.password_hash = hash_password(password)
    user.email_confirmed_at = now
    session.flush()
    _let_in(session, invitation, user, now)
    session.refresh(user)
    return user


def change_roles(session: Session, membership: Membership, *, roles: Collection[Role], by: User, now: datetime) -> None:
    """Give a colleague other roles. Raises Invalid for unfit ones, Conflict if nobody could let others in any more."""
    organisation = _lock(session, membership)
    if not roles_fit(organisation.kind, roles):
        raise Invalid("roles_unfit", field="roles")
    before = membership.roles
    membership.roles = sorted(role.value for role in roles)
    _check_head(session, organisation)
    audit.record(session, "colleague:change_roles", membership, by=by, now=now, before=before, after=membership.roles)


def end_membership(session: Session, membership: Membership, *, by: User, now: datetime) -> None:
    """Let a colleague go: they keep their account but no longer see or do anything for the organisation.

    Raises Conflict if nobody could let others in any more.
    """
    organisation = _lock(session, membership)
    membership.ended_at = now
    _check_head(session, organisation)
    audit.record(session, "colleague:end", membership, by=by, now=now)


def _lock(session: Session, membership: Membership) -> Organisation:
    """The organisation, locked so that two heads cannot remove each other at once, and the membership as it is now."""
    organisation = session.get_one(Organisation, membership.organisation_id, with_for_update=True)
    session.refresh(membership)
    if membership.ended_at:
        raise Conflict("colleague_gone")
    return organisation


def _check_head(session: Session, organisation: Organisation) -> None:
    session.flush()
    roles = [frozenset(map(Role, each.roles)) for each in queries.memberships(session, organisation.id)]
    if not keeps_a_head(Kind(organisation.kind), roles):
        raise Conflict("last_head")


def _lock_open(session: Session, invitation: Invitation, now: datetime) -> None:
    session.refresh(invitation, ["accepted_at", "revoked_at"], with_for_update=True)
    if not invitation.is_open(now):
        raise Conflict("invitation_closed")


def _let_in(session: Session, invitation: Invitation, user: User, now: datetime) -> Membership:
    if user.organisation_id is not None:
        raise Conflict("already_member")
    invitation.accepted_at = now
    made = Membership(
        user_id=user.id, organisation_id=invitation.organisation_id, roles=list(invitation.roles), started_at=now
    )
    session.add(made)
    audit.record(session, "colleague:join", made, by=user, now=now, invitation=invitation.id)
    return made
