"""An exhibitor puts right or erases what it noted at the fair, until somebody has answered about it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.followup import jobs
from fairlink.followup.models import Answer, ExpectedOrder, Lead, Prompt, PromptLink
from fairlink.followup.states import Channel, Outcome, Side
from fairlink.kernel.money import Money
from fairlink.visits.models import Contact
from fairlink.visits.states import Interest
from tests import factories

SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def contact(session: Session) -> Contact:
    return factories.contact(note="Wants 300 pairs")


def lead_of(session: Session) -> Lead:
    jobs.tick(session, now=factories.MADE_AT + timedelta(hours=1))
    session.commit()
    return session.scalars(sa.select(Lead)).one()


def typed(contact: Contact, **values: str) -> dict[str, str]:
    """The form as it comes back, with what was changed."""
    known = {
        "key": str(contact.key),
        "organisation": contact.buyer.name,
        "country": contact.buyer.country,
        "person": "Åsa Ek",
        "email": "asa@walkin.test",
        "consent": "y",
        "interest": "low",
        "currency": "EUR",
        "expected_12": "500",
        "note": "Wants 30 pairs",
    }
    return known | values


def test_correction_reaches_the_lead(session: Session, contact: Contact, sign_in: SignIn) -> None:
    lead, browser, path = lead_of(session), sign_in(contact.captured_by), f"/contacts/{contact.id}/correct"
    page = browser.get(path).text
    for known in ("Wants 300 pairs", "visitor@walkin.test", contact.buyer.name):
        assert known in page
    refused = browser.post(path, data=typed(contact, consent="", interest="", note="Kept as typed"))
    assert (refused.status_code, "Kept as typed" in refused.text) == (422, True)
    browser.post(path, data=typed(contact))
    session.expire_all()
    assert (contact.person, contact.email, contact.interest) == ("Åsa Ek", "asa@walkin.test", Interest.LOW)
    assert (lead.note, lead.interest) == ("Wants 30 pairs", Interest.LOW)
    assert lead.expected_by(Side.FIRM) == Money(50_000, "EUR")


def test_person_who_takes_consent_back_is_forgotten_and_another_company_is_another_buyer(
    session: Session, contact: Contact, sign_in: SignIn
) -> None:
    lead, before = lead_of(session), contact.buyer_id
    left_out = {"consent": "", "person": "", "email": "", "organisation": "Åkerlund AB", "country": "SE"}
    sign_in(contact.captured_by).post(f"/contacts/{contact.id}/correct", data=typed(contact, **left_out))
    session.expire_all()
    assert (contact.person, contact.email, contact.consented_at) == ("", "", None)
    assert contact.buyer.name == "Åkerlund AB"
    assert lead.buyer_id == contact.buyer_id != before


def test_who_was_read_from_a_badge_stays(session: Session, sign_in: SignIn) -> None:
    visit = factories.visit()
    contact = factories.contact(factories.exhibitor(), visit_id=visit.id, buyer_id=visit.buyer_id)
    browser, path = sign_in(contact.captured_by), f"/contacts/{contact.id}/correct"
    assert 'name="organisation"' not in browser.get(path).text
    browser.post(path, data=typed(contact, badge="read", note="New"))
    session.expire_all()
    assert (contact.person, contact.buyer_id, contact.note) == ("Visitor", visit.buyer_id, "New")


def test_note_that_was_rewritten_in_the_lead_stays(session: Session, contact: Contact, sign_in: SignIn) -> None:
    lead = lead_of(session)
    lead.note = "Rewritten"
    session.commit()
    sign_in(contact.captured_by).post(f"/contacts/{contact.id}/correct", data=typed(contact))
    session.expire_all()
    assert (contact.note, lead.note) == ("Wants 30 pairs", "Rewritten")


def test_erased_contact_takes_its_lead_and_its_questions_along(
    session: Session, contact: Contact, sign_in: SignIn
) -> None:
    prompt = factories.prompt(lead_of(session))
    factories.add(PromptLink(prompt_id=prompt.id, token_hash="x", created_at=factories.MADE_AT))
    browser = sign_in(contact.captured_by)
    assert f"/contacts/{contact.id}/erase" in browser.get(f"/contacts/{contact.id}").text
    browser.post(f"/contacts/{contact.id}/erase")
    for table in (Contact, Lead, Prompt, PromptLink, ExpectedOrder):
        assert session.scalar(sa.select(sa.func.count()).select_from(table)) == 0
    jobs.tick(session, now=factories.MADE_AT + timedelta(hours=2))
    assert session.scalars(sa.select(Lead)).all() == []


@pytest.mark.parametrize("by", ["answer", "order"])
def test_what_was_answered_is_neither_corrected_nor_erased(
    session: Session, contact: Contact, sign_in: SignIn, by: str
) -> None:
    lead = lead_of(session)
    if by == "order":
        factories.order(lead)
    else:
        prompt_id = factories.prompt(lead).id
        said = {"at": factories.MADE_AT, "channel": Channel.LINK, "outcome": Outcome.TALKING}
        factories.add(Answer(prompt_id=prompt_id, **said))
    browser, path = sign_in(contact.captured_by), f"/contacts/{contact.id}"
    answers = [
        browser.get(f"{path}/correct"),
        browser.post(f"{path}/correct", data=typed(contact)),
        browser.post(f"{path}/erase"),
    ]
    assert [answer.status_code for answer in answers] == [409] * 3
    assert all("change the lead instead" in answer.text for answer in answers)
