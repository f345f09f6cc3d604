"""Reads of producer groups and invitations to them."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from fairlink.applications.models import GroupInvitation, GroupMember, ProducerGroup
from fairlink.applications.states import MemberState
from fairlink.kernel.tokens import token_hash

_WITH_MEMBERS = (
    joinedload(ProducerGroup.lead_firm),
    selectinload(ProducerGroup.members).joinedload(GroupMember.firm),
)


def group(session: Session, group_id: int) -> ProducerGroup | None:
    """One group with its members and invitations."""
    query = (
        sa.select(ProducerGroup)
        .where(ProducerGroup.id == group_id)
        .options(*_WITH_MEMBERS, selectinload(ProducerGroup.invitations).joinedload(GroupInvitation.firm))
    )
    return session.scalars(query).unique().one_or_none()


def groups_of_firm(session: Session, firm_id: int) -> list[ProducerGroup]:
    """The groups a firm is in now, by name."""
    query = (
        sa.select(ProducerGroup)
        .join(GroupMember, GroupMember.group_id == ProducerGroup.id)
        .where(GroupMember.firm_id == firm_id, GroupMember.state == MemberState.ACTIVE)
        .options(*_WITH_MEMBERS)
        .order_by(sa.func.lower(ProducerGroup.name), ProducerGroup.id)
    )
    return list(session.scalars(query).unique())


def groups_led(session: Session, firm_id: int) -> list[ProducerGroup]:
    """The groups a firm leads, by name."""
    return [each for each in groups_of_firm(session, firm_id) if each.lead_firm_id == firm_id]


def group_member(session: Session, member_id: int) -> GroupMember | None:
    """One firm's place in a group, with the group; None when it has left."""
    query = (
        sa.select(GroupMember)
        .where(GroupMember.id == member_id, GroupMember.state == MemberState.ACTIVE)
        .options(joinedload(GroupMember.firm), joinedload(GroupMember.group).options(*_WITH_MEMBERS))
    )
    return session.scalars(query).unique().one_or_none()


def place_of_firm(group: ProducerGroup, firm_id: int | None) -> GroupMember | None:
    """The active place of a firm in `group`."""
    return next((member for member in group.active_members if member.firm_id == firm_id), None)


def invitation(session: Session, invitation_id: int) -> GroupInvitation | None:
    """One invitation, with its group."""
    query = (
        sa.select(GroupInvitation).where(GroupInvitation.id == invitation_id).options(joinedload(GroupInvitation.group))
    )
    return session.scalars(query).one_or_none()


def invitation_by_token(session: Session, token: str) -> GroupInvitation | None:
    """The invitation that was mailed with `token`, whatever has become of it, with its group's members."""
    query = (
        sa.select(GroupInvitation)
        .where(GroupInvitation.token_hash == token_hash(token))
        .options(
            joinedload(GroupInvitation.group).options(*_WITH_MEMBERS),
            joinedload(GroupInvitation.invited_by),
        )
    )
    return session.scalars(query).unique().one_or_none()


def open_invitations(session: Session, group_id: int, now: datetime) -> list[GroupInvitation]:
    """The invitations of a group that could be accepted at `now`."""
    query = sa.select(GroupInvitation).where(
        GroupInvitation.group_id == group_id,
        GroupInvitation.accepted_at.is_(None),
        GroupInvitation.declined_at.is_(None),
        GroupInvitation.revoked_at.is_(None),
        GroupInvitation.expires_at > now,
    )
    return list(session.scalars(query))


def often_invited(session: Session, addresses: Sequence[str], *, since: datetime, often: int) -> list[str]:
    """Those of `addresses` to which `often` or more invitations went after `since`, of whatever groups."""
    query = (
        sa.select(GroupInvitation.email)
        .where(GroupInvitation.email.in_(addresses), GroupInvitation.created_at > since)
        .group_by(GroupInvitation.email)
        .having(sa.func.count() >= often)
    )
    return list(session.scalars(query))
