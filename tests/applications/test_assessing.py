"""Assessors score alone, by criteria; whoever has an interest does not judge; one appeal against a refusal."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.applications import service
from fairlink.applications.models import Application
from fairlink.applications.rules.assessing import APPEAL_TIME, Points, mean_score, score_of, sees_scores
from fairlink.applications.service import GivenPoints
from fairlink.applications.states import ApplicationState, Recommendation
from fairlink.kernel.errors import Conflict, Forbidden, Invalid
from fairlink.policy import Role
from fairlink.subsidies.models import Call, CallCriterion
from fairlink.subsidies.states import CallState
from tests import factories
from tests.applications.steps import NOW, mails, refusal

SignIn = Callable[[User], FlaskClient]
pytestmark = pytest.mark.usefixtures("app")


def scored_call(assessors: int = 2) -> Call:
    """A call whose assessors judge two criteria of 60% (10 points) and 40% (100 points)."""
    call = factories.call(state=CallState.DRAFT, assessors_wanted=assessors)
    for position, (name, weight, most) in enumerate((("Plan", 6000, 10), ("Team", 4000, 100))):
        factories.add(CallCriterion(call_id=call.id, position=position, name=name, weight_bp=weight, max_score=most))
    call.state = CallState.PUBLISHED
    return call


def staff(application: Application, *roles: Role) -> User:
    return factories.user(application.call.fair.agency, *roles)


def give(session: Session, application: Application, plan: int, team: int, by: User) -> None:
    first, second = application.call.criteria
    points = {first.id: GivenPoints(plan, "Why not."), second.id: GivenPoints(team)}
    service.assess(
        session, application, points=points, recommendation=Recommendation.AWARD, note="Secret note.", by=by, now=NOW
    )


def test_points_make_one_score_and_several_scores_their_mean() -> None:
    assert score_of([Points(8, 10, 6000), Points(50, 100, 4000)]) == 6800
    assert score_of([Points(1, 3, 10_000)]) == 3333
    assert mean_score([6800, 3333]) == 5067
    assert mean_score([]) is None


@pytest.mark.parametrize(
    ("has_assessed", "may_assess", "is_assessed", "expected"),
    [(False, True, False, False), (True, True, False, True), (False, False, False, True), (False, True, True, True)],
)
def test_who_may_still_score_does_not_see_scores(
    has_assessed: bool, may_assess: bool, is_assessed: bool, expected: bool
) -> None:
    assert sees_scores(has_assessed=has_assessed, may_assess=may_assess, is_assessed=is_assessed) is expected


def test_each_scores_alone_and_sees_the_others_when_done(session: Session, sign_in: SignIn) -> None:
    made = factories.application(scored_call())
    first, second = staff(made, Role.ASSESSOR), staff(made, Role.ASSESSOR)
    give(session, made, 8, 50, first)
    assert made.state == ApplicationState.SUBMITTED
    browser, path = sign_in(second), f"/staff/applications/{made.id}"
    before = browser.get(path).text
    assert ("1 assessment is in." in before, "Secret note." in before, first.name in before.split("History")[0]) == (
        True,
        False,
        False,
    )
    page = browser.get(f"{path}/assess").text
    assert all(text in page for text in ("Plan (60%)", "Team (40%)", "Eligible"))
    one, two = (each.id for each in made.call.criteria)
    points = {f"points_{one}": "5", f"points_{two}": "101", f"comment_{one}": "Thin.", "recommendation": "refuse"}
    assert browser.post(f"{path}/assess", data=points).status_code == 422
    assert browser.post(f"{path}/assess", data=points | {f"points_{two}": "100"}).status_code == 302
    session.expire_all()
    assert (made.state, service.mean_of(made)) == (ApplicationState.ASSESSED, 6900)
    assert [[each.points for each in one_of.scores] for one_of in made.assessments] == [[8, 50], [5, 100]]
    after = browser.get(path).text
    assert ("Secret note." in after, "Mean score: 69" in after) == (True, True)


def test_points_must_be_whole_and_nobody_adds_to_what_is_complete(session: Session) -> None:
    made = factories.application(scored_call(assessors=1))
    assessor = staff(made, Role.ASSESSOR)
    for plan, team in ((11, 50), (-1, 50)):
        with pytest.raises(Invalid) as error:
            give(session, made, plan, team, assessor)
        assert refusal(error) == "criteria_incomplete"
    give(session, made, 8, 50, assessor)
    with pytest.raises(Conflict) as late:
        give(session, made, 8, 50, staff(made, Role.ASSESSOR))
    assert refusal(late) == "assessments_complete"


def test_an_interest_keeps_from_scoring_and_deciding_and_takes_the_score_out(session: Session, sign_in: SignIn) -> None:
    made = factories.application(scored_call())
    close, other = staff(made, Role.ASSESSOR, Role.APPROVER), staff(made, Role.ASSESSOR)
    give(session, made, 10, 100, close)
    give(session, made, 5, 50, other)
    path = f"/staff/applications/{made.id}"
    assert sign_in(close).post(f"{path}/interest", data={"reason": ""}).status_code == 422
    assert sign_in(close).post(f"{path}/interest", data={"reason": "My cousin's firm."}).status_code == 302
    session.expire_all()
    assert service.mean_of(made) == 5000
    statuses = [
        sign_in(close).get(f"{path}/assess").status_code,
        sign_in(close).post(f"{path}/approve").status_code,
        sign_in(close).post(f"{path}/refuse", data={"reason": "No."}).status_code,
        sign_in(close).post(f"{path}/return", data={"reason": "No."}).status_code,
        sign_in(close).post(f"{path}/interest", data={"reason": "Again."}).status_code,
    ]
    assert statuses == [403, 403, 403, 403, 409]
    for act in (
        lambda: service.approve(session, made, by=close, now=NOW),
        lambda: service.refuse(session, made, "No.", by=close, now=NOW),
        lambda: service.send_back(session, made, "No.", by=close, now=NOW),
        lambda: give(session, made, 1, 1, close),
    ):
        with pytest.raises(Forbidden):
            act()


def test_an_approver_with_an_interest_does_not_decide_below_the_screen(session: Session) -> None:
    made = factories.application(scored_call(assessors=1))
    give(session, made, 8, 50, staff(made, Role.ASSESSOR))
    approver = staff(made, Role.APPROVER)
    service.declare_interest(session, made, "Related.", by=approver, now=NOW)
    with pytest.raises(Forbidden) as error:
        service.approve(session, made, by=approver, now=NOW)
    assert refusal(error) == "interest_declared"


# appeals


def refused(session: Session) -> tuple[Application, User, User]:
    """A refused application, its assessor and who refused it."""
    made = factories.application(scored_call(assessors=1))
    assessor, refuser = staff(made, Role.ASSESSOR, Role.APPROVER), staff(made, Role.APPROVER)
    give(session, made, 2, 20, assessor)
    service.refuse(session, made, "Too little.", by=refuser, now=NOW)
    return made, assessor, refuser


def test_a_refusal_is_appealed_against_once_and_judged_by_a_third_person(session: Session, sign_in: SignIn) -> None:
    made, assessor, refuser = refused(session)
    made.decided_at = None
    session.flush()
    made.decided_at = factories.MADE_AT
    session.flush()
    with pytest.raises(Conflict):
        service.appeal(session, made, "Late.", by=made.contact, now=factories.MADE_AT + APPEAL_TIME)
    service.appeal(session, made, "You overlooked a page.", by=made.contact, now=NOW)
    with pytest.raises(Conflict) as twice:
        service.appeal(session, made, "Again.", by=made.contact, now=NOW)
    assert refusal(twice) == "already_appealed"
    path = f"/staff/applications/{made.id}/appeal"
    answer = {"upheld": "yes", "answer": "You are right."}
    third = staff(made, Role.APPROVER)
    assert [sign_in(each).post(path, data=answer).status_code for each in (assessor, refuser)] == [403, 403]
    for each in (assessor, refuser):
        with pytest.raises(Forbidden):
            service.answer_appeal(session, made, upheld=True, answer="Yes.", by=each, now=NOW)
    assert "You overlooked a page." in sign_in(third).get(path).text
    assert sign_in(third).post(path, data=answer).status_code == 302
    session.expire_all()
    assert (made.state, made.decided_by_id) == (ApplicationState.ASSESSED, None)
    assert (made.contact.email, f"Your appeal about {made.call.fair.title} is answered") in mails(session)
    page = sign_in(made.contact).get(f"/applications/{made.id}").text
    assert ("You are right." in page, third.name in page) == (True, False)


def test_an_appeal_that_is_not_upheld_leaves_the_refusal(session: Session, sign_in: SignIn) -> None:
    made, _assessor, _refuser = refused(session)
    lead = sign_in(made.contact)
    made.decided_at = NOW + timedelta(days=3650)
    assert lead.post(f"/applications/{made.id}/appeal", data={"text": ""}).status_code == 422
    assert lead.post(f"/applications/{made.id}/appeal", data={"text": "Please."}).status_code == 302
    service.answer_appeal(session, made, upheld=False, answer="No.", by=staff(made, Role.APPROVER), now=NOW)
    assert made.state == ApplicationState.REFUSED
    with pytest.raises(Conflict):
        service.answer_appeal(session, made, upheld=True, answer="Yes.", by=staff(made, Role.APPROVER), now=NOW)


@pytest.mark.parametrize("page", ["", "/award", "/appeal"])
def test_applicants_never_see_assessors_scores_or_interests(session: Session, sign_in: SignIn, page: str) -> None:
    made = factories.application(scored_call(assessors=1), state=ApplicationState.SUBMITTED)
    assessor = staff(made, Role.ASSESSOR)
    assessor.name = "Assessor Unnamed"
    give(session, made, 7, 77, assessor)
    service.declare_interest(session, made, "Interest unsaid.", by=staff(made, Role.ASSESSOR), now=NOW)
    service.approve(session, made, by=staff(made, Role.APPROVER), now=NOW)
    seen: Any = sign_in(made.contact).get(f"/applications/{made.id}{page}")
    assert seen.status_code == 200
    hidden = ("Assessor Unnamed", "Secret note.", "Why not.", "Interest unsaid.", "Mean score")
    assert [word for word in hidden if word in seen.text] == []
