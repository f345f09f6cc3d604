"""What surrounds the meetings of the demonstration: badges, noted contacts, workshops, and a hosted buyer."""

import uuid
from datetime import datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.applications.models import Exhibitor
from fairlink.demo.people import People
from fairlink.demo.programme import OVER, SOON, Programme
from fairlink.fairs.models import Fair
from fairlink.kernel.money import Money
from fairlink.visits import service
from fairlink.visits.models import Visit
from fairlink.visits.rules.contacts import Noted
from fairlink.visits.rules.tours import WorkshopDetails
from fairlink.visits.states import Interest, VisitState

_CONDITIONS = """\
- Hold at least eight meetings. A visit to a workshop counts as one, and a meeting that the exhibitor misses as held.
- Two meetings that you miss cost you the support and the deposit.
- Hand in your tickets and the hotel's invoice after the fair.
"""


def make_fair_days(session: Session, people: People, programme: Programme, now: datetime) -> None:
    """Contacts noted at the fair that is over; workshops and a hosted buyer at the one that is soon."""
    _note_contacts(session, programme.fairs[OVER])
    _offer_workshops(session, programme.fairs[SOON], now)
    _host(session, people, programme, now)


def _exhibitors(session: Session, fair: Fair) -> list[Exhibitor]:
    query = sa.select(Exhibitor).where(Exhibitor.fair_id == fair.id, Exhibitor.withdrawn_at.is_(None))
    return list(session.scalars(query.order_by(Exhibitor.id)))


def _visits(session: Session, fair: Fair) -> list[Visit]:
    query = sa.select(Visit).where(Visit.fair_id == fair.id, Visit.state == VisitState.BOOKED).order_by(Visit.id)
    return list(session.scalars(query))


def _note_contacts(session: Session, fair: Fair) -> None:
    """Three visitors show their badges at the first stand."""
    exhibitor, at = _exhibitors(session, fair)[0], fair.starts_at + timedelta(hours=2)
    for number, visit in enumerate(_visits(session, fair)[:3]):
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
    exhibitor, visit = _exhibitors(session, fair)[0], _visits(session, fair)[0]
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


def _host(session: Session, people: People, programme: Programme, now: datetime) -> None:
    """Travel support at the fair that is soon: one buyer has it, another has applied."""
    fair, call = programme.fairs[SOON], programme.calls[SOON, "region"]
    officer, approver, day = people.staff["officer"], people.staff["approver"], now - timedelta(days=10)
    service.offer_hosting(
        session,
        fair,
        call,
        meetings_required=8,
        counts_workshops=True,
        rate_bp=7500,
        deposit_minor=20_000,
        claim_within_days=60,
        ceilings={"SE": 180_000, "JP": 240_000, "": 120_000},
        conditions=_CONDITIONS,
        by=officer,
        now=day,
    )
    session.flush()
    first, second = _visits(session, fair)[:2]
    stay = service.apply_for_hosting(session, first, by=first.visitor, now=day + timedelta(days=1))
    service.choose(session, stay, by=officer, now=day + timedelta(days=2))
    service.grant(session, stay, by=approver, now=day + timedelta(days=3))
    service.apply_for_hosting(session, second, by=second.visitor, now=day + timedelta(days=2))
    session.flush()
