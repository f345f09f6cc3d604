"""Colleagues: inviting them, their joining, what they may do, and their leaving."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts import queries, service
from fairlink.accounts.models import Invitation, Membership, Organisation, User
from fairlink.accounts.states import Kind, Role
from fairlink.audit.queries import history
from fairlink.kernel.clock import utcnow
from tests import factories
from tests.accounts.conftest import Mails, TokenIn

SignIn = Callable[[User], FlaskClient]
PASSWORD = "three goats on a ferry"
NEW_PERSON = {"name": "Luz Mamani", "password": PASSWORD, "locale": "es", "zone": "America/Lima"}


@pytest.fixture
def firm(session: Session) -> Organisation:
    return factories.organisation(name="Tejidos del Sur")


@pytest.fixture
def owner(firm: Organisation) -> User:
    return factories.user(firm, name="Rosa Quispe")


def invite(browser: FlaskClient, email: str, role: str = "member") -> None:
    answer = browser.post("/organisation/colleagues", data={"email": email, "role": role})
    assert answer.location == "/organisation/colleagues"


def place(session: Session, user: User) -> tuple[int | None, set[Role]]:
    session.expire_all()
    return user.organisation_id, set(user.roles)


def test_an_invited_person_opens_an_account_and_joins(
    app: Flask,
    client: FlaskClient,
    sign_in: SignIn,
    session: Session,
    firm: Organisation,
    owner: User,
    token_in: TokenIn,
    mails: Mails,
) -> None:
    invite(sign_in(owner), "luz@mamani.test")
    (mail,) = mails("luz@mamani.test")
    assert "Rosa Quispe invites you to work for Tejidos del Sur" in mail.text
    link = f"/join/{token_in('luz@mamani.test', 'join')}"
    page = client.get(link)
    assert "Tejidos del Sur" in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert client.post(link, data=NEW_PERSON).location == "/home"
    assert client.get("/organisation").status_code == 200
    luz = queries.user_by_email(session, "luz@mamani.test")
    assert luz is not None
    assert luz.email_confirmed_at is not None
    assert place(session, luz) == (firm.id, {Role.MEMBER})
    assert app.test_client().get(link).status_code == 404


def test_a_person_with_an_account_signs_in_to_join(
    client: FlaskClient, sign_in: SignIn, session: Session, firm: Organisation, owner: User, token_in: TokenIn
) -> None:
    luz = factories.user(email="luz@mamani.test", password_hash=service.hash_password(PASSWORD))
    invite(sign_in(owner), "LUZ@mamani.test", "owner")
    link = f"/join/{token_in('luz@mamani.test', 'join')}"
    assert f"/sign-in?next={link}" in client.get(link).text
    entered = client.post(f"/sign-in?next={link}", data={"email": luz.email, "password": PASSWORD})
    assert entered.location == link
    assert client.post(link).location == "/home"
    assert place(session, luz) == (firm.id, {Role.OWNER})


def test_an_invitation_cannot_take_over_an_account(
    client: FlaskClient, sign_in: SignIn, session: Session, owner: User, token_in: TokenIn
) -> None:
    """Attack 16: whoever holds the link neither changes the password of the account nor enters it."""
    luz = factories.user(email="luz@mamani.test", name="Luz", password_hash="her own")
    invite(sign_in(owner), luz.email)
    link = f"/join/{token_in(luz.email, 'join')}"
    assert client.post(link, data=NEW_PERSON).status_code == 409
    session.refresh(luz)
    assert (luz.name, luz.password_hash, luz.organisation_id) == ("Luz", "her own", None)
    assert client.get("/account").status_code == 302


def test_an_invitation_is_of_no_use_to_another_account(
    sign_in: SignIn, session: Session, owner: User, token_in: TokenIn
) -> None:
    mallory = factories.user(email="mallory@e.test")
    invite(sign_in(owner), "luz@mamani.test")
    link = f"/join/{token_in('luz@mamani.test', 'join')}"
    browser = sign_in(mallory)
    assert "You are signed in as mallory@e.test" in browser.get(link).text
    assert browser.post(link, data=NEW_PERSON).status_code == 409
    assert place(session, mallory) == (None, set())
    assert queries.user_by_email(session, "luz@mamani.test") is None


def test_an_invitation_is_of_no_use_to_who_never_confirmed_the_address(
    sign_in: SignIn, session: Session, owner: User, token_in: TokenIn
) -> None:
    squatter = factories.user(email="luz@mamani.test", email_confirmed_at=None, password_hash="squatters own")
    invite(sign_in(owner), "luz@mamani.test")
    link = f"/join/{token_in('luz@mamani.test', 'join')}"
    assert sign_in(squatter).post(link).status_code == 409
    assert place(session, squatter) == (None, set())


def test_the_owner_of_the_address_takes_an_unconfirmed_account_over(
    client: FlaskClient, sign_in: SignIn, session: Session, firm: Organisation, owner: User, token_in: TokenIn
) -> None:
    squatter = factories.user(email="luz@mamani.test", email_confirmed_at=None, password_hash="squatters own")
    squatting = sign_in(squatter)
    assert squatting.get("/account").status_code == 200
    invite(sign_in(owner), "luz@mamani.test")
    client.post(f"/join/{token_in('luz@mamani.test', 'join')}", data=NEW_PERSON)
    assert squatting.get("/account").status_code == 302
    assert place(session, squatter) == (firm.id, {Role.MEMBER})
    assert squatter.password_hash.startswith("$argon2id$")


def test_somebody_of_another_organisation_cannot_join_before_leaving_it(
    sign_in: SignIn, session: Session, owner: User, token_in: TokenIn
) -> None:
    luz = factories.owner()
    before = luz.organisation_id
    invite(sign_in(owner), luz.email)
    link = f"/join/{token_in(luz.email, 'join')}"
    browser = sign_in(luz)
    assert "One person acts for one organisation" in browser.get(link).text
    assert browser.post(link).status_code == 409
    assert place(session, luz)[0] == before


@pytest.mark.parametrize("why", ["revoked", "expired", "replaced"])
def test_a_closed_invitation_lets_nobody_in(
    client: FlaskClient, sign_in: SignIn, session: Session, owner: User, token_in: TokenIn, why: str
) -> None:
    browser = sign_in(owner)
    invite(browser, "luz@mamani.test")
    link = f"/join/{token_in('luz@mamani.test', 'join')}"
    made = session.scalars(sa.select(Invitation)).one()
    if why == "revoked":
        assert browser.post(f"/organisation/invitations/{made.id}/revoke").location == "/organisation/colleagues"
        assert "luz@mamani.test" not in browser.get("/organisation/colleagues").text.replace(" luz@mamani.test.", "")
    elif why == "expired":
        made.expires_at = utcnow() - timedelta(seconds=1)
        session.commit()
    else:
        invite(browser, "luz@mamani.test")
    assert client.get(link).status_code == 404
    assert client.post(link, data=NEW_PERSON).status_code == 404
    assert queries.user_by_email(session, "luz@mamani.test") is None


def test_an_invitation_lasts_fourteen_days(sign_in: SignIn, session: Session, owner: User) -> None:
    invite(sign_in(owner), "luz@mamani.test")
    made = session.scalars(sa.select(Invitation)).one()
    assert made.expires_at - made.created_at == timedelta(days=14)


def test_a_colleague_is_not_invited_twice(sign_in: SignIn, firm: Organisation, owner: User) -> None:
    member = factories.user(firm, Role.MEMBER)
    answer = sign_in(owner).post("/organisation/colleagues", data={"email": member.email, "role": "member"})
    assert answer.status_code == 422
    assert "This person already works for your organisation." in answer.text


def test_inviting_tells_nothing_about_accounts_elsewhere(sign_in: SignIn, owner: User) -> None:
    elsewhere = factories.owner()
    browser = sign_in(owner)
    pages = []
    for email in (elsewhere.email, "nobody@e.test"):
        invite(browser, email)
        pages.append(browser.get("/organisation/colleagues").status_code)
    assert pages == [200, 200]


@pytest.mark.parametrize("role", ["officer", "approver", "nonsense", ""])
def test_roles_of_agencies_are_not_for_firms(sign_in: SignIn, session: Session, owner: User, role: str) -> None:
    answer = sign_in(owner).post(
        "/organisation/colleagues", data={"email": "luz@mamani.test", "role": role, "roles": role}
    )
    assert answer.status_code == 422
    assert session.scalars(sa.select(Invitation)).all() == []


def test_an_officer_gives_and_changes_several_tasks(sign_in: SignIn, session: Session) -> None:
    agency = factories.agency()
    officer, colleague = factories.officer(agency), factories.user(agency, Role.ASSESSOR)
    assert colleague.membership is not None
    browser = sign_in(officer)
    data = {"email": "new@agency.test", "roles": ["assessor", "evaluator"]}
    assert browser.post("/organisation/colleagues", data=data).status_code == 302
    assert session.scalars(sa.select(Invitation)).one().roles == ["assessor", "evaluator"]
    path = f"/organisation/colleagues/{colleague.membership.id}"
    ticked = re.findall(r"<input checked[^>]* value=\"(\w+)\"", browser.get(path).text)
    assert ticked == ["assessor"]
    assert browser.post(path, data={"roles": ["approver", "finance"]}).location == "/organisation/colleagues"
    assert place(session, colleague)[1] == {Role.APPROVER, Role.FINANCE}
    assert browser.post(path, data={}).status_code == 422
    event = history(session, "membership", colleague.membership.id)[-1]
    assert (event.action, event.data) == (
        "colleague:change_roles", {"before": ["assessor"], "after": ["approver", "finance"]},
    )  # fmt: skip


def test_a_colleague_who_left_sees_and_does_nothing_any_more(
    sign_in: SignIn, session: Session, firm: Organisation, owner: User
) -> None:
    member = factories.user(firm, Role.MEMBER)
    browser = sign_in(member)
    assert browser.get("/organisation").status_code == 200
    place_of_member = member.membership
    assert place_of_member is not None
    answer = sign_in(owner).post(f"/organisation/colleagues/{place_of_member.id}/end")
    assert answer.location == "/organisation/colleagues"
    assert browser.get("/organisation").status_code == 404
    assert browser.get("/account").status_code == 200
    assert place(session, member) == (None, set())
    kept = session.scalars(sa.select(Membership).where(Membership.user_id == member.id)).one()
    assert kept.ended_at is not None
    assert [user.id for user in queries.users_of(session, firm.id)] == [owner.id]


@pytest.mark.parametrize("way", ["end", "change"])
def test_the_last_owner_cannot_go(sign_in: SignIn, session: Session, firm: Organisation, owner: User, way: str) -> None:
    factories.user(firm, Role.MEMBER)
    assert owner.membership is not None
    path = f"/organisation/colleagues/{owner.membership.id}"
    browser = sign_in(owner)
    answer = browser.post(f"{path}/end") if way == "end" else browser.post(path, data={"role": "member"})
    assert answer.status_code == 409
    assert "Somebody must be left who can invite others." in answer.text
    assert place(session, owner) == (firm.id, {Role.OWNER})


def test_an_owner_can_go_when_another_stays(sign_in: SignIn, session: Session, firm: Organisation, owner: User) -> None:
    factories.user(firm)
    assert owner.membership is not None
    assert sign_in(owner).post(f"/organisation/colleagues/{owner.membership.id}/end").location == "/home"
    assert place(session, owner) == (None, set())


def test_colleagues_of_another_organisation_do_not_exist(sign_in: SignIn, session: Session, owner: User) -> None:
    stranger = factories.owner()
    invite(sign_in(stranger), "luz@mamani.test")
    invitation = session.scalars(sa.select(Invitation)).one()
    assert stranger.membership is not None
    browser, path = sign_in(owner), f"/organisation/colleagues/{stranger.membership.id}"
    assert browser.get(path).status_code == 404
    assert browser.post(path, data={"role": "member"}).status_code == 404
    assert browser.post(f"{path}/end").status_code == 404
    assert browser.post(f"/organisation/invitations/{invitation.id}/revoke").status_code == 404
    assert browser.post("/organisation/colleagues/999999/end").status_code == 404


def test_walking_ids_yields_no_names_or_addresses(sign_in: SignIn, owner: User) -> None:
    """Attack 4: pages of colleagues by number say the same for somebody else's and for nobody's."""
    stranger = factories.owner(Kind.BUYER)
    assert stranger.membership is not None
    browser = sign_in(owner)
    answers = []
    for number in (stranger.membership.id, 999_999_999):
        answer = browser.get(f"/organisation/colleagues/{number}")
        assert stranger.name not in answer.text
        assert stranger.email not in answer.text
        answers.append((answer.status_code, len(answer.text)))
    assert answers[0] == answers[1]


def test_a_member_sees_colleagues_but_changes_nothing(
    sign_in: SignIn, session: Session, firm: Organisation, owner: User
) -> None:
    browser = sign_in(factories.user(firm, Role.MEMBER))
    page = browser.get("/organisation/colleagues")
    assert owner.name in page.text
    assert "Invite a colleague" not in page.text
    assert owner.membership is not None
    assert browser.post("/organisation/colleagues", data={"email": "a@e.test", "role": "owner"}).status_code == 403
    assert browser.post(f"/organisation/colleagues/{owner.membership.id}/end").status_code == 403
    assert browser.get(f"/organisation/colleagues/{owner.membership.id}").status_code == 403
    assert place(session, owner) == (firm.id, {Role.OWNER})


@pytest.mark.parametrize("people", [1, 3])
def test_the_list_of_colleagues_takes_as_many_statements_for_three_as_for_one(
    sign_in: SignIn, firm: Organisation, owner: User, statements: list[str], people: int
) -> None:
    browser = sign_in(owner)
    for number in range(people):
        factories.user(firm, Role.MEMBER)
        invite(browser, f"person{number}@e.test")
    browser.get("/organisation/colleagues")
    statements.clear()
    assert browser.get("/organisation/colleagues").status_code == 200
    assert len(statements) == 3


def test_contact_is_the_longest_serving_owner_or_else_colleague(session: Session, firm: Organisation) -> None:
    assert queries.contact(session, firm.id) is None
    member = factories.user(firm, Role.MEMBER)
    assert queries.contact(session, firm.id) == member
    first = factories.user(firm)
    factories.user(firm)
    other = factories.owner()
    assert queries.contact(session, firm.id) == first
    assert other.organisation_id is not None
    found = queries.contacts(session, [firm.id, other.organisation_id, 999_999])
    assert found == {firm.id: first, other.organisation_id: other}
    first.disabled_at = factories.MADE_AT
    session.flush()
    assert queries.contact(session, firm.id) != first
