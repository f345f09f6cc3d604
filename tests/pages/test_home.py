"""Everybody's home: what is next for the person who looks."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.applications.models import GroupInvitation
from fairlink.applications.states import ApplicationState
from fairlink.fairs.states import FairState
from fairlink.followup.states import PromptState
from fairlink.followup.states import Side as LeadSide
from fairlink.kernel.clock import utcnow
from fairlink.policy import Kind, Role
from fairlink.visits.states import MeetingState, Side
from tests import factories

SignIn = Callable[[User], FlaskClient]
SOON = utcnow() + timedelta(days=30)


def tasks(browser: FlaskClient) -> list[str]:
    """What the page asks for, in order."""
    page = browser.get("/home")
    assert page.status_code == 200
    to_do = page.text.partition("To do</h2>")[2].partition("</ul>")[0]
    return [re.sub(r"<[^>]+>", "", title).strip() for title in re.findall(r"<h3>(.*?)</h3>", to_do)]


def complete_firm() -> User:
    """The owner of a firm of which everything is known."""
    firm = factories.organisation(products=["640399"])
    factories.firm_year(firm)
    return factories.user(firm)


def test_home_sends_visitors_to_sign_in(client: FlaskClient) -> None:
    assert client.get("/home").location == "/sign-in?next=/home"


def test_home_of_an_unconfirmed_person_asks_to_confirm(sign_in: SignIn) -> None:
    page = sign_in(factories.user(email_confirmed_at=None)).get("/home").text
    assert "Confirm your address" in page
    assert 'action="/account/confirmation"' in page


@pytest.mark.parametrize(("kind", "first"), [(Kind.FIRM, "firm"), (Kind.BUYER, "buyer"), (None, "firm")])
def test_home_without_an_organisation_offers_to_register(sign_in: SignIn, kind: Kind | None, first: str) -> None:
    page = sign_in(factories.user(intended_kind=kind)).get("/home").text
    assert re.findall(r"/organisation/new\?kind=(\w+)", page)[0] == first


def test_home_of_a_new_firm_asks_for_products_and_figures(sign_in: SignIn) -> None:
    assert tasks(sign_in(factories.owner())) == ["Name your products", "Enter your figures"]


def test_home_of_a_new_buyer_asks_for_products(sign_in: SignIn) -> None:
    assert tasks(sign_in(factories.owner(Kind.BUYER))) == ["Name your products"]


def test_home_of_a_firm_with_nothing_to_do_offers_the_fairs(sign_in: SignIn) -> None:
    page = sign_in(complete_firm()).get("/home").text
    assert "Nothing waits for you." in page
    assert 'href="/fairs"' in page.partition("Nothing waits for you.")[2].partition("</main>")[0]


def test_home_of_a_lead_firm_puts_the_award_before_the_draft(sign_in: SignIn, session: Session) -> None:
    owner = complete_firm()
    assert owner.organisation is not None
    group = factories.group(owner.organisation)
    factories.application(of=group, contact=owner, state=ApplicationState.DRAFT)
    awarded = factories.application(of=group, contact=owner, state=ApplicationState.AWARDED)
    factories.award(awarded, accept_by=SOON)
    factories.application(of=group, contact=owner, state=ApplicationState.ACCEPTED)
    late = factories.application(of=group, contact=owner, state=ApplicationState.AWARDED)
    factories.award(late, accept_by=utcnow())
    closed = factories.call(closes_at=utcnow())
    factories.application(closed, of=group, contact=owner, state=ApplicationState.DRAFT)
    browser = sign_in(owner)
    assert tasks(browser) == ["Accept your award", "Send your application"]
    assert f"/applications/{awarded.id}/award" in browser.get("/home").text


def test_deadline_at_midnight_is_the_end_of_the_day_before(sign_in: SignIn) -> None:
    owner = complete_firm()
    assert owner.organisation is not None
    awarded = factories.application(
        of=factories.group(owner.organisation), contact=owner, state=ApplicationState.AWARDED
    )
    factories.award(awarded, accept_by=datetime(2099, 1, 15, 3, tzinfo=UTC))
    page = sign_in(owner).get("/home").text
    assert "Wed, 14 Jan 2099" in page
    assert "00:00" not in page


def test_home_of_another_member_of_the_group_asks_for_nothing(sign_in: SignIn) -> None:
    owner, other = complete_firm(), complete_firm()
    assert owner.organisation is not None
    assert other.organisation is not None
    group = factories.group(owner.organisation, other.organisation)
    factories.award(factories.application(of=group, state=ApplicationState.AWARDED), accept_by=SOON)
    assert tasks(sign_in(other)) == []


def test_home_shows_open_invitations_to_groups_of_this_address_only(sign_in: SignIn, session: Session) -> None:
    owner = complete_firm()
    group = factories.group()
    inviter = factories.user(group.lead_firm)
    for number, (email, expires_at) in enumerate([(owner.email, SOON), (owner.email, utcnow()), ("a@e.test", SOON)]):
        session.add(
            GroupInvitation(
                group_id=group.id,
                email=email,
                token_hash=str(number),
                invited_by_id=inviter.id,
                created_at=factories.MADE_AT,
                expires_at=expires_at,
            )
        )
    assert tasks(sign_in(owner)) == [f"Join {group.name}"]


@pytest.mark.parametrize(
    ("state", "proposed", "starts_at", "firm_asks", "buyer_asks"),
    [
        (MeetingState.REQUESTED, Side.BUYER, SOON, ["Answer a meeting request"], []),
        (MeetingState.REQUESTED, Side.FIRM, SOON, [], ["Answer a meeting request"]),
        (MeetingState.REQUESTED, Side.BUYER, datetime(2020, 1, 1, tzinfo=UTC), [], []),
        (MeetingState.CONFIRMED, Side.BUYER, SOON, [], []),
        (
            MeetingState.CONFIRMED,
            Side.BUYER,
            datetime(2020, 1, 1, tzinfo=UTC),
            ["Did this meeting take place?"],
            ["Did this meeting take place?"],
        ),
        (MeetingState.HELD, Side.BUYER, datetime(2020, 1, 1, tzinfo=UTC), [], []),
        (MeetingState.CANCELLED, Side.BUYER, SOON, [], []),
    ],
)
def test_home_asks_the_side_whose_turn_it_is(
    sign_in: SignIn,
    state: MeetingState,
    proposed: Side,
    starts_at: datetime,
    firm_asks: list[str],
    buyer_asks: list[str],
) -> None:
    firm = complete_firm()
    buyer = factories.user(factories.organisation(Kind.BUYER, products=["640399"]))
    assert firm.organisation is not None
    application = factories.application(of=factories.group(firm.organisation), state=ApplicationState.ACCEPTED)
    exhibitor = factories.exhibitor(application)
    slot = factories.time_slot(exhibitor.fair, starts_at)
    visit = factories.visit(exhibitor.fair, buyer)
    factories.meeting(visit, exhibitor, state=state, proposed_side=proposed, slot_id=slot.id)
    stranger = complete_firm()
    assert tasks(sign_in(firm)) == firm_asks
    assert tasks(sign_in(buyer)) == buyer_asks
    assert tasks(sign_in(stranger)) == []


def test_home_shows_the_next_meetings_in_the_fairs_zone(sign_in: SignIn) -> None:
    exhibitor = factories.exhibitor()
    slot = factories.time_slot(exhibitor.fair, datetime(2099, 3, 9, 13, 0, tzinfo=UTC))
    buyer = factories.owner(Kind.BUYER)
    factories.meeting(factories.visit(exhibitor.fair, buyer), exhibitor, slot_id=slot.id)
    page = sign_in(buyer).get("/home").text.partition("Coming up")[2]
    assert exhibitor.application.applicant_name in page
    assert "10:00" in page


def test_home_puts_unanswered_prompts(sign_in: SignIn) -> None:
    lead = factories.lead()
    factories.prompt(lead, LeadSide.BUYER, state=PromptState.SENT, sent_at=factories.MADE_AT)
    factories.prompt(lead, LeadSide.FIRM, state=PromptState.PLANNED, wave=factories.wave(lead.fair, 2))
    buyer = lead.meeting.visit.visitor if lead.meeting else None
    assert buyer is not None
    assert tasks(sign_in(buyer)) == ["What came of this contact?", "Name your products"]


def test_home_of_a_new_agency_leads_its_officer_to_the_first_fair(sign_in: SignIn) -> None:
    agency = factories.agency()
    found = [
        re.findall(r'<a class="button" href="([^"]+)"', sign_in(person).get("/home").text)
        for person in (factories.user(agency, role) for role in (Role.OFFICER, Role.FINANCE, Role.EVALUATOR))
    ]
    assert found == [["/staff/fairs/new"], ["/staff/fairs"], ["/staff/results/evaluations"]]


def test_home_of_an_agency_counts_what_waits(sign_in: SignIn) -> None:
    call = factories.call()
    counts = {ApplicationState.SUBMITTED: 3, ApplicationState.ASSESSED: 2, ApplicationState.AWARDED: 1}
    for state, number in counts.items():
        for _ in range(number):
            factories.application(call, state=state)
    page = sign_in(factories.officer(call.fair.agency)).get("/home").text
    assert "3 applications wait." in page
    tiles = re.findall(r'applications\?state=(\w+)">[^<]+</a></dt>\s*<dd class="figure">(\d+)</dd>', page)
    assert tiles == [(state.value, str(number)) for state, number in counts.items()]


def test_home_of_an_agency_shows_what_each_person_may_do(sign_in: SignIn) -> None:
    fair = factories.fair()
    call = factories.call(fair)
    officer = factories.officer(fair.agency)
    assessor, approver = factories.user(fair.agency, Role.ASSESSOR), factories.user(fair.agency, Role.APPROVER)
    draft = factories.fair(fair.agency, state=FairState.DRAFT, published_at=None)
    factories.application(call)
    factories.application(call, state=ApplicationState.ASSESSED)
    factories.application(call, state=ApplicationState.ASSESSED)
    factories.application(state=ApplicationState.SUBMITTED)
    assert tasks(sign_in(officer)) == ["Assess applications", f"Publish {draft.title}"]
    assert tasks(sign_in(assessor)) == ["Assess applications"]
    assert tasks(sign_in(approver)) == ["Decide on applications"]
    page = sign_in(approver).get("/home").text
    assert "2 applications were assessed by others." in page
    assert fair.title in page.partition("Coming up")[2]


@pytest.mark.parametrize("number", [1, 3])
def test_home_of_a_firm_takes_as_many_statements_for_three_tasks_as_for_one(
    sign_in: SignIn, statements: list[str], number: int
) -> None:
    owner = complete_firm()
    assert owner.organisation is not None
    group = factories.group(owner.organisation)
    for _ in range(number):
        accepted = factories.application(of=group, contact=owner, state=ApplicationState.ACCEPTED)
        exhibitor = factories.exhibitor(accepted)
        slot = factories.time_slot(exhibitor.fair, SOON)
        factories.meeting(with_=exhibitor, state=MeetingState.REQUESTED, proposed_side=Side.BUYER, slot_id=slot.id)
        factories.application(of=group, contact=owner, state=ApplicationState.DRAFT)
    browser = sign_in(owner)
    statements.clear()
    assert len(tasks(browser)) == 2 * number
    assert len(statements) == 12


def tiles(browser: FlaskClient) -> dict[str, int]:
    """The figures at the foot of the page."""
    page = browser.get("/home").text.partition("At a glance")[2]
    found = re.findall(r'<dt><a[^>]*>([^<]+)</a></dt>\s*<dd class="figure">(\d+)</dd>', page)
    return {label: int(figure) for label, figure in found}


def test_home_counts_what_is_under_way_for_either_side(sign_in: SignIn) -> None:
    firm, buyer = complete_firm(), factories.owner(Kind.BUYER)
    assert firm.organisation is not None
    group = factories.group(firm.organisation)
    exhibitor = factories.exhibitor(factories.application(of=group, contact=firm, state=ApplicationState.ACCEPTED))
    factories.application(of=group, contact=firm, state=ApplicationState.REFUSED, decided_at=factories.MADE_AT)
    visit = factories.visit(exhibitor.fair, buyer)
    factories.meeting(visit, exhibitor, slot_id=factories.time_slot(exhibitor.fair, SOON).id)
    held = factories.meeting(visit, exhibitor, state=MeetingState.HELD)
    factories.lead(held)
    factories.lead()
    assert tiles(sign_in(firm)) == {"Groups": 1, "Applications under way": 1, "Meetings to come": 1, "Leads": 1}
    assert tiles(sign_in(buyer)) == {"Visits to come": 1, "Meetings to come": 1, "Leads": 1}
