"""Calls: from a draft to the page that applicants read."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.audit.queries import history
from fairlink.fairs.models import Fair
from fairlink.fairs.states import FairState
from fairlink.policy import Kind, Role
from fairlink.subsidies import queries
from fairlink.subsidies.models import Call, Scheme
from fairlink.subsidies.rules import rules_to_dict, simple_rules
from fairlink.subsidies.states import CallState
from tests import factories

SignIn = Callable[[User], FlaskClient]

TYPED = {"opens_on": "2098-12-01", "closes_on": "2099-01-31", "envelope": "50,000", "accept_days": "14"}


@pytest.fixture
def officer(session: Session) -> User:
    return factories.officer()


@pytest.fixture
def staff(sign_in: SignIn, officer: User) -> FlaskClient:
    return sign_in(officer)


@pytest.fixture
def fair(officer: User) -> Fair:
    """A published fair in São Paulo's zone, 9 to 11 March 2099."""
    return factories.fair(officer.organisation, starts_on=date(2099, 3, 9), ends_on=date(2099, 3, 11))


@pytest.fixture
def scheme(officer: User) -> Scheme:
    assert officer.organisation is not None
    made = factories.scheme(officer.organisation, name="Groups abroad", sunset_on=date(2099, 12, 31))
    factories.scheme_version(made, officer)
    return made


@pytest.fixture
def draft(fair: Fair, scheme: Scheme) -> Call:
    return factories.call(
        fair,
        scheme.current,
        state=CallState.DRAFT,
        opens_at=datetime(2020, 1, 1, 3, tzinfo=UTC),
        closes_at=datetime(2099, 2, 1, 3, tzinfo=UTC),
    )


def test_new_call_is_a_draft_whose_days_are_whole_in_the_zone_of_the_fair(
    staff: FlaskClient, session: Session, fair: Fair, scheme: Scheme
) -> None:
    response = staff.post(f"/staff/fairs/{fair.id}/calls/new?scheme={scheme.id}", data=TYPED)
    assert response.location == f"/staff/fairs/{fair.id}/calls"
    call = session.scalars(sa.select(Call)).one()
    assert (call.state, call.scheme_version_id) == (CallState.DRAFT, scheme.current.id)
    assert (call.opens_at, call.closes_at) == (
        datetime(2098, 12, 1, 3, tzinfo=UTC),
        datetime(2099, 2, 1, 3, tzinfo=UTC),
    )
    assert (call.currency, call.envelope_minor, call.accept_days) == ("EUR", 5_000_000, 14)
    assert [event.action for event in history(session, "call", call.id)] == ["call:create"]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("closes_on", "2098-11-30", "The last day must not be before the first."),
        ("opens_on", "2099-03-10", "The window must open before the fair does."),
        ("closes_on", "2099-03-12", "The window must close by the last day of the fair."),
        ("envelope", "0", "This must be at least"),
        ("envelope", "12.345,00", "can be misread here"),
        ("accept_days", "0", "Enter a number from 1 to 365."),
    ],
)
def test_call_that_makes_no_sense_keeps_what_was_typed(
    staff: FlaskClient, session: Session, fair: Fair, scheme: Scheme, field: str, value: str, message: str
) -> None:
    late = {"closes_on": "2099-03-11"} if field == "opens_on" else {}
    typed = TYPED | late | {field: value}
    response = staff.post(f"/staff/fairs/{fair.id}/calls/new?scheme={scheme.id}", data=typed)
    assert response.status_code == 422
    assert message in response.text
    assert f'value="{value}"' in response.text
    assert session.scalar(sa.select(sa.func.count(Call.id))) == 0


def test_call_cannot_open_after_the_sunset_of_its_scheme(
    staff: FlaskClient, session: Session, fair: Fair, scheme: Scheme
) -> None:
    scheme.sunset_on = date(2098, 11, 30)
    session.commit()
    address = f"/staff/fairs/{fair.id}/calls/new?scheme={scheme.id}"
    assert "The scheme has ended by then." in staff.post(address, data=TYPED).text
    assert staff.post(address, data=TYPED | {"opens_on": "2098-11-30"}).status_code == 302


def test_call_under_another_agencys_scheme_is_not_offered(staff: FlaskClient, session: Session, fair: Fair) -> None:
    other = factories.scheme(factories.agency(), name="Theirs")
    factories.scheme_version(other)
    response = staff.post(f"/staff/fairs/{fair.id}/calls/new?scheme={other.id}", data=TYPED)
    assert response.location == f"/staff/fairs/{fair.id}/calls"
    assert session.scalar(sa.select(sa.func.count(Call.id))) == 0
    assert "Theirs" not in staff.get(response.location).text


