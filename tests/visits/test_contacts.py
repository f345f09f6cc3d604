"""Contacts noted at the fair: by hand, from a badge, twice sent, and without the person's consent."""

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from fairlink.accounts.models import Organisation
from fairlink.kernel.clock import utcnow
from fairlink.kernel.money import Money
from fairlink.policy import Kind
from fairlink.visits.models import Badge, Contact
from fairlink.visits.rules.contacts import vcard
from fairlink.visits.states import MeetingState, VisitState
from tests import factories
from tests.visits.conftest import Scene, SignIn, exhibitor_at

WALK_IN = {
    "organisation": "Åsas Skor AB",
    "country": "SE",
    "person": "Åsa Ek",
    "email": "asa@skor.test",
    "phone": "+46 40 123 456",
    "consent": "y",
    "interest": "high",
    "currency": "EUR",
    "expected_3": "1000",
    "expected_12": "8000",
    "note": "Wants 300 pairs",
}
CODE = "QR code of your badge"
JSON = {"Accept": "application/json"}


def noted(**values: str) -> dict[str, str]:
    return {"key": str(uuid.uuid4()), **WALK_IN, **values}


def path(scene: Scene) -> str:
    return f"/exhibitors/{scene.exhibitor.id}/contacts"


def badge(scene: Scene, token: str = "badge-of-the-buyer") -> Badge:
    return factories.add(Badge(visit_id=scene.visit.id, token=token, consented_at=factories.MADE_AT))


def kept(session: Session) -> list[Contact]:
    return list(session.scalars(sa.select(Contact).order_by(Contact.id)))


def test_walk_in_is_kept_without_a_meeting(session: Session, scene: Scene, sign_in: SignIn) -> None:
    browser = sign_in(scene.contact)
    assert browser.get(f"{path(scene)}/new").status_code == 200
    answer = browser.post(path(scene), data=noted())
    (contact,) = kept(session)
    assert (answer.status_code, answer.location) == (302, f"/contacts/{contact.id}")
    assert (contact.buyer.name, contact.buyer.kind, contact.meeting_id) == ("Åsas Skor AB", Kind.BUYER, None)
    assert (contact.person, contact.email, contact.phone) == ("Åsa Ek", "asa@skor.test", "+4640123456")
    assert contact.expected == {3: Money(100_000, "EUR"), 12: Money(800_000, "EUR")}
    assert contact.captured_by_id == scene.contact.id
    page = browser.get(f"/contacts/{contact.id}").text
    assert "Wants 300 pairs" in page


def test_twice_sent_is_once_kept(session: Session, scene: Scene, sign_in: SignIn) -> None:
    browser, data = sign_in(scene.contact), noted()
    answers = [browser.post(path(scene), data=data, headers=JSON) for _ in range(3)]
    assert [answer.json for answer in answers] == [{"kept": data["key"]}] * 3
    assert len(kept(session)) == 1


def test_two_exhibitors_may_have_made_the_same_key(session: Session, scene: Scene, sign_in: SignIn) -> None:
    other = factories.owner(Kind.FIRM)
    theirs, data = exhibitor_at(scene.fair, other), noted()
    sign_in(scene.contact).post(path(scene), data=data)
    sign_in(other).post(f"/exhibitors/{theirs.id}/contacts", data=data)
    assert {contact.exhibitor_id for contact in kept(session)} == {scene.exhibitor.id, theirs.id}


def test_without_consent_only_the_company_is_kept(session: Session, scene: Scene, sign_in: SignIn) -> None:
    browser = sign_in(scene.contact)
    without = {name: value for name, value in noted().items() if name != "consent"}
    refused = browser.post(path(scene), data=without)
    assert refused.status_code == 422
    assert "Wants 300 pairs" in refused.text
    browser.post(path(scene), data={**without, "person": "", "email": "", "phone": ""})
    (contact,) = kept(session)
    assert (contact.person, contact.email, contact.phone, contact.consented_at) == ("", "", "", None)


def test_same_company_met_twice_is_one_company(session: Session, scene: Scene, sign_in: SignIn) -> None:
    browser = sign_in(scene.contact)
    for name in ("Åsas Skor AB", "ÅSAS skor ab", "Other"):
        browser.post(path(scene), data=noted(organisation=name))
    assert len({contact.buyer_id for contact in kept(session)}) == 2


