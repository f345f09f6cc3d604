"""Travel support for buyers through the screen: offered, promised by two people, claimed, judged by meetings, paid."""

import io
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.applications import service as applications
from fairlink.applications.models import Disbursement
from fairlink.applications.states.money import FileKind, Purpose
from fairlink.fairs.models import Fair
from fairlink.fairs.states import FairState
from fairlink.kernel.clock import utcnow
from fairlink.mail.models import MailMessage
from fairlink.policy import Kind, Role
from fairlink.subsidies.models import Call
from fairlink.visits import jobs, queries
from fairlink.visits.models import Badge, HostedStay, HostingOffer, Visit
from fairlink.visits.states import Deposit, HostedState, MeetingState
from tests import factories
from tests.files import samples
from tests.visits.conftest import SignIn, exhibitor_at

#: Making the app sets the address and the sender of mails.
pytestmark = pytest.mark.usefixtures("app")

S = HostedState


@dataclass
class Hosts:
    """An agency's people, a call that pays, and a buyer from Sweden with a visit."""

    fair: Fair
    call: Call
    officer: User
    approver: User
    buyer: User
    visit: Visit

    def offer(self) -> HostingOffer:
        return factories.hosting_offer(self.call)

    def stay(self, **values: object) -> HostedStay:
        return factories.hosted_stay(self.visit, self.offer(), **values)


def hosts(fair: Fair) -> Hosts:
    call = factories.call(fair)
    agency = fair.agency
    buyer = factories.owner(Kind.BUYER, country="SE")
    officer, approver = factories.officer(agency), factories.officer(agency, Role.OFFICER, Role.APPROVER)
    return Hosts(fair, call, officer, approver, buyer, factories.visit(fair, buyer))


@pytest.fixture
def ahead(session: Session) -> Hosts:
    return hosts(factories.fair(starts_on=date(2099, 3, 9), ends_on=date(2099, 3, 11)))


@pytest.fixture
def over(session: Session) -> Hosts:
    """The same, of a fair that is over, with the support promised."""
    ended = utcnow().date() - timedelta(days=3)
    made = hosts(factories.fair(starts_on=ended - timedelta(days=2), ends_on=ended))
    made.call.committed_minor = 150_000
    return made


@pytest.fixture
def under_way(session: Session) -> Hosts:
    """The same, of a fair that began three days ago and is not over."""
    today = utcnow().date()
    made = hosts(factories.fair(starts_on=today - timedelta(days=3), ends_on=today + timedelta(days=3)))
    made.call.committed_minor = 150_000
    return made


def told(session: Session) -> list[tuple[str, str]]:
    """Subject and text of each mail about travel support, in order."""
    query = sa.select(MailMessage.subject, MailMessage.text).where(MailMessage.template.startswith("hosting_"))
    return [(subject, text) for subject, text in session.execute(query.order_by(MailMessage.id))]


def seen(session: Session, stay: HostedStay) -> HostedStay:
    session.expire_all()
    return session.get_one(HostedStay, stay.id)


def meetings(at: Hosts, *states: MeetingState) -> None:
    for state in states:
        factories.meeting(at.visit, exhibitor_at(at.fair), state=state)


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


def test_claim_after_the_fair_is_paid_by_the_engine(session: Session, over: Hosts, sign_in: SignIn) -> None:
    stay = over.stay(state=S.GRANTED)
    meetings(over, MeetingState.HELD, MeetingState.EXHIBITOR_NO_SHOW, MeetingState.BUYER_NO_SHOW)
    buyer = sign_in(over.buyer)
    costs = {"travel": "1000", "lodging": "500"}
    assert buyer.post(f"/hosting/{stay.id}/claim", data=costs).status_code == 422
    buyer.post(
        f"/hosting/{stay.id}/evidence",
        data={"files": (io.BytesIO(samples.pdf()), "ticket.pdf")},
        content_type="multipart/form-data",
    )
    buyer.post(f"/hosting/{stay.id}/claim", data=costs)
    assert seen(session, stay).state == S.CLAIMED
    evidence = seen(session, stay).evidence[0]
    assert buyer.get(f"/hosting/evidence/{evidence.id}").status_code == 200
    officer = sign_in(over.officer)
    assert "The meetings earn the support." in officer.get(f"/staff/hosting/{stay.id}").text
    officer.post(f"/staff/hosting/{stay.id}/decide", data={"action": "check"})
    assert (seen(session, stay).state, seen(session, stay).payable_minor) == (S.CHECKED, 90_000)
    sign_in(over.approver).post(f"/staff/hosting/{stay.id}/money")
    assert (seen(session, stay).state, seen(session, stay).deposit_fate) == (S.APPROVED, Deposit.RETURN)
    page = buyer.get(f"/visits/{over.visit.id}/hosting").text
    for part in ("60% of tickets and hotel", ", goes back", "We do not know yet where to pay you", "/payout-account"):
        assert part in page
    (payment,) = session.scalars(sa.select(Disbursement))
    assert (payment.amount_minor, payment.purpose, payment.payee_id) == (
        90_000,
        Purpose.HOSTED_BUYER,
        over.visit.buyer_id,
    )
    assert session.get_one(Call, over.call.id).committed_minor == 90_000
    session.refresh(over.officer)
    now, agency, bank = utcnow(), over.fair.agency, {"holder": "Nobody", "bic": "CAIXESBB", "bank": ""}
    for whose, number in ((agency, "ES9121000418450200051332"), (over.visit.buyer, "SE4550000000058398257466")):
        applications.save_account(session, whose, number=number, by=over.officer, now=now, **bank)
    batch = applications.make_batch(session, agency, FileKind.PAIN_001, "EUR", by=over.officer, now=now)
    applications.mark_paid(session, batch, now.date(), by=over.officer, now=now)
    session.commit()
    page = buyer.get(f"/visits/{over.visit.id}/hosting").text
    assert [part in page for part in ("€900.00", "Paid on", "where to pay you")] == [True, True, False]
    title = over.fair.title
    assert [subject for subject, _ in told(session)] == [
        f"Your claim for {title} was checked",
        f"Your claim for {title} is approved",
    ]
    assert all("€900.00" in text for _, text in told(session))


