"""Reads of badges and contacts."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from fairlink.accounts.models import HsCode, Organisation, OrganisationProduct
from fairlink.applications.models import Application, ApplicationMember, Exhibitor
from fairlink.fairs.models import TimeSlot
from fairlink.visits.models import Badge, Contact, Meeting, Visit
from fairlink.visits.queries.visits import VISIT_PARTS
from fairlink.visits.states import MeetingState, VisitState

_CONTACT_PARTS = (
    joinedload(Contact.buyer),
    joinedload(Contact.captured_by),
    joinedload(Contact.exhibitor).options(
        joinedload(Exhibitor.fair),
        joinedload(Exhibitor.application).options(
            joinedload(Application.group), joinedload(Application.lead_firm), selectinload(Application.members)
        ),
    ),
    selectinload(Contact.products),
)


@dataclass(frozen=True, slots=True)
class ScannedBadge:
    """A badge, and the firms that exhibit at its fair: their people alone may know whose it is."""

    badge: Badge
    firm_ids: frozenset[int]


def badge_of_visit(session: Session, visit_id: int) -> Badge | None:
    """The badge of a visit, if its visitor wants one."""
    return session.get(Badge, visit_id)


def badge_of_token(session: Session, token: str) -> Badge | None:
    """The badge whose QR code holds `token`; None once it was taken back or the visit was cancelled."""
    query = (
        sa.select(Badge)
        .join(Badge.visit)
        .where(Badge.token == token, Visit.state == VisitState.BOOKED)
        .options(joinedload(Badge.visit).options(*VISIT_PARTS))
    )
    return session.scalars(query).unique().one_or_none()


def scanned_badge(session: Session, token: str) -> ScannedBadge | None:
    """The same with the firms that exhibit at its fair."""
    badge = badge_of_token(session, token)
    if badge is None:
        return None
    firms = (
        sa.select(ApplicationMember.firm_id)
        .join(Exhibitor, Exhibitor.application_id == ApplicationMember.application_id)
        .where(Exhibitor.fair_id == badge.visit.fair_id, Exhibitor.withdrawn_at.is_(None))
    )
    return ScannedBadge(badge, frozenset(session.scalars(firms)))


def contact(session: Session, contact_id: int) -> Contact | None:
    """One contact with everything its page shows."""
    query = sa.select(Contact).where(Contact.id == contact_id).options(*_CONTACT_PARTS)
    return session.scalars(query).unique().one_or_none()


def locked_contact(session: Session, contact_id: int) -> Contact:
    """The contact as it is now, locked until the transaction ends."""
    query = sa.select(Contact).where(Contact.id == contact_id).options(*_CONTACT_PARTS).with_for_update(of=Contact)
    return session.scalars(query.execution_options(populate_existing=True)).one()


def contact_by_key(session: Session, exhibitor_id: int, key: uuid.UUID) -> Contact | None:
    """The contact that a phone gave this key."""
    query = sa.select(Contact).where(Contact.exhibitor_id == exhibitor_id, Contact.key == key)
    return session.scalars(query.options(*_CONTACT_PARTS)).unique().one_or_none()


def contacts_of_firm(firm_id: int) -> sa.Select[Contact]:
    """The contacts noted by the exhibitors in which a firm takes part, to be paged newest first."""
    exhibitors = (
        sa.select(Exhibitor.id)
        .join(ApplicationMember, ApplicationMember.application_id == Exhibitor.application_id)
        .where(ApplicationMember.firm_id == firm_id)
    )
    return sa.select(Contact).where(Contact.exhibitor_id.in_(exhibitors)).options(*_CONTACT_PARTS)


def meeting_behind(session: Session, exhibitor_id: int, visit_id: int, at: datetime) -> Meeting | None:
    """The meeting of the two that had begun last at an instant and of which no contact was noted yet."""
    noted = sa.exists().where(Contact.meeting_id == Meeting.id)
    query = (
        sa.select(Meeting)
        .join(Meeting.slot)
        .where(
            Meeting.exhibitor_id == exhibitor_id,
            Meeting.visit_id == visit_id,
            Meeting.state.in_((MeetingState.CONFIRMED, MeetingState.HELD)),
            TimeSlot.starts_at <= at,
            ~noted,
        )
        .order_by(TimeSlot.starts_at.desc())
        .limit(1)
    )
    return session.scalars(query).one_or_none()


def walk_in(session: Session, exhibitor_id: int, name: str, country: str) -> Organisation | None:
    """The organisation without an account that this exhibitor has met before under this name."""
    query = (
        sa.select(Organisation)
        .join(Contact, Contact.buyer_id == Organisation.id)
        .where(
            Contact.exhibitor_id == exhibitor_id,
            Contact.visit_id.is_(None),
            sa.func.lower(Organisation.name) == name.lower(),
            Organisation.country == country,
        )
        .order_by(Organisation.id)
        .limit(1)
    )
    return session.scalars(query).first()


def products_of_exhibitor(session: Session, exhibitor: Exhibitor) -> Sequence[HsCode]:
    """What the firms of an exhibitor offer, by HS code."""
    query = (
        sa.select(HsCode)
        .join(OrganisationProduct, OrganisationProduct.hs_code == HsCode.code)
        .where(OrganisationProduct.organisation_id.in_(exhibitor.firm_ids))
        .distinct()
        .order_by(HsCode.code)
    )
    return session.scalars(query).all()