def test_typed_name_of_a_registered_buyer_says_nothing_about_them(
    session: Session, scene: Scene, sign_in: SignIn
) -> None:
    buyer = scene.visit.buyer
    sign_in(scene.contact).post(
        path(scene), data=noted(organisation=buyer.name, country=buyer.country, email=scene.buyer.email)
    )
    (contact,) = kept(session)
    assert contact.buyer_id != buyer.id
    assert session.get_one(Organisation, contact.buyer_id).phone == ""


def test_badge_says_who_it_is(session: Session, scene: Scene, sign_in: SignIn) -> None:
    scene.visit.buyer.phone = "+46850000000"
    badge(scene)
    browser = sign_in(scene.contact)
    answer = browser.get("/b/badge-of-the-buyer")
    assert (answer.status_code, answer.headers["Referrer-Policy"]) == (302, "no-referrer")
    page = browser.get(answer.location).text
    assert scene.buyer.name in page
    assert 'name="organisation"' not in page
    browser.post(path(scene), data={"key": str(uuid.uuid4()), "badge": "badge-of-the-buyer", "interest": "low"})
    (contact,) = kept(session)
    assert (contact.buyer_id, contact.visit_id) == (scene.visit.buyer_id, scene.visit.id)
    assert (contact.person, contact.email, contact.phone) == (scene.buyer.name, scene.buyer.email, "+46850000000")


def test_contact_of_a_meeting_that_has_begun_belongs_to_it(
    session: Session, past_scene: Scene, sign_in: SignIn
) -> None:
    meeting = past_scene.meeting(1)
    past_scene.meeting(2, state=MeetingState.BUYER_NO_SHOW)
    badge(past_scene)
    browser, data = sign_in(past_scene.contact), {"badge": "badge-of-the-buyer", "interest": "low"}
    for _ in range(2):
        browser.post(path(past_scene), data={"key": str(uuid.uuid4()), **data})
    assert [contact.meeting_id for contact in kept(session)] == [meeting.id, None]


def test_badge_shows_nothing_to_anybody_else(session: Session, scene: Scene, sign_in: SignIn, app: Flask) -> None:
    badge(scene)
    session.commit()
    stranger = app.test_client().get("/b/badge-of-the-buyer")
    unknown = app.test_client().get("/b/no-badge-at-all")
    assert (stranger.status_code, unknown.status_code) == (302, 302)
    assert stranger.location.startswith("/sign-in")
    elsewhere = factories.owner(Kind.FIRM)
    exhibitor_at(factories.fair(), elsewhere)
    for person in (elsewhere, factories.owner(Kind.BUYER), factories.officer(), scene.buyer):
        answer = sign_in(person).get("/b/badge-of-the-buyer")
        assert answer.status_code == 404
        assert scene.buyer.email not in answer.text


def test_badge_of_another_fair_or_a_cancelled_visit_is_refused(session: Session, scene: Scene, sign_in: SignIn) -> None:
    badge(scene)
    scene.contact.locale = "en"
    elsewhere = exhibitor_at(factories.fair(), scene.contact)
    browser, data = sign_in(scene.contact), {"badge": "badge-of-the-buyer", "interest": "low"}
    answer = browser.post(f"/exhibitors/{elsewhere.id}/contacts", data={"key": str(uuid.uuid4()), **data})
    assert answer.status_code == 422
    scene.visit.state = VisitState.CANCELLED
    session.commit()
    answer = browser.post(path(scene), data={"key": str(uuid.uuid4()), **data}, headers=JSON)
    assert (answer.status_code, "badge" in str(answer.json)) == (422, True)
    assert kept(session) == []


def test_phone_learns_what_the_server_refuses(session: Session, scene: Scene, sign_in: SignIn) -> None:
    scene.contact.locale = "en"
    browser = sign_in(scene.contact)
    answer = browser.post(path(scene), data=noted(email="nothing", expected_12="10"), headers=JSON)
    assert answer.status_code == 422
    assert answer.json is not None
    assert [text.split(":")[0] for text in answer.json["errors"]] == ["E-mail", "Within 12 months"]
    assert browser.post(path(scene), data=noted(key="x"), headers=JSON).status_code == 422


def test_contact_is_sent_only_by_who_noted_it(session: Session, scene: Scene, sign_in: SignIn) -> None:
    browser = sign_in(scene.contact)
    assert browser.post(path(scene), data=noted(owner=str(scene.buyer.id)), headers=JSON).status_code == 409
    who = browser.get("/contacts/outbox")
    assert who.json is not None
    assert who.json["owner"] == str(scene.contact.id)
    assert browser.post(path(scene), data=noted(owner=who.json["owner"]), headers=JSON).status_code == 200