@pytest.mark.parametrize(("counts", "state"), [(True, S.CHECKED), (False, S.FORFEITED)])
def test_visit_to_a_workshop_counts_where_the_offer_says_so(
    session: Session, over: Hosts, sign_in: SignIn, counts: bool, state: HostedState
) -> None:
    offer = factories.hosting_offer(over.call, counts_workshops=counts)
    claim = {"travel_minor": 100_000, "lodging_minor": 0, "claimed_at": factories.MADE_AT}
    stay = factories.hosted_stay(over.visit, offer, state=S.CLAIMED, **claim)
    meetings(over, MeetingState.HELD)
    factories.workshop_visit(over.visit, factories.workshop(exhibitor_at(over.fair)), state=MeetingState.HELD)
    officer = sign_in(over.officer)
    officer.post(f"/staff/hosting/{stay.id}/decide", data={"action": "check"})
    assert seen(session, stay).state == state
    sums = {True: "2 (2 required): 1 meeting, 1 visit to a workshop", False: "1 (2 required)"}
    for page in (officer.get(f"/staff/hosting/{stay.id}"), sign_in(over.buyer).get(f"/visits/{over.visit.id}/hosting")):
        assert sums[counts] in page.text
    ((_, text),) = told(session)
    assert ("Held: 2 of the 2 meetings required. 1 of them was a visit to a workshop." in text) is counts


def test_who_checked_cannot_approve_the_payment(session: Session, over: Hosts, sign_in: SignIn) -> None:
    stay = over.stay(state=S.CLAIMED, travel_minor=100_000, lodging_minor=0, claimed_at=factories.MADE_AT)
    meetings(over, MeetingState.HELD, MeetingState.HELD)
    both = sign_in(over.approver)
    both.post(f"/staff/hosting/{stay.id}/decide", data={"action": "check"})
    assert both.post(f"/staff/hosting/{stay.id}/money").status_code == 403
    assert seen(session, stay).state == S.CHECKED


@pytest.mark.parametrize(
    ("states", "reason"),
    [
        ((MeetingState.HELD,), "Too few meetings were held."),
        ((MeetingState.HELD,) * 3 + (MeetingState.BUYER_NO_SHOW,) * 2, "Two meetings were missed."),
    ],
)
def test_support_is_forfeited_by_the_meetings(
    session: Session, over: Hosts, sign_in: SignIn, states: tuple[MeetingState, ...], reason: str
) -> None:
    stay = over.stay(state=S.CLAIMED, travel_minor=100_000, lodging_minor=0, claimed_at=factories.MADE_AT)
    meetings(over, *states)
    sign_in(over.officer).post(f"/staff/hosting/{stay.id}/decide", data={"action": "check"})
    assert (seen(session, stay).state, seen(session, stay).deposit_fate) == (S.FORFEITED, Deposit.KEEP)
    assert session.get_one(Call, over.call.id).committed_minor == 0
    page = sign_in(over.buyer).get(f"/visits/{over.visit.id}/hosting").text
    for part in (reason, ", is kept"):
        assert part in page
    ((_, text),) = told(session)
    assert reason in text
    assert "Your deposit of €200.00 is kept." in text


