"""What a call promises before it opens: criteria, the commitment of its lottery, the plan of its analysis."""

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.kernel.errors import Conflict
from fairlink.policy import Role
from fairlink.subsidies import queries, service
from fairlink.subsidies.models import Call, Scheme
from fairlink.subsidies.rules.calls import CallTerms
from fairlink.subsidies.rules.loading import rules_to_dict
from fairlink.subsidies.rules.lottery import commitment
from fairlink.subsidies.states import CallState
from tests import factories

SignIn = Callable[[User], FlaskClient]

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
TYPED = {
    "assessors": "2",
    "criteria-0-name": "Export potential",
    "criteria-0-description": "A plan with buyers by name earns many.",
    "criteria-0-weight": "60",
    "criteria-0-max_score": "5",
    "criteria-1-name": "Product",
    "criteria-1-weight": "40",
    "criteria-1-max_score": "10",
}


@pytest.fixture
def officer(session: Session) -> User:
    return factories.officer()


@pytest.fixture
def scheme(officer: User) -> Scheme:
    assert officer.organisation is not None
    made = factories.scheme(officer.organisation, sunset_on=date(2099, 12, 31))
    factories.scheme_version(made, officer)
    return made


@pytest.fixture
def draft(officer: User, scheme: Scheme) -> Call:
    fair = factories.fair(officer.organisation, starts_on=date(2099, 3, 9), ends_on=date(2099, 3, 11))
    return factories.call(fair, scheme.current, state=CallState.DRAFT)


def select(session: Session, scheme: Scheme, **selection: object) -> None:
    rules = rules_to_dict(scheme.current.document)
    scheme.current.rules = rules | {"selection": selection}
    session.commit()


def test_criteria_of_a_draft_are_set_and_shown_to_applicants(
    sign_in: SignIn, client: FlaskClient, session: Session, officer: User, draft: Call
) -> None:
    staff = sign_in(officer)
    address = f"/staff/calls/{draft.id}/assessment"
    assert staff.post(address, data=TYPED).location == f"/calls/{draft.id}"
    assert [(each.name, each.weight_bp, each.max_score) for each in queries.criteria(session, draft)] == [
        ("Export potential", 6000, 5),
        ("Product", 4000, 10),
    ]
    staff.post(f"/staff/calls/{draft.id}/publish")
    page = client.get(f"/calls/{draft.id}").text
    assert "A plan with buyers by name earns many." in page
    assert "2 people score each application, each alone." in page
    assert staff.get(address).status_code == 409
    assert staff.post(address, data=TYPED).status_code == 409


def test_criteria_whose_weights_are_not_the_whole_are_refused(sign_in: SignIn, officer: User, draft: Call) -> None:
    response = sign_in(officer).post(f"/staff/calls/{draft.id}/assessment", data=TYPED | {"criteria-1-weight": "30"})
    assert response.status_code == 422
    assert "The weights must add up to 100%." in response.text
    assert 'value="30"' in response.text


def test_rows_of_criteria_come_and_go_without_a_script(
    sign_in: SignIn, session: Session, officer: User, draft: Call
) -> None:
    staff, address = sign_in(officer), f"/staff/calls/{draft.id}/assessment"
    more = staff.post(address, data=TYPED | {"add-criteria": "1"}).text
    assert 'name="criteria-2-name"' in more
    fewer = staff.post(address, data=TYPED | {"remove-criteria": "0"}).text
    assert 'value="Product"' in fewer
    assert "Export potential" not in fewer
    assert queries.criteria(session, draft) == []


def test_call_under_a_scored_scheme_begins_with_its_criteria(
    session: Session, officer: User, scheme: Scheme, draft: Call
) -> None:
    question = "How good is the plan?"
    select(session, scheme, method="scored", criteria=[{"code": "the_plan", "weight_bp": 10_000, "question": question}])
    terms = CallTerms(opens_on=date(2098, 1, 1), closes_on=date(2098, 2, 1), envelope_minor=1, accept_days=1)
    call = service.create_call(session, draft.fair, scheme, terms, by=officer, now=LONG_AGO)
    assert [(each.name, each.description, each.max_score) for each in call.criteria] == [("The plan", question, 100)]
    assert call.assessors_wanted == 2


def test_scored_call_without_criteria_is_not_published(
    sign_in: SignIn, session: Session, officer: User, scheme: Scheme, draft: Call
) -> None:
    select(session, scheme, method="scored", criteria=[{"code": "a", "weight_bp": 10_000, "question": "?"}])
    page = sign_in(officer).post(f"/staff/calls/{draft.id}/publish")
    assert page.status_code == 409
    assert "Say first what the assessors judge." in page.text


