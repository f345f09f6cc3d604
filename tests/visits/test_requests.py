"""Requests for meetings without a time, vetoes, maxima, and what each side sees of the other: through the screen."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.mail.models import MailMessage
from fairlink.policy import Kind
from fairlink.visits import jobs
from fairlink.visits.models import Meeting, MeetingRequest, MeetingRules, Preference, Visit
from fairlink.visits.states import Consent, Level, MeetingState, RequestState, Scheduling, Shown, Side
from tests import factories
from tests.visits.conftest import Scene, SignIn, exhibitor_at

S = RequestState


def mails(session: Session) -> list[tuple[str, str]]:
    """Every mail so far: template and receiver."""
    query = sa.select(MailMessage.template, MailMessage.to_email).order_by(MailMessage.id)
    return [(template, receiver) for template, receiver in session.execute(query)]


def state_of(session: Session, request: MeetingRequest) -> RequestState:
    session.expire(request)
    return request.state


def ask(scene: Scene, sign_in: SignIn, **data: str) -> str:
    """The buyer asks the exhibitor; where the answer leads to."""
    answer = sign_in(scene.buyer).post(
        f"/exhibitors/{scene.exhibitor.id}/requests", data={"level": "meet", "note": "Boots"} | data
    )
    assert answer.status_code == 302, answer.text
    return answer.location


@pytest.fixture
def arranged(scene: Scene) -> Scene:
    """A fair whose organiser makes the agenda, and at which exhibitors see who comes."""
    factories.meeting_rules(scene.fair, scheduling=Scheduling.ORGANISER, buyers_shown=Shown.PROFILE)
    return scene


RULES = {
    "scheduling": "organiser",
    "consent": "automatic",
    "request_hours": "48",
    "buyers_shown": "contact",
    "exhibitor_contact_shown": "yes",
    "buyer_minimum": "2",
    "buyer_maximum": "8",
    "exhibitor_minimum": "0",
    "exhibitor_maximum": "",
    "tables": "12",
}


def test_officer_says_how_meetings_come_about(session: Session, scene: Scene, sign_in: SignIn) -> None:
    browser = sign_in(factories.officer(scene.fair.agency))
    path = f"/staff/fairs/{scene.fair.id}/meetings"
    assert 'value="72"' in browser.get(path).text
    assert browser.post(path, data=RULES | {"buyer_maximum": "1"}).status_code == 422
    assert session.get(MeetingRules, scene.fair.id) is None
    assert browser.post(path, data=RULES).location == path
    rules = session.get(MeetingRules, scene.fair.id)
    assert rules is not None
    assert (rules.scheduling, rules.consent, rules.buyers_shown) == (
        Scheduling.ORGANISER,
        Consent.AUTOMATIC,
        Shown.CONTACT,
    )
    # What was saved is shown again, and saving it again changes nothing.
    page = browser.get(path).text
    assert ('<option selected value="yes">' in page, 'value="48"' in page) == (True, True)
    assert (rules.buyer_minimum, rules.buyer_maximum, rules.exhibitor_maximum, rules.tables) == (2, 8, None, 12)


def test_request_is_asked_and_accepted_and_keeps_no_time(session: Session, arranged: Scene, sign_in: SignIn) -> None:
    page = sign_in(arranged.buyer).get(f"/exhibitors/{arranged.exhibitor.id}").text
    # Before it is sent the buyer reads when it ends: in three days.
    assert "If they do not answer, your request ends on" in page
    location = ask(arranged, sign_in, level="must_meet")
    request = session.scalars(sa.select(MeetingRequest)).one()
    assert (request.state, request.from_side, location) == (S.SENT, Side.BUYER, f"/requests/{request.id}")
    assert request.expires_at - request.sent_at == timedelta(hours=72)
    assert session.scalars(sa.select(Preference.level)).one() == Level.MUST_MEET
    assert sign_in(arranged.contact).post(f"/requests/{request.id}/accept").location == location
    assert state_of(session, request) == S.ACCEPTED
    assert session.scalars(sa.select(Meeting)).all() == []
    assert mails(session) == [
        ("request_sent", arranged.contact.email),
        ("request_closed", arranged.buyer.email),
        ("request_closed", arranged.contact.email),
    ]


def test_times_cannot_be_booked_where_the_organiser_gives_them(
    session: Session, arranged: Scene, sign_in: SignIn
) -> None:
    answer = sign_in(arranged.buyer).post(
        f"/exhibitors/{arranged.exhibitor.id}/meetings", data={"slot_id": arranged.slots[0].id}
    )
    assert (answer.status_code, session.scalars(sa.select(Meeting)).all()) == (409, [])


@pytest.mark.parametrize(
    ("verb", "person", "state"), [("decline", "contact", S.DECLINED), ("withdraw", "buyer", S.WITHDRAWN)]
)
def test_request_is_declined_or_taken_back(
    session: Session, arranged: Scene, sign_in: SignIn, verb: str, person: str, state: RequestState
) -> None:
    request = factories.meeting_request(arranged.visit, arranged.exhibitor)
    browser = sign_in(getattr(arranged, person))
    assert browser.post(f"/requests/{request.id}/{verb}").status_code == 302
    assert state_of(session, request) == state
    assert browser.post(f"/requests/{request.id}/{verb}").status_code == 409


def test_unanswered_request_ends_with_a_mail_to_both_in_their_language(
    session: Session, arranged: Scene, sign_in: SignIn
) -> None:
    location = ask(arranged, sign_in)
    request = session.scalars(sa.select(MeetingRequest)).one()
    session.execute(sa.delete(MailMessage))
    # The worker was down for a week: what was due since is found all the same, and once.
    for _ in range(2):
        jobs.tick(session, now=request.expires_at + timedelta(days=7))
    assert state_of(session, request) == S.EXPIRED
    found = session.scalars(sa.select(MailMessage).order_by(MailMessage.id)).all()
    assert [(mail.to_email, mail.locale) for mail in found] == [
        (arranged.buyer.email, "en"),
        (arranged.contact.email, "es"),
    ]
    assert sign_in(arranged.contact).post(f"{location}/accept").status_code == 409


def test_answer_is_too_late_even_before_the_clock_has_ticked(
    session: Session, arranged: Scene, sign_in: SignIn
) -> None:
    arranged.contact.locale = "en"
    request = factories.meeting_request(arranged.visit, arranged.exhibitor, expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    answer = sign_in(arranged.contact).post(f"/requests/{request.id}/accept")
    assert (answer.status_code, "The time to answer this request is over." in answer.text) == (409, True)


def veto(scene: Scene, sign_in: SignIn) -> None:
    """The exhibitor never wants to meet the buyer."""
    path = f"/exhibitors/{scene.exhibitor.id}/buyer/veto?visit={scene.visit.id}"
    assert sign_in(scene.contact).post(path, data={"note": "Did not pay"}).status_code == 302


def test_veto_is_final_and_shows_nowhere_on_the_other_side(session: Session, arranged: Scene, sign_in: SignIn) -> None:
    arranged.contact.locale = "en"
    other = exhibitor_at(arranged.fair)
    session.commit()
    veto(arranged, sign_in)
    buyer, pages = sign_in(arranged.buyer), []
    for exhibitor in (arranged.exhibitor, other):
        path = f"/exhibitors/{exhibitor.id}/requests"
        answer = buyer.post(path, data={"level": "meet", "note": "Boots"}, follow_redirects=True)
        pages.append(answer.text.replace(exhibitor.name, "NAME").replace(answer.request.path, "PATH"))
    assert len({page[page.index("<h1>") : page.index("</dl>")] for page in pages}) == 1
    # The one who said so hears nothing, sees nothing and cannot think better of it.
    assert [to for _, to in mails(session)] == [other.application.contact.email]
    firm = sign_in(arranged.contact)
    assert "There are no requests yet." in firm.get(f"/exhibitors/{arranged.exhibitor.id}/requests").text
    path = f"/exhibitors/{arranged.exhibitor.id}/buyer?visit={arranged.visit.id}"
    assert firm.post(path, data={"level": "meet"}).status_code == 422
    request = session.scalars(
        sa.select(MeetingRequest).where(MeetingRequest.exhibitor_id == arranged.exhibitor.id)
    ).one()
    assert firm.post(f"/requests/{request.id}/accept").status_code == 409
    session.execute(sa.delete(MailMessage))
    jobs.tick(session, now=request.expires_at + timedelta(minutes=1))
    assert mails(session).count(("request_closed", arranged.contact.email)) == 0
    assert mails(session).count(("request_closed", arranged.buyer.email)) == 2


def test_veto_leaves_no_time_to_book_and_says_nothing(session: Session, scene: Scene, sign_in: SignIn) -> None:
    factories.add(
        Preference(
            visit_id=scene.visit.id,
            exhibitor_id=scene.exhibitor.id,
            side=Side.FIRM,
            level=Level.NO_THANKS,
            stated_at=factories.MADE_AT,
        )
    )
    browser = sign_in(scene.buyer)
    assert (
        "There is no time left that is free for both of you." in browser.get(f"/exhibitors/{scene.exhibitor.id}").text
    )
    answer = browser.post(f"/exhibitors/{scene.exhibitor.id}/meetings", data={"slot_id": scene.slots[0].id})
    assert (answer.status_code, "Somebody else has just taken this time" in answer.text) == (409, True)


def test_meeting_is_cancelled_before_a_veto(session: Session, scene: Scene, sign_in: SignIn) -> None:
    scene.meeting(state=MeetingState.CONFIRMED)
    answer = sign_in(scene.buyer).post(f"/exhibitors/{scene.exhibitor.id}/veto", data={"note": ""})
    assert (answer.status_code, "Cancel the meeting first" in answer.text) == (422, True)


def test_maximum_counts_what_was_sent_and_agreed_but_not_what_others_ask(
    session: Session, scene: Scene, sign_in: SignIn
) -> None:
    factories.meeting_rules(scene.fair, scheduling=Scheduling.ORGANISER, buyer_maximum=2)
    sent, agreed, incoming = (exhibitor_at(scene.fair) for _ in range(3))
    factories.meeting_request(scene.visit, sent)
    factories.meeting_request(scene.visit, incoming, from_side=Side.FIRM)
    ask(scene, sign_in)
    path = f"/exhibitors/{agreed.id}/requests"
    browser = sign_in(scene.buyer)
    refused = browser.post(path, data={"level": "meet"})
    assert (refused.status_code, "You have 2 meetings or requests" in refused.text) == (422, True)
    waiting = session.scalars(sa.select(MeetingRequest).where(MeetingRequest.exhibitor_id == incoming.id)).one()
    assert browser.post(f"/requests/{waiting.id}/accept").status_code == 409
    own = session.scalars(sa.select(MeetingRequest).where(MeetingRequest.exhibitor_id == sent.id)).one()
    browser.post(f"/requests/{own.id}/withdraw")
    assert browser.post(f"/requests/{waiting.id}/accept").status_code == 302


def test_who_asks_reads_the_least_number_of_meetings(session: Session, scene: Scene, sign_in: SignIn) -> None:
    factories.meeting_rules(scene.fair, scheduling=Scheduling.ORGANISER, buyer_minimum=2)
    browser, said = sign_in(scene.buyer), "This fair wants everybody to have at least 2."
    assert f"{said} With your requests you have 0." in browser.get(f"/exhibitors/{scene.exhibitor.id}").text
    for _ in range(2):
        factories.meeting_request(scene.visit, exhibitor_at(scene.fair))
    assert said not in browser.get(f"/exhibitors/{scene.exhibitor.id}").text


def test_direct_booking_keeps_the_maximum_too(session: Session, scene: Scene, sign_in: SignIn) -> None:
    factories.meeting_rules(scene.fair, exhibitor_maximum=1)
    factories.meeting(factories.visit(scene.fair), scene.exhibitor, slot_id=scene.slots[0].id)
    answer = sign_in(scene.buyer).post(
        f"/exhibitors/{scene.exhibitor.id}/meetings", data={"slot_id": scene.slots[1].id}
    )
    assert (answer.status_code, "They have as many meetings as this fair allows." in answer.text) == (409, True)


def test_without_consent_every_request_counts_at_once(session: Session, scene: Scene, sign_in: SignIn) -> None:
    rules = factories.meeting_rules(scene.fair, scheduling=Scheduling.ORGANISER, consent=Consent.AUTOMATIC)
    ask(scene, sign_in)
    assert session.scalars(sa.select(MeetingRequest.state)).one() == S.ACCEPTED
    rules.scheduling = Scheduling.SELF
    session.execute(sa.delete(MeetingRequest))
    session.commit()
    sign_in(scene.buyer).post(f"/exhibitors/{scene.exhibitor.id}/meetings", data={"slot_id": scene.slots[1].id})
    assert session.scalars(sa.select(Meeting.state)).one() == MeetingState.CONFIRMED


def test_exhibitor_asks_and_the_buyer_chooses_a_time(session: Session, scene: Scene, sign_in: SignIn) -> None:
    factories.meeting_rules(scene.fair, buyers_shown=Shown.PROFILE)
    path = f"/exhibitors/{scene.exhibitor.id}/buyer?visit={scene.visit.id}"
    location = sign_in(scene.contact).post(path, data={"level": "meet", "note": "New boots"}).location
    browser = sign_in(scene.buyer)
    page = browser.get(location).text
    assert "Choose a time to accept" in page
    # Meanwhile another buyer gets the first time.
    factories.meeting(factories.visit(scene.fair), scene.exhibitor, slot_id=scene.slots[0].id)
    late = browser.post(f"{location}/accept", data={"slot_id": scene.slots[0].id})
    assert (late.status_code, f'value="{scene.slots[1].id}"' in late.text) == (409, True)
    made = browser.post(f"{location}/accept", data={"slot_id": scene.slots[1].id}).location
    meeting = session.scalars(sa.select(Meeting).where(Meeting.visit_id == scene.visit.id)).one()
    assert (made, meeting.state, meeting.slot_id) == (
        f"/meetings/{meeting.id}",
        MeetingState.CONFIRMED,
        scene.slots[1].id,
    )
    # With the meeting the agreement is over.
    browser.post(f"{made}/cancel", data={"reason": ""})
    assert session.scalars(sa.select(MeetingRequest.state)).one() == S.WITHDRAWN


def buyer_who_seeks(scene: Scene, name: str, sector: str, product: str) -> User:
    person = factories.user(factories.organisation(Kind.BUYER, name=name, sectors=[sector], products=[product]))
    factories.visit(scene.fair, person)
    return person


def test_exhibitors_browse_the_buyers_that_fit(session: Session, arranged: Scene, sign_in: SignIn) -> None:
    owner = factories.user(factories.organisation(name="Calzados Lugo", sectors=["footwear"], products=["640399"]))
    exhibitor = exhibitor_at(arranged.fair, owner)
    people = [
        buyer_who_seeks(arranged, "Boots Boulevard", "footwear", "640399"),
        buyer_who_seeks(arranged, "Pantry Partners", "food", "200989"),
    ]
    session.commit()
    browser = sign_in(owner)

    def names(**wanted: str) -> list[str]:
        page = browser.get(f"/exhibitors/{exhibitor.id}/buyers", query_string=wanted).text
        return [each.name for each in (person.organisation for person in people) if each and each.name in page]

    assert names() == ["Boots Boulevard"]
    assert names(show="all") == ["Boots Boulevard", "Pantry Partners"]
    assert names(show="all", q="pantry") == ["Pantry Partners"]
    assert names(show="all", q="2009") == ["Pantry Partners"]
    assert names(show="all", sector="footwear") == ["Boots Boulevard"]


def test_who_fits_nobody_reads_why_the_list_is_empty(session: Session, arranged: Scene, sign_in: SignIn) -> None:
    owner = factories.user(factories.organisation(sectors=["footwear"], products=["640399"]))
    exhibitor = exhibitor_at(arranged.fair, owner)
    buyer = buyer_who_seeks(arranged, "Pantry Partners", "food", "200989")
    visit = session.scalars(sa.select(Visit).where(Visit.visitor_id == buyer.id)).one()
    session.commit()
    for person, path in ((owner, f"/exhibitors/{exhibitor.id}/buyers"), (buyer, f"/visits/{visit.id}/exhibitors")):
        browser = sign_in(person)
        assert "shares a sector or a product with you" in browser.get(path).text
        assert "Try fewer or other words" in browser.get(path, query_string={"q": "xyz"}).text


@pytest.mark.parametrize(
    ("shown", "status", "organisation", "person"),
    [(Shown.HIDDEN, 404, False, False), (Shown.PROFILE, 200, True, False), (Shown.CONTACT, 200, True, True)],
)
def test_exhibitors_see_of_buyers_what_the_fair_allows(
    session: Session, scene: Scene, sign_in: SignIn, shown: Shown, status: int, organisation: bool, person: bool
) -> None:
    factories.meeting_rules(scene.fair, buyers_shown=shown)
    browser = sign_in(scene.contact)
    listed = browser.get(f"/exhibitors/{scene.exhibitor.id}/buyers?show=all").text
    answer = browser.get(f"/exhibitors/{scene.exhibitor.id}/buyer?visit={scene.visit.id}")
    assert answer.status_code == status
    for page in (listed, answer.text):
        assert (scene.visit.buyer.name in page, scene.buyer.name in page) == (organisation, person)
        assert scene.buyer.email not in page


def test_nobody_is_booked_on_a_half_day_away(session: Session, scene: Scene, sign_in: SignIn) -> None:
    browser = sign_in(scene.contact)
    path = f"/exhibitors/{scene.exhibitor.id}/absences"
    # Every time of the scene lies in the first morning.
    morning = f"{scene.fair.starts_on.isoformat()} am"
    assert morning in browser.get(path).text
    assert browser.post(path, data={"halves": ["2031-01-01 am"]}).status_code == 422
    assert browser.post(path, data={"halves": [morning]}).status_code == 302
    buyer = sign_in(scene.buyer)
    assert "There is no time left" in buyer.get(f"/exhibitors/{scene.exhibitor.id}").text
    booking = buyer.post(f"/exhibitors/{scene.exhibitor.id}/meetings", data={"slot_id": scene.slots[0].id})
    assert booking.status_code == 422


def test_absence_does_not_fall_on_a_meeting(session: Session, scene: Scene, sign_in: SignIn) -> None:
    scene.meeting()
    answer = sign_in(scene.buyer).post(
        f"/visits/{scene.visit.id}/absences", data={"halves": [f"{scene.fair.starts_on.isoformat()} am"]}
    )
    assert answer.status_code == 422


@pytest.mark.parametrize("items", [1, 3])
def test_request_lists_take_a_constant_number_of_statements(
    session: Session, arranged: Scene, sign_in: SignIn, statements: list[str], items: int
) -> None:
    for _ in range(items):
        factories.meeting_request(arranged.visit, exhibitor_at(arranged.fair))
        factories.meeting_request(factories.visit(arranged.fair), arranged.exhibitor)
    paths = {
        f"/visits/{arranged.visit.id}/requests": arranged.buyer,
        f"/exhibitors/{arranged.exhibitor.id}/requests": arranged.contact,
        f"/exhibitors/{arranged.exhibitor.id}/buyers?show=all": arranged.contact,
    }
    counts = []
    for path, person in paths.items():
        browser = sign_in(person)
        session.expire_all()
        statements.clear()
        assert browser.get(path).status_code == 200
        counts.append(len(statements))
    assert counts == [4, 7, 12]
