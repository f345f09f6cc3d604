"""Reads of charges."""

from collections.abc import Collection, Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from fairlink.applications.models import Application, Award
from fairlink.payments.models import Charge, ChargeEntry
from fairlink.payments.states import ChargeFilter, ChargeState

_APPLICATION = joinedload(Charge.award).joinedload(Award.application)
_IN_LISTS = (
    joinedload(Charge.fair),
    _APPLICATION.joinedload(Application.group),
    _APPLICATION.joinedload(Application.lead_firm),
    joinedload(Charge.firm),
)
_HELD = Charge.received_minor - Charge.refunded_minor
_OWED = Charge.amount_minor - Charge.credited_minor
#: The order of the staff's list.
DUE_KEYS = (Charge.due_on, Charge.id)


def charge(session: Session, charge_id: int) -> Charge | None:
    """One charge with its fair, its firm and its ledger."""
    query = (
        sa.select(Charge)
        .where(Charge.id == charge_id)
        .options(*_IN_LISTS, joinedload(Charge.agency), selectinload(Charge.entries))
    )
    return session.scalars(query).unique().one_or_none()


def charges_of_firm(firm_id: int) -> sa.Select[Charge]:
    """What a firm owes or has paid, and what the firms of its groups do."""
    return (
        sa.select(Charge)
        .outerjoin(Charge.award)
        .outerjoin(Award.application)
        .where(sa.or_(Charge.firm_id == firm_id, Application.lead_firm_id == firm_id))
        .options(*_IN_LISTS)
    )


def groups_to_pay_for(session: Session, firm_id: int) -> list[tuple[Application, list[Charge]]]:
    """Applications that a firm leads with several charges not yet paid, and these charges; soonest due first."""
    query = (
        sa.select(Charge)
        .join(Charge.award)
        .join(Award.application)
        .where(Application.lead_firm_id == firm_id, Charge.currency == Award.currency, is_unpaid())
        .options(*_IN_LISTS)
        .order_by(Charge.due_on, Charge.id)
    )
    by_application: dict[Application, list[Charge]] = {}
    for each in session.scalars(query).unique():
        if each.application is not None:
            by_application.setdefault(each.application, []).append(each)
    return [(application, charges) for application, charges in by_application.items() if len(charges) > 1]


def unpaid_of_application(session: Session, application_id: int) -> list[Charge]:
    """The charges of a group that are not yet paid."""
    query = (
        sa.select(Charge)
        .join(Charge.award)
        .where(Award.application_id == application_id, Charge.currency == Award.currency, is_unpaid())
        .options(*_IN_LISTS)
        .order_by(Charge.id)
    )
    return list(session.scalars(query).unique())


def charges_of_agency(agency_id: int, wanted: ChargeFilter | None, today: date) -> sa.Select[Charge]:
    """What is owed to an agency, or only what is wanted of it. `today` in UTC stands for all fairs."""
    query = sa.select(Charge).where(Charge.agency_id == agency_id).options(*_IN_LISTS)
    return query if wanted is None else query.where(is_wanted(wanted, today))


def totals_of_agency(session: Session, agency_id: int, today: date) -> dict[ChargeFilter, int]:
    """How many charges of an agency each filter finds."""
    return counts_of(session, Charge.agency_id == agency_id, today)


def counts_of(session: Session, scope: sa.ColumnElement[bool], today: date) -> dict[ChargeFilter, int]:
    """How many charges within a scope each filter finds."""
    counts = [sa.func.count().filter(is_wanted(wanted, today)) for wanted in ChargeFilter]
    row = session.execute(sa.select(*counts).where(scope)).one()
    return dict(zip(ChargeFilter, row, strict=True))


def is_unpaid() -> sa.ColumnElement[bool]:
    """Whether something of a charge is still to be paid."""
    return sa.and_(Charge.cancelled_at.is_(None), _OWED > _HELD)


def is_wanted(wanted: ChargeFilter, today: date) -> sa.ColumnElement[bool]:
    """Whether staff who look for this want a charge."""
    if wanted == ChargeFilter.REFUNDED:
        return Charge.refunded_minor > 0
    return in_state(ChargeState(wanted.value), today)


def in_state(state: ChargeState, today: date) -> sa.ColumnElement[bool]:
    """`rules.charge_state` as the database reads it."""
    if state == ChargeState.CANCELLED:
        return Charge.cancelled_at.is_not(None)
    if state == ChargeState.PAID:
        return sa.and_(Charge.cancelled_at.is_(None), _OWED <= _HELD)
    late = Charge.due_on < today
    return sa.and_(is_unpaid(), late if state == ChargeState.OVERDUE else sa.not_(late))


def lock_charges(session: Session, charge_ids: Collection[int]) -> Sequence[Charge]:
    """These charges, locked in one order, as they are now."""
    query = sa.select(Charge).where(Charge.id.in_(charge_ids)).order_by(Charge.id).with_for_update(of=Charge)
    return session.scalars(query, execution_options={"populate_existing": True}).all()


def entry_sums(session: Session, charge_id: int) -> dict[str, int]:
    """The sum of the entries of each kind of a charge, in minor units; what its own columns must agree with."""
    query = (
        sa.select(ChargeEntry.kind, sa.func.sum(ChargeEntry.amount_minor))
        .where(ChargeEntry.charge_id == charge_id)
        .group_by(ChargeEntry.kind)
    )
    return {kind: int(total) for kind, total in session.execute(query)}
