"""What becomes of awards: accepted, declined, lapsed; members who leave; and what firms had before."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts import queries as accounts
from fairlink.accounts.models import User
from fairlink.applications import jobs, queries, service
from fairlink.applications.models import Application, Award, CostLine, Exhibitor, GroupMember
from fairlink.applications.service import NewLine
from fairlink.applications.states import ApplicationState
from fairlink.kernel.errors import Conflict, Invalid
from fairlink.subsidies import service as subsidies
from fairlink.subsidies.models import EnvelopeEntry
from fairlink.subsidies.rules import Quote
from fairlink.subsidies.states import EntryKind
from tests import factories
from tests.applications.steps import NOW, approved, awarded, confirm_all, mails, refusal

#: Making the app sets the address and the sender of mails.
pytestmark = pytest.mark.usefixtures("app")

SignIn = Callable[[User], FlaskClient]


# awards


def test_accept_makes_an_exhibitor_with_the_next_free_stand_and_tells_the_agency(session: Session) -> None:
    application = awarded(session)
    fair = application.call.fair
    officer = accounts.contact(session, fair.agency_id)
    assert officer is not None
    factories.exhibitor(at_stand=factories.stand(fair, label="A1"), of=factories.application(application.call))
    second = factories.stand(fair, label="A2")
    exhibitor = service.accept(session, application, by=application.contact, now=NOW)
    assert (exhibitor.stand_id, exhibitor.fair_id, application.state) == (second.id, fair.id, ApplicationState.ACCEPTED)
    assert (officer.email, f"{application.applicant_name} accepts its award") in mails(session)


def test_accept_without_a_free_stand_leaves_it_open(session: Session) -> None:
    application = awarded(session)
    assert service.accept(session, application, by=application.contact, now=NOW).stand is None


def test_accept_past_the_limit_is_refused(session: Session) -> None:
    application = awarded(session)
    assert application.award is not None
    with pytest.raises(Conflict) as error:
        service.accept(session, application, by=application.contact, now=application.award.accept_by)
    assert refusal(error) == "award_lapsed"


def test_decline_gives_the_money_back(session: Session) -> None:
    application = awarded(session)
    service.decline(session, application, by=application.contact, now=NOW)
    assert application.state == ApplicationState.DECLINED
    assert application.call.committed_minor == 0
    entries = sa.select(EnvelopeEntry.kind, EnvelopeEntry.amount_minor).order_by(EnvelopeEntry.id)
    assert session.execute(entries).all() == [(EntryKind.COMMITTED, 450_000), (EntryKind.RELEASED, 450_000)]


def test_withdrawing_an_accepted_application_frees_its_money_and_stand(session: Session) -> None:
    application = awarded(session)
    stand = factories.stand(application.call.fair)
    exhibitor = service.accept(session, application, by=application.contact, now=NOW)
    assert exhibitor.stand_id == stand.id
    service.withdraw(session, application, by=application.contact, now=NOW)
    assert application.call.committed_minor == 0
    assert exhibitor.withdrawn_at == NOW
    assert [free.id for free in queries.free_stands(session, application.call.fair_id)] == [stand.id]


def test_withdrawing_an_undecided_application_moves_no_money(session: Session) -> None:
    application = factories.application()
    service.withdraw(session, application, by=application.contact, now=NOW)
    assert application.state == ApplicationState.WITHDRAWN
    assert session.scalar(sa.select(sa.func.count()).select_from(EnvelopeEntry)) == 0


def test_lapse_ends_everything_overdue_however_long_ago_and_only_that(session: Session) -> None:
    call = factories.call()
    long_ago, just_now, in_time = (awarded(session, to=call) for _ in range(3))
    for application, due in ((long_ago, NOW - timedelta(days=200)), (just_now, NOW), (in_time, NOW + timedelta(1))):
        assert application.award is not None
        application.award.accept_by = due
    session.flush()
    assert jobs.lapse_overdue(session, now=NOW) == 2
    assert jobs.lapse_overdue(session, now=NOW) == 0
    states = [application.state for application in (long_ago, just_now, in_time)]
    assert states == [ApplicationState.LAPSED, ApplicationState.LAPSED, ApplicationState.AWARDED]
    assert call.committed_minor == 450_000
    subject = f"The award for {call.fair.title} has lapsed"
    assert sorted(email for email, about in mails(session) if about == subject) == sorted(
        [long_ago.contact.email, just_now.contact.email]
    )


def test_change_stand_takes_free_stands_of_the_fair_only(session: Session) -> None:
    exhibitor = factories.exhibitor()
    officer = factories.officer(exhibitor.fair.agency)
    free, foreign = factories.stand(exhibitor.fair), factories.stand(factories.fair())
    taken = factories.exhibitor(of=factories.application(exhibitor.application.call)).stand
    assert taken is not None
    for stand in (foreign, taken):
        with pytest.raises(Invalid) as error:
            service.change_stand(session, exhibitor, stand.id, by=officer, now=NOW)
        assert refusal(error) == "stand_not_free"
    service.change_stand(session, exhibitor, free.id, by=officer, now=NOW)
    assert exhibitor.stand_id == free.id
    service.change_stand(session, exhibitor, None, by=officer, now=NOW)
    assert exhibitor.stand_id is None


# members who leave


def test_a_firm_that_leaves_is_taken_out_of_undecided_applications_and_the_lead_is_told(session: Session) -> None:
    application = factories.application(state=ApplicationState.DRAFT)
    lead, second, third = (member.firm_id for member in application.members)
    owner = factories.user(application.members[2].firm)
    shared = NewLine("stand_space", "", 600_000, None)
    own = NewLine("travel", "Flight", 50_000, third)
    service.save_costs(session, application, [shared, own], version=1, by=application.contact, now=NOW)
    confirm_all(application)
    service.submit(session, application, version=2, by=application.contact, now=NOW)
    assert application.group is not None
    place = queries.place_of_firm(application.group, third)
    assert place is not None
    service.leave(session, place, by=owner, now=NOW)
    session.expire_all()
    assert {member.firm_id: member.share_bp for member in application.members} == {lead: 5000, second: 5000}
    assert [line.cost_class for line in application.lines] == ["stand_space"]
    assert application.quote is not None
    assert Quote.from_dict(application.quote).support_minor == 300_000
    assert application.group.firm_ids == {lead, second}
    subject = f"{owner.organisation.name if owner.organisation else ''} has left {application.group.name}"
    assert (application.contact.email, subject) in mails(session)


def test_leaving_is_refused_to_the_lead_and_while_the_fair_is_held(session: Session) -> None:
    application = awarded(session)
    group = application.group
    assert group is not None
    lead, second, _ = group.active_members
    with pytest.raises(Conflict) as of_lead:
        service.leave(session, lead, by=application.contact, now=NOW)
    with pytest.raises(Conflict) as of_awarded:
        service.leave(session, second, by=application.contact, now=application.call.fair.starts_at)
    assert [refusal(of_lead), refusal(of_awarded)] == ["lead_cannot_leave", "firm_has_award"]
    service.leave(session, second, by=application.contact, now=application.call.fair.ends_at)
    assert second.firm_id not in group.firm_ids


def test_an_award_shrinks_to_what_the_rest_gets_and_the_others_are_told(session: Session) -> None:
    application = awarded(session)
    lead, second, third = (member.firm_id for member in application.members)
    application.lines.append(CostLine(position=2, cost_class="travel", amount_minor=100_000, firm_id=third))
    others = [factories.user(member.firm) for member in application.members[1:]]
    service.leave(session, _place(application, third), by=others[1], now=NOW)
    session.expire_all()
    assert application.award is not None
    assert (application.state, application.award.amount_minor) == (ApplicationState.AWARDED, 450_000)
    assert {part.firm_id: part.support_minor for part in application.award.members} == {lead: 225_000, second: 225_000}
    told = [email for email, subject in mails(session) if "has left the application for" in subject]
    assert told == sorted([application.contact.email, others[0].email])


def test_an_award_falls_with_a_cap_per_firm_and_the_envelope_gets_the_rest(session: Session) -> None:
    application = factories.application()
    application.lines[0].amount_minor = 2_400_000
    application = approved(session, application)
    assert application.call.committed_minor == 900_000
    third = application.members[2]
    service.leave(session, _place(application, third.firm_id), by=factories.user(third.firm), now=NOW)
    session.expire_all()
    assert application.award is not None
    assert (application.award.amount_minor, application.call.committed_minor) == (600_000, 600_000)
    kinds = session.scalars(sa.select(EnvelopeEntry.kind).order_by(EnvelopeEntry.id)).all()
    assert kinds == ["committed", "released"]


def test_a_group_below_its_minimum_loses_its_award_with_notice(session: Session) -> None:
    application = factories.application(of=factories.group(factories.organisation(), factories.organisation()))
    application = approved(session, application)
    service.accept(session, application, by=application.contact, now=NOW)
    second = application.members[1]
    service.leave(session, _place(application, second.firm_id), by=factories.user(second.firm), now=NOW)
    session.expire_all()
    assert (application.state, application.call.committed_minor) == (ApplicationState.LAPSED, 0)
    exhibitor = queries.exhibitor_of_application(session, application.id)
    assert exhibitor is not None
    assert exhibitor.withdrawn_at == NOW
    lost = f"{application.applicant_name} loses its award for {application.call.fair.title}"
    assert (application.contact.email, lost) in mails(session)


def _place(application: Application, firm_id: int) -> GroupMember:
    assert application.group is not None
    place = queries.place_of_firm(application.group, firm_id)
    assert place is not None
    return place


# what firms had before


def test_earlier_awards_of_the_firm_and_its_undertaking_count(session: Session) -> None:
    earlier = awarded(session)
    service.accept(session, earlier, by=earlier.contact, now=NOW)
    again = factories.application(
        factories.call(earlier.call.fair, earlier.call.scheme_version), earlier.group, state=ApplicationState.DRAFT
    )
    quote = queries.current_quote(session, again, now=NOW)
    assert quote is not None
    # At most 3,000.00 per firm and fair, of which the first has 1,500.30 and the others 1,499.85 already.
    assert [member.support_minor for member in quote.members] == [149_970, 149_985, 149_985]
    again.lines[0].amount_minor = 2_000_000
    cut = queries.current_quote(session, again, now=NOW)
    assert cut is not None
    assert [member.support_minor for member in cut.members] == [149_970, 150_015, 150_015]


def test_a_quote_needs_the_same_statements_whatever_its_size(session: Session, statements: list[str]) -> None:
    counts = []
    for firms in (2, 6):
        group = factories.group(*(factories.organisation() for _ in range(firms)))
        for member in group.members:
            factories.firm_year(member.firm)
        made = factories.application(of=group)
        session.flush()
        session.expire_all()
        loaded = queries.application(session, made.id)
        assert loaded is not None
        statements.clear()
        queries.current_quote(session, loaded, now=NOW)
        counts.append(len(statements))
    assert counts == [6, 6]


def test_award_and_exhibitor_exist_once(session: Session) -> None:
    application = awarded(session)
    service.accept(session, application, by=application.contact, now=NOW)
    with pytest.raises(Conflict):
        service.accept(session, application, by=application.contact, now=NOW)
    assert session.scalar(sa.select(sa.func.count()).select_from(Award)) == 1
    assert session.scalar(sa.select(sa.func.count()).select_from(Exhibitor)) == 1


# on the screen


def to_be_answered() -> Application:
    made = factories.application(state=ApplicationState.AWARDED)
    factories.award(made, accept_by=datetime(2099, 1, 1, tzinfo=UTC))
    return made


def test_the_award_tells_amounts_and_calculation_and_is_accepted(session: Session, sign_in: SignIn) -> None:
    made = to_be_answered()
    stand = factories.stand(made.call.fair, label="4-C12")
    lead = sign_in(made.contact)
    letter = lead.get(f"/applications/{made.id}/award").text
    assert "Award of" in letter
    assert letter.count("€4,500.00") >= 2
    assert all(member.firm.name in letter for member in made.members)
    assert lead.post(f"/applications/{made.id}/award/accept").status_code == 302
    assert "The award is yours, and so is stand 4-C12." in lead.get(f"/applications/{made.id}/award").text
    exhibitor = session.scalars(sa.select(Exhibitor)).one()
    assert (exhibitor.application_id, exhibitor.stand_id) == (made.id, stand.id)


def test_the_award_is_declined_after_one_question(session: Session, sign_in: SignIn) -> None:
    made = to_be_answered()
    lead = sign_in(made.contact)
    assert "Decline the award?" in lead.get(f"/applications/{made.id}/award").text
    assert lead.post(f"/applications/{made.id}/award/decline").status_code == 302
    session.expire_all()
    assert (made.state, made.call.committed_minor) == (ApplicationState.DECLINED, 0)


def test_an_award_after_the_sunset_needs_a_renewal(session: Session) -> None:
    officer = factories.officer()
    assert officer.organisation is not None
    scheme = factories.scheme(officer.organisation, sunset_on=(NOW - timedelta(days=1)).date())
    call = factories.call(factories.fair(officer.organisation), factories.scheme_version(scheme, officer))
    made = factories.application(call)

    def is_eligible() -> bool:
        quote = queries.current_quote(session, made, now=NOW, granting=True)
        return quote is not None and quote.eligible

    assert not is_eligible()
    until_on = (NOW + timedelta(days=365)).date()
    subsidies.renew_scheme(session, scheme, until_on, "It brought orders.", by=officer, now=NOW)
    assert is_eligible()
