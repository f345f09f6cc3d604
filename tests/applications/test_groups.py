"""Groups through the screen: found, invite, join, leave; and who may not."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.applications.models import GroupInvitation, ProducerGroup
from fairlink.applications.states import ApplicationState, InvitationState
from fairlink.mail.models import MailMessage
from fairlink.policy import Kind, Role
from tests import factories

SignIn = Callable[[User], FlaskClient]


def invited(session: Session, lead: FlaskClient, group: ProducerGroup, *addresses: str) -> list[str]:
    """Invite `addresses` and return the paths of the links that were mailed, in their order."""
    answer = lead.post(f"/groups/{group.id}/invite", data={"addresses": "\n".join(addresses)})
    assert answer.status_code == 302, answer.text
    found = {}
    for mail in session.scalars(sa.select(MailMessage).order_by(MailMessage.id)):
        link = re.search(r"http://fairlink\.test(/group-invitations/[\w-]+)", mail.text)
        if link:
            found[mail.to_email] = link[1]
    return [found[address.lower()] for address in addresses]


def test_the_owner_of_a_firm_founds_a_group_and_leads_it(session: Session, sign_in: SignIn) -> None:
    owner = factories.owner()
    answer = sign_in(owner).post("/groups/new", data={"name": "Shoes of Elda", "description": ""})
    group = session.scalars(sa.select(ProducerGroup)).one()
    assert answer.location == f"/groups/{group.id}"
    assert (group.name, group.lead_firm_id) == ("Shoes of Elda", owner.organisation_id)
    assert [member.firm_id for member in group.active_members] == [owner.organisation_id]


def test_a_group_without_a_name_is_refused_and_keeps_what_was_typed(session: Session, sign_in: SignIn) -> None:
    page = sign_in(factories.owner()).post("/groups/new", data={"name": " ", "description": "We make shoes."})
    assert page.status_code == 422
    assert "We make shoes." in page.text
    assert "<title>Error:" in page.text


def test_invitations_are_mailed_and_only_their_hash_is_kept(session: Session, sign_in: SignIn) -> None:
    group = factories.group()
    lead = sign_in(factories.user(group.lead_firm))
    first, second = invited(session, lead, group, "ana@example.test", "ben@example.test")
    stored = session.scalars(sa.select(GroupInvitation)).all()
    assert {each.email for each in stored} == {"ana@example.test", "ben@example.test"}
    token = first.rsplit("/", 1)[1]
    assert first != second
    assert all(token not in each.token_hash and len(each.token_hash) == 64 for each in stored)


def test_unreadable_addresses_are_refused_and_nothing_is_sent(session: Session, sign_in: SignIn) -> None:
    group = factories.group()
    lead = sign_in(factories.user(group.lead_firm))
    page = lead.post(f"/groups/{group.id}/invite", data={"addresses": "ana@example.test, nobody"})
    assert page.status_code == 422
    assert "“nobody” is not an e-mail address." in page.text
    assert "ana@example.test, nobody" in page.text
    assert session.scalars(sa.select(MailMessage)).all() == []


def test_inviting_again_makes_the_old_link_worthless(session: Session, sign_in: SignIn, client: FlaskClient) -> None:
    group = factories.group()
    lead = sign_in(factories.user(group.lead_firm))
    (old,) = invited(session, lead, group, "ana@example.test")
    (new,) = invited(session, lead, group, "ana@example.test")
    assert [client.get(path).status_code for path in (old, new)] == [410, 200]


def test_a_group_cannot_have_more_than_fifty_open_invitations(session: Session, sign_in: SignIn) -> None:
    group = factories.group()
    lead = sign_in(factories.user(group.lead_firm))
    for batch in range(3):
        invited(session, lead, group, *(f"person-{batch}-{number}@example.test" for number in range(16)))
    addresses = " ".join(f"more-{number}@example.test" for number in range(3))
    page = lead.post(f"/groups/{group.id}/invite", data={"addresses": addresses})
    assert page.status_code == 422
    assert "at most 50 invitations" in page.text


def test_an_invited_owner_joins_by_a_press_and_never_by_a_look(session: Session, sign_in: SignIn) -> None:
    group = factories.group()
    lead = factories.user(group.lead_firm)
    owner = factories.user(factories.organisation(), email="ana@example.test")
    (path,) = invited(session, sign_in(lead), group, "Ana@Example.test")
    browser = sign_in(owner)
    shown = browser.get(path)
    browser.head(path)
    assert owner.organisation_id not in group.firm_ids
    assert f"Join with {owner.organisation.name if owner.organisation else ''}" in shown.text
    assert (shown.headers["Referrer-Policy"], shown.headers["Cache-Control"]) == ("no-referrer", "private, no-store")
    assert browser.post(path).location == f"/groups/{group.id}"
    session.expire_all()
    assert owner.organisation_id in group.firm_ids
    told = session.scalars(sa.select(MailMessage).where(MailMessage.to_email == lead.email)).one()
    assert told.subject == f"{owner.organisation.name if owner.organisation else ''} has joined {group.name}"
    again = browser.post(path)
    assert again.status_code == 409


def test_somebody_who_is_not_signed_in_is_led_to_sign_up_and_back(
    session: Session, sign_in: SignIn, client: FlaskClient
) -> None:
    group = factories.group()
    (path,) = invited(session, sign_in(factories.user(group.lead_firm)), group, "ana@example.test")
    page = client.get(path)
    assert f"/sign-up?next={path}" in page.text
    assert f"/sign-in?next={path}" in page.text
    assert "ana@example.test" not in page.text
    assert client.post(path).status_code == 302
    session.expire_all()
    assert len(group.firm_ids) == 3


@pytest.mark.parametrize("unfit", ["another address", "unconfirmed", "member", "buyer", "without a firm"])
def test_an_invitation_cannot_be_used_by_others(session: Session, sign_in: SignIn, unfit: str) -> None:
    group = factories.group()
    firm = factories.organisation(Kind.BUYER if unfit == "buyer" else Kind.FIRM)
    person = factories.user(
        None if unfit == "without a firm" else firm,
        Role.MEMBER if unfit == "member" else Role.OWNER,
        email="eve@example.test" if unfit == "another address" else "ana@example.test",
        email_confirmed_at=None if unfit == "unconfirmed" else factories.MADE_AT,
    )
    (path,) = invited(session, sign_in(factories.user(group.lead_firm)), group, "ana@example.test")
    assert sign_in(person).post(path).status_code == 403
    session.expire_all()
    assert len(group.firm_ids) == 3


def test_an_unknown_link_is_nothing(client: FlaskClient) -> None:
    assert client.get("/group-invitations/guessed").status_code in (302, 404)
    assert client.post("/group-invitations/guessed").status_code == 404


def test_a_declined_or_revoked_invitation_cannot_be_accepted(session: Session, sign_in: SignIn) -> None:
    group = factories.group()
    lead = sign_in(factories.user(group.lead_firm))
    ana, ben = (factories.user(factories.organisation(), email=f"{name}@example.test") for name in ("ana", "ben"))
    for_ana, for_ben = invited(session, lead, group, ana.email, ben.email)
    assert sign_in(ana).post(f"{for_ana}/decline").status_code == 302
    of_ben = session.scalars(sa.select(GroupInvitation).where(GroupInvitation.email == ben.email)).one()
    assert lead.post(f"/groups/invitations/{of_ben.id}/revoke").status_code == 302
    assert [sign_in(ana).post(for_ana).status_code, sign_in(ben).post(for_ben).status_code] == [409, 409]


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({}, InvitationState.OPEN),
        ({"accepted_at": factories.MADE_AT}, InvitationState.ACCEPTED),
        ({"declined_at": factories.MADE_AT}, InvitationState.DECLINED),
        ({"revoked_at": factories.MADE_AT}, InvitationState.REVOKED),
        ({"expires_at": factories.MADE_AT}, InvitationState.EXPIRED),
    ],
)
def test_the_state_of_an_invitation_is_told_by_its_instants(
    values: dict[str, datetime], state: InvitationState
) -> None:
    made = GroupInvitation(**{"expires_at": factories.MADE_AT + timedelta(days=1)} | values)
    assert made.state(factories.MADE_AT) == state


def test_a_member_leaves_and_the_lead_takes_others_out(session: Session, sign_in: SignIn) -> None:
    group = factories.group()
    lead, second, third = group.active_members
    leader = sign_in(factories.user(lead.firm))
    leaver = sign_in(factories.user(second.firm))
    assert leaver.post(f"/groups/{group.id}/leave").location == "/groups"
    assert leader.post(f"/groups/members/{third.id}/remove").location == f"/groups/{group.id}"
    assert leader.post(f"/groups/{group.id}/leave").status_code == 409
    session.expire_all()
    assert group.firm_ids == {lead.firm_id}
    assert leaver.get(f"/groups/{group.id}").status_code == 404


def test_groups_of_others_are_not_there(session: Session, sign_in: SignIn) -> None:
    group = factories.group()
    invitation_id = _invitation_of(session, group)
    stranger = sign_in(factories.owner())
    paths = [
        ("get", f"/groups/{group.id}"),
        ("post", f"/groups/{group.id}/invite"),
        ("post", f"/groups/{group.id}/leave"),
        ("post", f"/groups/members/{group.members[1].id}/remove"),
        ("post", f"/groups/invitations/{invitation_id}/revoke"),
    ]
    assert [getattr(stranger, method)(path).status_code for method, path in paths] == [404] * len(paths)
    assert group.name not in stranger.get("/groups").text


def test_a_member_may_look_but_not_manage(session: Session, sign_in: SignIn) -> None:
    group = factories.group()
    member = sign_in(factories.user(group.active_members[1].firm))
    page = member.get(f"/groups/{group.id}")
    assert page.status_code == 200
    assert "Send invitations" not in page.text
    assert member.post(f"/groups/{group.id}/invite", data={"addresses": "a@example.test"}).status_code == 403


def _invitation_of(session: Session, group: ProducerGroup) -> int:
    made = GroupInvitation(
        group=group,
        email="x@example.test",
        token_hash="0" * 64,
        invited_by=factories.user(group.lead_firm),
        created_at=factories.MADE_AT,
        expires_at=datetime(2099, 1, 1, tzinfo=UTC),
    )
    session.add(made)
    session.flush()
    return made.id


def test_names_with_markup_stay_text(session: Session, sign_in: SignIn) -> None:
    group = factories.group(name="<script>alert(1)</script>", description="[x](javascript:alert(1))")
    page = sign_in(factories.user(group.lead_firm)).get(f"/groups/{group.id}")
    assert "<script>alert(1)" not in page.text
    assert 'href="javascript:' not in page.text


def test_the_list_of_groups_runs_a_constant_number_of_statements(
    session: Session, sign_in: SignIn, statements: list[str]
) -> None:
    owner = factories.owner()
    assert owner.organisation is not None
    browser = sign_in(owner)
    counts = []
    for _ in range(2):
        factories.group(owner.organisation, factories.organisation())
        session.commit()
        session.expire_all()
        statements.clear()
        page = browser.get("/groups")
        counts.append(len(statements))
        factories.group(owner.organisation, factories.organisation(), factories.organisation())
    assert page.text.count("You lead it") == 3
    assert counts == [3, 3]


def test_the_page_of_a_group_runs_a_constant_number_of_statements(
    session: Session, sign_in: SignIn, statements: list[str]
) -> None:
    counts = []
    for size in (1, 3):
        group = factories.group(*(factories.organisation() for _ in range(size)))
        for _ in range(size):
            factories.application(of=group, state=ApplicationState.WITHDRAWN)
        browser = sign_in(factories.user(group.lead_firm))
        session.commit()
        session.expire_all()
        statements.clear()
        assert browser.get(f"/groups/{group.id}").status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]
