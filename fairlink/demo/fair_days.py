"""What surrounds the meetings of the demonstration: badges, noted contacts, and workshops."""

import uuid
from datetime import datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.applications.models import Exhibitor
from fairlink.demo.programme import OVER, SOON, Programme
from fairlink.fairs.models import Fair
from fairlink.kernel.money import Money
from fairlink.visits import service
from fairlink.visits.models import Visit
from fairlink.visits.rules.contacts import Noted
from fairlink.visits.rules.tours import WorkshopDetails
from fairlink.visits.states import Interest, VisitState


def make_fair_days(session: Session, programme: Programme, now: datetime) -> None:
    """Contacts noted at the fair that is over; workshops at the one that is soon."""
    _note_contacts(session, programme.fairs[OVER])
    _offer_workshops(session, programme.fairs[SOON], now)


def _exhibitors(session: Session, fair: Fair) -> list[Exhibitor]:
    query = sa.select(Exhibitor).where(Exhibitor.fair_id == fair.id, Exhibitor.withdrawn_at.is_(None))
    return list(session.scalars(query.order_by(Exhibitor.id)))


def visits_of(session: Session, fair: Fair) -> list[Visit]:
    query = sa.select(Visit).where(Visit.fair_id == fair.id, Visit.state == VisitState.BOOKED).order_by(Visit.id)
    return list(session.scalars(query))


def _note_contacts(session: Session, fair: Fair) -> None:
    """Three visitors show their badges at the first stand."""
    exhibitor, at = _exhibitors(session, fair)[0], fair.starts_at + timedelta(hours=2)
    for number, visit in enumerate(visits_of(session, fair)[:3]):
        badge = service.make_badge(session, visit, by=visit.visitor, now=fair.starts_at - timedelta(days=1))
        amount = Money(300_000 * (number + 1), exhibitor.application.call.currency)
        noted = Noted(
            key=uuid.UUID(int=number + 1),
            captured_at=at + timedelta(minutes=20 * number),
            interest=list(Interest)[number],
            badge=badge.token,
            expected={3: amount, 12: Money(3 * amount.minor, amount.currency)},
            note="Asked for the price list and two samples.",
        )
        by = exhibitor.application.contact
        service.capture(session, exhibitor, noted, by=by, now=at + timedelta(hours=1))


def _offer_workshops(session: Session, fair: Fair, now: datetime) -> None:
    """Two workshops near each other; the first visitor goes to both on the fair's last day, and one host has agreed."""
    exhibitor, visit = _exhibitors(session, fair)[0], visits_of(session, fair)[0]
    host, day = exhibitor.application.contact, now - timedelta(days=3)
    made = [
        service.offer_workshop(
            session,
            exhibitor,
            WorkshopDetails(
                name=name,
                address=f"{street}, {fair.city}",
                description=text,
                first_on=fair.starts_on,
                last_on=fair.ends_on,
                opens=time(9),
                closes=time(17),
                visit_minutes=60,
                capacity=8,
                languages=("es", "en"),
                travel_minutes=minutes,
            ),
            by=host,
            now=day,
        )
        for name, street, text, minutes in (
            ("Spinning mill", "Av. Los Tejedores 120", "From the fleece to the yarn.", 35),
            ("Knitting hall", "Jr. Las Agujas 48", "Forty flat machines, and the hand finishing.", 25),
        )
    ]
    service.set_ways(session, made[0], {made[1].id: 15}, by=host, now=day)
    session.flush()
    tour = service.book_tour(
        session,
        visit,
        [each.id for each in made],
        on=fair.ends_on,
        people=2,
        note="We would like to see the dyeing as well.",
        by=visit.visitor,
        now=day,
    )
    service.confirm_workshop_visit(session, tour[0], sequence=0, by=host, now=day + timedelta(hours=5))
