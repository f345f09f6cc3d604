"""Applications through the screens of the agency: list, review, assess, decide, stands."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts.models import Organisation, User
from fairlink.applications.models import Application, Assessment, Award
from fairlink.applications.states import ApplicationState, Recommendation
from fairlink.mail.models import MailMessage
from fairlink.policy import Role
from tests import factories

SignIn = Callable[[User], FlaskClient]


def sent(agency: Organisation | None = None, **values: Any) -> Application:
    """An application that was sent to `agency`."""
    return factories.application(factories.call(factories.fair(agency)), **values)


def assessed(by: User | None = None, agency: Organisation | None = None) -> Application:
    """An assessed application."""
    made = sent(agency, state=ApplicationState.ASSESSED)
    assessor = by or factories.user(made.call.fair.agency, Role.ASSESSOR)
    made.assessments.append(
        Assessment(assessor=assessor, score=71, recommendation=Recommendation.AWARD, note="Good.", at=factories.MADE_AT)
    )
    return made


def test_the_list_shows_what_was_sent_to_the_own_agency(session: Session, sign_in: SignIn) -> None:
    agency = factories.agency()
    own = sent(agency, of=factories.group(name="Own group"))
    factories.application(own.call, factories.group(name="Secret draft"), state=ApplicationState.DRAFT)
    sent(of=factories.group(name="Foreign group"))
    page = sign_in(factories.officer(agency)).get("/staff/applications").text
    assert [name in page for name in ("Own group", "Secret draft", "Foreign group")] == [True, False, False]


def test_the_list_is_narrowed_by_call_and_state_and_counts_each(session: Session, sign_in: SignIn) -> None:
    agency = factories.agency()
    first, second = sent(agency, of=factories.group(name="First group")), sent(agency)
    factories.application(first.call, factories.group(name="Refused group"), state=ApplicationState.REFUSED)
    browser = sign_in(factories.officer(agency))
    narrowed = browser.get(f"/staff/applications?call={first.call_id}&state=refused").text
    assert ("Refused group" in narrowed, "First group" in narrowed) == (True, False)
    everything = browser.get("/staff/applications").text
    assert everything.count(f'href="/staff/applications/{second.id}"') == 1
    assert 'All <span class="count">3</span>' in everything
    assert 'Refused <span class="count">1</span>' in everything
    assert browser.get("/staff/applications?call=x&state=palace").status_code == 200


def test_the_list_keeps_the_state_while_the_call_changes_and_names_returned_ones(
    session: Session, sign_in: SignIn
) -> None:
    made = sent(state=ApplicationState.DRAFT, submitted_at=factories.MADE_AT)
    page = sign_in(factories.officer(made.call.fair.agency)).get("/staff/applications?state=draft").text
    assert '<input id="state" name="state" type="hidden" value="draft">' in page
    assert 'Returned for change <span class="count">1</span>' in page
    assert f'href="/staff/applications/{made.id}"' in page


def test_the_list_dates_an_application_by_the_calendar_of_the_fair(session: Session, sign_in: SignIn) -> None:
    call = factories.call(factories.fair(zone="America/Lima"))
    factories.application(call, submitted_at=datetime(2026, 3, 2, 2, 30, tzinfo=UTC))
    page = sign_in(factories.officer(call.fair.agency)).get("/staff/applications").text
    assert ("1 Mar 2026" in page, "2 Mar 2026" in page) == (True, False)


def test_the_list_is_paged_and_runs_a_constant_number_of_statements(
    session: Session, sign_in: SignIn, statements: list[str]
) -> None:
    agency = factories.agency()
    browser = sign_in(factories.officer(agency))
    first = sent(agency)
    counts = []
    for more in (0, 2, 18):
        for _ in range(more):
            factories.application(first.call)
        session.commit()
        session.expire_all()
        statements.clear()
        page = browser.get("/staff/applications")
        counts.append(len(statements))
    assert counts == [6, 6, 6]
    assert page.text.count('href="/staff/applications/') == 20
    assert 'rel="next"' in page.text


def test_review_shows_everything_and_assessing_takes_one_score(session: Session, sign_in: SignIn) -> None:
    made = sent()
    assessor = sign_in(factories.user(made.call.fair.agency, Role.ASSESSOR))
    page = assessor.get(f"/staff/applications/{made.id}").text
    assert all(text in page for text in ("€4,500.00", "To find importers.", made.contact.email, "Stand space"))
    bad = assessor.post(f"/staff/applications/{made.id}/assess", data={"score": "101", "note": "Hm."})
    assert bad.status_code == 422
    assert "Enter a number from 0 to 100." in bad.text
    assert "Hm." in bad.text
    good = {"score": "85", "recommendation": "award", "note": "Sound."}
    assert assessor.post(f"/staff/applications/{made.id}/assess", data=good).status_code == 302
    assert assessor.post(f"/staff/applications/{made.id}/assess", data=good).status_code == 409
    session.expire_all()
    assert made.state == ApplicationState.ASSESSED
    assert [each.score for each in made.assessments] == [85]
    assert "Sound." in assessor.get(f"/staff/applications/{made.id}").text


def test_another_person_approves_and_the_group_is_told(session: Session, sign_in: SignIn) -> None:
    made = assessed()
    approver = sign_in(factories.user(made.call.fair.agency, Role.APPROVER))
    page = approver.get(f"/staff/applications/{made.id}").text
    assert ("Award €4,500.00" in page, "A colleague with the task" in page) == (True, False)
    assert approver.post(f"/staff/applications/{made.id}/approve").status_code == 302
    session.expire_all()
    award = session.scalars(sa.select(Award)).one()
    assert (award.amount_minor, made.call.committed_minor) == (450_000, 450_000)
    told = session.scalars(sa.select(MailMessage).where(MailMessage.to_email == made.contact.email)).one()
    assert f"http://fairlink.test/applications/{made.id}/award" in told.text
    assert "€4,500.00" in told.text


def test_an_assessor_sees_no_way_to_approve_and_gets_none(session: Session, sign_in: SignIn) -> None:
    agency = factories.agency()
    both = factories.user(agency, Role.ASSESSOR, Role.APPROVER)
    made = assessed(both, agency)
    browser = sign_in(both)
    page = browser.get(f"/staff/applications/{made.id}").text
    assert "You assessed this application: somebody else decides on it." in page
    assert "/approve" not in page
    assert browser.post(f"/staff/applications/{made.id}/approve").status_code == 403
    assert browser.post(f"/staff/applications/{made.id}/refuse", data={"reason": "No."}).status_code == 403


def test_an_envelope_without_enough_money_refuses_and_says_what_is_left(session: Session, sign_in: SignIn) -> None:
    made = assessed()
    made.call.envelope_minor = 100_000
    approver = sign_in(factories.user(made.call.fair.agency, Role.APPROVER))
    answer = approver.post(f"/staff/applications/{made.id}/approve")
    assert answer.status_code == 409
    assert "The envelope does not have enough money left" in answer.text
    session.expire_all()
    assert (made.state, made.call.committed_minor) == (ApplicationState.ASSESSED, 0)


def test_a_reason_is_needed_to_refuse_and_is_mailed(session: Session, sign_in: SignIn) -> None:
    made = assessed()
    approver = sign_in(factories.user(made.call.fair.agency, Role.APPROVER))
    path = f"/staff/applications/{made.id}/refuse"
    assert approver.get(path).status_code == 200
    assert approver.post(path, data={"reason": " "}).status_code == 422
    assert approver.post(path, data={"reason": "No buyers were named."}).status_code == 302
    session.expire_all()
    assert made.state == ApplicationState.REFUSED
    told = session.scalars(sa.select(MailMessage)).one()
    assert (told.to_email, "No buyers were named." in told.text) == (made.contact.email, True)


def test_an_application_is_returned_and_can_be_changed_again(session: Session, sign_in: SignIn) -> None:
    made = sent()
    officer = sign_in(factories.officer(made.call.fair.agency))
    answer = officer.post(f"/staff/applications/{made.id}/return", data={"reason": "Name your buyers."})
    assert answer.status_code == 302
    assert "Returned for change" in officer.get(f"/staff/applications/{made.id}").text
    lead = sign_in(made.contact)
    assert "Name your buyers." in lead.get(f"/applications/{made.id}").text
    assert lead.get(f"/applications/{made.id}/about").status_code == 200


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role.OFFICER, {"review": 200, "assess": 200, "return": 200, "refuse": 403, "approve": 403}),
        (Role.ASSESSOR, {"review": 200, "assess": 200, "return": 200, "refuse": 403, "approve": 403}),
        (Role.APPROVER, {"review": 200, "assess": 403, "return": 403, "refuse": 200, "approve": 302}),
        (Role.FINANCE, {"review": 200, "assess": 403, "return": 403, "refuse": 403, "approve": 403}),
    ],
)
def test_each_role_of_the_staff_does_its_own_part(
    session: Session, sign_in: SignIn, role: Role, expected: dict[str, int]
) -> None:
    made = assessed()
    browser = sign_in(factories.user(made.call.fair.agency, role))
    path = f"/staff/applications/{made.id}"
    found = {page: browser.get(f"{path}/{page}").status_code for page in ("assess", "return", "refuse")}
    found |= {"review": browser.get(path).status_code, "approve": browser.post(f"{path}/approve").status_code}
    assert found == expected


@pytest.mark.parametrize(
    ("state", "role", "why"),
    [
        (ApplicationState.SUBMITTED, Role.FINANCE, "A colleague with the task of assessor looks at it first."),
        (ApplicationState.SUBMITTED, Role.APPROVER, "A colleague with the task of assessor looks at it first."),
        (ApplicationState.ASSESSED, Role.OFFICER, "A colleague with the task of approver decides on it."),
        (ApplicationState.ASSESSED, Role.FINANCE, "A colleague with the task of approver decides on it."),
    ],
)
def test_review_says_who_has_the_next_step(
    session: Session, sign_in: SignIn, state: ApplicationState, role: Role, why: str
) -> None:
    made = sent(state=state)
    assert why in sign_in(factories.user(made.call.fair.agency, role)).get(f"/staff/applications/{made.id}").text


def test_applications_to_other_agencies_and_drafts_are_not_there(session: Session, sign_in: SignIn) -> None:
    agency = factories.agency()
    staff = sign_in(factories.user(agency, Role.OFFICER, Role.ASSESSOR, Role.APPROVER))
    foreign = assessed()
    hidden = sent(agency, state=ApplicationState.DRAFT)
    for made in (foreign, hidden):
        for page in ("", "/assess", "/return", "/refuse"):
            assert staff.get(f"/staff/applications/{made.id}{page}").status_code == 404
        assert staff.post(f"/staff/applications/{made.id}/approve").status_code == 404


def test_applicants_do_not_reach_the_pages_of_the_staff(session: Session, sign_in: SignIn) -> None:
    made = assessed()
    lead = sign_in(made.contact)
    assert lead.get("/staff/applications").status_code == 403
    for page in ("", "/assess", "/return", "/refuse"):
        assert lead.get(f"/staff/applications/{made.id}{page}").status_code == 404


def test_an_officer_changes_the_stand_of_an_exhibitor(session: Session, sign_in: SignIn) -> None:
    exhibitor = factories.exhibitor()
    free = factories.stand(exhibitor.fair, label="9-Z9")
    officer = sign_in(factories.officer(exhibitor.fair.agency))
    path = f"/staff/exhibitors/{exhibitor.id}/stand"
    assert "9-Z9" in officer.get(path).text
    assert officer.post(path, data={"stand": "999999"}).status_code == 422
    assert officer.post(path, data={"stand": str(free.id)}).status_code == 302
    session.expire_all()
    assert exhibitor.stand_id == free.id
    assert officer.post(path, data={"stand": ""}).status_code == 302
    session.expire_all()
    assert exhibitor.stand_id is None


def test_stands_are_changed_by_officers_of_the_agency_only(session: Session, sign_in: SignIn) -> None:
    exhibitor = factories.exhibitor()
    path = f"/staff/exhibitors/{exhibitor.id}/stand"
    others = [
        factories.officer(),
        factories.user(exhibitor.fair.agency, Role.APPROVER),
        exhibitor.application.contact,
    ]
    assert [sign_in(person).get(path).status_code for person in others] == [404, 404, 404]


def test_the_page_of_an_application_runs_a_constant_number_of_statements(
    session: Session, sign_in: SignIn, statements: list[str]
) -> None:
    counts = []
    for size in (2, 6):
        group = factories.group(*(factories.organisation() for _ in range(size)))
        made = sent(of=group, submitted_at=datetime(2027, 1, 2, tzinfo=UTC))
        browser = sign_in(factories.officer(made.call.fair.agency))
        session.commit()
        session.expire_all()
        statements.clear()
        assert browser.get(f"/staff/applications/{made.id}").status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]
