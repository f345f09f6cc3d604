"""The demonstration is whole: every state, every number that is promised, and nobody real is written to."""

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from fairlink import demo
from fairlink.accounts.models import Organisation, User
from fairlink.accounts.rules import company_number
from fairlink.accounts.service import authenticate
from fairlink.applications.models import (
    Application,
    Claim,
    Disbursement,
    ProducerGroup,
    RecoveryCase,
    SelectionPlace,
)
from fairlink.applications.states import ApplicationState
from fairlink.applications.states.money import ClaimState, DisbursementState, RecoveryState
from fairlink.fairs.models import Fair
from fairlink.followup.models import Order
from fairlink.followup.states import OrderState
from fairlink.kernel.clock import utcnow
from fairlink.mail.models import MailMessage
from fairlink.monitoring import service as monitoring
from fairlink.monitoring.models import ApplicationResult, Evaluation
from fairlink.monitoring.rules.evaluation import Design
from fairlink.policy import Kind
from fairlink.subsidies.models import Scheme
from fairlink.visits.models import Contact, HostedStay, Workshop
from fairlink.visits.states import HostedState as S

_HOSTED_FIGURES = ("hosted_meetings_held", "hosted_leads", "hosted_orders_confirmed", "hosted_confirmed_minor")


def _count(session: Session, table: type, *where: sa.ColumnElement[bool]) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(table).where(*where)) or 0


@pytest.mark.journey
def test_demonstration_looks_like_a_country(app: Flask, session: Session) -> None:
    now = utcnow()
    assert demo.load_if_empty(session, now) is True
    assert demo.load_if_empty(session, now) is False
    assert _count(session, Organisation, Organisation.kind == Kind.FIRM) == 118
    assert _count(session, ProducerGroup) == 12
    assert _count(session, Organisation, Organisation.kind == Kind.BUYER) == 30
    countries = sa.select(sa.func.count(sa.distinct(Organisation.country))).where(Organisation.kind == Kind.BUYER)
    assert session.scalar(countries) == 15
    assert (_count(session, Contact), _count(session, Workshop), _count(session, HostedStay)) == (3, 2, 8)
    stays = session.scalars(sa.select(HostedStay.state).order_by(HostedStay.id)).all()
    assert stays == [S.APPROVED, S.CHECKED, S.CLAIMED, S.FORFEITED, S.FORFEITED, S.FORFEITED, S.GRANTED, S.APPLIED]
    sums = sa.select(*(sa.func.sum(getattr(ApplicationResult, name)) for name in _HOSTED_FIGURES))
    assert all(session.execute(sums).one())
    assert (_count(session, Fair), _count(session, Scheme)) == (28, 6)
    states = set(session.scalars(sa.select(Application.state).distinct()))
    assert states == set(ApplicationState)
    claims = session.scalars(sa.select(Claim.state).order_by(Claim.id)).all()
    assert claims == [ClaimState.APPROVED, ClaimState.CHECKED, ClaimState.SUBMITTED]
    assert _count(session, Disbursement, Disbursement.state == DisbursementState.PAID) > 0
    assert session.scalars(sa.select(RecoveryCase.state)).all() == [RecoveryState.OPENED]
    counts = sa.select(SelectionPlace.run_id, SelectionPlace.outcome, sa.func.count())
    chosen = session.execute(counts.group_by(SelectionPlace.run_id, SelectionPlace.outcome)).all()
    assert sorted(tuple(row)[1:] for row in chosen) == [
        *(("awarded", 2), ("awarded", 7), ("awarded", 22)),
        *(("refused", 1), ("refused", 7), ("refused", 22)),
        ("reserve", 1),
    ]
    for asked in session.scalars(sa.select(Evaluation)):
        monitoring.evaluate(session, asked.id, now=now)
    found = {asked.design: asked.result and asked.result["status"] for asked in session.scalars(sa.select(Evaluation))}
    assert found == {Design.LOTTERY: "estimated", Design.CUTOFF: "not_enough"}
    orders = set(session.scalars(sa.select(Order.state).distinct()))
    assert orders == set(OrderState)
    for firm in session.scalars(sa.select(Organisation).where(Organisation.kind == Kind.FIRM)):
        assert company_number(firm.country, firm.company_number or "") == firm.company_number
    addresses = list(session.scalars(sa.select(User.email)))
    assert [address for address in addresses if not address.endswith(".example")] == []
    assert _count(session, MailMessage, MailMessage.state != "sent") == 0
    for address, _what in demo.ACCOUNTS:
        assert authenticate(session, email=address, password=demo.PASSWORD, now=now).email == address