def test_draft_can_be_edited_and_a_published_call_cannot(staff: FlaskClient, session: Session, draft: Call) -> None:
    address = f"/staff/calls/{draft.id}/edit"
    page = staff.get(address).text
    assert 'value="2020-01-01"' in page
    assert 'value="2099-01-31"' in page
    assert 'value="100000.00"' in page
    assert staff.post(address, data=TYPED).status_code == 302
    session.refresh(draft)
    assert draft.envelope_minor == 5_000_000
    staff.post(f"/staff/calls/{draft.id}/publish")
    assert staff.post(address, data=TYPED).status_code == 409


def test_publishing_freezes_the_newest_version_of_the_scheme(
    staff: FlaskClient, session: Session, draft: Call, scheme: Scheme
) -> None:
    newest = factories.scheme_version(scheme, number=2)
    session.commit()
    assert staff.post(f"/staff/calls/{draft.id}/publish").status_code == 302
    session.expire_all()
    assert (draft.state, draft.scheme_version_id) == (CallState.PUBLISHED, newest.id)
    assert newest.frozen_at is not None
    assert scheme.versions[0].frozen_at is None
    assert [event.action for event in history(session, "call", draft.id)] == ["call:publish"]


def test_publishing_at_a_draft_fair_is_a_conflict(staff: FlaskClient, session: Session, draft: Call) -> None:
    draft.fair.state = FairState.DRAFT
    session.commit()
    response = staff.post(f"/staff/calls/{draft.id}/publish")
    assert response.status_code == 409
    assert "Publish the fair first." in response.text


def test_publishing_a_window_that_is_over_is_a_conflict(staff: FlaskClient, session: Session, draft: Call) -> None:
    draft.closes_at = datetime(2020, 2, 1, tzinfo=UTC)
    session.commit()
    assert "The window is over already." in staff.post(f"/staff/calls/{draft.id}/publish").text


def test_publishing_after_the_scheme_changed_its_currency_is_a_conflict(
    staff: FlaskClient, session: Session, draft: Call, scheme: Scheme
) -> None:
    rules = simple_rules(name=scheme.name, currency="PEN", rate_bp=5_000, sunset_on=scheme.sunset_on)
    scheme.current.rules = rules_to_dict(rules)
    session.commit()
    assert "The scheme has changed its currency." in staff.post(f"/staff/calls/{draft.id}/publish").text


def test_fair_and_call_are_published_together(
    staff: FlaskClient, client: FlaskClient, session: Session, draft: Call
) -> None:
    draft.fair.state = FairState.DRAFT
    factories.stand(draft.fair)
    session.commit()
    page = staff.get(f"/staff/fairs/{draft.fair_id}/launch").text
    assert "1 call will be published." in page
    assert "48 times for meetings will be made." in page
    response = staff.post(f"/staff/fairs/{draft.fair_id}/launch")
    assert response.location == f"/fairs/{draft.fair_id}"
    session.expire_all()
    assert (draft.fair.state, draft.state) == (FairState.PUBLISHED, CallState.PUBLISHED)
    assert "Groups abroad" in client.get(response.location).text


def test_a_fair_that_is_public_already_has_no_launch_and_leads_back(staff: FlaskClient, officer: User) -> None:
    fair = factories.fair(officer.organisation)
    page = staff.get(f"/staff/fairs/{fair.id}/launch").text
    assert "This fair is not a draft any more." in page
    assert re.findall(r'<a class="button" href="([^"]+)"', page) == [f"/staff/fairs/{fair.id}"]


def test_fair_stays_a_draft_when_its_call_cannot_be_published(
    staff: FlaskClient, session: Session, draft: Call
) -> None:
    draft.fair.state = FairState.DRAFT
    draft.closes_at = datetime(2020, 2, 1, tzinfo=UTC)
    session.commit()
    response = staff.post(f"/staff/fairs/{draft.fair_id}/launch")
    assert response.status_code == 409
    assert "The window is over already." in response.text
    session.expire_all()
    assert draft.fair.state == FairState.DRAFT


def test_call_of_a_draft_fair_leads_to_the_last_look(
    staff: FlaskClient, session: Session, fair: Fair, scheme: Scheme
) -> None:
    fair.state, fair.published_at = FairState.DRAFT, None
    session.commit()
    response = staff.post(f"/staff/fairs/{fair.id}/calls/new?scheme={scheme.id}", data=TYPED)
    assert response.location == f"/staff/fairs/{fair.id}/launch"


