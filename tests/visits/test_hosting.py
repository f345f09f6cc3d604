"""Travel support for buyers through the screen: offered, applied for, promised by two people, withdrawn."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.kernel.clock import utcnow
from fairlink.policy import Kind, Role
from fairlink.subsidies.models import Call
from fairlink.visits import queries
from fairlink.visits.models import Badge
from fairlink.visits.states import Deposit, HostedState, MeetingState
from tests import factories
from tests.visits.conftest import SignIn
from tests.visits.hosts import Hosts, hosts, hosts_to_come, meetings, seen, told

#: Making the app sets the address and the sender of mails.
pytestmark = pytest.mark.usefixtures("app")

S = HostedState


@pytest.fixture
def ahead(session: Session) -> Hosts:
    return hosts_to_come()


@pytest.fixture
def under_way(session: Session) -> Hosts:
    """The same, of a fair that began three days ago and is not over."""
    today = utcnow().date()
    made = hosts(factories.fair(starts_on=today - timedelta(days=3), ends_on=today + timedelta(days=3)))
    made.call.committed_minor = 150_000
    return made


def test_officer_offers_and_buyer_applies_with_the_conditions(session: Session, ahead: Hosts, sign_in: SignIn) -> None:
    officer, path = sign_in(ahead.officer), f"/staff/calls/{ahead.call.id}/hosting/offer"
    typed = {
        "meetings_required": "8",
        "counts_workshops": "y",
        "rate_bp": "60",
        "deposit": "200",
        "claim_within_days": "90",
        "ceilings-0-countries": "Sweden, norway;DK",
        "ceilings-0-amount": "1500",
        "ceilings-1-countries": "JP",
        "ceilings-1-amount": "2400",
        "other": "900",
        "conditions": "Come to your meetings.",
    }
    for wrong, said in (
        ({"ceilings-0-amount": ""}, "Each line needs countries and an amount."),
        ({"ceilings-1-countries": "Japan, Denmark"}, "Denmark stands in two lines."),
        ({"ceilings-1-countries": "Atlantis"}, "These are not countries: Atlantis."),
    ):
        answer = officer.post(path, data=typed | wrong)
        assert (answer.status_code, said in answer.text) == (422, True)
    nothing = {key: "" for key in typed if key.startswith(("ceilings", "other"))}
    assert officer.post(path, data=typed | nothing).status_code == 422
    officer.post(path, data=typed)
    offer = queries.hosting_offer(session, ahead.fair.id)
    assert offer is not None
    assert (offer.claim_within_days, offer.counts_workshops) == (90, True)
    north = dict.fromkeys(("DK", "NO", "SE"), 150_000)
    assert offer.ceiling_by_origin == north | {"JP": 240_000, "": 90_000}
    assert (offer.deposit_minor, offer.rate_bp) == (20_000, 6000)
    assert "Denmark, Norway, Sweden</textarea>" in officer.get(path).text
    assert ": Denmark, Norway, Sweden" in officer.get(f"/staff/calls/{ahead.call.id}/hosting").text
    buyer, here = sign_in(ahead.buyer), f"/visits/{ahead.visit.id}/hosting"
    for part in ("Come to your meetings.", "8, visits to workshops count"):
        assert part in buyer.get(here).text
    assert buyer.post(here, data={}).status_code == 422
    buyer.post(here, data={"accepted": "y"})
    stay = queries.hosted_stay_of(session, ahead.visit.id)
    assert stay is not None
    assert (stay.state, stay.ceiling_minor, stay.deposit_fate) == (S.APPLIED, 150_000, Deposit.NONE)
    assert stay.conditions_accepted_at is not None


def test_terms_that_a_buyer_has_accepted_stand(session: Session, ahead: Hosts, sign_in: SignIn) -> None:
    ahead.stay()
    terms = {
        "meetings_required": "2",
        "rate_bp": "60",
        "deposit": "200",
        "claim_within_days": "60",
        "other": "950",
        "conditions": "Come to your meetings.",
    }
    officer, path = sign_in(ahead.officer), f"/staff/calls/{ahead.call.id}/hosting/offer"
    for harder in ({"meetings_required": "9"}, {"rate_bp": "50"}, {"conditions": "Come to all of your meetings."}):
        answer = officer.post(path, data=terms | harder)
        assert (answer.status_code, "now only the ceilings can change" in answer.text) == (422, True)
    assert officer.post(path, data=terms).status_code == 302
    offer = queries.hosting_offer(session, ahead.fair.id)
    assert offer is not None
    assert (offer.ceiling_by_origin, offer.meetings_required) == ({"": 95_000}, 2)


def test_nobody_applies_where_nothing_is_offered(session: Session, ahead: Hosts, sign_in: SignIn) -> None:
    buyer, here = sign_in(ahead.buyer), f"/visits/{ahead.visit.id}/hosting"
    assert "No travel support is offered" in buyer.get(here).text
    assert buyer.post(here, data={"accepted": "y"}).status_code == 409


def test_promise_needs_two_people_and_money_in_the_envelope(session: Session, ahead: Hosts, sign_in: SignIn) -> None:
    stay = ahead.stay()
    both, money = sign_in(ahead.approver), f"/staff/hosting/{stay.id}/money"
    both.post(f"/staff/hosting/{stay.id}/decide", data={"action": "choose"})
    assert both.post(money).status_code == 403
    assert sign_in(ahead.officer).post(money).status_code == 403
    other = factories.officer(ahead.fair.agency, Role.FINANCE)
    ahead.call.envelope_minor = 149_999
    session.commit()
    assert sign_in(other).post(money).status_code == 409
    ahead.call.envelope_minor = 150_000
    ahead.buyer.locale = "es"
    session.commit()
    sign_in(other).post(money)
    assert (seen(session, stay).state, seen(session, stay).deposit_fate) == (S.GRANTED, Deposit.DUE)
    assert session.get_one(Call, ahead.call.id).committed_minor == 150_000
    ((subject, text),) = told(session)
    assert subject == f"Ayuda de viaje para {ahead.fair.title}"
    for part in ("60\xa0%", "1.500,00", "2 reuniones", "200,00", "10 de mayo de 2099"):
        assert part in text


def test_refusal_needs_a_reason_that_the_buyer_reads(session: Session, ahead: Hosts, sign_in: SignIn) -> None:
    stay = ahead.stay()
    officer, path = sign_in(ahead.officer), f"/staff/hosting/{stay.id}/decide"
    assert officer.post(path, data={"action": "refuse"}).status_code == 422
    officer.post(path, data={"action": "refuse", "reason": "No <seats> left."})
    assert "No &lt;seats&gt; left." in sign_in(ahead.buyer).get(f"/visits/{ahead.visit.id}/hosting").text
    ((subject, text),) = told(session)
    assert subject == f"No travel support for {ahead.fair.title}"
    assert "No <seats> left." in text


def test_colleague_travels_instead_and_the_badge_dies(session: Session, ahead: Hosts, sign_in: SignIn) -> None:
    stay = ahead.stay(state=S.GRANTED)
    factories.add(Badge(visit_id=ahead.visit.id, token="t" * 43, consented_at=factories.MADE_AT))
    colleague, stranger = factories.user(ahead.buyer.organisation), factories.owner(Kind.BUYER)
    browser, path = sign_in(ahead.buyer), f"/hosting/{stay.id}/substitute"
    assert browser.post(path, data={"colleague_id": stranger.id}).status_code == 422
    browser.post(path, data={"colleague_id": colleague.id})
    assert seen(session, stay).visit.visitor_id == colleague.id
    assert session.scalars(sa.select(Badge)).all() == []


def test_nobody_travels_instead_of_who_does_not_travel(session: Session, ahead: Hosts, sign_in: SignIn) -> None:
    stay, colleague = ahead.stay(state=S.WITHDRAWN), factories.user(ahead.buyer.organisation)
    refused = sign_in(ahead.buyer).post(f"/hosting/{stay.id}/substitute", data={"colleague_id": colleague.id})
    assert refused.status_code == 409
    assert seen(session, stay).visit.visitor_id == ahead.buyer.id


def test_withdrawal_before_the_fair_returns_money_and_deposit(session: Session, ahead: Hosts, sign_in: SignIn) -> None:
    stay = ahead.stay(state=S.GRANTED)
    ahead.call.committed_minor = 150_000
    sign_in(ahead.buyer).post(f"/hosting/{stay.id}/withdraw")
    assert (seen(session, stay).state, seen(session, stay).deposit_fate) == (S.WITHDRAWN, Deposit.RETURN)
    assert session.get_one(Call, ahead.call.id).committed_minor == 0


@pytest.mark.parametrize("state", [S.APPLIED, S.CHOSEN, S.GRANTED])
def test_cancelled_visit_withdraws_its_support(
    session: Session, ahead: Hosts, sign_in: SignIn, state: HostedState
) -> None:
    stay = ahead.stay(state=state)
    ahead.call.committed_minor = 150_000 if state is S.GRANTED else 0
    sign_in(ahead.buyer).post(f"/visits/{ahead.visit.id}/cancel")
    assert seen(session, stay).state == S.WITHDRAWN
    assert seen(session, stay).deposit_fate == Deposit.RETURN
    assert session.get_one(Call, ahead.call.id).committed_minor == 0


@pytest.mark.parametrize(("held", "state", "committed"), [(1, S.FORFEITED, 0), (2, S.GRANTED, 150_000)])
def test_visit_cancelled_during_the_fair_costs_what_is_not_earned(
    session: Session, under_way: Hosts, sign_in: SignIn, held: int, state: HostedState, committed: int
) -> None:
    stay = under_way.stay(state=S.GRANTED)
    meetings(under_way, *[MeetingState.HELD] * held)
    buyer = sign_in(under_way.buyer)
    buyer.post(f"/visits/{under_way.visit.id}/cancel")
    assert seen(session, stay).state == state
    assert session.get_one(Call, under_way.call.id).committed_minor == committed
    page = buyer.get(f"/visits/{under_way.visit.id}/hosting").text
    assert ("The visit was cancelled once the fair had begun." in page) is (state is S.FORFEITED)
    assert f"{held} (2 required)" in page
