"""Reads of the addresses that get no mails of the follow-up, for the agency that asks their owners."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.accounts.models import Membership, User
from fairlink.applications.models import Application, Exhibitor
from fairlink.fairs.models import Fair
from fairlink.followup.models import Lead, Order
from fairlink.followup.states import OrderState
from fairlink.mail.models import MailSuppression
from fairlink.mail.states import SuppressionReason

#: What lists of suppressions are paged by, latest first.
SUPPRESSION_KEYS: tuple[Any, ...] = (MailSuppression.created_at, MailSuppression.id)


def suppressed_of(agency_id: int) -> sa.Select[Any]:
    """Suppressed addresses of people whom an agency's waves ask, to be paged by SUPPRESSION_KEYS."""
    asked = (
        sa.select(Lead.buyer_id.label("organisation_id"))
        .join(Fair, Fair.id == Lead.fair_id)
        .where(Fair.agency_id == agency_id)
        .union(
            sa.select(Application.lead_firm_id)
            .join(Exhibitor, Exhibitor.application_id == Application.id)
            .join(Fair, Fair.id == Exhibitor.fair_id)
            .where(Fair.agency_id == agency_id)
        )
        .subquery()
    )
    addresses = (
        sa.select(User.email)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.organisation_id.in_(sa.select(asked.c.organisation_id)))
    )
    return sa.select(MailSuppression).where(MailSuppression.email.in_(addresses))


def suppression(session: Session, suppression_id: int, agency_id: int) -> MailSuppression | None:
    """One suppressed address, if it is of somebody whom the agency asks."""
    query = suppressed_of(agency_id).where(MailSuppression.id == suppression_id)
    found: MailSuppression | None = session.scalars(query).one_or_none()
    return found


#: A complaint cannot be mended: for so long it is something to know of.
COMPLAINT_SHOWN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class StaffWork:
    """What waits for the staff of an agency."""

    disputed: int
    #: Addresses whose mail came back, or lately was called spam; who unsubscribed did so on purpose.
    lost: int


def staff_work(session: Session, agency_id: int, now: datetime) -> StaffWork:
    """How much of each there is, in one statement."""
    bounced = MailSuppression.reason == SuppressionReason.BOUNCED
    complained = sa.and_(
        MailSuppression.reason == SuppressionReason.COMPLAINED, MailSuppression.created_at > now - COMPLAINT_SHOWN
    )
    lost = suppressed_of(agency_id).where(sa.or_(bounced, complained)).subquery()
    disputed = (
        sa.select(sa.func.count())
        .select_from(Order)
        .join(Lead, Lead.id == Order.lead_id)
        .join(Fair, Fair.id == Lead.fair_id)
        .where(Fair.agency_id == agency_id, Order.state == OrderState.DISPUTED)
    )
    counts = sa.select(disputed.scalar_subquery(), sa.select(sa.func.count()).select_from(lost).scalar_subquery())
    return StaffWork(*session.execute(counts).one())
