"""Recovery: opened by one, decided by another, answered by the firm, back in the envelope to the last cent."""

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pypdf
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.applications import service
from fairlink.applications.models import Application, RecoveryCase
from fairlink.applications.states import ApplicationState
from fairlink.applications.states.money import (
    RECOVERY_TRANSITIONS,
    FileKind,
    Purpose,
    RecoveryAction,
    RecoveryEntryKind,
    RecoveryState,
)
from fairlink.kernel.clock import utcnow
from fairlink.kernel.errors import Forbidden, TransitionNotAllowed
from fairlink.kernel.states import next_state
from fairlink.mail.models import MailMessage
from fairlink.policy import Role
from fairlink.subsidies.models import EnvelopeEntry
from fairlink.subsidies.rules.terms import RecoveryCause
from fairlink.subsidies.states import EntryKind
from tests import factories

pytestmark = pytest.mark.usefixtures("app")

SignIn = Callable[[User], FlaskClient]
SPANISH = "ES9121000418450200051332"


@pytest.fixture
def paid(session: Session) -> Application:
    """An award of 4,500.00 of which the lead was paid 1,500.00."""
    made = factories.application(state=ApplicationState.ACCEPTED, decided_at=factories.MADE_AT)
    award = factories.award(made)
    finance = staff(made, Role.FINANCE)
    for organisation in (made.call.fair.agency, made.lead_firm):
        service.save_account(
            session, organisation, holder=organisation.name, number=SPANISH, bic="", bank="", by=finance, now=utcnow()
        )
    service.order_payment(
        session,
        made.call,
        150_000,
        Purpose.CLAIM,
        reference="test",
        payee=made.lead_firm,
        award=award,
        firm_id=made.lead_firm_id,
        by=finance,
        now=utcnow(),
    )
    service.make_batch(session, made.call.fair.agency, FileKind.PAIN_001, "EUR", by=finance, now=utcnow())
    return made


def staff(application: Application, *roles: Role) -> User:
    return factories.user(application.call.fair.agency, *roles)


def opened(session: Session, application: Application, by: User, **values: Any) -> RecoveryCase:
    defaults: dict[str, Any] = {"amount_minor": 100_000, "reason": "The stand was empty.", "answer_days": 15}
    firm_id, cause = application.lead_firm_id, RecoveryCause.NO_SHOW
    return service.open_recovery(session, application, firm_id, cause, by=by, now=utcnow(), **defaults | values)


def test_case_from_opening_to_the_last_cent(session: Session, sign_in: SignIn, paid: Application) -> None:
    officer, approver = sign_in(staff(paid)), sign_in(staff(paid, Role.APPROVER))
    finance, lead = sign_in(staff(paid, Role.FINANCE)), sign_in(paid.contact)
    page = officer.get(f"/staff/applications/{paid.id}/recover").text
    assert "€1,500.00" in page
    form = {"firm": paid.lead_firm_id, "cause": "no_show", "reason": "The stand was empty.", "answer_days": "15"}
    answer = officer.post(f"/staff/applications/{paid.id}/recover", data=form | {"amount": "1,500.01"})
    assert (answer.status_code, "At most €1,500.00 can be recovered" in answer.text) == (422, True)
    assert officer.post(f"/staff/applications/{paid.id}/recover", data=form).status_code == 303
    case = session.scalars(sa.select(RecoveryCase)).one()
    assert case.amount_minor == 150_000
    assert officer.post(f"/staff/recoveries/{case.id}/decide", data={"reason": "x"}).status_code == 403
    told = session.scalars(sa.select(MailMessage.subject).where(MailMessage.to_email == paid.contact.email)).all()
    assert told == [f"Please answer about your support for {paid.call.fair.title}"]

    assert lead.post(f"/recoveries/{case.id}/answer", data={"answer": ""}).status_code == 422
    assert lead.post(f"/recoveries/{case.id}/answer", data={"answer": "Our plane was late."}).status_code == 303
    assert "Our plane was late." in approver.get(f"/staff/recoveries/{case.id}").text
    decision = {"reason": "The stand stayed empty on all days."}
    assert approver.post(f"/staff/recoveries/{case.id}/decide", data=decision).status_code == 303
    assert lead.post(f"/recoveries/{case.id}/answer", data={"answer": "Wait!"}).status_code == 409
    assert "The stand stayed empty on all days." in lead.get(f"/recoveries/{case.id}").text

    back = f"/staff/recoveries/{case.id}/paid-back"
    assert finance.post(back, data={"amount": "1,000"}).status_code == 303
    assert finance.post(back, data={"amount": "500.01"}).status_code == 422
    assert finance.post(back, data={"amount": "500"}).status_code == 303
    session.expire_all()
    assert (case.state, case.left.minor) == (RecoveryState.CLOSED, 0)
    assert [(each.kind, each.amount_minor) for each in case.entries] == [
        (RecoveryEntryKind.DEMANDED, 150_000),
        (RecoveryEntryKind.PAID_BACK, 100_000),
        (RecoveryEntryKind.PAID_BACK, 50_000),
    ]
    assert paid.award is not None
    assert (paid.award.disbursed_minor, paid.award.released_minor) == (0, 150_000)
    assert (paid.call.committed_minor, paid.call.disbursed_minor) == (300_000, 0)
    kinds = session.scalars(sa.select(EnvelopeEntry.kind).order_by(EnvelopeEntry.id)).all()
    assert kinds[-2:] == [EntryKind.RECOVERED, EntryKind.RELEASED]


