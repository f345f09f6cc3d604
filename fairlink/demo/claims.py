"""What became of the awards of the demonstration's fair that is over: claims, a bank file, and money asked back."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.applications import queries
from fairlink.applications import service as applications
from fairlink.applications.models import Application, Claim
from fairlink.applications.states import ApplicationState
from fairlink.applications.states.money import ClaimKind, FileKind
from fairlink.demo.people import People
from fairlink.demo.programme import OVER, Programme
from fairlink.subsidies.models import Call
from fairlink.subsidies.rules.terms import RecoveryCause

#: Made up, with right check digits.
_AGENCY, _ORGANISER = "ES9121000418450200051332", "IT60X0542811101000000123456"


def make_claims(session: Session, people: People, programme: Programme, now: datetime) -> None:
    """One claim is paid but for a line, one is checked, one is sent; a firm of the first is asked for money back."""
    call = programme.calls[OVER, "group"]
    paid, checked, sent = _accepted(session, call)[:3]
    day = call.fair.ends_at + timedelta(days=20)
    first, second, _third = (_sent(session, each, day) for each in (paid, checked, sent))
    officer, finance = people.staff["officer"], people.staff["finance"]
    refused = {first.lines[-1].id: (0, "The ticket is for another fair.")}
    applications.check_claim(session, first, refused, by=officer, now=day + timedelta(days=9))
    applications.check_claim(session, second, {}, by=officer, now=day + timedelta(days=11))
    applications.approve_claim(session, first, by=finance, now=day + timedelta(days=12))
    _pay(session, people, first, day + timedelta(days=13))
    applications.open_recovery(
        session,
        paid,
        people.firms[1].organisation.id,
        RecoveryCause.NO_SHOW,
        40_000,
        "Our visit on the second day found the firm's part of the stand empty.",
        answer_days=15,
        by=officer,
        now=now - timedelta(days=4),
    )


def _accepted(session: Session, call: Call) -> list[Application]:
    query = sa.select(Application).where(Application.call_id == call.id, Application.state == ApplicationState.ACCEPTED)
    return list(session.scalars(query.order_by(Application.id)))


def _sent(session: Session, application: Application, day: datetime) -> Claim:
    """A final claim that came to a little less than was planned."""
    lead = application.contact
    claim = applications.start_claim(session, application, ClaimKind.FINAL, by=lead, now=day)
    session.flush()
    amounts: dict[int, int | None] = {line.id: line.cost_line.amount_minor * 97 // 100 for line in claim.lines}
    applications.save_actual_costs(session, claim, amounts, by=lead, now=day)
    applications.submit_claim(session, claim, by=lead, now=day + timedelta(days=2))
    return claim


def _pay(session: Session, people: People, claim: Claim, day: datetime) -> None:
    """The organiser is paid, as the scheme says, from the agency's account."""
    finance, agency = people.staff["finance"], claim.application.call.fair.agency
    applications.save_account(
        session,
        agency,
        holder=agency.name,
        number=_AGENCY,
        bic="CAIXESBB",
        bank="Banco de ejemplo",
        by=finance,
        now=day,
    )
    for order in queries.disbursements_of_award(session, claim.award_id):
        applications.enter_account(
            session, order, holder=order.payee_name, number=_ORGANISER, bic="", by=finance, now=day
        )
    batch = applications.make_batch(
        session, agency, FileKind.PAIN_001, claim.award.currency, by=finance, now=day + timedelta(days=1)
    )
    applications.mark_paid(session, batch, (day + timedelta(days=4)).date(), by=finance, now=day + timedelta(days=4))
