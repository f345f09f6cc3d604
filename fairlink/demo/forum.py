"""The fair of the demonstration whose agenda the organiser makes: requests both ways, and a draft of the optimiser."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.applications.models import Exhibitor
from fairlink.applications.states import ApplicationState
from fairlink.demo.grants import Grants
from fairlink.demo.names import Names
from fairlink.demo.people import People
from fairlink.demo.programme import OPEN, Programme
from fairlink.fairs.models import Fair
from fairlink.visits import service
from fairlink.visits.models import MeetingRequest, Visit
from fairlink.visits.rules import agenda
from fairlink.visits.rules.halves import halves_of
from fairlink.visits.states import AgendaMode, Consent, Half, Level, Scheduling, Shown, Side

#: Groups that have a stand already, and buyers who come.
GROUPS, BUYERS = (4, 6, 8, 11), 18
#: The draft is small: the proof takes less.
SECONDS = 5

_RULES = {
    "scheduling": Scheduling.ORGANISER,
    "consent": Consent.ASKED,
    "request_hours": 336,
    "buyers_shown": Shown.CONTACT,
    "exhibitor_contact_shown": True,
    "buyer_minimum": 1,
    "buyer_maximum": 6,
    "exhibitor_minimum": 4,
    "exhibitor_maximum": 20,
    "tables": 3,
}


def make_forum(session: Session, names: Names, people: People, programme: Programme, now: datetime) -> None:
    """Exhibitors, visits, requests in every state, absences, a veto, and a draft to be changed and published."""
    fair, officer = programme.fairs[OPEN], people.staff["officer"]
    grants = Grants(session, names, people, now)
    for number in GROUPS:
        group, firms = people.groups[number]
        grants.apply(programme.calls[OPEN, "group"], group, firms, ApplicationState.ACCEPTED)
    service.set_rules(session, fair, dict(_RULES), by=officer, now=now - timedelta(days=2))
    session.flush()
    _ask(session, names, people, fair, now - timedelta(days=1))
    run = service.order_run(session, fair, AgendaMode.FULL, SECONDS, by=officer, now=now)
    started = service.start_run(session, run.id, now=now)
    assert started is not None
    plan, seconds = started
    service.finish_run(session, run.id, plan, agenda.solve(plan.problem, seconds), now=now)


def _ask(session: Session, names: Names, people: People, fair: Fair, day: datetime) -> None:
    pick = names.random
    exhibitors = list(session.scalars(sa.select(Exhibitor).where(Exhibitor.fair_id == fair.id).order_by(Exhibitor.id)))
    halves = halves_of([slot.starts_at for slot in fair.schedule.slots()], fair.zone)
    for number, buyer in enumerate(people.buyers[:BUYERS]):
        visit = service.book(session, fair, note="Looking for new suppliers.", by=buyer, now=day)
        session.flush()
        if number % 6 == 5:
            service.set_absences(session, visit, [pick.choice(halves)], by=buyer, now=day)
        for exhibitor in pick.sample(exhibitors, k=pick.randrange(2, len(exhibitors) + 1)):
            contact = exhibitor.application.contact
            if pick.random() < 0.25:
                made = _request(session, visit, exhibitor, Side.FIRM, Level.MEET, day)
                answering = buyer
            else:
                level = pick.choice((Level.MUST_MEET, Level.MEET, Level.MEET))
                half = Half.PM if number % 7 == 2 else None
                made = _request(session, visit, exhibitor, Side.BUYER, level, day, half)
                answering = contact
            if number == BUYERS - 1:
                service.veto(session, visit, exhibitor, side=Side.FIRM, note="Paid late.", by=contact, now=day)
            elif pick.random() < 0.85:
                service.accept_request(session, made, slot_id=None, by=answering, now=day + timedelta(hours=3))


def _request(
    session: Session,
    visit: Visit,
    exhibitor: Exhibitor,
    side: Side,
    level: Level,
    day: datetime,
    half: Half | None = None,
) -> MeetingRequest:
    by = visit.visitor if side is Side.BUYER else exhibitor.application.contact
    note = "We saw your products in the list." if side is Side.BUYER else "Our new collection fits your shops."
    made = service.ask(session, visit, exhibitor, side=side, level=level, note=note, half=half, by=by, now=day)
    session.flush()
    return made