def test_letter_is_an_accessible_pdf_in_the_readers_language(
    session: Session, sign_in: SignIn, paid: Application
) -> None:
    case = opened(session, paid, staff(paid))
    paid.contact.locale = "es"
    answer = sign_in(paid.contact).get(f"/recoveries/{case.id}/letter")
    assert answer.headers["Content-Type"] == "application/pdf"
    document = pypdf.PdfReader(io.BytesIO(answer.data))
    root: Any = document.trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("es", True)
    text = "".join(page.extract_text() for page in document.pages)
    assert "The stand was empty." in text


def test_group_lead_and_foreign_staff_do_not_read_a_case(session: Session, sign_in: SignIn, paid: Application) -> None:
    case = opened(session, paid, staff(paid))
    partner = factories.user(paid.members[1].firm)
    assert sign_in(partner).get(f"/recoveries/{case.id}").status_code == 404
    assert sign_in(factories.officer()).get(f"/staff/recoveries/{case.id}/letter").status_code == 404


def test_nobody_decides_on_a_case_of_their_own_even_below_the_code(session: Session, paid: Application) -> None:
    officer = staff(paid, Role.OFFICER, Role.APPROVER)
    case = opened(session, paid, officer)
    with pytest.raises(Forbidden, match="recovery_needs_two_people"):
        service.decide_recovery(session, case, "Mine.", by=officer, now=utcnow())
    session.refresh(case)
    statement = sa.update(RecoveryCase).values(decided_by_id=officer.id, state=RecoveryState.DUE)
    with pytest.raises(IntegrityError, match="two_people"), session.begin_nested():
        session.execute(statement)


def test_dropping_a_case_waives_what_is_left(session: Session, paid: Application) -> None:
    case, approver = opened(session, paid, staff(paid)), staff(paid, Role.APPROVER)
    service.decide_recovery(session, case, "Pay.", by=approver, now=utcnow())
    service.record_paid_back(session, case, 40_000, by=staff(paid, Role.FINANCE), now=utcnow())
    service.drop_recovery(session, case, "The firm is insolvent.", by=approver, now=utcnow())
    session.refresh(case)
    assert [(each.kind, each.amount_minor) for each in case.entries][-1] == (RecoveryEntryKind.WAIVED, 60_000)
    assert paid.call.disbursed_minor == 110_000


def test_scheme_says_how_much_comes_back_and_by_when(session: Session, paid: Application) -> None:
    version = paid.call.scheme_version
    version.rules = version.rules | {"recovery": [{"cause": "missing_report", "share_bp": 2000, "within_days": 45}]}
    case = opened(session, paid, staff(paid), amount_minor=None)
    assert case.amount_minor == 150_000
    rule = service.recovery_rule(paid, RecoveryCause.MISSING_REPORT)
    assert (rule.share_bp, rule.within_days) == (2000, 45)


def test_ledger_of_a_case_refuses_changes(session: Session, paid: Application) -> None:
    case, approver = opened(session, paid, staff(paid)), staff(paid, Role.APPROVER)
    service.decide_recovery(session, case, "Pay.", by=approver, now=utcnow())
    with pytest.raises(DatabaseError, match="append-only"), session.begin_nested():
        session.execute(sa.text("UPDATE recovery_entry SET amount_minor = 1"))


@pytest.mark.parametrize("state", list(RecoveryState))
@pytest.mark.parametrize("action", list(RecoveryAction))
def test_recovery_grid(state: RecoveryState, action: RecoveryAction) -> None:
    allowed = {
        (RecoveryState.OPENED, RecoveryAction.DECIDE): RecoveryState.DUE,
        (RecoveryState.OPENED, RecoveryAction.DROP): RecoveryState.DROPPED,
        (RecoveryState.DUE, RecoveryAction.DROP): RecoveryState.DROPPED,
        (RecoveryState.DUE, RecoveryAction.CLOSE): RecoveryState.CLOSED,
    }
    if (state, action) in allowed:
        assert next_state(RECOVERY_TRANSITIONS, state, action) == allowed[state, action]
    else:
        with pytest.raises(TransitionNotAllowed):
            next_state(RECOVERY_TRANSITIONS, state, action)


def test_answer_day_is_that_of_the_fair(session: Session, paid: Application) -> None:
    paid.call.fair.zone = "Pacific/Kiritimati"
    case = opened(session, paid, staff(paid), answer_days=5)
    assert isinstance(case.answer_on, date)
    assert (case.answer_on - utcnow().date()).days in (5, 6)
