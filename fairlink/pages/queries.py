"""Reads over several packages: what waits for a person today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload, selectinload

from fairlink.applications.models import (
    Application,
    ApplicationMember,
    Assessment,
    Award,
    Exhibitor,
    GroupInvitation,
    GroupMember,
    ProducerGroup,
)
from fairlink.applications.states import LIVE, ApplicationState, MemberState
from fairlink.fairs.models import Fair, TimeSlot
from fairlink.fairs.states import FairState
from fairlink.followup.models import Lead
from fairlink.subsidies.models import Call
from fairlink.visits.models import Meeting, Visit
from fairlink.visits.states import MeetingState, Side, VisitState

#: What one page lists of each kind; the lists themselves show the rest.
SHOWN = 5

_OF_MEETING = (
    joinedload(Meeting.slot),
    joinedload(Meeting.visit).options(joinedload(Visit.fair), joinedload(Visit.buyer)),
    joinedload(Meeting.exhibitor)
    .joinedload(Exhibitor.application)
    .options(joinedload(Application.group), joinedload(Application.lead_firm)),
)
_OF_APPLICATION = (
    joinedload(Application.call).joinedload(Call.fair),
    joinedload(Application.group),
    joinedload(Application.lead_firm),
    joinedload(Application.award),
)


@dataclass(frozen=True, slots=True)
class FirmFigures:
    """How much a firm has under way."""

    groups: int
    applications: int
    meetings: int
    leads: int


@dataclass(frozen=True, slots=True)
class BuyerFigures:
    """How much a buyer has under way."""

    visits: int
    meetings: int
    leads: int


def firm_figures(session: Session, firm_id: int, *, now: datetime) -> FirmFigures:
    """The producer groups, live applications, meetings to come and leads of a firm."""
    groups = _count(GroupMember.id, GroupMember.firm_id == firm_id, GroupMember.state == MemberState.ACTIVE)
    live = _count(Application.id, _with_part_of(firm_id), Application.state.in_(LIVE))
    leads = _count(Lead.id, Lead.exhibitor_id.in_(_exhibits_of(firm_id)))
    row = session.execute(sa.select(groups, live, _meetings_ahead(firm_id, Side.FIRM, now), leads)).one()
    return FirmFigures(*row)


def buyer_figures(session: Session, buyer_id: int, *, now: datetime) -> BuyerFigures:
    """The visits and meetings to come and the leads of a buyer."""
    ahead = sa.select(Fair.id).where(Fair.ends_on >= now.date())
    visits = _count(Visit.id, Visit.buyer_id == buyer_id, Visit.state == VisitState.BOOKED, Visit.fair_id.in_(ahead))
    leads = _count(Lead.id, Lead.buyer_id == buyer_id)
    row = session.execute(sa.select(visits, _meetings_ahead(buyer_id, Side.BUYER, now), leads)).one()
    return BuyerFigures(*row)


def _count(of: InstrumentedAttribute[int], *conditions: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.count(of)).where(*conditions).scalar_subquery()


def _meetings_ahead(organisation_id: int, side: Side, now: datetime) -> sa.ScalarSelect[int]:
    own = _meetings(organisation_id, side, Meeting.state == MeetingState.CONFIRMED, TimeSlot.ends_at > now)
    only_ids = own.with_only_columns(Meeting.id).order_by(None).limit(None)
    return sa.select(sa.func.count()).select_from(only_ids.subquery()).scalar_subquery()


def group_invitations(session: Session, email: str, *, now: datetime) -> Sequence[GroupInvitation]:
    """Invitations to producer groups that were mailed to this address and wait for an answer."""
    query = (
        sa.select(GroupInvitation)
        .where(
            GroupInvitation.email == email,
            GroupInvitation.accepted_at.is_(None),
            GroupInvitation.declined_at.is_(None),
            GroupInvitation.revoked_at.is_(None),
            GroupInvitation.expires_at > now,
        )
        .options(joinedload(GroupInvitation.group).joinedload(ProducerGroup.lead_firm))
        .order_by(GroupInvitation.expires_at)
        .limit(SHOWN)
    )
    return session.scalars(query).all()


def applications_to_move(session: Session, firm_id: int, *, now: datetime) -> Sequence[Application]:
    """A lead firm's awards to accept and drafts to send while that is possible, those with the nearest end first."""
    is_awarded = Application.state == ApplicationState.AWARDED
    can_be_accepted = sa.and_(is_awarded, Award.accept_by > now)
    can_be_sent = sa.and_(
        Application.state == ApplicationState.DRAFT, sa.or_(Call.closes_at > now, Application.change_by > now)
    )
    query = (
        sa.select(Application)
        .join(Application.call)
        .outerjoin(Application.award)
        .where(Application.lead_firm_id == firm_id, sa.or_(can_be_accepted, can_be_sent))
        .options(*_OF_APPLICATION)
        .order_by(is_awarded.desc(), sa.func.coalesce(Award.accept_by, Call.closes_at), Application.id)
        .limit(SHOWN)
    )
    return session.scalars(query).all()


