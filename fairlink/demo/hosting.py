"""Travel support for buyers of the demonstration: settled at the fair that is over, promised at the one to come."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from fairlink.applications import service as applications
from fairlink.applications.states.money import FileKind
from fairlink.demo.fair_days import visits_of
from fairlink.demo.people import People
from fairlink.demo.programme import OVER, SOON, Programme
from fairlink.kernel.pdf import typeset
from fairlink.kernel.uploads import inspect
from fairlink.visits import queries, service
from fairlink.visits.models import HostedStay, Visit
from fairlink.visits.rules.hosting import Verdict

_CONDITIONS = """\
- Hold at least %(meetings)s meetings.%(workshops)s One that the exhibitor misses counts as held.
- Two meetings that you miss cost you the support%(deposit)s.
- Hand in your tickets and the hotel's invoice after the fair.
"""

#: In euros' cents, by origin: Europe, the far east, and the rest of the world.
_CEILINGS = dict.fromkeys(("DE", "ES", "FR", "GB", "IT", "PT", "SE"), 180_000) | {
    "JP": 240_000,
    "KR": 240_000,
    "": 120_000,
}

#: Of the buyers of the fair that is over, so many were hosted.
_HOSTED = 6

#: Made up, with right check digits.
_SWEDISH = "SE4550000000058398257466"


class Hosting:
    """Lets the agency's people and the buyers do what they do about travel support."""

    def __init__(self, session: Session, people: People, programme: Programme, now: datetime) -> None:
        self.session, self.programme, self.now = session, programme, now
        self.agency = people.agency
        self.officer, self.approver, self.finance = (people.staff[word] for word in ("officer", "approver", "finance"))

    def offer(
        self, fair: str, scheme: str, meetings: int, *, deposit_minor: int, workshops: bool, at: datetime
    ) -> None:
        """Three quarters of the trip, paid from a call's envelope."""
        words = {
            "meetings": meetings,
            "workshops": " A visit to a workshop counts as one." if workshops else "",
            "deposit": " and the deposit" if deposit_minor else "",
        }
        service.offer_hosting(
            self.session,
            self.programme.fairs[fair],
            self.programme.calls[fair, scheme],
            meetings_required=meetings,
            counts_workshops=workshops,
            rate_bp=7500,
            deposit_minor=deposit_minor,
            claim_within_days=60,
            ceilings=_CEILINGS,
            conditions=_CONDITIONS % words,
            by=self.officer,
            now=at,
        )
        self.session.flush()

    def promise(self, visit: Visit, at: datetime) -> HostedStay:
        """A buyer applies, and two people of the agency promise the money within two days."""
        stay = service.apply_for_hosting(self.session, visit, by=visit.visitor, now=at)
        service.choose(self.session, stay, by=self.officer, now=at + timedelta(days=1))
        service.grant(self.session, stay, by=self.approver, now=at + timedelta(days=2))
        return stay

    def settle(self, stays: Sequence[HostedStay]) -> None:
        """Three buyers whose meetings were held claim: one is paid, one checked, one just sent in; the rest is lost."""
        earned = [each for each in stays if self._has_earned(each)][:3]
        over_at = stays[0].offer.claim_window.closes_at
        for number, stay in enumerate(earned):
            self._claim(stay, 82_000 + 9_500 * number, 41_000, over_at - timedelta(days=40 - 18 * number))
        paid, checked, _sent = earned
        for stay in (paid, checked):
            service.check_hosting(self.session, stay, by=self.officer, now=over_at - timedelta(days=12))
        service.approve_hosting(self.session, paid, by=self.approver, now=over_at - timedelta(days=11))
        self._pay(paid, over_at - timedelta(days=10))
        service.close_hosting(self.session, now=over_at)

    def _has_earned(self, stay: HostedStay) -> bool:
        return queries.attendance_of(self.session, stay).verdict(stay.offer.meetings_required) is Verdict.EARNED

    def _claim(self, stay: HostedStay, travel_minor: int, lodging_minor: int, at: datetime) -> None:
        visitor = stay.visit.visitor
        service.add_hosted_evidence(self.session, stay, [inspect("trip.pdf", _trip(stay.visit))], by=visitor, now=at)
        self.session.flush()
        service.claim_hosting(
            self.session, stay, travel_minor=travel_minor, lodging_minor=lodging_minor, by=visitor, now=at
        )

    def _pay(self, stay: HostedStay, at: datetime) -> None:
        """The buyer says where, and finance pays."""
        buyer, by = stay.visit.buyer, self.finance
        applications.save_account(
            self.session,
            buyer,
            holder=buyer.name,
            number=_SWEDISH,
            bic="SWEDSESS",
            bank="Exempelbanken",
            by=stay.visit.visitor,
            now=at,
        )
        self.session.flush()
        batch = applications.make_batch(self.session, self.agency, FileKind.PAIN_001, "EUR", by=by, now=at)
        applications.mark_paid(self.session, batch, (at + timedelta(days=2)).date(), by=by, now=at + timedelta(days=3))


def _trip(visit: Visit) -> bytes:
    """What a travel agent writes about a trip to the fair and back."""
    fair = visit.fair
    ways = (
        (fair.starts_on - timedelta(days=1), visit.buyer.country, fair.city),
        (fair.ends_on + timedelta(days=1), fair.city, visit.buyer.country),
    )
    content = {
        "facts": [["Passenger", visit.visitor.name], ["Company", visit.buyer.name]],
        "columns": ["From", "To", "Class"],
        "days": [{"day": day.isoformat(), "rows": [[start, end, "Economy"]]} for day, start, end in ways],
        "note": "Fictitious document for demonstration.",
        "page_of": "Page {page} of {pages}",
    }
    return typeset("agenda", content, language="en", title="Tickets and boarding passes", made_at=fair.ends_at)


def make_hosting(session: Session, people: People, programme: Programme, now: datetime) -> None:
    """Hosted buyers whose stays are settled, and at the fair to come one who has support and one who asks for it."""
    hosting = Hosting(session, people, programme, now)
    past, soon = programme.fairs[OVER], programme.fairs[SOON]
    day = past.starts_at - timedelta(days=13)
    hosting.offer(OVER, "group", 3, deposit_minor=0, workshops=False, at=day - timedelta(days=50))
    stays = [hosting.promise(visit, day) for visit in visits_of(session, past)[:_HOSTED]]
    session.flush()
    hosting.settle(stays)
    day = now - timedelta(days=10)
    hosting.offer(SOON, "region", 8, deposit_minor=20_000, workshops=True, at=day)
    first, second = visits_of(session, soon)[:2]
    hosting.promise(first, day + timedelta(days=1))
    service.apply_for_hosting(session, second, by=second.visitor, now=day + timedelta(days=2))
    session.flush()
