"""Reads for staff: what is owed at one fair, and how far its refunds are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from fairlink.accounts.models import Organisation
from fairlink.fairs.models import Fair
from fairlink.kernel.database import occurs_in
from fairlink.kernel.money import Money
from fairlink.payments.models import Charge, Refund, RefundPart, RefundRun
from fairlink.payments.queries.charges import charges_of_agency, counts_of, is_unpaid
from fairlink.payments.states import ChargeFilter, RefundState

_HELD = Charge.received_minor - Charge.refunded_minor
_OWED = Charge.amount_minor - Charge.credited_minor
_SHOWN_RUNS = 20


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the charges of a fair in one currency."""

    owed: Money
    received: Money
    refunded: Money
    left: Money
    overdue: Money


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: charges for which money came in, and those of which all went back."""

    charges: int
    done: int
    to_give_back: tuple[Money, ...]
    failed: int
    by_bank: int

    @property
    def is_finished(self) -> bool:
        return self.done == self.charges


def charges_at(fair: Fair, wanted: ChargeFilter | None, text: str, today: date) -> sa.Select[Charge]:
    """What is owed at a fair, or only what is wanted of it; and of firms or with references in which `text` occurs."""
    query = charges_of_agency(fair.agency_id, wanted, today).where(Charge.fair_id == fair.id)
    if not text:
        return query
    firms = sa.select(Organisation.id).where(occurs_in(text, Organisation.name))
    by_reference = Charge.reference.startswith("".join(text.split()).upper(), autoescape=True)
    return query.where(sa.or_(Charge.firm_id.in_(firms), by_reference))


def counts_at(session: Session, fair_id: int, today: date) -> dict[ChargeFilter, int]:
    """How many charges of a fair each filter finds."""
    return counts_of(session, Charge.fair_id == fair_id, today)


def totals_at(session: Session, fair_id: int, today: date) -> list[Totals]:
    """The sums of a fair, one for each currency."""
    left = sa.func.greatest(0, _OWED - _HELD)
    overdue = sa.and_(is_unpaid(), Charge.due_on < today)
    sums = [_OWED, Charge.received_minor, Charge.refunded_minor, left]
    query = (
        sa.select(Charge.currency, *(sa.func.sum(each) for each in sums), sa.func.sum(left).filter(overdue))
        .where(Charge.fair_id == fair_id)
        .group_by(Charge.currency)
        .order_by(Charge.currency)
    )
    return [
        Totals(*(Money(int(each or 0), currency) for each in figures)) for currency, *figures in session.execute(query)
    ]


def refund_run(session: Session, run_id: int) -> RefundRun | None:
    return session.get(RefundRun, run_id, options=[joinedload(RefundRun.fair)])


def refund_runs(session: Session, agency_id: int) -> Sequence[RefundRun]:
    """An agency's runs, the latest first."""
    query = sa.select(RefundRun).join(RefundRun.fair).where(Fair.agency_id == agency_id)
    return session.scalars(
        query.options(joinedload(RefundRun.fair)).order_by(RefundRun.id.desc()).limit(_SHOWN_RUNS)
    ).all()


def progress(session: Session, run: RefundRun) -> Progress:
    """How far a run is now."""
    paid = sa.and_(Charge.run_id == run.id, Charge.received_minor > 0)
    counts = sa.select(sa.func.count(), sa.func.count().filter(_HELD <= 0)).where(paid)
    charges, done = session.execute(counts).one()
    sums = sa.select(Charge.currency, sa.func.sum(_HELD)).where(paid, _HELD > 0).group_by(Charge.currency)
    of_run = sa.select(RefundPart.refund_id).join(RefundPart.charge).where(Charge.run_id == run.id)
    states = sa.select(Refund.state, sa.func.count()).where(Refund.id.in_(of_run)).group_by(Refund.state)
    by_state = {state: int(count) for state, count in session.execute(states)}
    return Progress(
        charges=charges,
        done=done,
        to_give_back=tuple(Money(int(minor), currency) for currency, minor in session.execute(sums)),
        failed=by_state.get(RefundState.FAILED, 0),
        by_bank=by_state.get(RefundState.REQUESTED, 0),
    )


def failed_of_run(session: Session, run_id: int) -> Sequence[Refund]:
    """Refunds of a run that failed and wait for somebody."""
    of_run = sa.select(RefundPart.refund_id).join(RefundPart.charge).where(Charge.run_id == run_id)
    query = sa.select(Refund).where(Refund.id.in_(of_run), Refund.state == RefundState.FAILED)
    return session.scalars(query.options(joinedload(Refund.payment)).order_by(Refund.id).limit(50)).unique().all()
