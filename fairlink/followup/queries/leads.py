"""Reads of leads, and what every part of the follow-up loads with them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from fairlink.accounts.models import HsCode, Organisation, OrganisationProduct, User
from fairlink.applications import queries as applications
from fairlink.applications.models import Application, ApplicationMember, Exhibitor
from fairlink.followup.models import Lead, Order, Prompt
from fairlink.followup.states import Side
from fairlink.kernel.database import occurs_in
from fairlink.visits import queries as visits
from fairlink.visits.models import Contact, Meeting, Visit
from fairlink.visits.states import MeetingState

#: What the names, the rights and the mails of a lead need.
LEAD_PARTS = (
    joinedload(Lead.fair),
    joinedload(Lead.buyer),
    joinedload(Lead.exhibitor).options(
        joinedload(Exhibitor.fair),
        joinedload(Exhibitor.application).options(
            joinedload(Application.group),
            joinedload(Application.lead_firm),
            joinedload(Application.contact),
            selectinload(Application.members),
            joinedload(Application.call),
        ),
    ),
    joinedload(Lead.meeting).joinedload(Meeting.visit).joinedload(Visit.visitor),
    selectinload(Lead.products),
)


def lead(session: Session, lead_id: int) -> Lead | None:
    """One lead with everything its page shows."""
    query = (
        sa.select(Lead)
        .where(Lead.id == lead_id)
        .options(
            *LEAD_PARTS,
            selectinload(Lead.prompts).options(selectinload(Prompt.answers), joinedload(Prompt.wave)),
            selectinload(Lead.orders).options(selectinload(Order.statements), joinedload(Order.product)),
            selectinload(Lead.expected),
        )
    )
    return session.scalars(query).unique().one_or_none()


#: What lists of leads are paged by, newest first.
LEAD_KEYS: tuple[Any, ...] = (Lead.created_at, Lead.id)


def leads_of(organisation_id: int, text: str = "") -> sa.Select[Any]:
    """The leads an organisation may see, on either side, or those that mention `text`; to be paged by LEAD_KEYS."""
    of_firm = (
        sa.select(Exhibitor.id)
        .join(Application, Application.id == Exhibitor.application_id)
        .outerjoin(ApplicationMember, ApplicationMember.application_id == Application.id)
        .where(sa.or_(ApplicationMember.firm_id == organisation_id, Application.lead_firm_id == organisation_id))
    )
    return (
        sa.select(Lead)
        .where(sa.or_(Lead.buyer_id == organisation_id, Lead.exhibitor_id.in_(of_firm)), *mentioning(text))
        .options(*LEAD_PARTS, selectinload(Lead.orders))
    )


def mentioning(text: str) -> Sequence[sa.ColumnElement[bool]]:
    """The conditions on leads with a buyer, a group or a firm that is called so; none for an empty text."""
    if not text:
        return ()
    buyers = sa.select(Organisation.id).where(occurs_in(text, Organisation.name))
    return (sa.or_(Lead.buyer_id.in_(buyers), Lead.exhibitor_id.in_(applications.exhibitors_named(text))),)


def receiver(session: Session, lead: Lead, side: Side) -> User | None:
    """Who is asked on one side of a lead; None when the organisation has nobody left."""
    if side is Side.BUYER:
        return visits.person_of(session, lead.buyer_id, lead.meeting.visit.visitor if lead.meeting else None)
    return visits.person_of_exhibitor(session, lead.exhibitor)


def products_of(session: Session, of: Exhibitor) -> Sequence[HsCode]:
    """What the firms of an exhibitor offer, by HS code."""
    query = (
        sa.select(HsCode)
        .join(OrganisationProduct, OrganisationProduct.hs_code == HsCode.code)
        .where(OrganisationProduct.organisation_id.in_(of.firm_ids))
        .distinct()
        .order_by(HsCode.code)
    )
    return session.scalars(query).all()


def products(session: Session, codes: Sequence[str]) -> list[HsCode]:
    """The HS codes among `codes` that exist."""
    return list(session.scalars(sa.select(HsCode).where(HsCode.code.in_(codes)).order_by(HsCode.code)))


def held_without_lead(session: Session, marked_before: datetime, limit: int) -> list[Meeting]:
    """Held meetings that nobody made a lead of."""
    query = (
        sa.select(Meeting)
        .where(
            Meeting.state == MeetingState.HELD,
            Meeting.marked_at <= marked_before,
            ~sa.exists().where(Lead.meeting_id == Meeting.id),
        )
        .options(joinedload(Meeting.visit), joinedload(Meeting.exhibitor))
        .order_by(Meeting.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Meeting)
    )
    return list(session.scalars(query))


def contacts_without_lead(session: Session, limit: int) -> list[Contact]:
    """Contacts noted at fairs that became no lead, neither by themselves nor by their meeting, locked."""
    query = (
        sa.select(Contact)
        .where(
            ~sa.exists().where(Lead.contact_id == Contact.id),
            ~sa.exists().where(Lead.meeting_id == Contact.meeting_id),
        )
        .options(joinedload(Contact.exhibitor), selectinload(Contact.products))
        .order_by(Contact.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Contact)
    )
    return list(session.scalars(query))


def lead_of_contact(session: Session, contact_id: int, *, lock: bool = False) -> Lead | None:
    """The lead a contact became, if it did, with its questions, orders and forecasts; on request locked."""
    query = (
        sa.select(Lead)
        .where(Lead.contact_id == contact_id)
        .options(
            joinedload(Lead.fair),
            selectinload(Lead.products),
            selectinload(Lead.prompts).options(selectinload(Prompt.answers), joinedload(Prompt.draft)),
            selectinload(Lead.orders),
            selectinload(Lead.expected),
        )
    )
    if lock:
        query = query.with_for_update(of=Lead).execution_options(populate_existing=True)
    return session.scalars(query).one_or_none()


def lead_of_meeting(session: Session, meeting_id: int) -> Lead | None:
    """The lead a meeting became, if it did."""
    return session.scalars(sa.select(Lead).where(Lead.meeting_id == meeting_id)).one_or_none()