def test_lottery_publishes_its_commitment_and_keeps_its_seed_until_the_draw(
    sign_in: SignIn, client: FlaskClient, session: Session, officer: User, scheme: Scheme, draft: Call
) -> None:
    select(session, scheme, method="lottery")
    assert sign_in(officer).post(f"/staff/calls/{draft.id}/publish").status_code == 302
    session.refresh(draft)
    assert draft.lottery_seed is not None
    seed = draft.lottery_seed.seed
    assert commitment(seed) == draft.lottery_seed.commitment
    page = client.get(f"/calls/{draft.id}").text
    assert draft.lottery_seed.commitment in page
    assert seed not in page
    with pytest.raises(Conflict, match="call_still_open"):
        service.reveal_seed(session, draft, by=officer, now=LONG_AGO)
    assert service.reveal_seed(session, draft, by=officer, now=draft.closes_at) == seed
    session.commit()
    assert seed in client.get(f"/calls/{draft.id}").text


def test_seed_is_loaded_only_where_it_is_asked_for(
    session: Session, officer: User, scheme: Scheme, draft: Call, statements: list[str]
) -> None:
    select(session, scheme, method="lottery")
    service.publish_call(session, draft, by=officer, now=LONG_AGO)
    session.commit()
    session.expunge_all()
    statements.clear()
    call = queries.call(session, draft.id)
    assert call is not None
    assert call.lottery_seed is not None
    assert not any("lottery_seed.seed" in statement for statement in statements)


def test_plan_is_staffs_to_read_its_fingerprint_everybodys(
    sign_in: SignIn, client: FlaskClient, session: Session, officer: User, draft: Call
) -> None:
    evaluator = sign_in(factories.officer(officer.organisation, Role.EVALUATOR, name="Eva Luator"))
    draft.opens_at = datetime(2098, 1, 1, tzinfo=UTC)
    session.commit()
    address = f"/staff/calls/{draft.id}/plan"
    for text in ("Orders after a year.", "Confirmed orders after a year."):
        assert evaluator.post(address, data={"text": text}).status_code == 302
    sign_in(officer).post(f"/staff/calls/{draft.id}/publish")
    page = evaluator.get(address).text
    digests = [
        hashlib.sha256(each.encode()).hexdigest() for each in ("Confirmed orders after a year.", "Orders after a year.")
    ]
    assert [page.count(digest) for digest in digests] == [1, 1]
    assert "Eva Luator" in page
    public = client.get(f"/calls/{draft.id}").text
    assert digests[0] in public
    assert digests[1] not in public
    assert "Confirmed orders" not in public


def test_plan_may_follow_a_publication_until_the_call_opens(
    sign_in: SignIn, session: Session, officer: User, draft: Call
) -> None:
    draft.state, draft.opens_at = CallState.PUBLISHED, datetime(2098, 1, 1, tzinfo=UTC)
    session.commit()
    address = f"/staff/calls/{draft.id}/plan"
    assert sign_in(officer).post(address, data={"text": "Compare the drawn with the others."}).status_code == 302
    draft.opens_at = LONG_AGO
    session.commit()
    late = sign_in(officer).post(address, data={"text": "Compare what looks best."})
    assert late.status_code == 409
    assert "This call has opened." in late.text
    assert "the plan stands" in sign_in(officer).get(address).text


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO call_criterion (call_id, position, name, weight_bp, max_score) VALUES (:call, 1, 'New', 1, 1)",
        "UPDATE call_criterion SET weight_bp = 1 WHERE call_id = :call",
        "DELETE FROM call_criterion WHERE call_id = :call",
        "INSERT INTO lottery_seed (call_id, seed, commitment, made_at) "
        "VALUES (:call, repeat('a', 64), repeat('a', 64), now())",
        "INSERT INTO analysis_plan (call_id, text, sha256, written_at, written_by_id) "
        "VALUES (:call, 'late', 'x', '2020-01-01 00:00:01+00', :person)",
        "UPDATE analysis_plan SET text = 'other' WHERE call_id = :call",
    ],
)
def test_database_refuses_to_change_what_was_promised(
    session: Session, officer: User, draft: Call, statement: str
) -> None:
    draft.opens_at = LONG_AGO
    call = factories.call(draft.fair, criteria=[factories.criterion()], opens_at=LONG_AGO)
    service.write_plan(session, call, "Plan", by=officer, now=LONG_AGO - timedelta(days=1))
    session.commit()
    with pytest.raises(sa.exc.DBAPIError, match=r"frozen|append-only"):
        session.execute(sa.text(statement), {"call": call.id, "person": officer.id})