@pytest.mark.parametrize(
    ("held", "reason", "deposit"), [(2, "not_claimed", Deposit.RETURN), (0, "too_few", Deposit.KEEP)]
)
def test_what_nobody_claims_in_time_is_forfeited_by_the_clock(
    session: Session, over: Hosts, sign_in: SignIn, held: int, reason: str, deposit: Deposit
) -> None:
    stay = over.stay(state=S.GRANTED, claim_reminded_at=factories.MADE_AT)
    meetings(over, *[MeetingState.HELD] * held)
    over_at = stay.offer.claim_window.closes_at
    times = (over_at - timedelta(seconds=1), over_at, over_at + timedelta(days=1))
    assert [jobs.close_hosting(session, now=at) for at in times] == [0, 1, 0]
    session.commit()
    assert (seen(session, stay).state, stay.reason, stay.deposit_fate) == (S.FORFEITED, reason, deposit)
    assert session.get_one(Call, over.call.id).committed_minor == 0
    ((_, text),) = told(session)
    assert ("Nothing was claimed in time." in text, "is kept" in text) == (held == 2, held == 0)


@pytest.mark.parametrize(
    ("states", "reads"),
    [
        ((MeetingState.HELD,) * 2, "Held: 2 of the 2 meetings required.\n\nOpen"),
        ((MeetingState.HELD, MeetingState.CONFIRMED), "Held: 1 of the 2 meetings required.\nIf more took place,"),
        ((MeetingState.BUYER_NO_SHOW,) * 2, "Two meetings are marked as missed by you"),
    ],
)
def test_buyer_is_reminded_once_before_the_time_to_claim_is_over(
    session: Session, over: Hosts, states: tuple[MeetingState, ...], reads: str
) -> None:
    stay = over.stay(state=S.GRANTED)
    meetings(over, *states)
    over_at = stay.offer.claim_window.closes_at
    # A worker that was down on the fourteenth day before catches up.
    times = [over_at - timedelta(days=days) for days in (15, 9, 8)]
    assert [jobs.close_hosting(session, now=at) for at in times] == [0, 1, 0]
    assert (stay.state, stay.claim_reminded_at) == (S.GRANTED, times[1])
    ((subject, text),) = told(session)
    assert subject == f"Claim your travel support for {over.fair.title}"
    assert "€1,500.00" in text
    assert reads in text


def test_short_time_to_claim_reminds_once_the_fair_is_over(session: Session, ahead: Hosts) -> None:
    stay = factories.hosted_stay(ahead.visit, factories.hosting_offer(ahead.call, claim_within_days=5), state=S.GRANTED)
    opens_at = stay.offer.claim_window.opens_at
    assert [jobs.close_hosting(session, now=at) for at in (opens_at - timedelta(seconds=1), opens_at)] == [0, 1]


@pytest.mark.parametrize("state", [S.APPLIED, S.CLAIMED, S.CHECKED, S.APPROVED])
def test_the_clock_leaves_what_was_claimed_or_never_promised(
    session: Session, over: Hosts, sign_in: SignIn, state: HostedState
) -> None:
    stay = over.stay(state=state)
    assert jobs.close_hosting(session, now=stay.offer.claim_window.closes_at + timedelta(days=40)) == 0
    assert stay.state == state


def test_nobody_claims_once_the_time_is_over(session: Session, over: Hosts, sign_in: SignIn) -> None:
    stay = factories.hosted_stay(over.visit, factories.hosting_offer(over.call, claim_within_days=1), state=S.GRANTED)
    factories.hosted_evidence(stay)
    buyer = sign_in(over.buyer)
    assert "The time to claim is over." in buyer.get(f"/visits/{over.visit.id}/hosting").text
    assert buyer.post(f"/hosting/{stay.id}/claim", data={"travel": "10"}).status_code == 409


def test_cancelled_fair_ends_its_support_and_gives_deposits_back(
    session: Session, ahead: Hosts, sign_in: SignIn
) -> None:
    stay = ahead.stay(state=S.GRANTED)
    ahead.call.committed_minor = 150_000
    ahead.fair.state = FairState.CANCELLED
    session.flush()
    assert [jobs.close_hosting(session, now=ahead.fair.starts_at - timedelta(days=30)) for _ in range(2)] == [1, 0]
    assert (stay.state, stay.deposit_fate, ahead.call.committed_minor) == (S.WITHDRAWN, Deposit.RETURN, 0)
    ((_, text),) = told(session)
    assert "You get your deposit of €200.00 back." in text


def test_nobody_claims_before_the_fair_is_over(session: Session, ahead: Hosts, sign_in: SignIn) -> None:
    stay = ahead.stay(state=S.GRANTED)
    answer = sign_in(ahead.buyer).post(f"/hosting/{stay.id}/claim", data={"travel": "10"})
    assert (answer.status_code, seen(session, stay).state) == (409, S.GRANTED)


@pytest.mark.parametrize("stays", [1, 3])
def test_list_takes_few_statements(
    session: Session, ahead: Hosts, sign_in: SignIn, statements: list[str], stays: int
) -> None:
    offer = ahead.offer()
    for _ in range(stays):
        factories.hosted_stay(factories.visit(ahead.fair), offer)
    browser = sign_in(ahead.officer)
    session.expunge_all()
    statements.clear()
    assert browser.get(f"/staff/calls/{ahead.call.id}/hosting").text.count("/staff/hosting/") == stays
    assert len(statements) <= 8