def test_phones_clock_is_believed_only_for_the_past(session: Session, scene: Scene, sign_in: SignIn) -> None:
    browser, now = sign_in(scene.contact), utcnow()
    for told in ("2027-03-09T10:00:00.000Z", (now + timedelta(days=2)).isoformat(), "2027-03-09T10:00:00", "rubbish"):
        browser.post(path(scene), data=noted(captured_at=told))
    past = [contact.captured_at < now - timedelta(seconds=1) for contact in kept(session)]
    first = datetime(2027, 3, 9, 10, tzinfo=UTC)
    assert past == [first < now, False, False, False]


def test_colleagues_of_the_group_see_the_contact_and_others_do_not(
    session: Session, scene: Scene, sign_in: SignIn
) -> None:
    sign_in(scene.contact).post(path(scene), data=noted())
    (contact,) = kept(session)
    partner = factories.user(scene.exhibitor.application.members[1].firm)
    assert sign_in(partner).get(f"/contacts/{contact.id}").status_code == 200
    for person in (scene.buyer, factories.owner(Kind.FIRM), factories.officer(scene.fair.agency)):
        assert sign_in(person).get(f"/contacts/{contact.id}").status_code in (403, 404)


def test_form_for_times_without_network_names_nobody(session: Session, scene: Scene, sign_in: SignIn) -> None:
    page = sign_in(scene.contact).get(f"{path(scene)}/shell")
    assert page.status_code == 200
    for personal in (scene.contact.name, scene.contact.email, "sign-out"):
        assert personal not in page.text
    assert not re.search(r'name="csrf_token"[^>]*value="\w', page.text)


def test_visitor_makes_shows_and_takes_back_a_badge(session: Session, scene: Scene, sign_in: SignIn) -> None:
    browser, here = sign_in(scene.buyer), f"/visits/{scene.visit.id}/badge"
    assert CODE not in browser.get(here).text
    browser.post(here)
    browser.post(here)
    token = session.scalars(sa.select(Badge.token)).one()
    assert len(token) >= 40
    assert CODE in browser.get(here).text
    browser.post(f"{here}/withdraw")
    assert session.scalars(sa.select(Badge)).all() == []


def test_nobody_makes_a_colleagues_badge(session: Session, scene: Scene, sign_in: SignIn) -> None:
    colleague = factories.user(scene.buyer.organisation)
    browser, here = sign_in(colleague), f"/visits/{scene.visit.id}/badge"
    assert browser.post(here).status_code == 409
    badge(scene)
    assert CODE not in browser.get(here).text


def test_card_is_a_vcard_that_no_name_can_break(session: Session, scene: Scene, sign_in: SignIn) -> None:
    browser = sign_in(scene.contact)
    browser.post(path(scene), data=noted(person="Ek; Åsa, the\\first"))
    (contact,) = kept(session)
    answer = browser.get(f"/contacts/{contact.id}/card.vcf")
    assert (answer.mimetype, answer.headers["Content-Disposition"]) == (
        "text/vcard",
        f"attachment; filename=contact-{contact.id}.vcf",
    )
    assert "FN:Ek\\; Åsa\\, the\\\\first\r\n" in answer.text


def test_long_lines_of_a_vcard_are_folded_between_letters() -> None:
    card = vcard(person="Å" * 100, organisation="X\r\nEVIL:1", email="", phone="", note="")
    assert max(map(len, card.split(b"\r\n"))) <= 75
    unfolded = card.replace(b"\r\n ", b"").decode()
    assert f"FN:{'Å' * 100}\r\n" in unfolded
    assert "ORG:X\\nEVIL:1" in unfolded


@pytest.mark.parametrize("contacts", [1, 3])
def test_list_takes_few_statements(
    session: Session, scene: Scene, sign_in: SignIn, statements: list[str], contacts: int
) -> None:
    browser = sign_in(scene.contact)
    for number in range(contacts):
        browser.post(path(scene), data=noted(organisation=f"Company {number}"))
    session.expunge_all()
    statements.clear()
    page = browser.get("/contacts")
    assert page.text.count("/contacts/") >= contacts
    assert len(statements) <= 7
