"""What the firms of the demonstration owe and have paid."""

import uuid
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.demo.people import People
from fairlink.demo.programme import OPEN, OVER, SOON, Programme
from fairlink.fairs.models import Fair
from fairlink.kernel.money import Money
from fairlink.payments import service as payments
from fairlink.payments.models import Charge
from fairlink.payments.states import ChargeKind, PriceUnit


def make_money(session: Session, people: People, programme: Programme, now: datetime) -> None:
    """An account, price lists, and charges: paid where the fair is over, some of them where it is soon."""
    officer, finance = people.staff["officer"], people.staff["finance"]
    assert finance.organisation_id is not None
    payments.save_bank_account(
        session,
        finance.organisation_id,
        holder="Agency for Exports",
        number="ES91 2100 0418 4502 0005 1332",
        bank="Banco de ejemplo",
        bic="CAIXESBB",
        by=finance,
        now=now,
    )
    for name in (SOON, OPEN):
        _prices(session, programme.fairs[name], officer, now)
    while payments.charge_accepted(session, now=now - timedelta(days=12)):
        session.flush()
    charges = session.scalars(sa.select(Charge).order_by(Charge.id)).all()
    over = [charge for charge in charges if charge.fair_id == programme.fairs[OVER].id]
    soon = [charge for charge in charges if charge.fair_id == programme.fairs[SOON].id]
    for charge in over + soon[::3]:
        _transfer(session, charge, charge.amount, finance, now)
    for charge in soon[1:2]:
        _transfer(session, charge, charge.amount.portion(4_000), finance, now)


def _prices(session: Session, fair: Fair, officer: User, now: datetime) -> None:
    due_on = fair.starts_on - timedelta(days=20)
    for kind, name, minor in (
        (ChargeKind.DEPOSIT, "Key of the store room", 5_000),
        (ChargeKind.EXTRA, "Chair", 2_500),
        (ChargeKind.EXTRA, "Interpreter for a day", 18_000),
    ):
        payments.add_price(
            session,
            fair,
            kind=kind,
            name=name,
            amount=Money(minor, "EUR"),
            unit=PriceUnit.FIRM,
            due_on=due_on,
            by=officer,
            now=now,
        )


def _transfer(session: Session, charge: Charge, amount: Money, finance: User, now: datetime) -> None:
    day = (now - timedelta(days=5)).date()
    payments.record_transfer(session, charge, amount, day, key=uuid.uuid4(), by=finance, now=now)