def _with_part_of(firm_id: int) -> sa.ColumnElement[bool]:
    with_part = sa.select(ApplicationMember.application_id).where(ApplicationMember.firm_id == firm_id)
    return sa.or_(Application.lead_firm_id == firm_id, Application.id.in_(with_part))


def _exhibits_of(firm_id: int) -> sa.Select[int]:
    return sa.select(Exhibitor.id).join(Exhibitor.application).where(_with_part_of(firm_id))


def _meetings_of(organisation_id: int, side: Side) -> sa.ColumnElement[bool]:
    if side is Side.BUYER:
        return Visit.buyer_id == organisation_id
    return Meeting.exhibitor_id.in_(_exhibits_of(organisation_id))


def _meetings(organisation_id: int, side: Side, *conditions: sa.ColumnElement[bool]) -> sa.Select[Meeting]:
    return (
        sa.select(Meeting)
        .join(Meeting.visit)
        .join(Meeting.slot)
        .where(_meetings_of(organisation_id, side), *conditions)
        .options(*_OF_MEETING)
        .order_by(TimeSlot.starts_at, Meeting.id)
        .limit(SHOWN)
    )


def meetings_to_answer(session: Session, organisation_id: int, side: Side, *, now: datetime) -> Sequence[Meeting]:
    """Meetings to come whose time the other side proposed, the next first."""
    asked = (
        Meeting.state == MeetingState.REQUESTED,
        Meeting.proposed_side == side.other,
        TimeSlot.starts_at > now,
    )
    return session.scalars(_meetings(organisation_id, side, *asked)).all()


def meetings_to_mark(session: Session, organisation_id: int, side: Side, *, now: datetime) -> Sequence[Meeting]:
    """Confirmed meetings whose time is over and of which nobody has said whether they took place."""
    over = (Meeting.state == MeetingState.CONFIRMED, TimeSlot.ends_at <= now)
    return session.scalars(_meetings(organisation_id, side, *over)).all()


def meetings_next(session: Session, organisation_id: int, side: Side, *, now: datetime) -> Sequence[Meeting]:
    """The next confirmed meetings."""
    to_come = (Meeting.state == MeetingState.CONFIRMED, TimeSlot.ends_at > now)
    return session.scalars(_meetings(organisation_id, side, *to_come)).all()


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many applications wait for something, and the one that has waited longest."""

    number: int
    first: Application | None


def applications_waiting(
    session: Session, agency_id: int, state: ApplicationState, *, not_assessed_by: int | None = None
) -> Waiting:
    """The applications to an agency's calls in `state`, without those that one person has assessed."""
    query = (
        sa.select(Application, sa.func.count().over())
        .join(Application.call)
        .join(Call.fair)
        .where(Fair.agency_id == agency_id, Application.state == state)
        .options(*_OF_APPLICATION, selectinload(Application.assessments))
        .order_by(Application.submitted_at, Application.id)
        .limit(1)
    )
    if not_assessed_by is not None:
        own = sa.select(Assessment.application_id).where(Assessment.assessor_id == not_assessed_by)
        query = query.where(Application.id.not_in(own))
    row = session.execute(query).first()
    return Waiting(row[1], row[0]) if row else Waiting(0, None)


def fairs_ahead(session: Session, agency_id: int, *, now: datetime) -> Sequence[Fair]:
    """An agency's fairs that are not over, drafts too, the next first."""
    query = (
        sa.select(Fair)
        .where(Fair.agency_id == agency_id, Fair.ends_on >= now.date(), Fair.state != FairState.CANCELLED)
        .order_by(Fair.starts_on, Fair.id)
        .limit(SHOWN)
    )
    return session.scalars(query).all()
