"""Reads of travel support for buyers."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from fairlink.accounts.models import Membership, User
from fairlink.applications.models import Disbursement
from fairlink.applications.rules.claims import REMIND_BEFORE
from fairlink.fairs.models import Fair
from fairlink.fairs.states import FairState
from fairlink.visits.models import HostedEvidence, HostedStay, HostingOffer, Meeting, WorkshopVisit
from fairlink.visits.queries.visits import VISIT_PARTS
from fairlink.visits.rules.hosting import Attendance, attendance
from fairlink.visits.states import AHEAD, HostedState, MeetingState

_OFFER_PARTS = (joinedload(HostingOffer.fair), joinedload(HostingOffer.call), selectinload(HostingOffer.ceilings))
_STAY_PARTS = (
    joinedload(HostedStay.offer).options(*_OFFER_PARTS),
    joinedload(HostedStay.visit).options(*VISIT_PARTS),
    selectinload(HostedStay.evidence).joinedload(HostedEvidence.file),
)


def hosting_offer(session: Session, fair_id: int) -> HostingOffer | None:
    """The travel support that buyers of a fair can have, if any."""
    query = sa.select(HostingOffer).where(HostingOffer.fair_id == fair_id).options(*_OFFER_PARTS)
    return session.scalars(query).one_or_none()


def has_stays(session: Session, offer: HostingOffer) -> bool:
    """Whether somebody has applied for what is offered, and so accepted its terms."""
    return bool(session.scalar(sa.select(sa.exists().where(HostedStay.offer_id == offer.id))))


def hosted_stay(session: Session, stay_id: int) -> HostedStay | None:
    """One stay with its offer, visit and evidence."""
    return session.scalars(sa.select(HostedStay).where(HostedStay.id == stay_id).options(*_STAY_PARTS)).one_or_none()


def hosted_stay_of(session: Session, visit_id: int) -> HostedStay | None:
    """The stay of a visit, if support was applied for."""
    query = sa.select(HostedStay).where(HostedStay.visit_id == visit_id).options(*_STAY_PARTS)
    return session.scalars(query).one_or_none()


def locked_stay(session: Session, stay_id: int) -> HostedStay:
    """The stay as it is now, locked until the transaction ends."""
    query = sa.select(HostedStay).where(HostedStay.id == stay_id).options(*_STAY_PARTS).with_for_update(of=HostedStay)
    return session.scalars(query.execution_options(populate_existing=True)).one()


def stays_of_fair(fair_id: int) -> sa.Select[HostedStay]:
    """The stays of a fair, to be paged newest first; `HostedStay.deposit_fate` tells what becomes of each deposit."""
    return sa.select(HostedStay).join(HostedStay.offer).where(HostingOffer.fair_id == fair_id).options(*_STAY_PARTS)


def stays_to_close(session: Session, *, now: datetime, limit: int) -> Sequence[HostedStay]:
    """Stays before a claim whose fair was cancelled, who are to be reminded, or whose last day to claim has begun: by
    the calendar at least, locked.
    """
    last_day, today = Fair.ends_on + HostingOffer.claim_within_days, now.date()
    remind = sa.and_(HostedStay.claim_reminded_at.is_(None), Fair.ends_on <= today, last_day <= today + REMIND_BEFORE)
    query = (
        sa.select(HostedStay)
        .join(HostedStay.offer)
        .join(HostingOffer.fair)
        .where(
            HostedStay.state.in_(AHEAD),
            sa.or_(
                Fair.state == FairState.CANCELLED,
                sa.and_(HostedStay.state == HostedState.GRANTED, sa.or_(remind, last_day <= today)),
            ),
        )
        .options(*_STAY_PARTS)
        .order_by(HostedStay.id)
        .limit(limit)
        .with_for_update(of=HostedStay, skip_locked=True)
    )
    return session.scalars(query).all()


def hosted_evidence(session: Session, evidence_id: int) -> HostedEvidence | None:
    """One file of a stay, with whose it is."""
    query = (
        sa.select(HostedEvidence)
        .where(HostedEvidence.id == evidence_id)
        .options(joinedload(HostedEvidence.file), joinedload(HostedEvidence.stay).options(*_STAY_PARTS))
    )
    return session.scalars(query).one_or_none()


def attendance_of(session: Session, stay: HostedStay) -> Attendance:
    """How the meetings of a stay went, and its visits to workshops where they count."""
    colleagues = sa.select(Membership.user_id).where(Membership.organisation_id == stay.buyer_id)
    by_buyer = sa.and_(Meeting.marked_at.is_not(None), Meeting.marked_by_id.in_(colleagues))
    rows = session.execute(
        sa.select(Meeting.state, sa.func.coalesce(by_buyer, sa.false())).where(Meeting.visit_id == stay.visit_id)
    )
    workshops: Sequence[MeetingState] = ()
    if stay.offer.counts_workshops:
        query = sa.select(WorkshopVisit.state).where(WorkshopVisit.visit_id == stay.visit_id)
        workshops = session.scalars(query).all()
    return attendance(((state, called_off) for state, called_off in rows), workshops)


def payment_of(session: Session, stay: HostedStay) -> Disbursement | None:
    """The payment of a stay's claim, the last one if the bank sent one back."""
    reference = stay.payment_reference
    query = sa.select(Disbursement).where(
        sa.or_(Disbursement.reference == reference, Disbursement.reference.startswith(f"{reference}:"))
    )
    return session.scalars(query.order_by(Disbursement.id.desc()).limit(1)).one_or_none()


def colleagues_of(session: Session, person: User) -> Sequence[User]:
    """The others who act for a person's organisation, by name."""
    query = (
        sa.select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.organisation_id == person.organisation_id,
            Membership.ended_at.is_(None),
            User.id != person.id,
            User.disabled_at.is_(None),
        )
        .order_by(User.name, User.id)
    )
    return session.scalars(query).unique().all()
