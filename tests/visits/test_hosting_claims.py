"""Claims of hosted buyers through the screen: judged by meetings, checked by two people, paid, or forfeited."""

import io
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.applications import service as applications
from fairlink.applications.models import Disbursement
from fairlink.applications.states.money import FileKind, Purpose
from fairlink.fairs.states import FairState
from fairlink.kernel.clock import utcnow
from fairlink.subsidies.models import Call
from fairlink.visits import jobs
from fairlink.visits.states import Deposit, HostedState, MeetingState
from tests import factories
from tests.files import samples
from tests.visits.conftest import SignIn, exhibitor_at
from tests.visits.hosts import Hosts, hosts, hosts_to_come, meetings, seen, told

#: Making the app sets the address and the sender of mails.
pytestmark = pytest.mark.usefixtures("app")

S = HostedState


@pytest.fixture
def ahead(session: Session) -> Hosts:
    return hosts_to_come()


@pytest.fixture
def over(session: Session) -> Hosts:
    """The same, of a fair that is over, with the support promised."""
    ended = utcnow().date() - timedelta(days=3)
    made = hosts(factories.fair(starts_on=ended - timedelta(days=2), ends_on=ended))
    made.call.committed_minor = 150_000
    return made


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
