"""Answering behind a mailed link and inside the account; orders that both sides judge."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.followup import service
from fairlink.followup.models import Answer, AnswerDraft, Lead, Order, Prompt, PromptLink
from fairlink.followup.states import OrderState, PromptKind, PromptState, Side
from fairlink.kernel.tokens import token_hash
from fairlink.mail.models import MailMessage
from fairlink.policy import Kind
from tests import factories

TOKEN = "a-token-that-was-mailed"  # a made-up value

ORDER = {"outcome": "order", "value": "12,000.00", "currency": "EUR", "ordered_on": "2026-06-01"}


@pytest.fixture
def lead(session: Session) -> Lead:
    return factories.past_lead()


def _sent(lead: Lead, side: Side = Side.FIRM, token: str = TOKEN, **values: object) -> Prompt:
    # The pages read the real clock: the prompt is open by it.
    now = datetime.now(UTC)
    prompt = factories.prompt(
        lead, side, **{"state": PromptState.SENT, "sent_at": now, "expires_at": now + timedelta(days=60)} | values
    )
    factories.add(PromptLink(prompt_id=prompt.id, token_hash=token_hash(token), created_at=now))
    return prompt


def _visitor(lead: Lead) -> User:
    assert lead.meeting is not None
    return lead.meeting.visit.visitor


def _count(session: Session, table: type) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_link_shows_the_question_without_an_account(client: FlaskClient, lead: Lead) -> None:
    _sent(lead)
    page = client.get(f"/follow-up/{TOKEN}")
    assert page.status_code == 200
    assert "What came of your contact with" in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "private, no-store"


def test_twenty_scans_record_nothing_and_one_press_records_one_answer(
    client: FlaskClient, session: Session, lead: Lead
) -> None:
    _sent(lead)
    for _ in range(10):
        assert client.get(f"/follow-up/{TOKEN}").status_code == 200
        assert client.head(f"/follow-up/{TOKEN}").status_code == 200
    assert _count(session, Answer) == 0
    assert client.post(f"/follow-up/{TOKEN}", data={"outcome": "talking"}).status_code == 303
    assert _count(session, Answer) == 1


def test_orders_that_are_known_are_shown_where_a_new_one_is_told(client: FlaskClient, lead: Lead) -> None:
    factories.order(lead)
    _sent(lead)
    page = client.get(f"/follow-up/{TOKEN}")
    assert "not to be told again" in page.text
    assert "€12,000.00 (" in page.text


def test_link_works_once(client: FlaskClient, session: Session, lead: Lead) -> None:
    _sent(lead)
    client.post(f"/follow-up/{TOKEN}", data={"outcome": "talking"})
    again = client.post(f"/follow-up/{TOKEN}", data={"outcome": "lost"})
    assert "Your answer is recorded" in again.text
    assert session.scalars(sa.select(Answer.outcome)).all() == ["talking"]


def test_message_with_two_questions_opens_a_page_with_both_and_each_works_once(
    client: FlaskClient, session: Session, lead: Lead
) -> None:
    first, second = _sent(lead), _sent(factories.lead())
    other = _sent(factories.lead(), token="of-another-message")
    page = client.get(f"/follow-up/{TOKEN}")
    assert f"/follow-up/{TOKEN}.{first.id}" in page.text
    assert f"/follow-up/{TOKEN}.{second.id}" in page.text
    assert client.get(f"/follow-up/{TOKEN}.{other.id}").status_code == 404
    for _ in range(2):
        client.post(f"/follow-up/{TOKEN}.{first.id}", data={"outcome": "talking"})
    assert _count(session, Answer) == 1
    done = client.get(f"/follow-up/{TOKEN}.{first.id}")
    assert f'href="/follow-up/{TOKEN}.{second.id}"' in done.text


def test_unfinished_answer_is_kept_and_is_no_answer(client: FlaskClient, session: Session, lead: Lead) -> None:
    prompt = _sent(lead)
    kept = client.post(f"/follow-up/{TOKEN}", data={"outcome": "order", "value": "about 12", "later": "1"})
    assert kept.status_code == 303
    session.refresh(prompt)
    assert (_count(session, Answer), prompt.state) == (0, PromptState.SENT)
    page = client.get(f"/follow-up/{TOKEN}")
    assert 'value="about 12"' in page.text
    assert "It is not sent yet" in page.text
    client.post(f"/follow-up/{TOKEN}", data={"outcome": "talking"})
    assert _count(session, AnswerDraft) == 0


def test_answer_is_corrected_until_the_next_wave_and_the_first_one_stays(
    client: FlaskClient, session: Session, lead: Lead
) -> None:
    prompt = _sent(lead)
    client.post(f"/follow-up/{TOKEN}", data={**ORDER, "without_support": "20"})
    page = client.get(f"/follow-up/{TOKEN}?correct=1")
    assert 'value="12000.00"' in page.text
    (given,) = session.scalars(sa.select(Answer.id))
    corrected = {**ORDER, "value": "11,000.00", "without_support": "30", "corrects": str(given)}
    assert client.post(f"/follow-up/{TOKEN}", data=corrected).status_code == 303
    assert session.scalars(sa.select(Answer.without_support_bp).order_by(Answer.id)).all() == [2000, 3000]
    assert session.scalars(sa.select(Order.value_minor)).all() == [1_100_000]
    repeated = client.post(f"/follow-up/{TOKEN}", data=corrected)
    assert repeated.status_code == 409
    assert prompt.wave is not None
    factories.wave(lead.fair, 2, due_at=datetime.now(UTC) - timedelta(minutes=1))
    prompt.wave.due_at = datetime.now(UTC) - timedelta(days=1)
    session.flush()
    assert "What came of your contact" not in client.get(f"/follow-up/{TOKEN}?correct=1").text


def test_correction_cannot_make_a_reported_order_vanish(client: FlaskClient, session: Session, lead: Lead) -> None:
    _sent(lead)
    client.post(f"/follow-up/{TOKEN}", data=ORDER)
    (given,) = session.scalars(sa.select(Answer.id))
    page = client.post(f"/follow-up/{TOKEN}", data={"outcome": "talking", "corrects": str(given)})
    assert page.status_code == 422
    assert "You reported an order" in page.text
    assert _count(session, Answer) == 1


def test_answer_on_the_telephone_is_marked_with_the_officer_who_typed_it(
    sign_in: Callable[[User], FlaskClient], session: Session, lead: Lead
) -> None:
    prompt = _sent(lead)
    officer = factories.user(lead.fair.agency)
    page = sign_in(officer)
    assert page.post(f"/staff/prompts/{prompt.id}", data={"outcome": "talking"}).status_code == 422
    page.post(f"/staff/prompts/{prompt.id}", data={"outcome": "talking", "spoken_with": "Ana, at the firm"})
    answer = session.scalars(sa.select(Answer)).one()
    assert (answer.channel, answer.user_id, answer.note) == ("telephone", officer.id, "Ana, at the firm")


def test_firm_without_mails_still_answers_in_its_account(
    sign_in: Callable[[User], FlaskClient], session: Session, lead: Lead
) -> None:
    prompt = _sent(lead, state=PromptState.SUPPRESSED)
    firm = sign_in(lead.exhibitor.application.contact)
    assert f"/prompts/{prompt.id}" in firm.get("/leads").text
    assert firm.post(f"/prompts/{prompt.id}", data={"outcome": "quote"}).status_code == 303
    assert _count(session, Answer) == 1


def test_who_ends_the_mails_after_one_came_still_answers_by_its_link(
    client: FlaskClient, session: Session, lead: Lead
) -> None:
    _sent(lead, state=PromptState.SUPPRESSED)
    assert client.post(f"/follow-up/{TOKEN}", data={"outcome": "quote"}).status_code == 303
    assert _count(session, Answer) == 1


def test_unknown_token_is_not_found(client: FlaskClient, lead: Lead) -> None:
    _sent(lead)
    assert client.get("/follow-up/another-token").status_code == 404


def test_expired_link_records_nothing_and_says_so(client: FlaskClient, session: Session, lead: Lead) -> None:
    _sent(lead, expires_at=datetime.now(UTC) - timedelta(minutes=1))
    refused = client.post(f"/follow-up/{TOKEN}", data={"outcome": "talking"})
    assert refused.status_code == 409
    assert "The time of this link is over" in refused.text
    assert _count(session, Answer) == 0


def test_new_link_can_be_asked_for_and_comes_by_mail(client: FlaskClient, session: Session, lead: Lead) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    expired = _sent(lead, state=PromptState.EXPIRED, expires_at=yesterday)
    _sent(factories.past_lead(), expires_at=yesterday)
    path = f"/follow-up/{TOKEN}.{expired.id}"
    assert "Send me a new link" in client.get(path).text
    assert client.head(path).status_code == 200
    assert session.scalars(sa.select(Prompt.state)).all() == [PromptState.EXPIRED, PromptState.SENT]
    for _ in range(2):
        assert client.post(path, data={"renew": "1"}).status_code == 303
    assert session.scalars(sa.select(Prompt.state)).all() == [PromptState.PLANNED] * 2
    assert "A new link is on its way" in client.get(path).text
    service.send_due(session, Side.FIRM, lead.exhibitor.application.lead_firm_id, now=datetime.now(UTC))
    token = re.search(r"/follow-up/([\w-]+)", session.scalars(sa.select(MailMessage.text)).one())
    assert token is not None
    assert client.post(f"/follow-up/{token[1]}", data={"outcome": "talking"}).status_code == 303
    assert _count(session, Answer) == 1


def test_no_new_link_once_the_next_wave_has_asked(client: FlaskClient, session: Session, lead: Lead) -> None:
    prompt = _sent(lead, state=PromptState.EXPIRED)
    factories.wave(lead.fair, 2, due_at=datetime.now(UTC) - timedelta(minutes=1))
    assert "This question is closed" in client.get(f"/follow-up/{TOKEN}").text
    client.post(f"/follow-up/{TOKEN}", data={"renew": "1"})
    session.refresh(prompt)
    assert prompt.state == PromptState.EXPIRED


def test_order_without_its_value_comes_back_with_what_was_typed(client: FlaskClient, lead: Lead) -> None:
    _sent(lead)
    page = client.post(f"/follow-up/{TOKEN}", data={"outcome": "order", "lost_reason": "They were <kind>"})
    assert page.status_code == 422
    assert "Say what the order was worth" in page.text
    assert "Say when the order was made" in page.text
    assert "They were &lt;kind&gt;" in page.text
    assert re.search(r"<title>\s*Error:", page.text)


@pytest.mark.parametrize(
    ("ordered_on", "problem"), [("2199-01-01", "lies in the future"), ("2026-03-08", "older than the fair")]
)
def test_order_of_the_future_or_from_before_the_fair_is_refused(
    client: FlaskClient, session: Session, lead: Lead, ordered_on: str, problem: str
) -> None:
    _sent(lead)
    page = client.post(f"/follow-up/{TOKEN}", data={**ORDER, "ordered_on": ordered_on})
    assert page.status_code == 422
    assert problem in page.text
    assert _count(session, Order) == 0


def test_order_of_today_is_of_today_wherever_that_has_begun(client: FlaskClient, session: Session, lead: Lead) -> None:
    _sent(lead)
    today = datetime.now(UTC).astimezone(ZoneInfo("Pacific/Kiritimati")).date()
    assert client.post(f"/follow-up/{TOKEN}", data={**ORDER, "ordered_on": today.isoformat()}).status_code == 303


def test_answered_order_is_reported_and_asks_the_other_side(client: FlaskClient, session: Session, lead: Lead) -> None:
    _sent(lead)
    assert client.post(f"/follow-up/{TOKEN}", data={**ORDER, "without_support": "20"}).status_code == 303
    order = session.scalars(sa.select(Order)).one()
    assert (order.state, order.value_minor, order.currency) == (OrderState.REPORTED, 1_200_000, "EUR")
    assert session.scalars(sa.select(Answer.without_support_bp)).one() == 2000
    asked = session.scalars(sa.select(Prompt).where(Prompt.kind == PromptKind.CONFIRMATION)).one()
    assert (asked.side, asked.order_id, asked.state) == (Side.BUYER, order.id, PromptState.PLANNED)


def test_order_reported_by_both_sides_is_one_confirmed_order(client: FlaskClient, session: Session, lead: Lead) -> None:
    _sent(lead, Side.FIRM, "firm")
    _sent(lead, Side.BUYER, "buyer")
    client.post("/follow-up/firm", data=ORDER)
    client.post("/follow-up/buyer", data={**ORDER, "ordered_on": "2026-06-05"})
    order = session.scalars(sa.select(Order)).one()
    assert (order.state, order.value_minor) == (OrderState.CONFIRMED, 1_200_000)


def _reported(lead: Lead) -> Order:
    order = factories.order(lead)
    now = datetime.now(UTC)
    prompt = factories.add(
        Prompt(
            lead_id=lead.id,
            side=Side.BUYER,
            kind=PromptKind.CONFIRMATION,
            order_id=order.id,
            state=PromptState.SENT,
            due_at=now,
            sent_at=now,
            expires_at=now + timedelta(days=60),
        )
    )
    factories.add(PromptLink(prompt_id=prompt.id, token_hash=token_hash(TOKEN), created_at=now))
    return order


def test_other_side_confirms_by_link(client: FlaskClient, session: Session, lead: Lead) -> None:
    order = _reported(lead)
    page = client.get(f"/follow-up/{TOKEN}")
    assert "€12,000.00" in page.text
    assert client.post(f"/follow-up/{TOKEN}", data={"agrees": "yes"}).status_code == 303
    session.refresh(order)
    assert (order.state, order.value_minor) == (OrderState.CONFIRMED, 1_200_000)
    assert "Thank you" in client.get(f"/follow-up/{TOKEN}").text


def test_other_side_disputes_with_its_own_figure_and_the_reporter_is_told(
    client: FlaskClient, session: Session, lead: Lead
) -> None:
    order = _reported(lead)
    client.post(f"/follow-up/{TOKEN}", data={"agrees": "no", "value": "9,000.00", "currency": "EUR", "note": "Less"})
    session.refresh(order)
    assert (order.state, order.value_minor) == (OrderState.DISPUTED, 1_200_000)
    assert [(said.kind, said.value_minor) for said in order.statements] == [("report", 1_200_000), ("dispute", 900_000)]
    mail = session.scalars(sa.select(MailMessage).where(MailMessage.template == "order_disputed")).one()
    assert mail.to_email == lead.exhibitor.application.contact.email
    assert "€9,000.00" in mail.text


def test_order_in_the_account_shows_both_figures(
    client: FlaskClient, sign_in: Callable[[User], FlaskClient], lead: Lead
) -> None:
    order = _reported(lead)
    client.post(f"/follow-up/{TOKEN}", data={"agrees": "no", "value": "9,000.00", "currency": "EUR"})
    firm = sign_in(lead.exhibitor.application.contact)
    page = firm.get(f"/orders/{order.id}")
    assert "€12,000.00" in page.text
    assert "The other side says: €9,000.00" in page.text
    buyer = sign_in(_visitor(lead))
    assert "You say: €9,000.00" in buyer.get(f"/orders/{order.id}").text


def test_figure_of_the_other_side_is_in_the_currency_of_the_order_unless_changed(
    client: FlaskClient, session: Session, lead: Lead
) -> None:
    order = _reported(lead)
    assert '<option selected value="EUR">' in client.get(f"/follow-up/{TOKEN}").text
    client.post(f"/follow-up/{TOKEN}", data={"agrees": "no", "value": "9,000.00 €"})
    session.refresh(order)
    assert [(said.value_minor, said.currency) for said in order.statements][1:] == [(900_000, "EUR")]


def test_answer_in_the_account_leads_back_to_its_lead_and_says_thanks(
    sign_in: Callable[[User], FlaskClient], lead: Lead
) -> None:
    prompt = _sent(lead, Side.FIRM)
    firm = sign_in(lead.exhibitor.application.contact)
    page = firm.get(f"/prompts/{prompt.id}")
    assert f'href="/leads/{lead.id}"' in page.text
    assert "no password" not in page.text
    done = firm.post(f"/prompts/{prompt.id}", data={"outcome": "talking"}, follow_redirects=True)
    assert (done.request.path, "Your answer is recorded" in done.text) == (f"/leads/{lead.id}", True)


def test_reporter_cannot_confirm_its_own_order(
    sign_in: Callable[[User], FlaskClient], session: Session, lead: Lead
) -> None:
    order = _reported(lead)
    refused = sign_in(lead.exhibitor.application.contact).post(f"/orders/{order.id}", data={"agrees": "yes"})
    assert refused.status_code == 409
    session.refresh(order)
    assert order.state == OrderState.REPORTED


def test_buyer_confirms_in_the_account_and_the_mailed_question_is_closed(
    sign_in: Callable[[User], FlaskClient], session: Session, lead: Lead
) -> None:
    order = _reported(lead)
    done = sign_in(_visitor(lead)).post(f"/orders/{order.id}", data={"agrees": "yes"})
    assert done.status_code == 302
    session.refresh(order)
    assert order.state == OrderState.CONFIRMED
    assert session.scalars(sa.select(Prompt.state)).all() == [PromptState.ANSWERED]


@pytest.mark.parametrize("kind", [Kind.BUYER, Kind.FIRM])
def test_strangers_find_no_lead_prompt_or_order(sign_in: Callable[[User], FlaskClient], lead: Lead, kind: Kind) -> None:
    order = _reported(lead)
    prompt = _sent(lead, token="other")
    stranger = sign_in(factories.owner(kind))
    for path in (f"/leads/{lead.id}", f"/leads/{lead.id}/edit", f"/prompts/{prompt.id}", f"/orders/{order.id}"):
        assert stranger.get(path).status_code == 404, path


def test_one_side_cannot_answer_for_the_other_in_the_account(
    sign_in: Callable[[User], FlaskClient], lead: Lead
) -> None:
    prompt = _sent(lead, Side.FIRM)
    assert sign_in(_visitor(lead)).get(f"/prompts/{prompt.id}").status_code == 404
