"""Prompts are planned once, found by 'due since', sent once, reminded of once, and closed."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.accounts.models import Organisation, User
from fairlink.followup import jobs, queries, rules, service
from fairlink.followup.models import Lead, Order, Prompt, PromptLink, Wave, WaveText
from fairlink.followup.states import Channel, EndReason, Outcome, PromptKind, PromptState, Side
from fairlink.mail.models import MailMessage, MailSuppression
from fairlink.mail.states import SuppressionReason
from fairlink.policy import Kind
from fairlink.visits.states import MeetingState
from tests import factories
from tests.jobs import deferred

# The application tells the mails its address.
pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def lead(session: Session) -> Lead:
    return factories.lead()


def _visitor(lead: Lead) -> User:
    assert lead.meeting is not None
    return lead.meeting.visit.visitor


def _tick_and_work(session: Session, now: datetime) -> None:
    """One tick of the clock, and the jobs it hands over."""
    jobs.tick(session, now=now)
    for args in deferred(session, "followup.ask"):
        jobs.ask(session, now=now, **args)
    session.execute(sa.text("DELETE FROM procrastinate_jobs WHERE task_name = 'followup.ask'"))
    session.flush()


def _prompts(session: Session) -> list[tuple[str, int, str]]:
    query = sa.select(Prompt.side, Wave.number, Prompt.state).join(Wave, Wave.id == Prompt.wave_id)
    return sorted((side.value, number, state.value) for side, number, state in session.execute(query))


def _subjects(session: Session) -> list[str]:
    return sorted(session.scalars(sa.select(MailMessage.subject)))


def test_tick_before_the_fair_plans_nothing(session: Session, lead: Lead) -> None:
    _tick_and_work(session, lead.fair.starts_at - timedelta(days=2))
    assert _prompts(session) == []
    assert session.scalar(sa.select(sa.func.count()).select_from(Wave)) == 0


def test_first_wave_asks_both_sides_once_however_often_the_clock_ticks(session: Session, lead: Lead) -> None:
    now = lead.fair.ends_at + timedelta(days=15)
    for _ in range(3):
        _tick_and_work(session, now)
    assert _prompts(session) == [("buyer", 1, "sent"), ("firm", 1, "sent")]
    assert len(_subjects(session)) == 2


def test_clock_that_was_down_for_months_skips_no_wave(session: Session, lead: Lead) -> None:
    _tick_and_work(session, lead.fair.ends_at + timedelta(days=200))
    assert _prompts(session) == [(side, number, "sent") for side in ("buyer", "firm") for number in (1, 2, 3)]


def test_waves_move_with_a_fair_that_is_put_off(session: Session, lead: Lead) -> None:
    fair = lead.fair
    first = fair.ends_at + timedelta(days=15)
    service.set_plan(
        session,
        fair,
        {side: [fair.ends_on + timedelta(days=14)] for side in Side},
        by=factories.user(fair.agency),
        now=factories.MADE_AT,
    )
    # Over the change to summer time of New York.
    fair.zone = "America/New_York"
    fair.starts_on += timedelta(days=180)
    fair.ends_on += timedelta(days=180)
    session.flush()
    _tick_and_work(session, first)
    assert _prompts(session) == []
    due = session.scalars(sa.select(Wave.due_at)).all()
    assert {(each - fair.ends_at).days for each in due} == {13}
    assert {each.astimezone(ZoneInfo(fair.zone)).time() for each in due} == {rules.SENDING_TIME}
    for _ in range(2):
        _tick_and_work(session, first + timedelta(days=180))
    assert _prompts(session) == [("buyer", 1, "sent"), ("firm", 1, "sent")]


def test_prompt_speaks_the_receivers_language_and_names_the_other_side(session: Session) -> None:
    visit = factories.visit(by=factories.owner(Kind.BUYER, name="Nordic Imports", country="SE"))
    visit.visitor.locale = "en"
    meeting = factories.meeting(visit, factories.exhibitor(factories.application(state="accepted")))
    meeting.state = MeetingState.HELD
    lead = factories.lead(meeting)
    _tick_and_work(session, lead.fair.ends_at + timedelta(days=15))
    to_firm = session.scalars(
        sa.select(MailMessage).where(MailMessage.to_email == lead.exhibitor.application.contact.email)
    ).one()
    assert to_firm.subject == "What came of your contact with Nordic Imports?"
    assert to_firm.list_id == "follow-up"
    assert "http://fairlink.test/follow-up/" in to_firm.text


def test_unanswered_prompt_is_reminded_of_once_with_another_link_that_works_too(session: Session, lead: Lead) -> None:
    sent = lead.fair.ends_at + timedelta(days=15)
    _tick_and_work(session, sent)
    for days in (10, 11, 12):
        _tick_and_work(session, sent + timedelta(days=days))
    prompt = session.scalars(sa.select(Prompt).where(Prompt.side == Side.FIRM)).one()
    links = session.scalars(sa.select(PromptLink).where(PromptLink.prompt_id == prompt.id)).all()
    assert len(links) == 2
    assert len([subject for subject in _subjects(session) if subject.startswith("Reminder")]) == 2


def test_prompt_expires_after_its_time(session: Session, lead: Lead) -> None:
    sent = lead.fair.ends_at + timedelta(days=15)
    _tick_and_work(session, sent)
    jobs.tick(session, now=sent + rules.OPEN_FOR)
    assert [row for row in _prompts(session) if row[1] == 1] == [("buyer", 1, "expired"), ("firm", 1, "expired")]


def test_lost_lead_is_asked_about_no_more(session: Session, lead: Lead) -> None:
    sent = lead.fair.ends_at + timedelta(days=15)
    _tick_and_work(session, sent)
    prompt = session.scalars(sa.select(Prompt).where(Prompt.side == Side.BUYER)).one()
    service.answer(
        session, prompt, rules.Reply(Outcome.LOST, lost_reason="Too dear"), channel=Channel.LINK, by=None, now=sent
    )
    _tick_and_work(session, lead.fair.ends_at + timedelta(days=200))
    assert [row for row in _prompts(session) if row[1] > 1] == []


def test_other_side_of_a_lost_lead_is_not_reminded_of_the_wave(session: Session, lead: Lead) -> None:
    sent = lead.fair.ends_at + timedelta(days=15)
    _tick_and_work(session, sent)
    prompt = session.scalars(sa.select(Prompt).where(Prompt.side == Side.BUYER)).one()
    service.answer(session, prompt, rules.Reply(Outcome.LOST), channel=Channel.LINK, by=None, now=sent)
    _tick_and_work(session, sent + rules.REMIND_AFTER)
    assert len(_subjects(session)) == 2


def test_side_with_nobody_left_is_suppressed(session: Session, lead: Lead) -> None:
    for membership in _visitor(lead).memberships:
        membership.ended_at = factories.MADE_AT
    session.commit()
    session.expire_all()
    _tick_and_work(session, lead.fair.ends_at + timedelta(days=15))
    assert _prompts(session) == [("buyer", 1, "suppressed"), ("firm", 1, "sent")]


def test_prompt_goes_to_a_colleague_when_the_visitor_left(session: Session, lead: Lead) -> None:
    visitor = _visitor(lead)
    colleague = factories.user(visitor.organisation)
    for membership in visitor.memberships:
        membership.ended_at = factories.MADE_AT
    session.commit()
    session.expire_all()
    _tick_and_work(session, lead.fair.ends_at + timedelta(days=15))
    receivers = session.scalars(sa.select(MailMessage.to_email)).all()
    assert colleague.email in receivers
    assert visitor.email not in receivers


@pytest.mark.parametrize(("reason", "asked"), [(SuppressionReason.BOUNCED, 1), (SuppressionReason.UNSUBSCRIBED, 0)])
def test_colleague_is_asked_for_an_address_that_does_not_work_and_not_for_one_that_wants_no_mail(
    session: Session, lead: Lead, reason: SuppressionReason, asked: int
) -> None:
    visitor = _visitor(lead)
    colleague = factories.user(visitor.organisation)
    factories.add(MailSuppression(email=visitor.email, list_id="", reason=reason, created_at=factories.MADE_AT))
    _tick_and_work(session, lead.fair.ends_at + timedelta(days=15))
    to = sa.select(sa.func.count()).select_from(MailMessage)
    assert session.scalar(to.where(MailMessage.to_email == colleague.email)) == asked
    assert session.scalar(to.where(MailMessage.to_email == visitor.email)) == 0
    assert _prompts(session)[0] == ("buyer", 1, "sent" if asked else "suppressed")


def test_held_meeting_that_nobody_recorded_becomes_a_lead(session: Session) -> None:
    meeting = factories.meeting(state=MeetingState.HELD)
    marked = meeting.exhibitor.fair.starts_at
    meeting.marked_at = marked
    session.flush()
    jobs.tick(session, now=marked + timedelta(hours=23))
    assert session.scalars(sa.select(Lead)).all() == []
    for _ in range(2):
        jobs.tick(session, now=marked + timedelta(hours=24))
    lead = session.scalars(sa.select(Lead)).one()
    assert (lead.meeting_id, lead.buyer_id) == (meeting.id, meeting.visit.buyer_id)


def test_reported_order_is_put_to_the_other_side(session: Session, lead: Lead) -> None:
    now = lead.fair.ends_at + timedelta(days=15)
    _tick_and_work(session, now)
    prompt = session.scalars(sa.select(Prompt).where(Prompt.side == Side.FIRM)).one()
    reply = rules.Reply(
        Outcome.ORDER, order=rules.ReportedOrder(factories.money(12_000), (now - timedelta(days=3)).date())
    )
    service.answer(session, prompt, reply, channel=Channel.LINK, by=None, now=now)
    _tick_and_work(session, now)
    asked = session.scalars(sa.select(Prompt).where(Prompt.kind == PromptKind.CONFIRMATION)).one()
    assert (asked.side, asked.state) == (Side.BUYER, PromptState.SENT)
    mail = session.scalars(sa.select(MailMessage).where(MailMessage.template == "prompt_confirmation")).one()
    assert mail.to_email == _visitor(lead).email
    assert "€12,000.00" in mail.text


def _twelve(session: Session) -> list[Lead]:
    """Twelve leads of one firm at one fair."""
    first = factories.lead()
    leads = [first]
    for _ in range(11):
        visit = factories.visit(first.fair)
        meeting = factories.meeting(visit, first.exhibitor, state=MeetingState.HELD)
        leads.append(factories.lead(meeting))
    return leads


def test_firm_with_twelve_leads_gets_one_message_with_twelve_rows_and_one_link(session: Session) -> None:
    leads = _twelve(session)
    firm = leads[0].exhibitor.application.contact
    sent = leads[0].fair.ends_at + timedelta(days=15)
    _tick_and_work(session, sent)
    (mail,) = session.scalars(sa.select(MailMessage).where(MailMessage.to_email == firm.email))
    assert mail.subject == "What came of 12 contacts?"
    assert all(lead.buyer.name in mail.text and lead.buyer.name in mail.html for lead in leads)
    links = session.scalars(sa.select(PromptLink.token_hash).join(Prompt).where(Prompt.side == Side.FIRM)).all()
    assert (len(links), len(set(links))) == (12, 1)
    _tick_and_work(session, sent + rules.REMIND_AFTER)
    mails = session.scalars(sa.select(MailMessage).where(MailMessage.to_email == firm.email)).all()
    assert [each.subject.partition(":")[0] for each in mails][1:] == ["Reminder"]


def test_receiver_with_enough_messages_today_gets_the_rest_tomorrow(session: Session) -> None:
    lead = factories.lead()
    firm = lead.exhibitor.application.contact
    now = lead.fair.ends_at + timedelta(days=15)
    for _ in range(rules.MESSAGES_A_DAY):
        factories.order(lead, reported_side=Side.BUYER)
        order = session.scalars(sa.select(Order).order_by(Order.id.desc())).first()
        assert order is not None
        factories.add(
            Prompt(
                lead_id=lead.id,
                side=Side.FIRM,
                kind=PromptKind.CONFIRMATION,
                order_id=order.id,
                state=PromptState.PLANNED,
                due_at=now - timedelta(hours=1),
            )
        )
        service.send_due(session, Side.FIRM, lead.exhibitor.application.lead_firm_id, now=now - timedelta(hours=1))
    _tick_and_work(session, now)
    to_firm = sa.select(sa.func.count()).select_from(MailMessage).where(MailMessage.to_email == firm.email)
    assert session.scalar(to_firm) == rules.MESSAGES_A_DAY
    _tick_and_work(session, now + timedelta(days=1))
    assert session.scalar(to_firm) == rules.MESSAGES_A_DAY + 1


def test_agencys_own_words_are_used_for_their_side_and_language_alone(session: Session, lead: Lead) -> None:
    factories.add(
        WaveText(
            fair_id=lead.fair_id,
            side=Side.FIRM,
            locale="en",
            subject="{met} and you",
            body="Dear {person},\n\nhow is {met}? {{7*7}} {person.__class__} <b>",
        )
    )
    _tick_and_work(session, lead.fair.ends_at + timedelta(days=15))
    firm = lead.exhibitor.application.contact
    (mail,) = session.scalars(sa.select(MailMessage).where(MailMessage.to_email == firm.email))
    assert mail.subject == f"{lead.buyer.name} and you"
    assert "{{7*7}} {person.__class__} <b>" in mail.text
    assert "&lt;b&gt;" in mail.html
    assert f"Dear {firm.name}," in mail.text
    other = session.scalars(sa.select(MailMessage.subject).where(MailMessage.to_email == _visitor(lead).email)).one()
    assert other.startswith("What came of your contact")


def test_own_words_name_all_whom_a_firm_met_and_a_reminder_says_so(session: Session) -> None:
    first = factories.lead()
    for _ in range(4):
        visit = factories.visit(first.fair)
        factories.lead(factories.meeting(visit, first.exhibitor, state=MeetingState.HELD))
    factories.add(
        WaveText(fair_id=first.fair_id, side=Side.FIRM, locale="en", subject="Your contacts", body="How is {met}?")
    )
    sent = first.fair.ends_at + timedelta(days=15)
    _tick_and_work(session, sent)
    _tick_and_work(session, sent + rules.REMIND_AFTER)
    firm = first.exhibitor.application.contact
    mails = session.scalars(sa.select(MailMessage).where(MailMessage.to_email == firm.email)).all()
    assert [each.subject for each in mails] == ["Your contacts", "Reminder: Your contacts"]
    names = session.scalars(sa.select(Organisation.name).join(Lead, Lead.buyer_id == Organisation.id).order_by(Lead.id))
    assert f"How is {', '.join(list(names)[:3])} ...?" in mails[0].text
    assert f"{first.fair.agency.name} asks both sides" in mails[0].text


def test_large_wave_is_planned_in_parts_and_each_lead_once(session: Session) -> None:
    leads = _twelve(session)
    now = leads[0].fair.ends_at + timedelta(days=15)
    service.make_waves(session, leads[0].fair)
    planned = []
    while (wave := queries.wave_to_plan(session, now)) is not None:
        planned.append(service.plan_wave(session, wave, now=now, limit=5))
        session.refresh(wave)
    assert planned == [5, 5, 2, 5, 5, 2]
    per_side = session.execute(sa.select(Prompt.side, sa.func.count()).group_by(Prompt.side))
    assert sorted((side.value, number) for side, number in per_side) == [("buyer", 12), ("firm", 12)]


def test_waves_of_an_ended_lead_stop_and_a_new_order_starts_them_again(session: Session, lead: Lead) -> None:
    lead.ended_at, lead.end_reason = factories.MADE_AT, EndReason.LOST
    _tick_and_work(session, lead.fair.ends_at + timedelta(days=15))
    assert _prompts(session) == []
    reported = rules.ReportedOrder(factories.money(100), lead.fair.ends_on)
    now = lead.fair.ends_at + timedelta(days=40)
    service.report_order(session, lead, reported, side=Side.FIRM, channel=Channel.LINK, by=None, now=now)
    _tick_and_work(session, lead.fair.ends_at + timedelta(days=100))
    assert _prompts(session) == [("buyer", 2, "sent"), ("firm", 2, "sent")]
