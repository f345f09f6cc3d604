"""What holds below the screen: drafts, sending, four eyes, and the envelope."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.applications import service
from fairlink.applications.service import NewLine
from fairlink.applications.states import ApplicationState, Recommendation
from fairlink.audit.queries import history
from fairlink.kernel.errors import Conflict, Forbidden, Invalid
from fairlink.mail.models import MailMessage
from fairlink.policy import Role
from fairlink.subsidies.rules import Quote, rules_to_dict, simple_rules
from tests import factories
from tests.applications.steps import NOW, assessed, mails, member_users, refusal

#: Making the app sets the address and the sender of mails.
pytestmark = pytest.mark.usefixtures("app")


# drafts


def test_start_makes_a_draft_of_all_members_with_equal_shares_and_opens_it_again(session: Session) -> None:
    call, group = factories.call(), factories.group()
    lead = factories.user(group.lead_firm, locale="es")
    made = service.start(session, call, group, by=lead, now=NOW)
    assert made.state == ApplicationState.DRAFT
    assert made.locale == "es"
    assert [member.share_bp for member in made.members] == [3334, 3333, 3333]
    assert service.start(session, call, group, by=lead, now=NOW) is made


def test_start_refuses_a_closed_call_and_a_single_firm_where_groups_are_wanted(session: Session) -> None:
    lead = factories.owner()
    with pytest.raises(Conflict) as closed:
        service.start(session, factories.call(closes_at=NOW), None, by=lead, now=NOW)
    assert refusal(closed) == "call_not_open"
    with pytest.raises(Invalid) as alone:
        service.start(session, factories.call(), None, by=lead, now=NOW)
    assert refusal(alone) == "scheme_for_groups"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"short": True}, "shares_not_whole"),
        ({"without_lead": True}, "lead_must_take_part"),
        ({"stranger": True}, "firm_not_in_group"),
        ({"owner_of_costs": True}, "member_has_costs"),
    ],
)
def test_save_members_refuses_what_cannot_be(session: Session, change: dict[str, bool], code: str) -> None:
    draft = factories.application(state=ApplicationState.DRAFT)
    lead, second, third = (member.firm_id for member in draft.members)
    shares = {lead: 5000, second: 3000, third: 2000}
    if "short" in change:
        shares[third] = 1999
    if "without_lead" in change:
        shares = {second: 6000, third: 4000}
    if "stranger" in change:
        shares = {lead: 5000, factories.organisation().id: 5000}
    if "owner_of_costs" in change:
        draft.lines[0].firm_id = third
        session.flush()
        shares = {lead: 5000, second: 5000}
    with pytest.raises(Invalid) as error:
        service.save_members(session, draft, shares, version=1, by=draft.contact, now=NOW)
    assert refusal(error) == code


def test_save_members_takes_firms_in_and_out(session: Session) -> None:
    draft = factories.application(state=ApplicationState.DRAFT)
    lead, second, third = (member.firm_id for member in draft.members)
    service.save_members(session, draft, {lead: 7000, second: 3000}, version=1, by=draft.contact, now=NOW)
    service.save_members(session, draft, {lead: 7000, third: 3000}, version=2, by=draft.contact, now=NOW)
    session.expire_all()
    assert {member.firm_id: member.share_bp for member in draft.members} == {lead: 7000, third: 3000}
    assert draft.version == 3


def test_save_refuses_a_form_made_on_an_older_version(session: Session) -> None:
    draft = factories.application(state=ApplicationState.DRAFT)
    service.save_about(session, draft, "First.", version=1, by=draft.contact, now=NOW)
    with pytest.raises(Conflict) as error:
        service.save_about(session, draft, "Second.", version=1, by=draft.contact, now=NOW)
    assert refusal(error) == "stale"
    assert draft.motivation == "First."


def test_save_refuses_an_application_that_was_sent(session: Session) -> None:
    sent = factories.application()
    with pytest.raises(Conflict) as error:
        service.save_costs(session, sent, [], version=1, by=sent.contact, now=NOW)
    assert refusal(error) == "application_not_draft"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (NewLine("palace", "", 100, None), "cost_class_unknown"),
        (NewLine("travel", "", 100, 0), "firm_not_taking_part"),
    ],
)
def test_save_costs_refuses_unknown_classes_and_firms(session: Session, line: NewLine, code: str) -> None:
    draft = factories.application(state=ApplicationState.DRAFT)
    with pytest.raises(Invalid) as error:
        service.save_costs(session, draft, [line], version=1, by=draft.contact, now=NOW)
    assert refusal(error) == code


# sending


def test_submit_keeps_the_quote_and_sends_a_receipt_to_every_member(session: Session) -> None:
    draft = factories.application(state=ApplicationState.DRAFT, locale="en")
    users = member_users(draft)
    service.submit(session, draft, version=1, by=draft.contact, now=NOW)
    assert draft.state == ApplicationState.SUBMITTED
    assert draft.submitted_at == NOW
    assert draft.quote is not None
    kept = Quote.from_dict(draft.quote)
    # Half of 9,000.00, equally: 1,500.00 for each of three firms.
    assert kept.support_minor == 450_000
    # In the order of the firms' numbers as texts, which the run of the tests decides.
    assert sorted(member.support_minor for member in kept.members) == [149_985, 149_985, 150_030]
    subject = f"Received: application for {draft.call.fair.title}"
    assert mails(session) == sorted((user.email, subject) for user in users)


def test_submit_is_refused_incomplete_late_or_without_any_support(session: Session) -> None:
    draft = factories.application(state=ApplicationState.DRAFT, motivation=" ")
    with pytest.raises(Invalid) as incomplete:
        service.submit(session, draft, version=1, by=draft.contact, now=NOW)
    draft.motivation = "To sell."
    draft.call.closes_at = NOW
    session.flush()
    with pytest.raises(Conflict) as late:
        service.submit(session, draft, version=1, by=draft.contact, now=NOW)
    draft.call.closes_at = NOW + timedelta(seconds=1)
    draft.call.scheme_version.rules = rules_to_dict(
        simple_rules(
            name="Large",
            currency="EUR",
            rate_bp=5000,
            min_firms=4,
            sunset_on=draft.call.scheme_version.scheme.sunset_on,
        )
    )
    session.flush()
    with pytest.raises(Invalid) as too_small:
        service.submit(session, draft, version=1, by=draft.contact, now=NOW)
    codes = [refusal(error) for error in (incomplete, late, too_small)]
    assert codes == ["application_incomplete", "call_closed", "nothing_to_support"]


def test_a_returned_application_may_be_sent_again_after_the_call_has_closed(session: Session) -> None:
    call = factories.call(closes_at=NOW)
    sent = factories.application(call)
    officer = factories.officer(call.fair.agency)
    service.send_back(session, sent, "Name your buyers.", by=officer, now=NOW)
    assert (sent.state, sent.decision_reason) == (ApplicationState.DRAFT, "Name your buyers.")
    assert mails(session) == [(sent.contact.email, f"Please change your application for {call.fair.title}")]
    later = NOW + timedelta(days=13)
    service.submit(session, sent, version=sent.version, by=sent.contact, now=later)
    assert (sent.state, sent.submitted_at, sent.change_by) == (ApplicationState.SUBMITTED, later, None)


# decisions


def test_assess_takes_one_score_of_each_assessor(session: Session) -> None:
    application, assessor, _ = assessed(session, to=factories.call(assessors_wanted=2))
    assert application.state == ApplicationState.SUBMITTED
    with pytest.raises(Conflict) as twice:
        service.assess(
            session, application, score=1, recommendation=Recommendation.REFUSE, note="", by=assessor, now=NOW
        )
    assert refusal(twice) == "already_assessed"
    other = factories.user(application.call.fair.agency, Role.ASSESSOR)
    service.assess(session, application, score=1, recommendation=Recommendation.REFUSE, note="", by=other, now=NOW)
    assert [(each.score, each.at) for each in application.assessments] == [(80, NOW), (1, NOW)]


def test_an_assessor_may_not_decide(session: Session) -> None:
    application, assessor, _ = assessed(session)
    with pytest.raises(Forbidden) as approving:
        service.approve(session, application, by=assessor, now=NOW)
    with pytest.raises(Forbidden) as refusing:
        service.refuse(session, application, "No.", by=assessor, now=NOW)
    assert {refusal(approving), refusal(refusing)} == {"assessor_may_not_approve"}
    assert application.state == ApplicationState.ASSESSED


def test_approve_grants_by_the_rules_and_draws_on_the_envelope(session: Session) -> None:
    application, _, approver = assessed(session)
    users = member_users(application)
    award = service.approve(session, application, by=approver, now=NOW)
    assert application.state == ApplicationState.AWARDED
    assert sorted((part.support_minor, part.own_minor) for part in award.members) == [
        (149_985, 149_985),
        (149_985, 149_985),
        (150_030, 150_030),
    ]
    assert (award.amount_minor, application.call.committed_minor) == (450_000, 450_000)
    # 21 days from 15 January in São Paulo: the end of 5 February there.
    assert award.accept_by == datetime(2027, 2, 6, 3, tzinfo=UTC)
    subject = f"Support for {application.call.fair.title}: accept your award"
    assert mails(session) == sorted((user.email, subject) for user in users)
    actions = [event.action for event in history(session, "application", application.id)]
    assert actions == ["application:assess", "application:approve"]


def test_approve_is_refused_as_a_whole_by_an_envelope_that_cannot_bear_it(session: Session) -> None:
    application, _, approver = assessed(session, to=factories.call(envelope_minor=449_999))
    with pytest.raises(Conflict) as error, session.begin_nested():
        service.approve(session, application, by=approver, now=NOW)
    assert refusal(error) == "envelope_exhausted"
    session.expire_all()
    assert application.state == ApplicationState.ASSESSED
    assert application.award is None
    assert application.call.committed_minor == 0


def test_refuse_mails_the_reason(session: Session) -> None:
    application, _, approver = assessed(session)
    service.refuse(session, application, "The fair is full.", by=approver, now=NOW)
    assert (application.state, application.decided_at) == (ApplicationState.REFUSED, NOW)
    message = session.scalars(sa.select(MailMessage)).one()
    assert message.to_email == application.contact.email
    assert "The fair is full." in message.text
