"""`make chaos-grants`: 200 approvals at once, then 50 withdrawals at once while what they free goes to the reserves.

Over HTTP against gunicorn; the offers by the verb that the worker runs, while the withdrawals come in. In the end
every ledger balances, nothing is over-committed, and the reserves got their turn in the order of their ranks. Prints
the counts as one JSON object; exit status 1 for anything else.
"""

import json
import sys
import threading
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from fairlink.applications import service
from fairlink.applications.models import Application, Assessment, Award, SelectionPlace
from fairlink.applications.states import ApplicationState, Recommendation
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import make_sessions, unit_of_work
from fairlink.kernel.errors import DomainError
from fairlink.policy import Role
from fairlink.subsidies.models import Call, EnvelopeEntry
from fairlink.subsidies.rules import read_rules, rules_to_dict, simple_rules
from fairlink.subsidies.rules.selection import Outcome
from fairlink.subsidies.states import EntryKind
from tests import factories
from tests.backdoor import Backdoor, backdoor
from tests.chaos import envelope
from tests.chaos.crowd import Press, is_done, press_at_once, server_errors
from tests.journeys.platform import Platform

#: Amounts in cents.
SUPPORT, AWARDED, RESERVES = 333, 50, 60
EXPECTED = {
    "approvals": envelope.EXPECTED,
    "withdrawn": AWARDED,
    "server_errors": 0,
    "ranks_offered": list(range(AWARDED + 1, 2 * AWARDED + 1)),
    "offered_in_order": True,
    "still_reserves": RESERVES - AWARDED,
    "committed_minor": AWARDED * SUPPORT,
    "envelope_minor": AWARDED * SUPPORT,
    "entries_minor": AWARDED * SUPPORT,
    "awards_left_minor": AWARDED * SUPPORT,
    "offers_that_failed": 0,
}


def select(platform: Backdoor) -> tuple[int, list[Press]]:
    """A call that has chosen: `AWARDED` awards that use its envelope up, and reserves; a withdrawal for each award."""
    session = platform.session
    fair = factories.fair(starts_on=date(2099, 3, 9), ends_on=date(2099, 3, 11))
    scheme = factories.scheme(fair.agency, sunset_on=date(2099, 12, 31))
    made = simple_rules(
        name=scheme.name, currency="EUR", rate_bp=5000, min_firms=1, max_firms=10, sunset_on=scheme.sunset_on
    )
    document = rules_to_dict(made) | {"selection": {"method": "first_come", "reserves": RESERVES}}
    version = factories.scheme_version(scheme, rules=rules_to_dict(read_rules(document)))
    now = utcnow()
    call = factories.call(fair, version, envelope_minor=AWARDED * SUPPORT, closes_at=now - timedelta(days=1))
    assessor, approver = (factories.officer(fair.agency, role) for role in (Role.ASSESSOR, Role.APPROVER))
    for number in range(AWARDED + RESERVES):
        application = factories.application(
            call,
            factories.group(factories.organisation()),
            state=ApplicationState.ASSESSED,
            submitted_at=now - timedelta(days=3) + timedelta(seconds=number),
        )
        application.lines[0].amount_minor = SUPPORT * 2
        factories.add(
            Assessment(
                application_id=application.id,
                assessor_id=assessor.id,
                score=80,
                recommendation=Recommendation.AWARD,
                at=factories.MADE_AT,
            )
        )
    session.commit()
    service.select(session, call, by=approver, now=now)
    session.commit()
    awarded = sa.select(Application).where(
        Application.call_id == call.id, Application.state == ApplicationState.AWARDED
    )
    presses = []
    for application in session.scalars(awarded.order_by(Application.id)):
        page = f"/applications/{application.id}"
        presses.append(Press(platform.sign_in(application.contact), page, f"{page}/withdraw"))
    session.commit()
    return call.id, presses


class Offering:
    """Offers what is given back to the reserves, again and again, as the worker does."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self.sessions, self.failed, self.done = sessions, 0, threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self) -> None:
        while not self.done.wait(0.05):
            self.once()

    def once(self) -> int:
        try:
            with self.sessions() as session, unit_of_work(session):
                return service.offer_reserves(session, utcnow())
        except DomainError:
            self.failed += 1
            return 0

    def __enter__(self) -> "Offering":
        self.thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.done.set()
        self.thread.join()
        while self.once():
            pass


def kept(session: Session, call_id: int) -> dict[str, object]:
    """What the database says in the end."""
    sign = sa.case((EnvelopeEntry.kind == EntryKind.COMMITTED, 1), else_=-1)
    entries = sa.select(sa.func.sum(sign * EnvelopeEntry.amount_minor)).where(EnvelopeEntry.call_id == call_id)
    left = (
        sa.select(sa.func.sum(Award.amount_minor - Award.released_minor - Award.disbursed_minor))
        .join(Application, Application.id == Award.application_id)
        .where(Application.call_id == call_id)
    )
    places = session.scalars(
        sa.select(SelectionPlace)
        .join(Application, Application.id == SelectionPlace.application_id)
        .where(Application.call_id == call_id)
        .order_by(SelectionPlace.rank)
    ).all()
    offered = [place for place in places if place.offered_at is not None]
    instants = [place.offered_at for place in offered if place.offered_at]
    call = session.get(Call, call_id)
    assert call is not None
    return {
        "ranks_offered": [place.rank for place in offered],
        "offered_in_order": instants == sorted(instants),
        "still_reserves": sum(place.outcome is Outcome.RESERVE for place in places),
        "committed_minor": call.committed_minor,
        "envelope_minor": call.envelope_minor,
        "entries_minor": int(session.scalar(entries) or 0),
        "awards_left_minor": int(session.scalar(left) or 0),
    }


def main() -> int:
    with Platform(worker=False) as platform, backdoor(platform) as inside:
        first, presses = envelope.gather(inside)
        answers = press_at_once(platform, presses)
        inside.session.expire_all()
        approvals = envelope.count(answers) | envelope.kept(inside.session, first)
        call_id, withdrawals = select(inside)
        engine = inside.session.get_bind()
        assert isinstance(engine, sa.Engine)
        with Offering(make_sessions(engine)) as offering:
            gone = press_at_once(platform, withdrawals)
        inside.session.expire_all()
        counts = {
            "approvals": approvals,
            "withdrawn": sum(map(is_done, gone)),
            "server_errors": server_errors(gone),
            **kept(inside.session, call_id),
            "offers_that_failed": offering.failed,
        }
    print(json.dumps(counts, indent=1))
    return 0 if counts == EXPECTED else 1


if __name__ == "__main__":
    sys.exit(main())
