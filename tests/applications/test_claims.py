"""Claims: proved line by line, cut with a reason, approved by a second person, never above the award."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, object_session

from fairlink.accounts.models import User
from fairlink.applications import queries, service
from fairlink.applications.models import Application, Claim, ClaimLine, CostLine, Disbursement
from fairlink.applications.states import ApplicationState
from fairlink.applications.states.money import CLAIM_TRANSITIONS, ClaimAction, ClaimKind, ClaimState, FileKind, Purpose
from fairlink.kernel.clock import utcnow
from fairlink.kernel.errors import Conflict, Forbidden, TransitionNotAllowed
from fairlink.kernel.states import next_state
from fairlink.kernel.uploads import inspect
from fairlink.mail.models import MailMessage
from fairlink.policy import Role
from fairlink.subsidies.rules import read_rules, rules_to_dict, simple_rules
from fairlink.subsidies.rules.terms import Evidence, RecoveryCause
from tests import factories
from tests.files import samples

pytestmark = pytest.mark.usefixtures("app")

SignIn = Callable[[User], FlaskClient]
#: The clock of the pages under test is the real one: the fair was over yesterday.
YESTERDAY = utcnow().date() - timedelta(days=1)


def rules_with(**values: Any) -> dict[str, Any]:
    """Half of the cost, invoices for stand space; `values` are set into the document."""
    made = simple_rules(
        name="Scheme", currency="EUR", rate_bp=5000, min_firms=2, max_firms=10, sunset_on=date(2030, 12, 31)
    )
    document = rules_to_dict(made)
    for each in document["cost_classes"]:
        if each["code"] == "stand_space":
            each["evidence"] = ["invoice", "payment_proof"]
    return rules_to_dict(read_rules(document | values))


def awarded(ends_on: date = YESTERDAY, **values: Any) -> Application:
    """Two firms with 9,000.00 for stand space and 1,000.00 for travel of the second, of which half is awarded."""
    fair = factories.fair(starts_on=ends_on - timedelta(days=2), ends_on=ends_on)
    version = factories.scheme_version(factories.scheme(fair.agency), rules=rules_with(**values))
    group = factories.group(factories.organisation(), factories.organisation())
    call = factories.call(fair, version)
    made = factories.application(call, group, state=ApplicationState.ASSESSED)
    partner = made.members[1].firm_id
    made.lines.append(CostLine(position=2, cost_class="travel", amount_minor=100_000, firm_id=partner))
    factories.add(made)
    session = object_session(made)
    assert session is not None
    approver = factories.user(fair.agency, Role.APPROVER)
    granted_at = call.opens_at + timedelta(days=1)
    service.approve(session, made, by=approver, now=granted_at)
    service.accept(session, made, by=made.contact, now=granted_at)
    return made


@pytest.fixture
def application(session: Session) -> Application:
    return awarded()


def staff(application: Application, *roles: Role) -> User:
    return factories.user(application.call.fair.agency, *roles)


def sent_claim(session: Session, application: Application, *amounts: int) -> Claim:
    """A final claim with these actual amounts, proved and sent."""
    now, by = utcnow(), application.contact
    claim = service.start_claim(session, application, ClaimKind.FINAL, by=by, now=now)
    session.flush()
    for line, amount in zip(claim.lines, amounts, strict=True):
        line.actual_minor = amount
    _prove(session, claim.lines[0], by)
    service.submit_claim(session, claim, by=by, now=now)
    return claim


def _prove(session: Session, line: ClaimLine, by: User) -> None:
    for kind in (Evidence.INVOICE, Evidence.PAYMENT_PROOF):
        service.add_evidence(session, line, kind, [inspect("a.pdf", samples.pdf())], by=by, now=utcnow())


def payable(claim: Claim) -> list[int]:
    return [part.payable_minor for part in claim.parts]


def test_claim_is_proved_and_sent_page_by_page(session: Session, sign_in: SignIn, application: Application) -> None:
    lead = sign_in(application.contact)
    page = lead.get(f"/applications/{application.id}/claims").text
    assert "Begin the final claim" in page
    started = lead.post(f"/applications/{application.id}/claims", data={"kind": "final"})
    address = started.headers["Location"]
    claim = session.scalars(sa.select(Claim)).one()
    stand, travel = claim.lines
    page = lead.get(address).text
    assert ("Missing: Invoice, Proof of payment" in page, "Send the claim" in page) == (True, False)
    assert lead.post(f"{address}/submit", data={"declared": "y"}).status_code == 422
    bad = {"lines-0-line_id": stand.id, "lines-0-actual": "x", "lines-1-line_id": travel.id, "lines-1-actual": "0"}
    answer = lead.post(f"{address}/costs", data=bad)
    assert (answer.status_code, "is not a number" in answer.text) == (422, True)
    assert lead.post(f"{address}/costs", data=bad | {"lines-0-actual": "8,000"}).status_code == 303
    proofs = f"/claim-lines/{stand.id}/evidence"
    for kind in ("invoice", "payment_proof"):
        files = {"kind": kind, "files": (io.BytesIO(samples.pdf()), f"{kind}.pdf")}
        assert lead.post(proofs, data=files, content_type="multipart/form-data").status_code == 303
    evil = {"kind": "invoice", "files": (io.BytesIO(b"<svg onload=alert(1)>"), "a.pdf")}
    assert lead.post(proofs, data=evil, content_type="multipart/form-data").status_code == 422
    assert lead.post(f"{address}/submit", data={}).status_code == 422
    assert lead.post(f"{address}/submit", data={"declared": "y"}).status_code == 303
    session.expire_all()
    assert claim.state == ClaimState.SUBMITTED
    assert [line.actual_minor for line in claim.lines] == [800_000, 0]
    given = lead.get(f"/claim-evidence/{stand.evidence[0].id}")
    assert given.headers["Content-Disposition"].startswith("attachment")


def test_member_fills_in_its_costs_and_only_the_lead_sends(
    session: Session, sign_in: SignIn, application: Application
) -> None:
    claim = service.start_claim(session, application, ClaimKind.FINAL, by=application.contact, now=utcnow())
    stand, travel = claim.lines
    partner = sign_in(factories.user(application.members[1].firm))
    own = {"lines-0-line_id": travel.id, "lines-0-actual": "900"}
    assert partner.post(f"/claims/{claim.id}/costs", data=own).status_code == 303
    assert partner.post(f"/claims/{claim.id}/submit", data={"declared": "y"}).status_code == 403
    session.expire_all()
    assert [stand.actual_minor, travel.actual_minor] == [None, 90_000]


def test_one_line_is_refused_and_two_people_approve(
    session: Session, sign_in: SignIn, application: Application
) -> None:
    claim = sent_claim(session, application, 800_000, 100_000)
    stand, travel = claim.lines
    officer = staff(application, Role.OFFICER, Role.FINANCE)
    checker, finance = sign_in(officer), sign_in(staff(application, Role.FINANCE))
    page = checker.get(f"/staff/claims/{claim.id}/check").text
    assert "Claimed: " in page
    rows = {
        "lines-0-line_id": stand.id,
        "lines-0-accepted": "8,000",
        "lines-1-line_id": travel.id,
        "lines-1-accepted": "0",
    }
    answer = checker.post(f"/staff/claims/{claim.id}/check", data=rows)
    assert (answer.status_code, "Say why less is accepted." in answer.text) == (422, True)
    above = rows | {"lines-0-accepted": "8,000.01"}
    assert checker.post(f"/staff/claims/{claim.id}/check", data=above).status_code == 422
    assert finance.post(f"/staff/claims/{claim.id}/approve").status_code == 409
    rows["lines-1-reason"] = "The ticket is for another fair."
    assert checker.post(f"/staff/claims/{claim.id}/check", data=rows).status_code == 303
    session.expire_all()
    assert payable(claim) == [200_000, 200_000]
    assert checker.post(f"/staff/claims/{claim.id}/approve").status_code == 403
    assert "Approve and order €4,000.00" in finance.get(f"/staff/claims/{claim.id}").text
    assert finance.post(f"/staff/claims/{claim.id}/approve").status_code == 303
    session.expire_all()
    award = claim.award
    assert claim.state == ClaimState.APPROVED
    assert [each.amount_minor for each in queries.disbursements_of_award(session, award.id)] == [200_000, 200_000]
    assert (award.disbursed_minor, award.released_minor, award.left.minor) == (400_000, 100_000, 0)
    assert application.call.committed_minor == 400_000
    lead = sign_in(application.contact)
    assert "The ticket is for another fair." in lead.get(f"/claims/{claim.id}").text
    subjects = session.scalars(sa.select(MailMessage.subject).where(MailMessage.template == "claim_approved")).all()
    # The other firm has nobody with an account.
    assert subjects == [f"Your claim for {application.call.fair.title} is approved"]


def test_database_refuses_that_one_person_checks_and_approves(session: Session, application: Application) -> None:
    claim = sent_claim(session, application, 800_000, 100_000)
    officer = staff(application, Role.OFFICER, Role.FINANCE)
    service.check_claim(session, claim, {}, by=officer, now=utcnow())
    with pytest.raises(Forbidden, match="claim_needs_two_people"):
        service.approve_claim(session, claim, by=officer, now=utcnow())
    session.expire(claim)
    statement = sa.update(Claim).values(state=ClaimState.APPROVED, approved_by_id=officer.id)
    with pytest.raises(IntegrityError, match="two_people"), session.begin_nested():
        session.execute(statement)


def test_more_spent_than_planned_pays_no_more_than_the_award(session: Session, application: Application) -> None:
    claim = sent_claim(session, application, 2_000_000, 500_000)
    service.check_claim(session, claim, {}, by=staff(application, Role.OFFICER), now=utcnow())
    assert payable(claim) == [225_000, 275_000]


def test_advance_is_taken_off_and_retention_is_kept_until_it_is_released(session: Session) -> None:
    application = awarded(utcnow().date() + timedelta(days=30), payment={"advance_bp": 4000, "retention_bp": 1000})
    lead, officer = application.contact, staff(application, Role.OFFICER)
    finance, now = staff(application, Role.FINANCE), utcnow()
    ahead = service.start_claim(session, application, ClaimKind.ADVANCE, by=lead, now=now)
    service.submit_claim(session, ahead, by=lead, now=now)
    service.check_claim(session, ahead, {}, by=officer, now=now)
    service.approve_claim(session, ahead, by=finance, now=now)
    assert payable(ahead) == [90_000, 110_000]
    with pytest.raises(Conflict, match="claim_not_now"):
        service.start_claim(session, application, ClaimKind.FINAL, by=lead, now=now)
    application.call.fair.starts_on = application.call.fair.ends_on = YESTERDAY
    claim = sent_claim(session, application, 800_000, 100_000)
    service.check_claim(session, claim, {}, by=officer, now=utcnow())
    service.approve_claim(session, claim, by=finance, now=utcnow())
    found = [(part.support_minor, part.advance_minor, part.retained_minor, part.payable_minor) for part in claim.parts]
    assert found == [(200_000, 90_000, 20_000, 90_000), (250_000, 110_000, 25_000, 115_000)]
    assert application.award is not None
    assert application.award.left.minor == 45_000
    for _ in range(2):
        service.release_retention(session, claim, by=None, now=utcnow())
    kept = sa.select(Disbursement.amount_minor).where(Disbursement.purpose == Purpose.RETENTION)
    assert session.scalars(kept.order_by(Disbursement.id)).all() == [20_000, 25_000]
    assert application.award.left.minor == 0


@pytest.mark.parametrize("payee", ["organiser", "carrier", "association"])
def test_whoever_is_paid_the_firms_that_it_supports_answer_for_it(session: Session, payee: str) -> None:
    application = awarded(payee=payee)
    award, group, agency = application.award, application.group, application.call.fair.agency
    assert award is not None
    assert group is not None
    group.association_id = factories.organisation().id
    claim, finance = sent_claim(session, application, 800_000, 100_000), staff(application, Role.FINANCE)
    service.check_claim(session, claim, {}, by=staff(application), now=utcnow())
    service.approve_claim(session, claim, by=finance, now=utcnow())
    firms = [member.firm_id for member in application.members]
    assert [queries.recoverable(session, award, firm) for firm in firms] == [0, 0]
    account: dict[str, Any] = {"number": "ES9121000418450200051332", "bic": "", "by": finance, "now": utcnow()}
    service.save_account(session, agency, holder="Agency", bank="", **account)
    for order in queries.disbursements_of_award(session, award.id):
        if order.payee is None:
            service.enter_account(session, order, holder="Fair", **account)
        else:
            assert order.payee_id == group.association_id
            service.save_account(session, order.payee, holder="Association", bank="", **account)
    service.make_batch(session, agency, FileKind.PAIN_001, "EUR", by=finance, now=utcnow())
    assert queries.paid_by_firm(session, award) == dict(zip(firms, (200_000, 250_000), strict=True))
    values: dict[str, Any] = {"reason": "Nobody came.", "answer_days": 15, "by": finance, "now": utcnow()}
    service.open_recovery(session, application, firms[1], RecoveryCause.NO_SHOW, 250_000, **values)
    assert [queries.recoverable(session, award, firm) for firm in firms] == [200_000, 0]


def test_returned_claim_can_be_sent_again_after_its_window(
    session: Session, sign_in: SignIn, application: Application
) -> None:
    claim = sent_claim(session, application, 800_000, 100_000)
    officer = sign_in(staff(application))
    assert officer.post(f"/staff/claims/{claim.id}/return", data={"reason": ""}).status_code == 422
    assert officer.post(f"/staff/claims/{claim.id}/return", data={"reason": "An invoice is torn."}).status_code == 303
    session.expire_all()
    assert "An invoice is torn." in sign_in(application.contact).get(f"/claims/{claim.id}").text
    closes_at = service.claim_window(application).closes_at
    claim.change_by = closes_at + timedelta(days=10)
    service.submit_claim(session, claim, by=application.contact, now=closes_at + timedelta(days=9))
    assert claim.state == ClaimState.SUBMITTED


def test_members_are_reminded_once_and_what_nobody_claims_is_released(
    session: Session, application: Application
) -> None:
    closes_at = service.claim_window(application).closes_at
    award = application.award
    assert award is not None
    assert service.close_unclaimed(session, closes_at - timedelta(days=20)) == 0
    assert [service.close_unclaimed(session, closes_at - timedelta(days=3)) for _ in range(2)] == [1, 0]
    assert [service.close_unclaimed(session, closes_at + timedelta(days=40)) for _ in range(2)] == [1, 0]
    assert (award.left.minor, application.call.committed_minor) == (0, 0)
    sent = session.scalars(sa.select(MailMessage.template).where(MailMessage.template.like("claim_%"))).all()
    assert sorted(sent) == ["claim_due", "claim_missed"]
    with pytest.raises(Conflict, match="claim_not_now"):
        service.start_claim(session, application, ClaimKind.FINAL, by=application.contact, now=utcnow())


def test_claim_that_is_with_the_agency_keeps_its_award(session: Session, application: Application) -> None:
    sent_claim(session, application, 800_000, 100_000)
    assert service.close_unclaimed(session, utcnow() + timedelta(days=400)) == 0
    assert application.award is not None
    assert application.award.left.minor == 500_000


def test_claims_of_others_are_not_found(session: Session, sign_in: SignIn, application: Application) -> None:
    claim = sent_claim(session, application, 800_000, 100_000)
    proof = claim.lines[0].evidence[0].id
    foreign_staff, foreign_firm = sign_in(factories.officer()), sign_in(factories.owner())
    for browser, address in (
        (foreign_staff, f"/staff/claims/{claim.id}"),
        (foreign_staff, f"/claim-evidence/{proof}"),
        (foreign_firm, f"/claims/{claim.id}"),
        (foreign_firm, f"/claim-evidence/{proof}"),
    ):
        assert browser.get(address).status_code == 404


def test_list_runs_a_constant_number_of_statements(
    session: Session, sign_in: SignIn, statements: list[str], application: Application
) -> None:
    browser = sign_in(staff(application))
    sent_claim(session, application, 800_000, 100_000)
    counts = []
    for more in (0, 2):
        for _ in range(more):
            award = factories.award(factories.application(application.call))
            factories.add(
                Claim(
                    award_id=award.id,
                    agency_id=application.agency_id,
                    kind=ClaimKind.FINAL,
                    state=ClaimState.SUBMITTED,
                    created_at=factories.MADE_AT,
                    submitted_at=factories.MADE_AT,
                )
            )
        session.commit()
        session.expire_all()
        statements.clear()
        assert browser.get("/staff/claims").status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("state", list(ClaimState))
@pytest.mark.parametrize("action", list(ClaimAction))
def test_claim_grid(state: ClaimState, action: ClaimAction) -> None:
    allowed = {
        (ClaimState.DRAFT, ClaimAction.SUBMIT),
        (ClaimState.DRAFT, ClaimAction.LAPSE),
        (ClaimState.SUBMITTED, ClaimAction.RETURN),
        (ClaimState.SUBMITTED, ClaimAction.CHECK),
        (ClaimState.SUBMITTED, ClaimAction.REFUSE),
        (ClaimState.CHECKED, ClaimAction.CHECK),
        (ClaimState.CHECKED, ClaimAction.RETURN),
        (ClaimState.CHECKED, ClaimAction.APPROVE),
        (ClaimState.CHECKED, ClaimAction.REFUSE),
    }
    if (state, action) in allowed:
        next_state(CLAIM_TRANSITIONS, state, action)
    else:
        with pytest.raises(TransitionNotAllowed):
            next_state(CLAIM_TRANSITIONS, state, action)


def test_window_is_that_of_the_fair(session: Session) -> None:
    application = awarded(date(2027, 3, 11), timing={"claim_within_days": 45})
    window = service.claim_window(application)
    assert window.opens_at == datetime(2027, 3, 12, 3, tzinfo=UTC)
    assert window.closes_at == datetime(2027, 4, 26, 3, tzinfo=UTC)
