"""An application through the screen: started, filled in page by page, sent, withdrawn, and its award answered."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from fairlink.accounts.models import User
from fairlink.applications.forms.applying import without_row
from fairlink.applications.models import Application, Assessment
from fairlink.applications.states import ApplicationState, Recommendation
from fairlink.policy import Role
from fairlink.subsidies.rules import rules_to_dict, simple_rules
from fairlink.subsidies.states import CallState
from tests import factories

SignIn = Callable[[User], FlaskClient]


def draft(**values: Any) -> Application:
    """A draft of three firms whose contact is the owner of the leading one."""
    return factories.application(state=ApplicationState.DRAFT, **values)


def shares(application: Application, *percents: str) -> dict[str, str]:
    """The members page as a browser sends it; None instead of a share leaves the firm out."""
    data = {"version": str(application.version)}
    for number, (member, percent) in enumerate(zip(application.members, percents, strict=True)):
        data[f"members-{number}-firm_id"] = str(member.firm_id)
        data[f"members-{number}-share"] = percent
        if percent:
            data[f"members-{number}-takes_part"] = "y"
    return data


def line(
    number: int, kind: str = "travel", amount: str = "1,250.50", what: str = "Flights", firm: str = ""
) -> dict[str, str]:
    """One row of the costs page as a browser sends it."""
    fields = {"cost_class": kind, "amount": amount, "description": what, "firm": firm}
    return {f"lines-{number}-{name}": value for name, value in fields.items()}


def test_the_lead_starts_with_a_group_and_finds_the_draft_again(session: Session, sign_in: SignIn) -> None:
    call, group = factories.call(), factories.group()
    lead = sign_in(factories.user(group.lead_firm))
    assert group.name in lead.get(f"/calls/{call.id}/apply").text
    first = lead.post(f"/calls/{call.id}/apply", data={"applicant": str(group.id)})
    made = session.scalars(sa.select(Application)).one()
    assert first.location == f"/applications/{made.id}"
    again = lead.post(f"/calls/{call.id}/apply")
    assert again.location == first.location
    assert f'href="/applications/{made.id}"' in lead.get(f"/calls/{call.id}/apply").text


def test_a_look_by_head_starts_nothing(session: Session, sign_in: SignIn) -> None:
    call, group = factories.call(), factories.group()
    assert sign_in(factories.user(group.lead_firm)).head(f"/calls/{call.id}/apply").status_code == 200
    assert session.scalars(sa.select(Application)).all() == []


def test_a_single_firm_applies_only_where_the_rules_allow_it(session: Session, sign_in: SignIn) -> None:
    owner = factories.owner()
    browser = sign_in(owner)
    for_groups = browser.get(f"/calls/{factories.call().id}/apply")
    assert "your firm leads none yet" in for_groups.text
    fair = factories.fair()
    scheme = factories.scheme(fair.agency)
    rules = rules_to_dict(simple_rules(name="One", currency="EUR", rate_bp=5000, sunset_on=scheme.sunset_on))
    call = factories.call(fair, factories.scheme_version(scheme, rules=rules))
    assert browser.post(f"/calls/{call.id}/apply").status_code == 302
    made = session.scalars(sa.select(Application)).one()
    assert (made.group_id, made.lead_firm_id) == (None, owner.organisation_id)
    assert [member.share_bp for member in made.members] == [10_000]


def test_with_several_possible_applicants_one_is_chosen(session: Session, sign_in: SignIn) -> None:
    owner = factories.owner()
    assert owner.organisation is not None
    for _ in range(2):
        factories.group(owner.organisation, factories.organisation())
    call = factories.call()
    browser = sign_in(owner)
    page = browser.post(f"/calls/{call.id}/apply")
    assert (page.status_code, "Who applies?" in page.text) == (200, True)
    assert browser.post(f"/calls/{call.id}/apply", data={"applicant": "999999"}).status_code == 422
    assert session.scalars(sa.select(Application)).all() == []


def test_a_call_that_is_closed_or_not_public_takes_nothing(session: Session, sign_in: SignIn) -> None:
    group = factories.group()
    lead = sign_in(factories.user(group.lead_firm))
    closed = factories.call(closes_at=datetime(2021, 1, 1, tzinfo=UTC))
    hidden = factories.call(state=CallState.DRAFT)
    statuses = [lead.post(f"/calls/{call.id}/apply").status_code for call in (closed, hidden)]
    assert statuses == [409, 404]


def test_shares_are_saved_in_per_cent(session: Session, sign_in: SignIn) -> None:
    made = draft()
    lead = sign_in(made.contact)
    answer = lead.post(f"/applications/{made.id}/members", data=shares(made, "33.34", "66.66", ""))
    assert answer.location == f"/applications/{made.id}"
    session.expire_all()
    assert [member.share_bp for member in made.members] == [3334, 6666]


@pytest.mark.parametrize(
    ("percents", "message"),
    [
        (("50", "25", "24"), "The shares add up to 99%, not to 100%."),
        (("50", "x", "25"), "“x” is not a number."),
        (("", "50", "50"), "The lead of the group must take part."),
    ],
)
def test_shares_that_cannot_be_are_refused_and_kept_on_the_page(
    session: Session, sign_in: SignIn, percents: tuple[str, ...], message: str
) -> None:
    made = draft()
    page = sign_in(made.contact).post(f"/applications/{made.id}/members", data=shares(made, *percents))
    assert page.status_code == 422
    assert message in page.text
    assert f'value="{percents[1]}"' in page.text
    session.expire_all()
    assert [member.share_bp for member in made.members] == [3334, 3333, 3333]


def test_shares_are_split_equally_on_request_without_saving(session: Session, sign_in: SignIn) -> None:
    made = draft()
    data = shares(made, "90", "10", "") | {"equal": "1"}
    page = sign_in(made.contact).post(f"/applications/{made.id}/members", data=data)
    assert page.status_code == 200
    assert page.text.count('value="50"') == 2


def test_costs_are_saved_as_typed_in_the_currency_of_the_call(session: Session, sign_in: SignIn) -> None:
    made = draft()
    firm_id = made.members[1].firm_id
    data = {"version": "1"} | line(0, "stand_space", "9000", "30 m²") | line(1, firm=str(firm_id)) | line(2, "", "", "")
    assert sign_in(made.contact).post(f"/applications/{made.id}/costs", data=data).status_code == 302
    session.expire_all()
    saved = [(each.position, each.cost_class, each.amount_minor, each.description, each.firm_id) for each in made.lines]
    assert saved == [(1, "stand_space", 900_000, "30 m²", None), (2, "travel", 125_050, "Flights", firm_id)]


def test_a_row_is_added_and_removed_without_losing_what_was_typed(session: Session, sign_in: SignIn) -> None:
    made = draft()
    lead = sign_in(made.contact)
    typed = {"version": "1"} | line(0, amount="1x", what="First") | line(1, what="Second")
    more = lead.post(f"/applications/{made.id}/costs", data=typed | {"add-lines": "1"})
    assert more.status_code == 200
    assert more.text.count('id="lines-') >= 3
    assert all(text in more.text for text in ('value="1x"', 'value="First"', 'name="lines-2-amount"'))
    less = lead.post(f"/applications/{made.id}/costs", data=typed | {"remove-row": "0"})
    assert less.status_code == 200
    assert ('value="First"' in less.text, 'value="Second"' in less.text) == (False, True)
    assert 'name="lines-1-amount"' not in less.text
    session.expire_all()
    assert [each.amount_minor for each in made.lines] == [900_000]


def test_rows_behind_a_removed_one_move_up() -> None:
    sent = MultiDict([("version", "3"), ("lines-0-amount", "a"), ("lines-1-amount", "b"), ("lines-2-amount", "c")])
    kept = without_row(sent, "lines", 1)
    assert kept.to_dict() == {"version": "3", "lines-0-amount": "a", "lines-1-amount": "c"}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"amount": ""}, "Enter the amount."),
        ({"kind": ""}, "Choose a kind of cost."),
        ({"amount": "-5"}, "This must be at least 0.01 EUR."),
        ({"kind": "palace"}, "Choose one of these."),
        ({"firm": "999999"}, "Choose one of these."),
    ],
)
def test_costs_that_cannot_be_are_refused_and_kept_on_the_page(
    session: Session, sign_in: SignIn, row: dict[str, str], message: str
) -> None:
    made = draft()
    page = sign_in(made.contact).post(f"/applications/{made.id}/costs", data={"version": "1"} | line(0, **row))
    assert page.status_code == 422
    assert message in page.text
    assert 'value="Flights"' in page.text
    assert "<title>Error:" in page.text


def test_a_page_made_on_an_older_version_is_refused(session: Session, sign_in: SignIn) -> None:
    made = draft()
    lead = sign_in(made.contact)
    first, second = ({"version": "1", "motivation": text} for text in ("First.", "Second."))
    assert lead.post(f"/applications/{made.id}/about", data=first).status_code == 302
    late = lead.post(f"/applications/{made.id}/about", data=second)
    assert late.status_code == 409
    assert "Somebody else saved this meanwhile." in late.text
    session.expire_all()
    assert made.motivation == "First."


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("members", ["33.34", "33.33", "Takes part"]),
        ("costs", ["9000.00", "Stand space", "EUR"]),
        ("about", ["To find importers."]),
        ("check", ["33.34%", "€9,000.00", "To find importers.", "Send the application"]),
    ],
)
def test_each_page_shows_what_is_saved(session: Session, sign_in: SignIn, page: str, shown: list[str]) -> None:
    made = draft()
    text = sign_in(made.contact).get(f"/applications/{made.id}/{page}").text
    assert [part for part in shown if part not in text] == []
    if page == "members":
        assert all(f"<bdi>{member.firm.name}</bdi>" in text for member in made.members)


def test_the_task_list_tells_what_is_to_do_and_what_the_support_would_be(session: Session, sign_in: SignIn) -> None:
    made = draft(motivation="")
    lead = sign_in(made.contact)
    page = lead.get(f"/applications/{made.id}").text
    assert page.count("To do") == 1
    assert page.count("Cannot start yet") == 1
    assert f"/applications/{made.id}/check" not in page
    # Half of 9,000.00.
    assert "€4,500.00" in page
    assert "50% of €3,000.60: €1,500.30." in page
    lead.post(f"/applications/{made.id}/about", data={"version": "1", "motivation": "To sell shoes."})
    assert f"/applications/{made.id}/check" in lead.get(f"/applications/{made.id}").text


def test_checked_and_declared_it_is_sent(session: Session, sign_in: SignIn) -> None:
    made = draft()
    lead = sign_in(made.contact)
    assert "€4,500.00" in lead.get(f"/applications/{made.id}/check").text
    undeclared = lead.post(f"/applications/{made.id}/submit", data={"version": "1"})
    assert (undeclared.status_code, "Confirm this to send" in undeclared.text) == (422, True)
    sent = lead.post(f"/applications/{made.id}/submit", data={"version": "1", "declared": "y"})
    assert sent.location == f"/applications/{made.id}"
    session.expire_all()
    assert made.state == ApplicationState.SUBMITTED
    assert [lead.get(f"/applications/{made.id}/{page}").status_code for page in ("members", "costs", "about")] == [
        409
    ] * 3


def test_what_cannot_be_supported_is_not_sent_and_says_why(session: Session, sign_in: SignIn) -> None:
    made = draft(of=factories.group(factories.organisation()))
    page = sign_in(made.contact).post(f"/applications/{made.id}/submit", data={"version": "1", "declared": "y"})
    assert page.status_code == 422
    assert "The group has 1 eligible firms; it needs at least 2." in page.text


def test_members_read_the_draft_and_only_the_lead_writes(session: Session, sign_in: SignIn) -> None:
    made = draft()
    member = sign_in(factories.user(made.members[1].firm))
    colleague = sign_in(factories.user(made.lead_firm, Role.MEMBER))
    for browser in (member, colleague):
        assert browser.get(f"/applications/{made.id}").status_code == 200
        for page in ("members", "costs", "about", "check"):
            assert browser.get(f"/applications/{made.id}/{page}").status_code == 403
        for action in ("submit", "withdraw", "award/accept", "award/decline"):
            assert browser.post(f"/applications/{made.id}/{action}").status_code == 403


def test_applications_of_others_are_not_there(session: Session, sign_in: SignIn) -> None:
    made = factories.application(state=ApplicationState.AWARDED)
    factories.award(made)
    for stranger in (sign_in(factories.owner()), sign_in(factories.officer(made.call.fair.agency))):
        for page in ("", "/members", "/costs", "/about", "/check", "/award"):
            assert stranger.get(f"/applications/{made.id}{page}").status_code == 404
        for action in ("submit", "withdraw", "award/accept", "award/decline"):
            assert stranger.post(f"/applications/{made.id}/{action}").status_code == 404


def test_applicants_see_neither_assessors_nor_scores(session: Session, sign_in: SignIn) -> None:
    made = factories.application(state=ApplicationState.AWARDED)
    factories.award(made)
    assessor = factories.user(made.call.fair.agency, Role.ASSESSOR, name="Quentin Quire")
    session.add(
        Assessment(
            application=made,
            assessor=assessor,
            score=87,
            recommendation=Recommendation.AWARD,
            note="Unlikely to export.",
            at=factories.MADE_AT,
        )
    )
    lead = sign_in(made.contact)
    pages = [
        lead.get(path).text for path in ("/applications", f"/applications/{made.id}", f"/applications/{made.id}/award")
    ]
    for secret in ("Quentin", r">\s*87\b", "Unlikely"):
        assert not any(re.search(secret, page) for page in pages)


def test_a_refused_group_reads_the_reason(session: Session, sign_in: SignIn) -> None:
    made = factories.application(state=ApplicationState.REFUSED, decision_reason="The hall is full.")
    assert "The hall is full." in sign_in(made.contact).get(f"/applications/{made.id}").text


def test_withdrawing_asks_once_and_ends_it(session: Session, sign_in: SignIn) -> None:
    made = factories.application()
    lead = sign_in(made.contact)
    assert "Withdraw this application?" in lead.get(f"/applications/{made.id}").text
    assert lead.post(f"/applications/{made.id}/withdraw").status_code == 302
    session.expire_all()
    assert made.state == ApplicationState.WITHDRAWN
    assert "Withdraw this application?" not in lead.get(f"/applications/{made.id}").text
    assert lead.post(f"/applications/{made.id}/withdraw").status_code == 409


def test_there_is_no_award_page_before_the_award(session: Session, sign_in: SignIn) -> None:
    made = factories.application()
    assert sign_in(made.contact).get(f"/applications/{made.id}/award").status_code == 404


@pytest.mark.parametrize("state", ApplicationState)
def test_every_state_has_its_page(session: Session, sign_in: SignIn, state: ApplicationState) -> None:
    made = factories.application(state=state)
    if state in (ApplicationState.AWARDED, ApplicationState.ACCEPTED, ApplicationState.LAPSED):
        factories.award(made)
    lead = sign_in(made.contact)
    assert lead.get(f"/applications/{made.id}").status_code == 200
    assert lead.get("/applications").status_code == 200


def test_the_own_list_shows_led_and_joined_ones_in_a_constant_number_of_statements(
    session: Session, sign_in: SignIn, statements: list[str]
) -> None:
    owner = factories.owner()
    assert owner.organisation is not None
    browser = sign_in(owner)
    factories.application()
    counts = []
    for more in (1, 2):
        for _ in range(more):
            joined = factories.group(factories.organisation(), owner.organisation)
            factories.application(of=joined)
        session.commit()
        session.expire_all()
        statements.clear()
        page = browser.get("/applications")
        counts.append(len(statements))
    assert page.text.count('href="/applications/') == 3
    assert counts == [2, 2]


def test_a_long_own_list_is_paged(session: Session, sign_in: SignIn) -> None:
    owner = factories.owner()
    assert owner.organisation is not None
    group = factories.group(owner.organisation)
    for _ in range(21):
        factories.application(of=group, contact=owner)
    browser = sign_in(owner)
    first = browser.get("/applications")
    assert first.text.count('href="/applications/') == 20
    assert 'rel="next"' in first.text


def test_a_draft_page_runs_a_constant_number_of_statements(
    session: Session, sign_in: SignIn, statements: list[str]
) -> None:
    counts = []
    for size in (2, 5):
        made = draft(of=factories.group(*(factories.organisation() for _ in range(size))))
        browser = sign_in(made.contact)
        session.commit()
        session.expire_all()
        statements.clear()
        assert browser.get(f"/applications/{made.id}").status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]
