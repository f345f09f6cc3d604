"""What firms do to their groups: found them, invite others, join, leave, and take members out."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from fairlink.accounts import queries as accounts
from fairlink.accounts.models import User
from fairlink.applications import emails, queries, rules
from fairlink.applications.models import GroupInvitation, GroupMember, ProducerGroup
from fairlink.applications.service.leaving import leave_applications
from fairlink.applications.states import InvitationState, MemberState
from fairlink.audit.service import record
from fairlink.kernel.errors import Conflict, Forbidden, Invalid
from fairlink.kernel.tokens import new_token, token_hash


def create_group(session: Session, *, name: str, description: str, by: User, now: datetime) -> ProducerGroup:
    """A new group that the firm of `by` leads and is the first member of."""
    group = ProducerGroup(name=name, description=description, lead_firm_id=by.organisation_id, created_at=now)
    session.add(group)
    session.flush()
    group.members.append(GroupMember(firm_id=by.organisation_id, state=MemberState.ACTIVE, joined_at=now))
    record(session, "group:create", group, by=by, now=now)
    return group


def invite(
    session: Session, group: ProducerGroup, addresses: Iterable[str], *, by: User, locale: str, now: datetime
) -> list[GroupInvitation]:
    """Mail an invitation to each of `addresses`; one that was invited before gets a new link instead of the old one.

    `locale` is the language of the mails: nothing is known yet about who reads them. Raises Invalid for more open
    invitations than a group may have, and for an address that anybody's groups have invited often of late.
    """
    session.refresh(group, with_for_update={"of": ProducerGroup})
    wanted = list(dict.fromkeys(address.lower() for address in addresses))
    waiting = {each.email.lower(): each for each in queries.open_invitations(session, group.id, now)}
    if len(waiting.keys() | set(wanted)) > rules.OPEN_INVITATIONS:
        raise Invalid("too_many_invitations", field="addresses", most=rules.OPEN_INVITATIONS)
    if often := queries.often_invited(session, wanted, since=now - rules.OFTEN_WITHIN, often=rules.OFTEN):
        raise Invalid("invited_often", field="addresses", email=often[0])
    for address in wanted:
        if address in waiting:
            waiting[address].revoked_at = now
    return [_invite_one(session, group, address, by=by, locale=locale, now=now) for address in wanted]


def _invite_one(
    session: Session, group: ProducerGroup, address: str, *, by: User, locale: str, now: datetime
) -> GroupInvitation:
    token = new_token()
    invitation = GroupInvitation(
        group=group,
        email=address,
        token_hash=token_hash(token),
        invited_by=by,
        created_at=now,
        expires_at=now + rules.INVITATION_LIFE,
    )
    session.add(invitation)
    record(session, "group:invite", group, by=by, now=now)
    emails.group_invitation(session, invitation, token, by=by, locale=locale, now=now)
    return invitation


def revoke(session: Session, invitation: GroupInvitation, *, by: User, now: datetime) -> None:
    """Make an open invitation worthless. Raises Conflict if it was answered meanwhile."""
    _open(session, invitation, now)
    invitation.revoked_at = now
    record(session, "group:revoke", invitation.group, by=by, now=now)


def join(session: Session, invitation: GroupInvitation, *, by: User, now: datetime) -> GroupMember:
    """The firm of `by` joins the group, and its lead is told.

    Only the confirmed address that was invited may: whoever else holds the link cannot use it. Raises Forbidden for
    another address, and Conflict for an invitation that is no longer open or a firm that is in the group already.
    """
    _check_address(invitation, by)
    _open(session, invitation, now)
    group = invitation.group
    if by.organisation_id is None or queries.place_of_firm(group, by.organisation_id):
        raise Conflict("already_in_group")
    invitation.accepted_at, invitation.firm_id = now, by.organisation_id
    member = GroupMember(group=group, firm_id=by.organisation_id, state=MemberState.ACTIVE, joined_at=now)
    session.add(member)
    record(session, "group:join", group, by=by, now=now, firm_id=by.organisation_id)
    if lead := accounts.contact(session, group.lead_firm_id):
        emails.group_joined(session, member, lead, now=now)
    return member


def decline_invitation(session: Session, invitation: GroupInvitation, *, by: User, now: datetime) -> None:
    """The invited person says no. Raises as `join` does."""
    _check_address(invitation, by)
    _open(session, invitation, now)
    invitation.declined_at = now
    record(session, "group:decline", invitation.group, by=by, now=now)


def _check_address(invitation: GroupInvitation, by: User) -> None:
    if by.email.lower() != invitation.email.lower() or by.email_confirmed_at is None:
        raise Forbidden("invitation_of_another")


def _open(session: Session, invitation: GroupInvitation, now: datetime) -> None:
    session.refresh(invitation, with_for_update={"of": GroupInvitation})
    if invitation.state(now) != InvitationState.OPEN:
        raise Conflict("invitation_not_open")


def leave(session: Session, member: GroupMember, *, by: User, now: datetime) -> None:
    """Take a firm out of its group: by its own wish or by the lead's. The lead itself stays.

    Applications that are not decided and awards of fairs to come go on without it, as `leaving` says. The lead is told
    by mail. Raises Conflict while the firm has part in an award of a fair that is being held.
    """
    if member.is_lead:
        raise Conflict("lead_cannot_leave")
    session.refresh(member, with_for_update={"of": GroupMember})
    if member.state != MemberState.ACTIVE:
        raise Conflict("not_in_group")
    concerned = leave_applications(session, member, by=by, now=now)
    _move_out(session, member, by=by, now=now)
    if lead := accounts.contact(session, member.group.lead_firm_id):
        emails.group_left(session, member, concerned, lead, now=now)


def _move_out(session: Session, member: GroupMember, *, by: User, now: datetime) -> None:
    member.state = MemberState.LEFT
    member.left_at = now
    record(session, "group:leave", member.group, by=by, now=now, firm_id=member.firm_id)
