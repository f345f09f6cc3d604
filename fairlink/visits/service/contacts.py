"""The verbs of badges and of contacts noted at a fair."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.accounts import service as accounts
from fairlink.accounts.models import HsCode, User
from fairlink.applications.models import Exhibitor
from fairlink.audit.service import record
from fairlink.kernel.errors import Conflict, Invalid
from fairlink.kernel.money import Money
from fairlink.kernel.tokens import new_token
from fairlink.visits import queries
from fairlink.visits.models import Badge, Contact, Visit
from fairlink.visits.rules.contacts import Noted
from fairlink.visits.service.lifecycle import check_present
from fairlink.visits.states import VisitState


def make_badge(session: Session, visit: Visit, *, by: User, now: datetime) -> Badge:
    """Give a visit its badge: from now on exhibitors of the fair who read it learn who the visitor is.

    Raises Conflict for a cancelled visit and, since nobody may consent for another, for a colleague's.
    """
    if visit.state != VisitState.BOOKED:
        raise Conflict("visit_not_booked")
    if visit.visitor_id != by.id:
        raise Conflict("badge_of_another")
    known = queries.badge_of_visit(session, visit.id)
    if known is not None:
        return known
    badge = Badge(visit_id=visit.id, token=new_token(), consented_at=now)
    session.add(badge)
    record(session, "badge:make", visit, by=by, now=now)
    return badge


def withdraw_badge(session: Session, visit: Visit, *, by: User, now: datetime) -> None:
    """Let nobody learn anything from a visit's badge any more; what was noted already stays with its exhibitor."""
    badge = queries.badge_of_visit(session, visit.id)
    if badge is not None:
        session.delete(badge)
        record(session, "badge:withdraw", visit, by=by, now=now)


@dataclass(frozen=True, slots=True)
class _Who:
    """Whom the exhibitor met, as far as may be kept."""

    buyer_id: int
    visit_id: int | None
    person: str
    email: str
    phone: str
    consented_at: datetime | None


def capture(session: Session, exhibitor: Exhibitor, noted: Noted, *, by: User, now: datetime) -> Contact:
    """Keep a contact that an exhibitor noted; the same key again changes nothing and returns what was kept first.

    A person who did not agree leaves no name, address or number behind, only their organisation. Raises Invalid for a
    badge that is none of this fair or was taken back.
    """
    check_present(exhibitor)
    # A phone that sends twice at once: the second waits here for the first and then finds its contact.
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(str(noted.key), 0))))
    known = queries.contact_by_key(session, exhibitor.id, noted.key)
    if known is not None:
        return known
    captured_at = min(noted.captured_at, now)
    who = _of_badge(session, exhibitor, noted) if noted.badge else _walk_in(session, exhibitor, noted, by=by, now=now)
    meeting = queries.meeting_behind(session, exhibitor.id, who.visit_id, captured_at) if who.visit_id else None
    contact = Contact(
        exhibitor=exhibitor,
        key=noted.key,
        captured_by_id=by.id,
        captured_at=captured_at,
        received_at=now,
        buyer_id=who.buyer_id,
        visit_id=who.visit_id,
        meeting=meeting,
        person=who.person,
        email=who.email,
        phone=who.phone,
        consented_at=who.consented_at,
        interest=noted.interest,
        currency=next((amount.currency for amount in noted.expected.values()), None),
        note=noted.note,
        products=_products(session, noted),
    )
    _expect(contact, noted.expected)
    session.add(contact)
    record(session, "contact:capture", contact, by=by, now=now)
    return contact


def correct_contact(session: Session, contact: Contact, noted: Noted, *, by: User, now: datetime) -> None:
    """Put right what was noted of a contact; who it is stays if a badge said it. The same rules of consent hold."""
    if contact.visit_id is None:
        who = _walk_in(session, contact.exhibitor, noted, by=by, now=now)
        contact.buyer_id, contact.consented_at = who.buyer_id, who.consented_at and (contact.consented_at or now)
        contact.person, contact.email, contact.phone = who.person, who.email, who.phone
    contact.interest, contact.note = noted.interest, noted.note
    contact.currency = next((amount.currency for amount in noted.expected.values()), None)
    contact.products = _products(session, noted)
    _expect(contact, noted.expected)
    record(session, "contact:correct", contact, by=by, now=now)


def erase_contact(session: Session, contact: Contact, *, by: User, now: datetime) -> None:
    """Forget a contact that nothing else is made of."""
    record(session, "contact:erase", contact, by=by, now=now)
    session.delete(contact)


def _products(session: Session, noted: Noted) -> list[HsCode]:
    return list(session.scalars(sa.select(HsCode).where(HsCode.code.in_(noted.products))))


def _expect(contact: Contact, expected: Mapping[int, Money]) -> None:
    minor = {months: amount.minor for months, amount in expected.items()}
    contact.expected_3_minor, contact.expected_6_minor = minor.get(3), minor.get(6)
    contact.expected_12_minor = minor.get(12)


def _of_badge(session: Session, exhibitor: Exhibitor, noted: Noted) -> _Who:
    badge = queries.badge_of_token(session, noted.badge)
    if badge is None or badge.visit.fair_id != exhibitor.fair_id:
        raise Invalid("badge_unknown")
    visitor, buyer = badge.visit.visitor, badge.visit.buyer
    return _Who(buyer.id, badge.visit_id, visitor.name, visitor.email, buyer.phone, badge.consented_at)


def _walk_in(session: Session, exhibitor: Exhibitor, noted: Noted, *, by: User, now: datetime) -> _Who:
    buyer = queries.walk_in(session, exhibitor.id, noted.organisation, noted.country)
    if buyer is None:
        buyer = accounts.note_buyer(session, name=noted.organisation, country=noted.country, by=by, now=now)
    if not noted.consent:
        return _Who(buyer.id, None, "", "", "", None)
    return _Who(buyer.id, None, noted.person, noted.email, noted.phone, min(noted.captured_at, now))