def test_withdrawn_call_is_gone_for_the_public_and_stays_for_staff(
    staff: FlaskClient, client: FlaskClient, session: Session, draft: Call
) -> None:
    staff.post(f"/staff/calls/{draft.id}/publish")
    assert client.get(f"/calls/{draft.id}").status_code == 200
    assert staff.post(f"/staff/calls/{draft.id}/withdraw").status_code == 302
    assert client.get(f"/calls/{draft.id}").status_code == 404
    assert "Withdrawn" in staff.get(f"/calls/{draft.id}").text
    assert staff.post(f"/staff/calls/{draft.id}/publish").status_code == 409


def test_call_page_tells_rules_window_and_envelope(client: FlaskClient, session: Session, draft: Call) -> None:
    draft.state, draft.committed_minor = CallState.PUBLISHED, 2_500_000
    session.commit()
    page = client.get(f"/calls/{draft.id}").text
    for words in (
        "50% of the cost, at most €3,000.00 per firm",
        "Groups of 2 to 10 firms",
        "31 Jan 2099",
        "until midnight, Sao Paulo time",
        "€75,000.00 of the €100,000.00 are left.",
        "Sign in to apply",
    ):
        assert words in page


def test_only_the_owner_of_a_firm_is_offered_to_apply(sign_in: SignIn, session: Session, draft: Call) -> None:
    draft.state = CallState.PUBLISHED
    session.commit()
    apply = f'action="/calls/{draft.id}/apply"'
    assert apply in sign_in(factories.owner()).get(f"/calls/{draft.id}").text
    assert apply not in sign_in(factories.owner(Kind.BUYER)).get(f"/calls/{draft.id}").text
    draft.opens_at = datetime(2099, 1, 1, 3, tzinfo=UTC)
    session.commit()
    page = sign_in(factories.owner()).get(f"/calls/{draft.id}").text
    assert apply not in page
    assert "You can apply from Thu 1 Jan 2099." in page.replace(",", "")


@pytest.mark.parametrize("path", ["edit", "publish", "withdraw"])
def test_another_agencys_call_is_not_there(sign_in: SignIn, draft: Call, path: str) -> None:
    stranger = sign_in(factories.officer())
    assert stranger.get(f"/calls/{draft.id}").status_code == 404
    assert stranger.post(f"/staff/calls/{draft.id}/{path}", data=TYPED).status_code == 404


@pytest.mark.parametrize("path", ["edit", "publish", "withdraw"])
def test_assessor_may_read_a_draft_but_not_change_it(sign_in: SignIn, draft: Call, path: str) -> None:
    assessor = sign_in(factories.user(draft.fair.agency, Role.ASSESSOR))
    assert assessor.get(f"/calls/{draft.id}").status_code == 200
    assert assessor.post(f"/staff/calls/{draft.id}/{path}", data=TYPED).status_code == 403


@pytest.mark.parametrize(
    ("values", "is_open"),
    [
        ({}, True),
        ({"state": CallState.DRAFT}, False),
        ({"state": CallState.WITHDRAWN}, False),
        ({"opens_at": datetime(2027, 1, 15, 12, tzinfo=UTC)}, True),
        ({"opens_at": datetime(2027, 1, 15, 12, 0, 1, tzinfo=UTC)}, False),
        ({"closes_at": datetime(2027, 1, 15, 12, tzinfo=UTC)}, False),
    ],
)
def test_open_calls_are_those_one_can_apply_to(
    session: Session, now: datetime, values: dict[str, Any], is_open: bool
) -> None:
    call = factories.call(**values)
    assert [found.id for found in queries.open_calls(session, call.fair_id, now)] == [call.id] * is_open
    assert call.is_open(now) is is_open


def test_cancelled_fair_has_no_open_calls(session: Session, now: datetime) -> None:
    call = factories.call(factories.fair(state=FairState.CANCELLED))
    assert queries.open_calls(session, call.fair_id, now) == []
    assert not call.is_open(now)


@pytest.mark.parametrize("count", [1, 3])
def test_calls_of_a_fair_take_as_many_statements_for_many(
    staff: FlaskClient, fair: Fair, scheme: Scheme, statements: list[str], count: int
) -> None:
    for _ in range(count):
        factories.call(fair, scheme.current)
    statements.clear()
    assert staff.get(f"/staff/fairs/{fair.id}/calls").text.count("Look at it") == count
    assert len(statements) == 6, statements
